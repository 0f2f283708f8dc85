import type { Rng } from "../core/rng.ts";
import { tTail } from "./quantiles.ts";
import { type PairedT, pairedT } from "./significance.ts";

// What bootstraps share; not part of what core exports as statistics.

export interface Spread {
  readonly stderr: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

/** How often each of n units was drawn in n draws with replacement; a single unit is kept. */
export function draw(counts: Float64Array, rng: Rng): void {
  const n = counts.length;
  counts.fill(0);
  for (let i = 0; i < n; i++) counts[n === 1 ? 0 : rng.below(n)]! += 1;
}

/** What resamples of one number say of it; p is of no difference. Reorders `xs`. */
export function percentiles(xs: Float64Array, confidence: number, tail: boolean): Spread {
  const n = xs.length;
  let [sum, below, above] = [0, 0, 0];
  for (const x of xs) {
    sum += x;
    if (x <= 0) below++;
    if (x >= 0) above++;
  }
  let squares = 0;
  for (const x of xs) squares += (x - sum / n) ** 2;
  const stderr = Math.sqrt(squares / n);
  const p = Math.min(1, 2 * (1 + Math.min(below, above)) / (1 + n));
  const beyond = Math.min(below, above) === 0 && tail;
  return {
    stderr,
    low: quantile(xs, (1 - confidence) / 2),
    high: quantile(xs, (1 + confidence) / 2),
    // At so many degrees of freedom Student's t is normal.
    p: beyond ? Math.min(p, tTail(sum / n / stderr, 1e6)) : p,
  };
}

/** The q-quantile, linear between neighbours. Reorders `xs`. */
export function quantile(xs: Float64Array, q: number): number {
  const at = q * (xs.length - 1);
  const i = Math.floor(at);
  const low = select(xs, i);
  if (at === i) return low;
  let next = Infinity;
  for (let j = i + 1; j < xs.length; j++) if (xs[j]! < next) next = xs[j]!;
  return low + (at - i) * (next - low);
}

/**
 * The k-th smallest, moved to index k with nothing larger before it (Hoare's quickselect): the
 * report needs two order statistics of each of thousands of differences, and sorting them all
 * took most of its time.
 */
function select(xs: Float64Array, k: number): number {
  let [from, to] = [0, xs.length - 1];
  while (from < to) {
    const pivot = xs[(from + to) >>> 1]!;
    let [i, j] = [from, to];
    while (i <= j) {
      while (xs[i]! < pivot) i++;
      while (xs[j]! > pivot) j--;
      if (i <= j) {
        const x = xs[i]!;
        xs[i++] = xs[j]!;
        xs[j--] = x;
      }
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return xs[k]!;
}

/** The bootstrap's interval or Student's, whichever is wider, and the larger p. */
export function wider(bootstrap: Spread, t: PairedT): Spread {
  const { stderr, low, high } = t.high - t.low > bootstrap.high - bootstrap.low ? t : bootstrap;
  return { stderr, low, high, p: Math.max(t.p, bootstrap.p) };
}

/** Below so many seeds resampling them alone is too narrow. */
export const FEW = 5;

/**
 * What resamples say of `value`, or Student's t on what each seed alone gives where seeds are few
 * and that is wider, moved to lie around `value`. Reorders `xs`.
 */
export function widened(xs: Float64Array, value: number, bySeed: readonly number[]): Spread {
  const bootstrap = percentiles(xs, 0.95, false);
  if (bySeed.length < 2 || bySeed.length >= FEW) return bootstrap;
  const t = pairedT(bySeed);
  const shift = value - t.mean;
  return wider(bootstrap, { ...t, low: t.low + shift, high: t.high + shift });
}

/** The rows of each seed, as weights of 1 and 0; none where there is one seed. */
export function seedWeights(rows: readonly Drawn[]): Float64Array[] {
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  if (seeds.length < 2) return [];
  return seeds.map((own) => Float64Array.from(rows, ({ seed }) => seed === own ? 1 : 0));
}

/** What a row belongs to: rows of one prompt, and rows of one training seed, are drawn together. */
export interface Drawn {
  readonly prompt: string;
  readonly seed?: string | number;
}

/**
 * Weights of rows in resamples of prompts and, where rows have seeds, of seeds with replacement,
 * each apart: a row weighs the product of the two counts (Owen, 2007). A side of one unit is kept
 * as it is. A RangeError where both are, or where some rows alone have a seed.
 */
export function resampler(rows: readonly Drawn[], rng: Rng): () => Float64Array {
  const some = rows.findIndex(({ seed }) => seed === undefined);
  if (some >= 0 && rows.some(({ seed }) => seed !== undefined)) {
    throw new RangeError(`Cannot cross prompts with seeds: row ${some} has no seed and others do`);
  }
  const [prompts, seeds] = [
    numbered(rows.map(({ prompt }) => prompt)),
    numbered(
      rows.map(({ seed }) => seed),
    ),
  ];
  if (prompts.n < 2 && seeds.n < 2) {
    throw new RangeError(
      `Cannot resample ${rows.length} rows of ${prompts.n} prompt: 2 are needed`,
    );
  }
  const [u, v] = [new Float64Array(seeds.n), new Float64Array(prompts.n)];
  const [seedRng, promptRng] = [rng.split("seeds"), rng.split("prompts")];
  const weights = new Float64Array(rows.length);
  return () => {
    // Where not every prompt has every seed, a draw may miss all rows: that says nothing.
    for (let total = 0; total === 0;) {
      draw(u, seedRng);
      draw(v, promptRng);
      for (let i = 0; i < weights.length; i++) {
        total += weights[i] = u[seeds.of[i]!]! * v[prompts.of[i]!]!;
      }
    }
    return weights;
  };
}

/** The place of each label among the distinct ones. */
function numbered(labels: readonly unknown[]): { readonly of: Int32Array; readonly n: number } {
  const known = new Map<unknown, number>();
  for (const label of labels) if (!known.has(label)) known.set(label, known.size);
  return { of: Int32Array.from(labels, (label) => known.get(label)!), n: known.size };
}

/** A RangeError unless so many resamples can be drawn. */
export function repetitionsOf(repetitions: number): number {
  if (!(Number.isInteger(repetitions) && repetitions > 0)) {
    throw new RangeError(`Cannot resample ${repetitions} times: it must be a whole number above 0`);
  }
  return repetitions;
}
