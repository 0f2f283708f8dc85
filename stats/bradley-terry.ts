import type { Rng } from "../core/rng.ts";
import { components } from "./components.ts";
import { enough } from "./enough.ts";
import { type Local, minimise, type Minimum } from "./newton.ts";
import {
  type Drawn,
  FEW,
  quantile,
  repetitionsOf,
  resampler,
  seedWeights,
  widened,
} from "./resamples.ts";
import type { Contrast } from "./bootstrap.ts";
import { rankIntervals } from "./ranks.ts";
import { type Counts, davidson, raoKupper, scoreAt, type Ties } from "./ties.ts";
import type { Interval } from "./significance.ts";
import { probable } from "./win-rate.ts";

/** One comparison of two models' answers. */
export interface Battle {
  readonly a: string;
  readonly b: string;
  /** What a scored: 1 for a win, ½ for a tie, 0 for a loss; anything between where ties are halved. */
  readonly score: number;
  /** Facts about a less those about b, one a covariate: +1 where a was shown first, styles. */
  readonly covariates?: readonly number[];
  /** How many battles it counts as, 1 by default. */
  readonly weight?: number;
}

export interface BradleyTerryOptions {
  readonly ties?: Ties;
  /** Of the penalty ridge · Σ x² on ratings, coefficients, log ν and log θ, which keeps them finite; 0.01. */
  readonly ridge?: number;
  /** The model whose rating is 0; without one the ratings' mean is. */
  readonly anchor?: string;
  /** Names of the covariates. */
  readonly covariates?: readonly string[];
}

export interface Rated {
  /** In nats of odds: a beats b with odds e^(θ_a − θ_b). */
  readonly value: number;
  /** From the inverse Hessian, as if battles were independent. */
  readonly stderr: number;
}

export interface BradleyTerry {
  readonly ratings: { readonly [model: string]: Rated };
  readonly covariates: { readonly [name: string]: Rated };
  /** Davidson's: at equal ratings a tie is ν times as likely as a win. */
  readonly nu?: number;
  /** Rao and Kupper's, 1 without ties: at equal ratings a tie is θ − 1 times as likely as a win. */
  readonly theta?: number;
  /** Of the battles, without the penalty. */
  readonly logLikelihood: number;
  /** Battles, by weight. */
  readonly n: number;
}

/**
 * Ratings θ that maximise Σ log P(outcome) − ridge · Σ x², with P(a beats b) = σ(θ_a − θ_b + β·x),
 * by Newton's method with Σ θ = 0. With Davidson's ties a win, a loss and a tie are as e^(d/2),
 * e^(−d/2) and ν, for d = θ_a − θ_b + β·x. With Rao and Kupper's, of threshold η = log θ ≥ 0, a wins
 * with σ(d − η) and b with σ(−d − η), and the rest are ties.
 *
 * A RangeError for no battles, for models that no chain of battles joins, and where nothing finite
 * maximises it (a model that only wins, at ridge 0).
 */
export function bradleyTerry(
  battles: readonly Battle[],
  options: BradleyTerryOptions = {},
): BradleyTerry {
  const design = designed(battles, options);
  return described(design, solved(design, design.counts));
}

