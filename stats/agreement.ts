import type { Rng } from "../core/rng.ts";
import { enough } from "./enough.ts";
import { type Drawn, repetitionsOf, resampler, seedWeights, widened } from "./resamples.ts";
import type { Interval } from "./significance.ts";

/** What two raters said of one thing. */
export interface VerdictPair {
  readonly a: string;
  readonly b: string;
}

/** Agreement of two raters beyond chance, each absent where chance alone would agree on everything. */
export interface Agreement {
  /** The share on which both say the same, pₒ. */
  readonly observed: number;
  /** pₑ of Cohen: the share if each kept to its own frequencies and they knew nothing of each other. */
  readonly expected: number;
  /** Cohen's κ = (pₒ − pₑ) / (1 − pₑ). */
  readonly kappa?: number;
  /** Krippendorff's nominal α: chance is drawing two of all verdicts without putting one back. */
  readonly alpha?: number;
  /** Gwet's AC1: chance is Σ π(1 − π) / (K − 1), which does not grow where one category prevails. */
  readonly ac1?: number;
  readonly n: number;
}

/**
 * How far two raters agree. Ties are a category like any other: leave such pairs out beforehand to
 * agree without them. `categories` are those that a rater could have said, by default those that
 * either did. A RangeError for no pairs or a verdict outside the categories.
 */
export function agreement(
  pairs: readonly VerdictPair[],
  categories: readonly string[] = named(pairs),
): Agreement {
  enough("agreement", pairs, 1);
  return ofTable(placed(pairs, categories), categories.length, () => 1);
}

/** Agreement with its intervals. */
export interface AgreementIntervals extends Agreement {
  /** 95 % intervals by measure; absent where the measure is. */
  readonly intervals: {
    readonly [measure in "observed" | "kappa" | "alpha" | "ac1"]?: Interval & {
      /** Resamples in which the measure exists: the interval is over these. */
      readonly resamples: number;
    };
  };
}

/**
 * `agreement` with percentile intervals that draw prompts, and seeds where pairs have them, with
 * replacement; with two to four seeds Student's over the seeds competes, and the wider counts.
 */
export function agreementIntervals(
  pairs: readonly (VerdictPair & Drawn)[],
  options: {
    readonly rng: Rng;
    readonly repetitions?: number;
    readonly categories?: readonly string[];
  },
): AgreementIntervals {
  const { categories = named(pairs) } = options;
  const whole = agreement(pairs, categories);
  const cells = placed(pairs, categories);
  const next = resampler(pairs, options.rng);
  const weighted = (weights: Float64Array) => ofTable(cells, categories.length, (i) => weights[i]!);
  const found = Array.from(
    { length: repetitionsOf(options.repetitions ?? 10_000) },
    () => weighted(next()),
  );
  const alone = seedWeights(pairs).map(weighted);
  const measures = (["observed", "kappa", "alpha", "ac1"] as const).filter((name) =>
    whole[name] !== undefined
  );
  return {
    ...whole,
    intervals: Object.fromEntries(measures.map((name) => {
      const values = Float64Array.from(found.flatMap((one) => one[name] ?? []));
      const seeds = alone.flatMap((one) => one[name] ?? []);
      const { low, high } = widened(values, whole[name]!, seeds);
      return [name, {
        low,
        high,
        resamples: found.filter((one) => one[name] !== undefined).length,
      }];
    })),
  };
}

/**
 * Krippendorff's nominal α of any number of raters: `units[i]` holds what those who rated thing i
 * said of it, and things with fewer than two verdicts say nothing. Undefined where all verdicts are
 * the same; a RangeError where nothing has two.
 */
export function krippendorff(units: readonly (readonly string[])[]): number | undefined {
  const pairable = units.filter((verdicts) => verdicts.length > 1);
  enough("Krippendorff's alpha", pairable, 1);
  const totals = new Map<string, number>();
  let [n, apart] = [0, 0];
  for (const verdicts of pairable) {
    const counts = new Map<string, number>();
    for (const verdict of verdicts) {
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      totals.set(verdict, (totals.get(verdict) ?? 0) + 1);
    }
    const m = verdicts.length;
    n += m;
    // Ordered pairs within the thing that differ, each verdict counted once.
    for (const count of counts.values()) apart += count * (m - count) / (m - 1);
  }
  return alphaOf(apart / n, [...totals.values()], n);
}

/** 1 − Dₒ / Dₑ, with Dₑ over all ordered pairs of n verdicts. */
function alphaOf(apart: number, totals: readonly number[], n: number): number | undefined {
  const expected = totals.reduce((sum, count) => sum + count * (n - count), 0) / (n * (n - 1));
  return expected > 0 ? 1 - apart / expected : undefined;
}

/** Each pair's cell in the table of categories, row by row. */
function placed(pairs: readonly VerdictPair[], categories: readonly string[]): Int32Array {
  const place = new Map(categories.map((category, k) => [category, k]));
  return Int32Array.from(pairs, ({ a, b }, i) => {
    const [row, column] = [place.get(a), place.get(b)];
    if (row === undefined || column === undefined) {
      throw new RangeError(
        `Cannot compare verdicts ${i}: found ${
          JSON.stringify(row === undefined ? a : b)
        }, expected ${categories.join(", ")}`,
      );
    }
    return row * categories.length + column;
  });
}

function named(pairs: readonly VerdictPair[]): string[] {
  return [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
}

function ofTable(cells: Int32Array, K: number, weight: (i: number) => number): Agreement {
  const [rows, columns] = [new Float64Array(K), new Float64Array(K)];
  let [n, same] = [0, 0];
  cells.forEach((cell, i) => {
    const [row, column, w] = [Math.floor(cell / K), cell % K, weight(i)];
    rows[row]! += w;
    columns[column]! += w;
    n += w;
    if (row === column) same += w;
  });
  const observed = same / n;
  let [expected, spread] = [0, 0];
  rows.forEach((count, k) => {
    expected += count * columns[k]! / n ** 2;
    const share = (count + columns[k]!) / (2 * n);
    spread += share * (1 - share);
  });
  const totals = [...rows].map((count, k) => count + columns[k]!);
  const alpha = alphaOf(1 - observed, totals, 2 * n);
  // In one category alone there is nothing to agree on.
  const chance = K > 1 ? spread / (K - 1) : 1;
  return {
    observed,
    expected,
    ...expected < 1 ? { kappa: (observed - expected) / (1 - expected) } : {},
    ...alpha === undefined ? {} : { alpha },
    ...chance < 1 ? { ac1: (observed - chance) / (1 - chance) } : {},
    n,
  };
}
