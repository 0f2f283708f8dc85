import { enough } from "./enough.ts";
import { normalQuantile } from "./quantiles.ts";

function total(xs: readonly number[]): number {
  let sum = 0;
  for (const x of xs) sum += x;
  return sum;
}

/** The arithmetic mean; a RangeError for no values. */
export function mean(xs: readonly number[]): number {
  enough("a mean", xs, 1);
  return total(xs) / xs.length;
}

/** The sample standard deviation (n − 1); a RangeError below two values. */
export function sd(xs: readonly number[]): number {
  enough("a standard deviation", xs, 2);
  const centre = mean(xs);
  return Math.sqrt(total(xs.map((x) => (x - centre) ** 2)) / (xs.length - 1));
}

/** The standard error of the mean of independent values. */
export function standardError(xs: readonly number[]): number {
  return sd(xs) / Math.sqrt(xs.length);
}

/**
 * The standard error of the mean over all values where those of one cluster go together:
 * √(Σ_c (Σ_{i∈c} (xᵢ − mean))²) / n (Miller, arXiv 2411.00640), times √(C / (C − 1)) if
 * `corrected`. `clusters[i]` names the cluster of `xs[i]`; a RangeError below two clusters.
 */
export function clusteredStandardError(
  xs: readonly number[],
  clusters: readonly (string | number)[],
  corrected = true,
): number {
  if (xs.length !== clusters.length) {
    throw new RangeError(
      `Cannot cluster ${xs.length} values by ${clusters.length} labels: the numbers must agree`,
    );
  }
  const centre = mean(xs);
  const sums = new Map<string | number, number>();
  xs.forEach((x, i) => sums.set(clusters[i]!, (sums.get(clusters[i]!) ?? 0) + x - centre));
  enough("a clustered standard error", [...sums.keys()], 2);
  const spread = Math.sqrt(total([...sums.values()].map((s) => s * s))) / xs.length;
  return corrected ? spread * Math.sqrt(sums.size / (sums.size - 1)) : spread;
}

/** The interquartile mean: the mean of the middle half, a quarter cut off at each end (rliable). */
export function iqm(xs: readonly number[]): number {
  enough("an interquartile mean", xs, 1);
  const cut = Math.floor(xs.length / 4);
  return mean(xs.toSorted((a, b) => a - b).slice(cut, xs.length - cut));
}

/** P(X > Y) + P(X = Y) / 2 for a value X of `xs` and Y of `ys` (Mann–Whitney U / nm). */
export function probabilityOfImprovement(xs: readonly number[], ys: readonly number[]): number {
  enough("a probability of improvement", xs, 1);
  enough("a probability of improvement", ys, 1);
  return mean(xs.flatMap((x) => ys.map((y) => x > y ? 1 : x === y ? 0.5 : 0)));
}

/**
 * The smallest true difference that a two-sided test finds with probability `power`:
 * (z(1 − α/2) + z(power)) · sd / √n, with `sd` that of one difference.
 */
export function minimalDetectableEffect(
  sd: number,
  n: number,
  { alpha = 0.05, power = 0.8 }: { readonly alpha?: number; readonly power?: number } = {},
): number {
  if (!(n >= 1)) throw new RangeError(`Cannot detect an effect from ${n} units: 1 is the least`);
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * sd / Math.sqrt(n);
}