export interface Placed extends Rated, Interval {
  /** The ranks of 95 % of the resamples, 1 the best; of two to four seeds also those that `pairs` leave open. */
  readonly rank: { readonly best: number; readonly worst: number };
  /** The share of resamples in which it has the highest rating. */
  readonly best: number;
}

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
 * seeds Student's intervals over seeds compete, and the wider count. It needs a ridge above 0, as a
 * resample may separate what the battles do not.
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
  const drawn = models.map(() => new Float64Array(repetitions));
  const ranks = models.map(() => new Float64Array(repetitions));
  const best = new Float64Array(models.length);
  // With the logarithm of ν or θ last, where ties have one.
  const effects = whole.at.slice(models.length).map(() => new Float64Array(repetitions));
  const next = resampler(battles, options.rng);
  const centre = (at: readonly number[]) => design.anchor === undefined ? 0 : at[design.anchor]!;
  const counts = cells.map(() => ({ wins: 0, losses: 0, ties: 0 }));
  for (let r = 0; r < repetitions; r++) {
    const { at } = solved(design, recounted(design, next(), counts), whole.at);
    models.forEach((_, m) => {
      drawn[m]![r] = at[m]! - centre(at);
      ranks[m]![r] = 1 + models.reduce((n, _, other) => at[other]! > at[m]! ? n + 1 : n, 0);
    });
    const first = models.flatMap((_, m) => ranks[m]![r] === 1 ? [m] : []);
    for (const m of first) best[m]! += 1 / first.length / repetitions;
    effects.forEach((effect, c) => effect[r] = at[models.length + c]!);
  }

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
  // Resamples of few seeds are too alike for ranks as they are for ratings.
  const open = alone.length === 0 || alone.length >= FEW ? [] : rankIntervals(
    models,
    pairs.map((pair) => ({
      ...pair,
      adjusted: pair.p,
      winner: pair.low > 0 ? pair.a : pair.high < 0 ? pair.b : undefined,
    })),
  );
  // After the pairs, because taking percentiles reorders the resamples that the pairs share.
  const interval = (resamples: Float64Array, { value }: Rated, seeds: readonly number[]) => {
    const { stderr, low, high } = widened(resamples, value, seeds);
    return { value, stderr, low, high };
  };
  const tieInterval = (): Interval => {
    const seeds = bySeed((at) => at.at(-1)!);
    const { low, high } = widened(effects.at(-1)!, whole.at.at(-1)!, seeds);
    return {
      low: Math.exp(design.ties === "davidson" ? low : Math.max(0, low)),
      high: Math.exp(high),
    };
  };
  return {
    ...fit,
    ratings: Object.fromEntries(models.map((model, m) => [model, {
      // At mean 0 a rating is against all models, at an anchor against that one.
      ...interval(
        drawn[m]!,
        fit.ratings[model]!,
        bySeed(
          (at) => at[m]! - centre(at),
          ...options.anchor === undefined ? models : [model, options.anchor],
        ),
      ),
      rank: {
        best: Math.min(Math.floor(quantile(ranks[m]!, 0.025)), open[m]?.best ?? Infinity),
        worst: Math.max(Math.ceil(quantile(ranks[m]!, 0.975)), open[m]?.worst ?? 0),
      },
      best: best[m]!,
    }])),
    covariates: Object.fromEntries(
      design.names.map((name, c) => {
        const seeds = bySeed((at) => at[models.length + c]!);
        return [name, interval(effects[c]!, fit.covariates[name]!, seeds)];
      }),
    ),
    ...design.ties === "half" ? {} : { tie: tieInterval() },
    pairs,
    repetitions,
  };
}

/** What a is expected to score against b at equal covariates: P(win) + P(tie) / 2. */
export function expectedScore(fit: BradleyTerry, a: string, b: string): number {
  const { ratings } = fit;
  for (const model of [a, b]) {
    if (!Object.hasOwn(ratings, model)) {
      throw new RangeError(`Cannot match ${a} with ${b}: ${model} has no rating`);
    }
  }
  return scoreAt(ratings[a]!.value - ratings[b]!.value, fit);
}

/** A rating on Elo's scale: 400 points are odds of ten to one, and 0 is `zero`. */
export function eloScale(rating: number, zero = 1000): number {
  return zero + 400 / Math.LN10 * rating;
}

interface Row extends Counts {
  readonly cell: number;
}
interface Design {
  readonly models: readonly string[];
  readonly names: readonly string[];
  /** What the likelihood tells apart: who met whom at which covariates, as i less j. */
  readonly cells: readonly {
    readonly i: number;
    readonly j: number;
    readonly x: readonly number[];
  }[];
  readonly rows: readonly Row[];
  readonly counts: readonly Counts[];
  readonly ties: Ties;
  readonly ridge: number;
  readonly anchor?: number;
}

