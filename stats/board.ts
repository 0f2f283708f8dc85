import type { Rng } from "../core/rng.ts";
import { mean } from "./average.ts";
import { kendall, pearson, spearman } from "./correlation.ts";
import { normalQuantile } from "./quantiles.ts";
import { type Drawn, percentiles, repetitionsOf, resampler } from "./resamples.ts";
import type { Interval } from "./significance.ts";

/** What a board of models is worth: arXiv 2406.11939, section 3 and appendix A.1. */

/** A model's place on a board. */
export interface Place extends Interval {
  readonly value: number;
}

/** Every unordered pair once. */
const pairsOf = <T>(all: readonly T[]) =>
  all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const));

/** 1 where a lies above b with no overlap of their intervals, −1 below, else 0. */
const apart = (a: Interval, b: Interval): number => a.low > b.high ? 1 : a.high < b.low ? -1 : 0;

/** Separability: the share of pairs of models whose intervals do not overlap; undefined below two. */
export function separability(board: readonly Interval[]): number | undefined {
  const pairs = pairsOf(board).map(([a, b]) => Math.abs(apart(a, b)));
  return pairs.length === 0 ? undefined : mean(pairs);
}

/**
 * Agreement with confidence: over all pairs the mean of 1 where both boards tell the two models apart
 * and in the same order, −1 in opposite orders, and 0 where either does not. Undefined below two.
 */
export function confidentAgreement(
  models: readonly (readonly [Interval, Interval])[],
): number | undefined {
  const pairs = pairsOf(models).map(([a, b]) => apart(a[0], b[0]) * apart(a[1], b[1]) || 0);
  return pairs.length === 0 ? undefined : mean(pairs);
}

/**
 * Pair-rank Brier score: (P̂(a below b) − [a below b in truth])², the mean over pairs that truth
 * orders. P̂ is the share of resamples, of prompts and of seeds where rows have them and shared by all
 * models, in which a's mean is below b's; equal means count half. Undefined where truth orders none.
 */
export function pairRankBrier(
  models: readonly {
    readonly truth: number;
    readonly rows: readonly (Drawn & { readonly value: number })[];
  }[],
  options: { readonly rng: Rng; readonly repetitions?: number },
): number | undefined {
  const repetitions = repetitionsOf(options.repetitions ?? 4000);
  const pairs = pairsOf([...models.keys()]).filter(([a, b]) =>
    models[a]!.truth !== models[b]!.truth
  );
  if (pairs.length === 0) return undefined;
  const rows = models.flatMap(({ rows }, model) => rows.map((row) => ({ ...row, model })));
  const next = resampler(rows, options.rng);
  const below = new Float64Array(pairs.length);
  const met = new Float64Array(pairs.length);
  for (let r = 0; r < repetitions; r++) {
    const [sums, totals] = [new Float64Array(models.length), new Float64Array(models.length)];
    const weights = next();
    rows.forEach(({ model, value }, i) => {
      sums[model]! += weights[i]! * value;
      totals[model]! += weights[i]!;
    });
    pairs.forEach(([a, b], k) => {
      // A draw of few rows may hold nothing of a model.
      if (totals[a] === 0 || totals[b] === 0) return;
      const difference = sums[a]! / totals[a]! - sums[b]! / totals[b]!;
      below[k]! += difference < 0 ? 1 : difference === 0 ? 0.5 : 0;
      met[k]!++;
    });
  }
  const errors = pairs.flatMap(([a, b], k) => {
    if (met[k] === 0) return [];
    const outcome = models[a]!.truth < models[b]!.truth ? 1 : 0;
    return [(below[k]! / met[k]! - outcome) ** 2];
  });
  return errors.length === 0 ? undefined : mean(errors);
}

/** A correlation of two boards. */
export interface Correlation {
  readonly value: number;
  /** 95 %, as for models drawn from many; absent of few, and where the correlation is perfect. */
  readonly interval?: Interval;
}

/** Correlations by name. */
export const correlations = { pearson, spearman, kendall } as const;

/** Of fewer models resamples of them hold too few different ones. */
const ENOUGH = 8;

/**
 * How two boards correlate over models. Pearson's interval is Fisher's, tanh(atanh r ± 1.96 /
 * √(n − 3)), which resampling would make too narrow; of ranks it is the percentiles of models drawn
 * with replacement. Undefined where one side does not vary; a RangeError below two models.
 */
export function correlated(
  which: keyof typeof correlations,
  xs: readonly number[],
  ys: readonly number[],
  options: { readonly rng: Rng; readonly repetitions?: number },
): Correlation | undefined {
  const of = correlations[which];
  const value = of(xs, ys);
  if (value === undefined) return undefined;
  if (xs.length < ENOUGH || Math.abs(value) > 1 - 1e-9) return { value };
  if (which === "pearson") {
    const reach = normalQuantile(0.975) / Math.sqrt(xs.length - 3);
    const [low, high] = [-reach, reach].map((z) => Math.tanh(Math.atanh(value) + z));
    return { value, interval: { low: low!, high: high! } };
  }
  const found: number[] = [];
  for (let r = repetitionsOf(options.repetitions ?? 4000); r > 0; r--) {
    const drawn = xs.map(() => options.rng.below(xs.length));
    const one = of(drawn.map((i) => xs[i]!), drawn.map((i) => ys[i]!));
    if (one !== undefined) found.push(one);
  }
  const { low, high } = percentiles(Float64Array.from(found), 0.95, false);
  return { value, interval: { low, high } };
}
