import type { Rng } from "../core/rng.ts";
import { mean } from "./average.ts";
import { draw, percentiles, repetitionsOf, type Spread, wider } from "./resamples.ts";
import { pairedT } from "./significance.ts";

/** `scores[method][seed][prompt]`, with the same seeds and prompts for every method. */
export interface Scores {
  readonly [method: string]: readonly (readonly number[])[];
}

/** How a crossed bootstrap is drawn. */
export interface CrossedOptions {
  readonly rng: Rng;
  /** Resamples; by default 10,000, or more where Holm's correction over all pairs would need it. */
  readonly repetitions?: number;
  /** Of the intervals, 0.95 by default. */
  readonly confidence?: number;
  /**
   * Where no resample reaches 0, whether p goes on as the normal tail of the resamples' spread: for
   * so many pairs that Holm's correction would need more resamples than anybody waits for.
   */
  readonly tail?: boolean;
  /** Below so many seeds Student's interval over seeds competes; 5 by default. */
  readonly studentBelow?: number;
}

/** A mean with its interval, which is infinite where one seed and one prompt are all there is. */
export interface Estimate {
  readonly value: number;
  readonly stderr: number;
  readonly low: number;
  readonly high: number;
  /** Prompts. */
  readonly n: number;
  /** Training seeds; 1 means that the interval says nothing about the spread between seeds. */
  readonly seeds: number;
}

/** How far method `a` lies above method `b`, paired by seed and prompt. */
export interface Contrast {
  readonly a: string;
  readonly b: string;
  readonly difference: number;
  readonly stderr: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, not adjusted for the number of pairs. */
  readonly p: number;
  /** Of Student's t, where p is by that; without, p is by resampling. */
  readonly df?: number;
}

/** What a crossed bootstrap found. */
export interface Crossed {
  readonly methods: { readonly [method: string]: Estimate };
  /** Every unordered pair once, in the order of the methods. */
  readonly pairs: readonly Contrast[];
  readonly repetitions: number;
}

/**
 * The mean of each method over seeds × prompts, and all paired differences, with percentile
 * intervals of the two-way ("pigeonhole") bootstrap: seeds and prompts are drawn with replacement,
 * each apart, and a cell weighs the product of its two counts (Owen, 2007). A single seed or a
 * single prompt is kept as it is, and the other side alone is drawn. All methods share the
 * resamples.
 *
 * p = min(1, 2 · (1 + min(#{d* ≤ 0}, #{d* ≥ 0})) / (1 + R)), over the R resampled differences d*:
 * twice the smaller tail beyond no difference, with the observed sample counted among the
 * resamples so that p is never below 2 / (R + 1). The default R is such that the smallest p times
 * the number of pairs is at most 1 − confidence.
 *
 * With few seeds, and with a single prompt, the interval is the wider of this and Student's over
 * seeds, and p the larger: resampling five numbers alone covers only 83 % of the time at 95 %.
 */
export function crossedBootstrap(scores: Scores, options: CrossedOptions): Crossed {
  return crossedBootstraps([scores], options)[0]!;
}

/**
 * What `crossedBootstrap` finds of each of several sets of methods, none compared with another set's.
 * Sets of equal shape share the resamples, which are drawn once: drawing takes most of the time.
 */