function designed(battles: readonly Battle[], options: BradleyTerryOptions): Design {
  enough("ratings", battles, 1);
  const { ties = "half", ridge = 0.01, anchor, covariates: names = [] } = options;
  if (!(ridge >= 0)) throw new RangeError(`Cannot penalise by ${ridge}: it must not be below 0`);
  const groups = components(battles);
  if (groups.length > 1) {
    const listed = groups.map((group) => group.join(", ")).join("; ");
    throw new RangeError(`Cannot rate models that no chain of battles joins: ${listed}`);
  }
  const models = [...new Set(battles.flatMap(({ a, b }) => [a, b]))];
  const index = new Map(models.map((model, m) => [model, m]));
  if (anchor !== undefined && !index.has(anchor)) {
    throw new RangeError(`Cannot anchor at ${anchor}: it has no battle`);
  }
  const known = new Map<string, number>();
  const cells: { i: number; j: number; x: readonly number[] }[] = [];
  const rows = battles.map(({ a, b, score, covariates: x = [], weight = 1 }, at): Row => {
    probable(score, at);
    if (a === b) throw new RangeError(`Cannot rate battle ${at}: ${a} meets itself`);
    if (ties !== "half" && ![0, 0.5, 1].includes(score)) {
      throw new RangeError(`Cannot read battle ${at}: found ${score}, expected 0, 0.5 or 1`);
    }
    if (x.length !== names.length || !x.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot read battle ${at}: found covariates [${x}], expected ${names.length} numbers`,
      );
    }
    if (!(weight > 0 && weight < Infinity)) {
      throw new RangeError(`Cannot read battle ${at}: found weight ${weight}, expected above 0`);
    }
    // One orientation a pair, so that both orders of it fall into one cell.
    const [i, j] = [index.get(a)!, index.get(b)!];
    const turned = i > j;
    const cell = turned ? { i: j, j: i, x: x.map((value) => -value) } : { i, j, x };
    const key = JSON.stringify([cell.i, cell.j, ...cell.x]);
    if (!known.has(key)) known.set(key, cells.push(cell) - 1);
    const tie = ties !== "half" && score === 0.5 ? weight : 0;
    const won = (weight - tie) * (turned ? 1 - score : score);
    return { cell: known.get(key)!, wins: won, losses: weight - tie - won, ties: tie };
  });
  const none = cells.map(() => ({ wins: 0, losses: 0, ties: 0 }));
  return {
    ...{ models, names, cells, rows },
    counts: recounted({ rows }, new Float64Array(rows.length).fill(1), none),
    ties,
    ridge,
    ...anchor === undefined ? {} : { anchor: index.get(anchor)! },
  };
}

/** Writes what battles of these weights come to into `counts`. */
function recounted({ rows }: Pick<Design, "rows">, weights: Float64Array, counts: Counts[]) {
  for (const count of counts) count.wins = count.losses = count.ties = 0;
  rows.forEach(({ cell, wins, losses, ties }, i) => {
    const count = counts[cell]!;
    count.wins += weights[i]! * wins;
    count.losses += weights[i]! * losses;
    count.ties += weights[i]! * ties;
  });
  return counts;
}

/** θ, β and, where ties have a parameter, its logarithm. */
function solved(design: Design, counts: readonly Counts[], start?: readonly number[]): Minimum {
  const plain = design.models.length + design.names.length;
  const [tied, decided] = counts.reduce(
    ([tied, decided], { wins, losses, ties }) => [tied + ties, decided + wins + losses],
    [0, 0],
  );
  // Without a tie the threshold that fits best is 0, at the end of what it may be.
  const fixed = design.ties === "rao-kupper" && tied === 0;
  // A threshold begins above 0: where equal ratings would have it.
  const tie = {
    half: [],
    davidson: [0],
    "rao-kupper": [Math.log1p(2 * tied / Math.max(1, decided))],
  };
  const from = start ?? [...Array.from({ length: plain }, () => 0), ...tie[design.ties]];
  const found = minimise(
    (x) => penalised(design, counts, x),
    fixed ? from.slice(0, plain) : from,
  );
  if (!found) {
    throw new RangeError(
      `Cannot rate ${
        design.models.join(", ")
      } at ridge ${design.ridge}: no finite ratings fit best`,
    );
  }
  return fixed ? { ...found, at: [...found.at, 0] } : found;
}

function penalised(design: Design, counts: readonly Counts[], x: readonly number[]): Local {
  const { models, ridge } = design;
  const size = x.length;
  const tied = size > models.length + design.names.length;
  const outcome = tied && design.ties === "rao-kupper" ? raoKupper : davidson;
  const eta = tied ? x[size - 1]! : -Infinity;
  const gradient = x.map((value) => 2 * ridge * value);
  const hessian = x.map((_, row) => {
    const out = new Array<number>(size).fill(0);
    out[row] = 2 * ridge;
    // Only differences of ratings matter: this keeps their sum at 0 and the matrix regular.
    if (row < models.length) { for (let m = 0; m < models.length; m++) out[m]! += 1; }
    return out;
  });
  let value = ridge * x.reduce((sum, at) => sum + at * at, 0);
  design.cells.forEach((cell, c) => {
    const { wins, losses, ties } = counts[c]!;
    if (wins + losses + ties === 0) return;
    let d = x[cell.i]! - x[cell.j]!;
    cell.x.forEach((fact, k) => d += fact * x[models.length + k]!);
    const found = outcome(counts[c]!, d, eta);
    value += found.value;
    const places = [cell.i, cell.j, ...cell.x.map((_, k) => models.length + k)];
    const facts = [1, -1, ...cell.x];
    places.forEach((p, k) => {
      gradient[p]! += found.slope * facts[k]!;
      places.forEach((q, l) => hessian[p]![q]! += found.curve * (facts[k]! * facts[l]!));
      if (tied) {
        hessian[p]![size - 1]! += found.mixed * facts[k]!;
        hessian[size - 1]![p]! += found.mixed * facts[k]!;
      }
    });
    if (tied) {
      gradient[size - 1]! += found.tieSlope;
      hessian[size - 1]![size - 1]! += found.tieCurve;
    }
  });
  return { value, gradient, hessian };
}

function described(design: Design, { at, value, covariance }: Minimum): BradleyTerry {
  const { models, names, anchor } = design;
  /** The variance of a sum of parameters, each times a factor. */
  const stderr = (factors: readonly number[]) => {
    let variance = 0;
    factors.forEach((f, i) =>
      factors.forEach((g, j) => f && g && (variance += f * g * covariance.get(i, j)))
    );
    return Math.sqrt(Math.max(0, variance));
  };
  const ratings = models.map((model, m) => {
    const zero = (i: number) => anchor === undefined ? 1 / models.length : i === anchor ? 1 : 0;
    const factors = models.map((_, i) => (i === m ? 1 : 0) - zero(i));
    return [model, {
      value: m === anchor ? 0 : at[m]! - (anchor === undefined ? 0 : at[anchor]!),
      stderr: stderr(factors),
    }];
  });
  const covariates = names.map((name, c) => {
    const place = models.length + c;
    return [name, { value: at[place]!, stderr: Math.sqrt(covariance.get(place, place)) }];
  });
  return {
    ratings: Object.fromEntries(ratings),
    covariates: Object.fromEntries(covariates),
    ...design.ties === "davidson" ? { nu: Math.exp(at.at(-1)!) } : {},
    ...design.ties === "rao-kupper" ? { theta: Math.exp(at.at(-1)!) } : {},
    logLikelihood: design.ridge * at.reduce((sum, x) => sum + x * x, 0) - value,
    n: design.counts.reduce((n, { wins, losses, ties }) => n + wins + losses + ties, 0),
  };
}
