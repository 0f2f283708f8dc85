/** Replies as the original tools read them, so that somebody's old judgements can be recomputed. */

/** FastChat's rating: the first double-bracketed number, else the first single-bracketed; any number will do. */
export function legacyRating(text: string): number | undefined {
  const found = /\[\[(\d+\.?\d*)\]\]/.exec(text) ?? /\[(\d+\.?\d*)\]/.exec(text);
  return found ? Number(found[1]) : undefined;
}

/** FastChat's choice: A if it stands anywhere, else B, else C. */
export function legacyChoice(text: string): "A" | "B" | "C" | undefined {
  return (["A", "B", "C"] as const).find((label) => text.includes(`[[${label}]]`));
}

/** Arena-Hard's label: the last double-bracketed one in capitals, else the last single-bracketed. */
export function legacyLabel(text: string): string | undefined {
  const capitals = text.toUpperCase();
  for (const pattern of [/\[\[([AB<>=]+)\]\]/g, /\[([AB<>=]+)\]/g]) {
    const last = [...capitals.matchAll(pattern)].at(-1)?.[1];
    if (last !== undefined) return mirrored(last);
  }
  return undefined;
}

/** RewardBench's rating: whatever whole number the reply ends with. */
export function trailingRating(text: string): number | undefined {
  const found = /(\d+)\D*$/.exec(text);
  return found ? Number(found[1]) : undefined;
}

/** `B<A` says what `A>B` says. */
export function mirrored(label: string): string {
  const found = /^([AB])(<{1,2})([AB])$/.exec(label);
  return found
    ? `${found[3]}${found[2]!.replaceAll("<", ">")}${found[1]}`
    : label === "B=A"
    ? "A=B"
    : label;
}
