import { type JudgedEstimate, type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { type Drawn, resampler, seedWeights, widened } from "../../stats/resamples.ts";

/** A number of one question, and of one training seed where models are trained several times. */
export interface Value extends Drawn {
  readonly value: number;
}

/** Resamples of an interval: 4,000 place its ends to a fiftieth of its width. */
export const RESAMPLES = 4000;

/**
 * The mean with its 95 % interval, questions drawn with replacement, and seeds as well where there
 * are several; of two to four seeds Student's over seeds counts where it is wider. Undefined for no
 * values; without an interval where one question is all there is.
 */
export function averaged(values: readonly Value[], rng: Rng): JudgedEstimate | undefined {
  if (values.length === 0) return undefined;
  const { value, interval, n } = stats.drawnMean(values, { rng, repetitions: RESAMPLES });
  return { value, ...interval, n };
}

/**
 * The mean of values from 0 to 1, with an interval within them. Where all are 0 or all are 1
 * resampling sees no spread, and where each question says yes or no once it sees too little of a
 * rare answer: there the interval is Wilson's over questions.
 */
export function rate(values: readonly Value[], rng: Rng): JudgedEstimate | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  const n = new Set(values.map(({ prompt }) => prompt)).size;
  const binary = values.every(({ value }) => value === 0 || value === 1);
  const same = values.every(({ value }) => value === first.value);
  const once = n === values.length && values.every(({ seed }) => seed === first.seed);
  if (binary && (same || once)) {
    return share(stats.mean(values.map(({ value }) => value)) * n, n);
  }
  const found = averaged(values, rng)!;
  return found.low === undefined || found.high === undefined
    ? found
    : { ...found, low: Math.max(0, found.low), high: Math.min(1, found.high) };
}

/** The share of rows of which something holds. */
export function shareOf<Row extends { readonly question: string; readonly seed?: number }>(
  rows: readonly Row[],
  holds: (row: Row) => boolean,
  rng: Rng,
): JudgedEstimate | undefined {
  return rate(
    rows.map((row): Value => ({
      prompt: row.question,
      ...row.seed === undefined ? {} : { seed: row.seed },
      value: holds(row) ? 1 : 0,
    })),
    rng,
  );
}

/** Any number that follows from weighted values, with the same interval. */
export function resampled(
  values: readonly Drawn[],
  statistic: (weights: ArrayLike<number>) => number | undefined,
  rng: Rng,
  repetitions = RESAMPLES,
): JudgedEstimate | undefined {
  if (values.length === 0) return undefined;
  const value = statistic(new Float64Array(values.length).fill(1));
  if (value === undefined) return undefined;
  const n = new Set(values.map(({ prompt }) => prompt)).size;
  const seeds = new Set(values.map(({ seed }) => seed)).size;
  if (n < 2 && seeds < 2) return { value, n };
  const draw = resampler(values, rng);
  const found: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const one = statistic(draw());
    if (one !== undefined) found.push(one);
  }
  // Where many resamples have no such number, what the others say is no interval.
  if (found.length < 0.9 * repetitions) return { value, n };
  const bySeed = seedWeights(values).flatMap((weights) => statistic(weights) ?? []);
  const { low, high } = widened(Float64Array.from(found), value, bySeed);
  return { value, low, high, n };
}

/** A share of so many yes or no: Wilson's interval, which has a width at 0 and at 1. */
export function share(yes: number, n: number): JudgedEstimate | undefined {
  return n === 0 ? undefined : { value: yes / n, ...stats.wilson(yes, n), n };
}

/** The estimates that exist. */
export function present(
  estimates: { readonly [id: string]: JudgedEstimate | undefined },
): { [id: string]: JudgedEstimate } {
  return Object.fromEntries(
    Object.entries(estimates).flatMap(([id, found]) => found ? [[id, found]] : []),
  );
}
