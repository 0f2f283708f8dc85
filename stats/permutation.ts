import type { Rng } from "../core/rng.ts";
import { mean } from "./average.ts";
import { enough } from "./enough.ts";
import { repetitionsOf } from "./resamples.ts";
import { mcnemar } from "./significance.ts";

/** Up to so many differences all signs are tried. */
const EXACT = 16;

/**
 * The paired permutation test of mean 0: the share of sign changes of the differences whose sum lies
 * at least as far from 0 as theirs, of all of them up to 16 that are not 0, and of `repetitions`
 * random ones and theirs beyond. A RangeError for no differences or one that is not finite.
 */
export function pairedPermutation(
  differences: readonly number[],
  options: { readonly rng: Rng; readonly repetitions?: number },
): { readonly p: number; readonly exact: boolean } {
  enough("a permutation test", differences, 1);
  const odd = differences.find((x) => !Number.isFinite(x));
  if (odd !== undefined) throw new RangeError(`Cannot permute ${odd}: it is not finite`);
  const moved = differences.filter((x) => x !== 0);
  const size = moved.reduce((sum, x) => sum + Math.abs(x), 0);
  // Sums of the same numbers in another order differ by rounding.
  const least = Math.abs(moved.reduce((sum, x) => sum + x, 0)) - 1e-12 * size;
  const exact = moved.length <= EXACT;
  const tries = exact ? 2 ** moved.length : repetitionsOf(options.repetitions ?? 10_000);
  let far = 0;
  for (let t = 0; t < tries; t++) {
    let sum = 0;
    moved.forEach((x, i) => {
      const kept = exact ? t >> i & 1 : options.rng.uniform() < 0.5;
      sum += kept ? x : -x;
    });
    if (Math.abs(sum) >= least) far++;
  }
  return { p: exact ? far / tries : (far + 1) / (tries + 1), exact };
}

/** How one row of a benchmark with right answers went: 1 right, 0 wrong, between them shared. */
export interface Answered {
  readonly row: string;
  /** Rows of one prompt are not independent. */
  readonly prompt: string;
  readonly value: number;
}

/** Two accuracies on the same rows. */
export interface AccuracyContrast {
  /** Rows and prompts that both answered. */
  readonly rows: number;
  readonly prompts: number;
  /** Rows on which a did better, and b. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Accuracy of a less that of b, over these rows. */
  readonly difference: number;
  readonly p: number;
  /** McNemar's exact test where each row has its own prompt and is right or wrong, else signs by prompt. */
  readonly test: "McNemar" | "permutation of prompts";
}

/** Whether one is right more often than another on the same rows; undefined where they share none. */
export function compareAccuracies(
  a: readonly Answered[],
  b: readonly Answered[],
  options: { readonly rng: Rng; readonly repetitions?: number },
): AccuracyContrast | undefined {
  const others = new Map(b.map((answered) => [answered.row, answered.value]));
  const shared = a.flatMap(({ row, prompt, value }) => {
    const other = others.get(row);
    return other === undefined ? [] : [{ prompt, a: value, b: other }];
  });
  if (shared.length === 0) return undefined;
  const byPrompt = [...Map.groupBy(shared, ({ prompt }) => prompt).values()].map((rows) =>
    rows.reduce((sum, { a, b }) => sum + a - b, 0)
  );
  const onlyA = shared.filter(({ a, b }) => a > b).length;
  const onlyB = shared.filter(({ a, b }) => a < b).length;
  const binary = shared.every(({ a, b }) => [a, b].every((x) => x === 0 || x === 1));
  const single = binary && byPrompt.length === shared.length;
  return {
    rows: shared.length,
    prompts: byPrompt.length,
    onlyA,
    onlyB,
    difference: mean(shared.map(({ a, b }) => a - b)),
    p: single ? mcnemar(onlyA, onlyB).exact : pairedPermutation(byPrompt, options).p,
    test: single ? "McNemar" : "permutation of prompts",
  };
}