export function crossedBootstraps(sets: readonly Scores[], options: CrossedOptions): Crossed[] {
  const confidence = options.confidence ?? 0.95;
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot give intervals of confidence ${confidence}: it is between 0 and 1`,
    );
  }
  const shapes = sets.map((scores): Resampling => {
    const n = Object.keys(scores).length;
    const enough = Math.max(10_000, Math.ceil(n * (n - 1) / (1 - confidence)));
    const repetitions = repetitionsOf(options.repetitions ?? enough);
    return { scores, ...dimensions(scores), repetitions };
  });
  const resampled = new Map<Resampling, Float64Array[]>();
  const key = ({ seeds, prompts, repetitions }: Resampling) => [seeds, prompts, repetitions].join();
  for (const alike of Map.groupBy(shapes, key).values()) {
    const means = resample(
      alike.flatMap(({ scores }) => Object.values(scores)),
      alike[0]!,
      options,
    );
    for (const shape of alike) {
      resampled.set(shape, means.splice(0, Object.keys(shape.scores).length));
    }
  }
  return shapes.map((shape) => spreads(shape, resampled.get(shape)!, confidence, options));
}

/** What is resampled, and how often. */
interface Resampling {
  readonly scores: Scores;
  readonly seeds: number;
  readonly prompts: number;
  readonly repetitions: number;
}

/** What the resampled means of each method, [method][repetition], say of methods and of pairs. */
function spreads(
  { scores, seeds, prompts, repetitions }: Resampling,
  resampled: readonly Float64Array[],
  confidence: number,
  options: CrossedOptions,
): Crossed {
  const names = Object.keys(scores);
  const student = prompts === 1 || seeds < (options.studentBelow ?? 5);
  const spread = (resamples: Float64Array, seedLevel: readonly number[]): Spread => {
    if (seeds * prompts === 1) return UNKNOWN;
    const bootstrap = percentiles(resamples, confidence, options.tail ?? false);
    return student && seeds > 1 ? wider(bootstrap, pairedT(seedLevel, confidence)) : bootstrap;
  };

  const bySeed = names.map((m) => scores[m]!.map(mean));

  const pairs: Contrast[] = [];
  const difference = new Float64Array(repetitions);
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      const [xs, ys] = [resampled[a]!, resampled[b]!];
      for (let r = 0; r < repetitions; r++) difference[r] = xs[r]! - ys[r]!;
      const seedLevel = bySeed[a]!.map((x, s) => x - bySeed[b]![s]!);
      const { stderr, low, high, p } = spread(difference, seedLevel);
      pairs.push({ a: names[a]!, b: names[b]!, difference: mean(seedLevel), stderr, low, high, p });
    }
  }

  // After the pairs, because taking percentiles reorders the resamples that the pairs share.
  const methods: Record<string, Estimate> = {};
  names.forEach((name, m) => {
    const { stderr, low, high } = spread(resampled[m]!, bySeed[m]!);
    methods[name] = { value: mean(bySeed[m]!), stderr, low, high, n: prompts, seeds };
  });
  return { methods, pairs, repetitions };
}

const UNKNOWN: Spread = { stderr: Infinity, low: -Infinity, high: Infinity, p: 1 };

function dimensions(scores: Scores): { seeds: number; prompts: number } {
  const names = Object.keys(scores);
  const first = scores[names[0] ?? ""];
  if (first === undefined) throw new RangeError("Cannot bootstrap the scores of no method");
  const seeds = first.length;
  const prompts = first[0]?.length ?? 0;
  if (seeds === 0 || prompts === 0) {
    throw new RangeError(`Cannot bootstrap ${seeds} seeds of ${prompts} prompts: none may be 0`);
  }
  for (const name of names) {
    const rows = scores[name]!;
    if (rows.length !== seeds || rows.some((row) => row.length !== prompts)) {
      throw new RangeError(
        `Cannot pair ${name} with ${names[0]}: found ${rows.length} seeds of ${
          [...new Set(rows.map((row) => row.length))].join(" or ")
        } prompts, expected ${seeds} of ${prompts}`,
      );
    }
    rows.forEach((row, s) =>
      row.forEach((x, p) => {
        if (!Number.isFinite(x)) {
          throw new RangeError(`Cannot bootstrap ${name}: its score at [${s}][${p}] is ${x}`);
        }
      })
    );
  }
  return { seeds, prompts };
}

/** The resampled means of each method, [method][repetition]. */
function resample(
  scores: readonly (readonly (readonly number[])[])[],
  { seeds, prompts, repetitions }: Omit<Resampling, "scores">,
  { rng }: Pick<CrossedOptions, "rng">,
): Float64Array[] {
  // Σ_s Σ_p u_s v_p x_sp: the weights factorise, so the inner loop is a dot product with v.
  const rows = scores.map((x) => x.map((row) => Float64Array.from(row)));
  const out = scores.map(() => new Float64Array(repetitions));
  const [seedRng, promptRng] = [rng.split("seeds"), rng.split("prompts")];
  const u = new Float64Array(seeds);
  const v = new Float64Array(prompts);
  for (let r = 0; r < repetitions; r++) {
    draw(u, seedRng);
    draw(v, promptRng);
    for (let m = 0; m < rows.length; m++) {
      let sum = 0;
      for (let s = 0; s < seeds; s++) {
        if (u[s] === 0) continue;
        const row = rows[m]![s]!;
        let dot = 0;
        for (let p = 0; p < prompts; p++) dot += v[p]! * row[p]!;
        sum += u[s]! * dot;
      }
      out[m]![r] = sum / (seeds * prompts);
    }
  }
  return out;
}
