/**
 * How alpha is shared out over looks at growing data, by Pocock's spending function in Lan and
 * DeMets' form: after a share t of the most seeds, ln(1 + (e − 1)t) of it is spent. Each look's part
 * is what it adds, and its test is at that level by itself: parts add up to alpha, so the chance of
 * any wrong decision at any look stays below alpha by Bonferroni's bound, however looks depend on each
 * other.
 */
export function lookShares(sizes: readonly number[]): number[] {
  const most = sizes.at(-1);
  if (most === undefined || sizes.some((n, i) => !(n > (sizes[i - 1] ?? 0)))) {
    throw new RangeError(`Cannot share alpha over looks at ${sizes.join(", ")}: sizes must grow`);
  }
  const spent = sizes.map((n) => Math.log1p((Math.E - 1) * n / most));
  return spent.map((x, i) => x - (spent[i - 1] ?? 0));
}

/** Sizes that double from the first to the most: 5, 10, 20. */
export function doubling(first: number, most: number): number[] {
  const sizes = [first];
  while (sizes.at(-1)! < most) sizes.push(Math.min(most, 2 * sizes.at(-1)!));
  return sizes;
}
