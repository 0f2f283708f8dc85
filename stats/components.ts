/** The models in groups that chains of battles join: ratings of different groups say nothing. */
export function components(
  battles: readonly { readonly a: string; readonly b: string }[],
): string[][] {
  const group = new Map<string, string[]>();
  for (const { a, b } of battles) {
    const [one, other] = [group.get(a) ?? [a], group.get(b) ?? [b]];
    const joined = a === b || one === other ? one : [...one, ...other];
    for (const model of joined) group.set(model, joined);
  }
  return [...new Set(group.values())];
}
