import { type JudgedEstimate, type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { imagined, others } from "../../stats/imagined.ts";
import { type Drawn, resampler, seedWeights, widened } from "../../stats/resamples.ts";

/** A number of one question, and of one training seed where models are trained several times. */
export interface Value extends Drawn {
  readonly value: number;
}

/** Resamples of an interval: 4,000 place its ends to a fiftieth of its width. */
export const RESAMPLES = 4000;

/** The least and the most that a value can be. */
export type Range = readonly [number, number];
export const SHARE: Range = [0, 1];
export const GRADE: Range = [1, 10];

/**
 * Questions that say something else than most do. With fewer, resamples are too much alike: of ties
 * and a win, or of grades of 8 and a 2, they hold the truth in 25 to 90 % of cases at 95 %
 * (`tests/estimates_test.ts` simulates it).
 */
const ENOUGH = 10;

/**
 * An interval with the reach of some imagined answers at either end of the range, where fewer than ten
 * questions say something else than most do. `values` are the questions' own, each counting as
 * much in the estimate as its weight.
 */
export function reached<E extends JudgedEstimate>(
  found: E,
  values: readonly number[],
  range: Range,
  weights?: readonly number[],
): E {
  if (values.length < 2 || others(values) >= ENOUGH) return found;
  const { low, high } = imagined(values, range, weights);
  const mean = weights
    ? stats.mean(values.map((x, i) => x * weights[i]!)) /
      stats.mean(weights)
    : stats.mean(values);
  // What corrects the mean for something else moves the interval with it.
  const shift = found.value - mean;
  return {
    ...found,
    low: Math.max(range[0], Math.min(found.value, found.low ?? Infinity, low + shift)),
    high: Math.min(range[1], Math.max(found.value, found.high ?? -Infinity, high + shift)),
  };
}

/** The mean of each question's values. */
const byPrompt = (values: readonly Value[]): number[] =>
  [...Map.groupBy(values, ({ prompt }) => prompt).values()]
    .map((own) => stats.mean(own.map(({ value }) => value)));

/**
 * The mean with its 95 % interval, questions drawn with replacement, and seeds as well where there
 * are several; of two to four seeds Student's over seeds counts where it is wider, and within a
 * range that is known `reached`. Undefined for no values; without an interval where one question is
 * all there is, or all values are equal and nobody knows what else they might be.
 */
export function averaged(
  values: readonly Value[],
  rng: Rng,
  range?: Range,
): JudgedEstimate | undefined {
  if (values.length === 0) return undefined;
  const { value, interval, n } = stats.drawnMean(values, { rng, repetitions: RESAMPLES });
  if (!interval) return { value, n };
  if (range) {
    const [low, high] = [Math.max(range[0], interval.low), Math.min(range[1], interval.high)];
    return reached({ value, low, high, n }, byPrompt(values), range);
  }
  return interval.low < interval.high ? { value, ...interval, n } : { value, n };
}

/**
 * The mean of values from 0 to 1. Where each question says yes or no once its interval is Wilson's,
 * as it is where all answers are the same; elsewhere it is that of `averaged`.
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
  return averaged(values, rng, SHARE);
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

/** How values come into a number that follows from them: how much each counts, and within what range. */
export interface Reach {
  /** Of each value. */
  readonly parts: readonly { readonly value: number; readonly weight: number }[];
  readonly range: Range;
}

/** Any number that follows from weighted values, with the same interval; `reach` says how. */
export function resampled(
  values: readonly Drawn[],
  statistic: (weights: ArrayLike<number>) => number | undefined,
  rng: Rng,
  reach?: Reach,
): JudgedEstimate | undefined {
  if (values.length === 0) return undefined;
  const found = drawnAgain(values, statistic, rng);
  if (!found || found.low === undefined || !reach) return found;
  const units = [...Map.groupBy(values.keys(), (i) => values[i]!.prompt).values()].map((own) => {
    const parts = own.map((i) => reach.parts[i]!);
    const weight = parts.reduce((sum, part) => sum + part.weight, 0);
    return {
      weight,
      value: parts.reduce((sum, part) => sum + part.weight * part.value, 0) / weight,
    };
  });
  return reached(
    found,
    units.map(({ value }) => value),
    reach.range,
    units.map(({ weight }) => weight),
  );
}

function drawnAgain(
  values: readonly Drawn[],
  statistic: (weights: ArrayLike<number>) => number | undefined,
  rng: Rng,
): JudgedEstimate | undefined {
  const repetitions = RESAMPLES;
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
