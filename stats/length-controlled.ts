// Long, as the fit, its errors and the choice of C share one design.
import { createHash } from "node:crypto";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import type { Rng } from "../core/rng.ts";
import { mean, sd, standardError } from "./average.ts";
import { nll } from "./calibration.ts";
import { enough } from "./enough.ts";
import { sigmoid } from "./logistic.ts";
import { logisticRegression, type LogisticRow, loss, type Penalty } from "./logistic-regression.ts";
import { type Drawn, repetitionsOf, resampler, seedWeights, widened } from "./resamples.ts";
import type { Interval } from "./significance.ts";
import { probable, type WinRate, winRate } from "./win-rate.ts";

// AlpacaEval's length-controlled win-rate (Dubois et al., arXiv 2404.04475):
// logit P(model beats baseline) = w_length · f + w_difficulty · d + w_bias · g + Σ w_c · x_c,
// without an intercept, for f = tanh((baseline's length − model's) / s) and s the standard deviation
// of those differences; g is 1, and 0 on gamed rows. The rate is the mean over prompts at f = 0 and
// x_c = 0. Every term changes its sign when model and baseline change places, so the rates of the
// two add up to 1. EVALUATION.md, 1.4, says how the original does it.

/** What a judge said of one prompt. */
export interface LengthRow extends Drawn {
  /** P(model beats baseline); absent where the judge failed: such a row is predicted, not fitted. */
  readonly preference?: number;
  /** Of the two answers, in one unit: `codePoints` as AlpacaEval counts, or tokens. */
  readonly lengths: { readonly model: number; readonly baseline: number };
  /** Other facts about the model's answer less those about the baseline's (lists, refusals). */
  readonly confounders?: readonly number[];
}

/** A row of the baseline against itself, asked to be verbose or concise: it pulls w_length alone. */
export interface GamedRow {
  /** f, as the original's file has it. */
  readonly length: number;
  readonly difficulty?: number;
  readonly preference: number;
  /** 0.1 by default: half of the original's λ, as there are two such sets. */
  readonly weight?: number;
}

/** What a win-rate is controlled for. */
export interface LengthControl {
  /** d by prompt; absent, the model has no such term. */
  readonly difficulty?: Readonly<Record<string, number>>;
  /** Names of the confounders. */
  readonly confounders?: readonly string[];
  /**
   * A ridge of 0.01 by default. `l1` is the C of AlpacaEval's own fit (`alpaca-v1`): Σ |w| +
   * C · log-loss; "chosen" takes the best of ten from 10⁻⁴ to 10⁴ by five-fold cross-validation.
   */
  readonly penalty?: Penalty | { readonly l1: "chosen" };
  readonly gamed?: readonly GamedRow[];
}

/** The fitted model of length control. */
export interface LengthFit {
  /** A share, at equal lengths. */
  readonly rate: number;
  readonly weights: {
    /** Below 0 where longer answers win. */
    readonly length: number;
    readonly difficulty?: number;
    readonly bias: number;
    readonly confounders: { readonly [name: string]: number };
  };
  /** s, in the unit of the lengths. */
  readonly scale: number;
  /** The l1 penalty's C. */
  readonly C?: number;
}

/**
 * The fit by itself. Undefined where nothing finite fits best, as without a penalty on outcomes
 * that separate; a RangeError for no rows, a prompt without a difficulty and bad numbers.
 */
export function lengthControlFit(
  rows: readonly LengthRow[],
  control: LengthControl = {},
): LengthFit | undefined {
  const design = designed(rows, control);
  const found = fitted(design, design.ones, design.penalty);
  if (!found) return undefined;
  const { w } = found;
  const [length, difficulty] = [w[0]!, design.difficulties ? w[1]! : undefined];
  return {
    rate: found.rate,
    weights: {
      length,
      ...difficulty === undefined ? {} : { difficulty },
      bias: w[design.bias]!,
      confounders: Object.fromEntries(
        design.names.map((name, c) => [name, w[design.bias + 1 + c]!]),
      ),
    },
    scale: found.scale,
    ..."l1" in design.penalty ? { C: design.penalty.l1 } : {},
  };
}

/** A controlled win-rate, with intervals. */
export interface Controlled extends LengthFit, Interval {
  /** 95 % intervals of the weights that are of answers, by the same resamples. */
  readonly intervals: {
    readonly length: Interval;
    readonly confounders: { readonly [name: string]: Interval };
  };
  /** The bootstrap's, as `low` and `high` are (95 %). */
  readonly stderr: number;
  /** Leaving out one prompt at a time; everything is fitted again. */
  readonly jackknife: number;
  /** Of the weights by clusters of prompts, carried over to the rate at fixed s. */
  readonly sandwich: number;
  /**
   * What AlpacaEval publishes as `lc_standard_error`: the spread of the fitted probabilities. It is
   * no sampling error, and two to three times smaller than one; 0 without difficulties.
   */
  readonly published: number;
  /** So far from the plain win-rate that AlpacaEval would warn. */
  readonly unusual: boolean;
}

