import type { Rng } from "../core/rng.ts";
import type { Contrast } from "./bootstrap.ts";
import { covariateBounds, ratingBounds, tieBounds } from "./bradley-terry-bounds.ts";
import {
  type Battle,
  type BradleyTerry,
  type BradleyTerryOptions,
  described,
  type Design,
  designed,
  type Rated,
  recounted,
  solved,
} from "./bradley-terry-design.ts";
import type { Minimum } from "./newton.ts";
import { Z } from "./imagined.ts";
import { tTail } from "./quantiles.ts";
import { rankIntervals } from "./ranks.ts";
import {
  type Drawn,
  quantile,
  repetitionsOf,
  resampler,
  seedWeights,
  widened,
} from "./resamples.ts";
import type { Interval } from "./significance.ts";

/** A rating with its interval and its ranks. */
export interface Placed extends Rated, Interval {
  /** The ranks of 95 % of the resamples, 1 the best, and those that `pairs` leave open. */
  readonly rank: { readonly best: number; readonly worst: number };
  /** The share of resamples in which it has the highest rating. */
  readonly best: number;
}

/** Ratings with intervals, by a bootstrap of prompts. */
export interface BradleyTerryIntervals extends Omit<BradleyTerry, "ratings" | "covariates"> {
  /** Standard errors and intervals are the bootstrap's. */
  readonly ratings: { readonly [model: string]: Placed };
  readonly covariates: { readonly [name: string]: Rated & Interval };
  /** Of ν or θ. */
  readonly tie?: Interval;
  /** Every unordered pair once, as boards take them; p as `crossedBootstrap` has it. */
  readonly pairs: readonly Contrast[];
  readonly repetitions: number;
}

/**
 * The fit with 95 % percentile intervals: prompts are drawn with replacement with all their
 * battles, and seeds where battles have them, and the fit is made again each time; with two to four
 * seeds Student's intervals over seeds compete, and the wider count. Where a model, or what a covariate
 * favours, scores alike on all prompts but a few the likelihood's own bounds count beside them:
 * resamples of an undefeated model cannot differ. It needs a ridge above 0, as a resample may
 * separate what the battles do not.
 */
export function bradleyTerryIntervals(
  battles: readonly (Battle & Drawn)[],
  options: BradleyTerryOptions & { readonly rng: Rng; readonly repetitions?: number },
): BradleyTerryIntervals {
  if (options.ridge === 0) throw new RangeError("Cannot bootstrap ratings at ridge 0");
  const repetitions = repetitionsOf(options.repetitions ?? 10_000);
  const design = designed(battles, options);
  const { models, cells } = design;
  const whole = solved(design, design.counts);
  const next = resampler(battles, options.rng);
  const { drawn, ranks, best, effects } = resamples(design, whole, next, repetitions);
  const centre = (at: readonly number[]) => design.anchor === undefined ? 0 : at[design.anchor]!;
  const counts = cells.map(() => ({ wins: 0, losses: 0, ties: 0 }));

  // A seed tells of the models that have battles in it.
  const alone = seedWeights(battles).map((weights) => ({
    at: solved(design, recounted(design, weights, counts), whole.at).at,
    met: new Set(battles.flatMap(({ a, b }, i) => weights[i] ? [a, b] : [])),
  }));
  const bySeed = (of: (at: readonly number[]) => number, ...needed: string[]) =>
    alone.filter(({ met }) => needed.every((model) => met.has(model))).map(({ at }) => of(at));

  const fit = described(design, whole);
  const pairs: Contrast[] = [];
  const gap = new Float64Array(repetitions);
  models.forEach((a, i) =>
    models.slice(i + 1).forEach((b, k) => {
      for (let r = 0; r < repetitions; r++) gap[r] = drawn[i]![r]! - drawn[i + 1 + k]![r]!;
      const difference = fit.ratings[a]!.value - fit.ratings[b]!.value;
      const seeds = bySeed((at) => at[i]! - at[i + 1 + k]!, a, b);
      pairs.push({ a, b, difference, ...widened(gap, difference, seeds) });
    })
  );
  // After the pairs, because taking percentiles reorders the resamples that the pairs share.
  const interval = (resamples: Float64Array, { value }: Rated, seeds: readonly number[]) => {
    const { stderr, low, high } = widened(resamples, value, seeds);
    return { value, stderr, low, high };
  };
  const tieInterval = (): Interval => {
    const seeds = bySeed((at) => at.at(-1)!);
    const { low, high } = covering(
      { value: whole.at.at(-1)!, ...widened(effects.at(-1)!, whole.at.at(-1)!, seeds) },
      tieBounds(design, battles),
    );
    return {
      low: Math.exp(design.ties === "davidson" ? low : Math.max(0, low)),
      high: Math.exp(high),
    };
  };
  const bounds = models.map((_, m) =>
    m === design.anchor ? undefined : ratingBounds(design, battles, m)
  );
  const placed = models.map((model, m) => {
    // At mean 0 a rating is against all models, at an anchor against that one.
    const needed = options.anchor === undefined ? models : [model, options.anchor];
    const found = interval(
      drawn[m]!,
      fit.ratings[model]!,
      bySeed((at) => at[m]! - centre(at), ...needed),
    );
    return covering(found, bounds[m]);
  });
  const index = new Map(models.map((model, m) => [model, m]));
  const tested = pairs.map((pair) => {
    const [i, j] = [index.get(pair.a)!, index.get(pair.b)!];
    return bounds[i] || bounds[j] ? apart(pair, placed[i]!, placed[j]!) : pair;
  });
  // A rank that resamples all agree on is decided where the test of the pair decides it as well.
  const open = rankIntervals(
    models,
    tested.map((pair) => ({
      ...pair,
      adjusted: pair.p,
      winner: pair.low > 0 ? pair.a : pair.high < 0 ? pair.b : undefined,
    })),
  );
  return {
    ...fit,
    ratings: Object.fromEntries(models.map((model, m) => [model, {
      ...placed[m]!,
      rank: {
        best: Math.min(Math.floor(quantile(ranks[m]!, 0.025)), open[m]!.best),
        worst: Math.max(Math.ceil(quantile(ranks[m]!, 0.975)), open[m]!.worst),
      },
      best: best[m]!,
    }])),
    covariates: Object.fromEntries(
      design.names.map((name, c) => {
        const seeds = bySeed((at) => at[models.length + c]!);
        const found = interval(effects[c]!, fit.covariates[name]!, seeds);
        return [name, covering(found, covariateBounds(design, battles, c))];
      }),
    ),
    ...design.ties === "half" ? {} : { tie: tieInterval() },
    pairs: tested,
    repetitions,
  };
}

