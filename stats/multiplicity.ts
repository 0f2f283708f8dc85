/** Adjusted p-values, in the order given, walking from one end of the sorted list to the other. */
function adjusted(
  ps: readonly number[],
  order: (a: number, b: number) => number,
  factor: (rank: number) => number,
  worst: (a: number, b: number) => number,
): number[] {
  for (const p of ps) {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Cannot adjust ${p}: a p-value is in [0, 1]`);
  }
  const out = new Array<number>(ps.length);
  let running: number | undefined;
  ps.map((p, i) => ({ p, i })).sort((a, b) => order(a.p, b.p)).forEach(({ p, i }, rank) => {
    const scaled = Math.min(1, p * factor(rank));
    running = running === undefined ? scaled : worst(running, scaled);
    out[i] = running;
  });
  return out;
}

/** Holm's step-down adjustment: the chance of any false discovery stays below the level. */
export function holm(ps: readonly number[]): number[] {
  return adjusted(ps, (a, b) => a - b, (rank) => ps.length - rank, Math.max);
}

/** Benjamini and Hochberg's step-up adjustment: the expected share of false discoveries does. */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  return adjusted(ps, (a, b) => b - a, (rank) => ps.length / (ps.length - rank), Math.min);
}