/** A win-rate as it is and as it would be at equal lengths. */
export interface LengthControlled {
  /** Never shown without. */
  readonly raw: WinRate;
  /** Means over all rows. */
  readonly lengths: { readonly model: number; readonly baseline: number };
  /** The mean preference for the longer answer; absent where lengths never differ. */
  readonly prefersLonger?: number;
  readonly controlled: Controlled | { readonly absent: string };
}

/** Fewer prompts than this say too little about three weights. */
const LEAST = 30;
/** A weight beyond it means that length or difficulty separates the outcomes. */
const LARGEST = 10;

/**
 * The length-controlled win-rate beside the plain one, with a bootstrap of the whole fit, s
 * included: prompts are drawn with replacement with all their rows, and seeds where rows have them;
 * with two to four seeds Student's interval over seeds competes, and the wider counts. C is chosen
 * once. `absent` starts with "not identifiable" below 30 judged prompts (or `least`),
 * where all differences of length are equal, and where a weight exceeds 10.
 */
export function lengthControlled(
  rows: readonly LengthRow[],
  options: LengthControl & {
    readonly rng: Rng;
    /** Resamples, 2,000 by default. */
    readonly repetitions?: number;
    readonly least?: number;
  },
): LengthControlled {
  const design = designed(rows, options);
  const raw = winRate(rows.flatMap(({ preference }) => preference ?? []));
  const unequal = rows.flatMap(({ preference: p, lengths: { model, baseline } }) =>
    p === undefined || model === baseline ? [] : model > baseline ? p : 1 - p
  );
  const fit = lengthControlFit(rows, { ...options, penalty: design.penalty });
  const reason = unidentifiable(design, fit, options.least ?? LEAST);
  return {
    raw,
    lengths: {
      model: mean(rows.map(({ lengths }) => lengths.model)),
      baseline: mean(rows.map(({ lengths }) => lengths.baseline)),
    },
    ...unequal.length ? { prefersLonger: mean(unequal) } : {},
    controlled: fit && reason === undefined
      ? { ...fit, ...errors(design, options), unusual: unusual(fit.rate, raw.rate) }
      : { absent: `not identifiable: ${reason}` },
  };
}

function unidentifiable(
  { rows, gaps }: Design,
  fit: LengthFit | undefined,
  least: number,
): string | undefined {
  const prompts = new Set(rows.filter(judged).map(({ prompt }) => prompt)).size;
  if (prompts < least) return `${prompts} judged prompts, and at least ${least} are needed`;
  if (gaps.every((gap) => gap === gaps[0])) return "all answers differ in length by as much";
  if (!fit) return "no finite weights fit best";
  const { length, difficulty = 0, bias, confounders } = fit.weights;
  const all = Object.entries({ length, difficulty, bias, ...confounders });
  const large = all.find(([, w]) => Math.abs(w) > LARGEST);
  return large && `the weight of ${large[0]} is ${large[1].toFixed(1)}, beyond ±${LARGEST}`;
}

/** AlpacaEval's rule for a warning. */
function unusual(controlled: number, raw: number): boolean {
  return controlled < Math.min(raw * 3 / 4, raw - 0.1) ||
    controlled > Math.max(raw + (1 - raw) / 4, raw + 0.1);
}

const judged = (row: LengthRow) => row.preference !== undefined;

interface Design {
  readonly rows: readonly LengthRow[];
  readonly ones: Float64Array;
  /** Baseline's length less the model's. */
  readonly gaps: readonly number[];
  readonly difficulties?: readonly number[];
  readonly names: readonly string[];
  /** The place of w_bias; confounders follow it. */
  readonly bias: number;
  readonly gamed: readonly LogisticRow[];
  readonly penalty: Penalty;
}

