import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import normalInverse from "@stdlib/stats-base-dists-normal-quantile";
import jstat from "jstat";

// jStat ships no types; these are the signatures of what is used of it.
interface Distributions {
  readonly studentt: { inv(p: number, df: number): number };
  /** The regularised incomplete beta function I_x(a, b). */
  ibeta(x: number, a: number, b: number): number;
}
// stdlib's own of these are more exact, and read all environment variables, which no command may.
const { studentt, ibeta }: Distributions = jstat.jStat;

/** The p-quantile of Student's t with `df` degrees of freedom. */
export function tQuantile(p: number, df: number): number {
  return studentt.inv(p, df);
}

/** P(|T| ≥ |t|) for Student's T with `df` degrees of freedom, right to seven digits. */
export function tTail(t: number, df: number): number {
  return Number.isFinite(t) ? ibeta(df / (df + t * t), df / 2, 0.5) : 0;
}

/** The p-quantile of the standard normal distribution. */
export function normalQuantile(p: number): number {
  return normalInverse(p, 0, 1);
}

/** P(Z ≤ z) for a standard normal Z. */
export function normalShare(z: number): number {
  return normalCdf(z, 0, 1);
}

/** P(F ≥ x) for Fisher's F with `df1` and `df2` degrees of freedom, which may be Infinity. */
export function fTail(x: number, df1: number, df2: number): number {
  const [n, m] = [Math.min(df1, 1e6), Math.min(df2, 1e6)];
  return Number.isFinite(x) ? ibeta(m / (m + n * x), m / 2, n / 2) : 0;
}

/** The middle value, the mean of two where they are even; undefined of none. */
export function median(xs: readonly number[]): number | undefined {
  const sorted = [...xs].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
