import type { Rng } from "../core/rng.ts";
import { mean } from "./average.ts";
import { type Drawn, repetitionsOf, resampler, seedWeights, widened } from "./resamples.ts";
import type { Interval } from "./significance.ts";

/** A mean over rows, with the 95 % interval where there is more than one prompt or seed. */
export interface DrawnMean {
  readonly value: number;
  readonly interval: Interval | undefined;
  /** Prompts. */
  readonly n: number;
}

/**
 * The mean of rows that need not hold every prompt on every seed, with the percentile interval of
 * prompts and seeds drawn with replacement, each apart; with two to four seeds Student's over the
 * seeds' own means competes, and the wider counts. A RangeError for no rows.
 */
export function drawnMean(
  rows: readonly (Drawn & { readonly value: number })[],
  options: { readonly rng: Rng; readonly repetitions?: number },
): DrawnMean {
  const value = mean(rows.map(({ value }) => value));
  const n = new Set(rows.map(({ prompt }) => prompt)).size;
  if (n < 2 && new Set(rows.map(({ seed }) => seed)).size < 2) {
    return { value, interval: undefined, n };
  }
  const next = resampler(rows, options.rng);
  const weighted = (weights: Float64Array) => {
    let [sum, total] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      sum += weights[i]! * rows[i]!.value;
      total += weights[i]!;
    }
    return sum / total;
  };
  const means = Float64Array.from(
    { length: repetitionsOf(options.repetitions ?? 10_000) },
    () => weighted(next()),
  );
  const { low, high } = widened(means, value, seedWeights(rows).map(weighted));
  return { value, interval: { low, high }, n };
}