function designed(rows: readonly LengthRow[], control: LengthControl): Design {
  enough("a length-controlled win-rate", rows, 1);
  const { difficulty, confounders: names = [], gamed = [], penalty = { ridge: 0.01 } } = control;
  rows.forEach(({ preference, lengths: { model, baseline }, confounders = [] }, i) => {
    if (preference !== undefined) probable(preference, i);
    if (!(model >= 0 && baseline >= 0 && Number.isFinite(model + baseline))) {
      throw new RangeError(`Cannot read row ${i}: found lengths ${model} and ${baseline}`);
    }
    if (confounders.length !== names.length || !confounders.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot read row ${i}: found confounders [${confounders}], expected ${names.length} numbers`,
      );
    }
  });
  const missing = difficulty && rows.filter(({ prompt }) => !Object.hasOwn(difficulty, prompt));
  if (missing?.length) {
    throw new RangeError(
      `Cannot control for difficulty: ${missing.length} of ${rows.length} rows have none, the first of them prompt ${
        JSON.stringify(missing[0]!.prompt)
      }`,
    );
  }
  const bias = difficulty ? 2 : 1;
  const common = {
    rows,
    ones: new Float64Array(rows.length).fill(1),
    gaps: rows.map(({ lengths }) => lengths.baseline - lengths.model),
    ...difficulty ? { difficulties: rows.map(({ prompt }) => difficulty[prompt]!) } : {},
    names,
    bias,
    gamed: gamed.map(({ length, difficulty: d, preference, weight = 0.1 }, i) => {
      probable(preference, i);
      if (difficulty && d === undefined) {
        throw new RangeError(`Cannot control for difficulty: gamed row ${i} has none`);
      }
      return {
        x: [length, ...difficulty ? [d!] : [], 0, ...names.map(() => 0)],
        y: preference,
        weight,
      };
    }),
  };
  const chosen = "l1" in penalty && penalty.l1 === "chosen" ? { l1: best(common) } : penalty;
  const strength = "l1" in chosen ? chosen.l1 : chosen.ridge;
  if (!(typeof strength === "number" && strength >= 0 && Number.isFinite(strength))) {
    throw new RangeError(`Cannot penalise by ${strength}: it must be a number not below 0`);
  }
  return { ...common, penalty: chosen as Penalty };
}

/** The rows as the regression sees them, each in its place and together with gamed ones, and s. */
function explained(
  { rows, gaps, difficulties, gamed }: Omit<Design, "penalty">,
  weights: Float64Array,
): {
  readonly real: readonly (LogisticRow | undefined)[];
  readonly all: readonly LogisticRow[];
  readonly scale: number;
} {
  let [total, centre] = [0, 0];
  gaps.forEach((gap, i) => (total += weights[i]!, centre += weights[i]! * gap));
  centre /= total;
  let squares = 0;
  gaps.forEach((gap, i) => squares += weights[i]! * (gap - centre) ** 2);
  // A resample of one gap, or a single row, has nothing to tell lengths by.
  const scale = squares > 0 && total > 1 ? Math.sqrt(squares / (total - 1)) : Infinity;
  const real = rows.map(({ preference, confounders = [] }, i): LogisticRow | undefined => {
    if (preference === undefined) return undefined;
    const d = difficulties ? [difficulties[i]!] : [];
    const x = [Math.tanh(gaps[i]! / scale), ...d, 1, ...confounders];
    return { x, y: preference, weight: weights[i]! };
  });
  return { real, all: [...real.filter((row) => row !== undefined), ...gamed], scale };
}

interface Fitted {
  readonly w: readonly number[];
  readonly rate: number;
  readonly scale: number;
}

function fitted(
  design: Omit<Design, "penalty">,
  weights: Float64Array,
  penalty: Penalty,
  start?: readonly number[],
): Fitted | undefined {
  const { all, scale } = explained(design, weights);
  enough("a length-controlled win-rate", all, 1);
  const w = logisticRegression(all, penalty, start ?? all[0]!.x.map(() => 0));
  if (!w) return undefined;
  let [rate, total] = [0, 0];
  predicted(design, w).forEach((p, i) => (rate += weights[i]! * p, total += weights[i]!));
  return { w, rate: rate / total, scale };
}

/** P(model beats baseline) of every row at equal lengths. */
function predicted({ rows, difficulties, bias }: Omit<Design, "penalty">, w: readonly number[]) {
  return rows.map((_, i) => sigmoid(w[bias]! + (difficulties ? w[1]! * difficulties[i]! : 0)));
}

/**
 * The C with the smallest mean log-loss on rows held out, of ten from 10⁻⁴ to 10⁴. A row's fold is
 * the first 32 bits of the SHA-256 of its prompt, modulo 5 (of a gamed row, of "gamed" and its
 * number): scikit-learn's own order of ties is not portable.
 */
function best(design: Omit<Design, "penalty">): number {
  const { all } = explained(design, design.ones);
  const ids = [
    ...design.rows.filter(judged).map(({ prompt }) => prompt),
    ...design.gamed.map((_, i) => `gamed ${i}`),
  ];
  const folds = ids.map((id) => createHash("sha256").update(id).digest().readUInt32BE() % 5);
  const held = [0, 1, 2, 3, 4].filter((fold) =>
    folds.includes(fold) && folds.some((other) => other !== fold)
  );
  if (held.length === 0) throw new RangeError("Cannot choose C: all prompts fall into one fold");
  const scores = Array.from({ length: 10 }, (_, i) => {
    const C = 10 ** (-4 + 8 * i / 9);
    let [sum, weight] = [0, 0];
    for (const fold of held) {
      const w = logisticRegression(
        all.filter((_, i) => folds[i] !== fold),
        { l1: C },
        all[0]!.x.map(() => 0),
      )!;
      all.forEach((row, i) => {
        if (folds[i] !== fold) return;
        sum += row.weight * nll(row.x.reduce((dot, x, k) => dot + x * w[k]!, 0), row.y);
        weight += row.weight;
      });
    }
    return { C, score: sum / weight };
  });
  return scores.reduce((least, found) => found.score < least.score ? found : least).C;
}

function errors(
  design: Design,
  options: { readonly rng: Rng; readonly repetitions?: number },
): Omit<Controlled, keyof LengthFit | "unusual"> {
  const { penalty, ones } = design;
  const whole = fitted(design, ones, penalty)!;
  const again = (weights: Float64Array) => {
    const found = fitted(design, weights, penalty, whole.w);
    if (found) return found;
    throw new RangeError("Cannot resample the fit: without a penalty a resample has no finite one");
  };
  const next = resampler(design.rows, options.rng);
  const bySeed = seedWeights(design.rows).flatMap((weights) =>
    design.rows.some((row, i) => weights[i] && judged(row)) ? [again(weights)] : []
  );
  const resamples = Array.from(
    { length: repetitionsOf(options.repetitions ?? 2_000) },
    () => again(next()),
  );
  const spread = (of: (found: Fitted) => number) =>
    widened(Float64Array.from(resamples, of), of(whole), bySeed.map(of));
  const { stderr, low, high } = spread(({ rate }) => rate);
  const weight = (k: number): Interval => {
    const { low, high } = spread(({ w }) => w[k]!);
    return { low, high };
  };

  const prompts = [...Map.groupBy(design.rows.keys(), (i) => design.rows[i]!.prompt).values()];
  const without = prompts.map((left) => {
    const weights = ones.slice();
    for (const i of left) weights[i] = 0;
    return again(weights).rate;
  });
  return {
    stderr,
    low,
    high,
    intervals: {
      length: weight(0),
      confounders: Object.fromEntries(
        design.names.map((name, c) => [name, weight(design.bias + 1 + c)]),
      ),
    },
    jackknife: (prompts.length - 1) / Math.sqrt(prompts.length) * sd(without),
    sandwich: sandwich(design, whole, prompts),
    published: standardError(predicted(design, whole.w)),
  };
}

/** √Σ_c ψ_c² · C/(C − 1), for ψ the influence of prompt c on the rate through weights and mean. */
function sandwich(design: Design, { w, rate }: Fitted, prompts: readonly (readonly number[])[]) {
  const { rows, penalty, ones, bias, difficulties } = design;
  const { real, all } = explained(design, ones);
  const shares = predicted(design, w);
  const slope = w.map(() => 0);
  shares.forEach((p, i) => {
    slope[bias]! += p * (1 - p) / rows.length;
    if (difficulties) slope[1]! += p * (1 - p) * difficulties[i]! / rows.length;
  });
  // Weights that the l1 penalty holds at 0 do not move.
  const free = w.map((_, k) => k).filter((k) => "ridge" in penalty || w[k] !== 0);
  const curve = new Matrix(loss(all, w).hessian as number[][]);
  if ("ridge" in penalty) curve.add(Matrix.eye(w.length, w.length, 2 * penalty.ridge));
  const pull = free.length === 0 ? [] : new CholeskyDecomposition(curve.selection(free, free))
    .solve(Matrix.columnVector(free.map((k) => slope[k]!))).to1DArray();
  const influence = rows.map((_, i) => {
    const drift = (shares[i]! - rate) / rows.length;
    const row = real[i];
    if (!row) return drift;
    const q = sigmoid(row.x.reduce((dot, x, k) => dot + x * w[k]!, 0));
    return drift + (row.y - q) * free.reduce((sum, k, at) => sum + pull[at]! * row.x[k]!, 0);
  });
  return Math.sqrt(prompts.length) *
    sd(prompts.map((some) => some.reduce((sum, i) => sum + influence[i]!, 0)));
}
