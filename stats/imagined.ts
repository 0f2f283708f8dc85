import { normalQuantile } from "./quantiles.ts";
import type { Interval } from "./significance.ts";

// Intervals of means that are not blind to what has not been seen yet; not part of what stats exports.

export const Z = normalQuantile(0.975);
export const Z2 = Z * Z;

/**
 * The 95 % interval of a mean of values within a range, as Agresti and Coull's is one of a share:
 * z² = 3.84 values are imagined beside those that were seen, half of them at either end of the
 * range. It has a width where all that was seen is equal: of n ties ± z² / 2(n + z²). `weights` say
 * how much each value counts in the mean.
 */
export function imagined(
  values: readonly number[],
  [least, most]: readonly [number, number],
  weights: readonly number[] = values.map(() => 1),
): Interval & { readonly centre: number; readonly spread: number } {
  const sum = weights.reduce((all, w) => all + w, 0);
  // As many equal weights as would make the mean as sure.
  const n = sum * sum / weights.reduce((all, w) => all + w * w, 0);
  const mean = values.reduce((all, x, i) => all + weights[i]! * x, 0) / sum;
  const total = n + Z2;
  const centre = (n * mean + Z2 * (least + most) / 2) / total;
  const seen = values.reduce((all, x, i) => all + weights[i]! * (x - centre) ** 2, 0) / sum;
  const spread = (n * seen + Z2 * ((least - centre) ** 2 + (most - centre) ** 2) / 2) / total;
  const half = Z * Math.sqrt(spread / total);
  return {
    low: Math.max(least, centre - half),
    high: Math.min(most, centre + half),
    centre,
    spread,
  };
}

/** How many values differ from the commonest one. */
export function others(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const x of values) {
    const near = Math.round(x * 1e9);
    counts.set(near, (counts.get(near) ?? 0) + 1);
  }
  return values.length - Math.max(0, ...counts.values());
}