/** Ratings, ranks, the share of first ranks and covariates of as many resamples. */
function resamples(
  design: Design,
  whole: Minimum,
  next: () => Float64Array,
  repetitions: number,
) {
  const { models, cells, anchor } = design;
  const drawn = models.map(() => new Float64Array(repetitions));
  const ranks = models.map(() => new Float64Array(repetitions));
  const best = new Float64Array(models.length);
  // With the logarithm of ν or θ last, where ties have one.
  const effects = whole.at.slice(models.length).map(() => new Float64Array(repetitions));
  const counts = cells.map(() => ({ wins: 0, losses: 0, ties: 0 }));
  for (let r = 0; r < repetitions; r++) {
    const { at } = solved(design, recounted(design, next(), counts), whole.at);
    models.forEach((_, m) => {
      drawn[m]![r] = at[m]! - (anchor === undefined ? 0 : at[anchor]!);
      ranks[m]![r] = 1 + models.reduce((n, _, other) => at[other]! > at[m]! ? n + 1 : n, 0);
    });
    const first = models.flatMap((_, m) => ranks[m]![r] === 1 ? [m] : []);
    for (const m of first) best[m]! += 1 / first.length / repetitions;
    effects.forEach((effect, c) => effect[r] = at[models.length + c]!);
  }
  return { drawn, ranks, best, effects };
}

/** The interval with what the likelihood allows beside what resamples say. */
function covering<R extends Rated & Interval>(found: R, bounds: Interval | undefined): R {
  if (!bounds) return found;
  const [low, high] = [Math.min(found.low, bounds.low), Math.max(found.high, bounds.high)];
  return { ...found, low, high, stderr: Math.max(found.stderr, (high - low) / 2 / Z) };
}

/** A difference of models of which one has bounds: they are told apart where their intervals are. */
function apart(pair: Contrast, a: Rated & Interval, b: Rated & Interval): Contrast {
  const { difference } = pair;
  const low = Math.min(pair.low, a.low - b.high);
  const high = Math.max(pair.high, a.high - b.low);
  const toZero = difference > 0 ? difference - low : high - difference;
  return {
    ...pair,
    ...{ low, high },
    stderr: Math.max(pair.stderr, (high - low) / 2 / Z),
    // At so many degrees of freedom Student's t is normal.
    p: Math.max(pair.p, tTail(Z * difference / toZero, 1e6)),
  };
}
