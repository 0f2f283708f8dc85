import type { Rng } from "../core/rng.ts";
import { mean, sd } from "./average.ts";
import { crossedBootstrap } from "./bootstrap.ts";
import { fewest } from "./fewest.ts";
import { tQuantile } from "./quantiles.ts";
import { type Interval, pairedT } from "./significance.ts";

/** Values of two sides, [seed][prompt], on the same seeds and prompts. */
export interface PairedRows {
  readonly baseline: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
}

/** What a loss is held against, and how surely. */
export interface NonInferiorityOptions {
  readonly better: "higher" | "lower";
  /** The loss that does not matter yet; above 0. */
  readonly margin: number;
  /** Of each of the two one-sided questions, 0.05 by default. */
  readonly alpha?: number;
  /** Prompts are draws from more, and not all there are. */
  readonly sampled: boolean;
  readonly rng: Rng;
}

/** The interval is missing where one number is all there is. */
export interface NonInferiority extends Partial<Interval> {
  /** Candidate less baseline, whichever way is better. */
  readonly difference: number;
  readonly stderr?: number;
  /** One-sided: how often a candidate that is as good would look at least as bad. */
  readonly p: number;
  /** The loss that would be told from none four times in five. */
  readonly detectable?: number;
  /** Seeds at which an equal candidate would be found so four times in five; missing beyond a thousand, and where prompts decide. */
  readonly needed?: number;
}

/**
 * How far a candidate lies from its baseline, paired by seed and prompt. `low` and `high` are
 * one-sided bounds at 1 − α each: of the crossed bootstrap where prompts are sampled, of Student's t
 * over seeds otherwise, and always the wider of the two, as five seeds alone resample to intervals
 * that are too narrow.
 */
export function nonInferiority(
  { baseline, candidate }: PairedRows,
  { better, margin, alpha = 0.05, sampled, rng }: NonInferiorityOptions,
): NonInferiority {
  if (!(margin > 0)) {
    throw new RangeError(
      `Cannot test against a margin of ${margin}: it must be above 0, as no run can show that nothing at all is lost`,
    );
  }
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new RangeError(`Cannot test at alpha ${alpha}: it must be between 0 and 0.5`);
  }
  const rows = candidate.map((row, s) => row.map((x, p) => x - baseline[s]![p]!));
  const bySeed = rows.map((row) => mean(row));
  const difference = mean(bySeed);
  const confidence = 1 - 2 * alpha;
  const drawn = sampled && rows[0]!.length > 1;
  if (rows.length === 1 && !drawn) return { difference, p: 1 };
  const { low, high, stderr, p } = drawn
    ? crossedBootstrap({ candidate, baseline }, {
      rng,
      confidence,
      tail: true,
      studentBelow: Infinity,
    }).pairs[0]!
    : pairedT(bySeed, confidence);
  const worse = better === "higher" ? difference < 0 : difference > 0;
  const df = Math.max(1, (rows.length > 1 ? rows.length : rows[0]!.length) - 1);
  const power = (df: number) => tQuantile(1 - alpha, df) + tQuantile(0.8, df);
  const spread = rows.length > 1 ? sd(bySeed) : undefined;
  // More seeds do not help where the spread is between prompts.
  const seeds = spread !== undefined && stderr <= 1.1 * spread / Math.sqrt(rows.length)
    ? fewest((n) => power(n - 1) * spread / Math.sqrt(n) <= margin)
    : undefined;
  return {
    difference,
    low,
    high,
    stderr,
    p: worse ? p / 2 : 1 - p / 2,
    detectable: power(df) * stderr,
    ...seeds === undefined ? {} : { needed: seeds },
  };
}

/** How a gate came out. */
export type Gated = "pass" | "fail" | "inconclusive";

/**
 * Pass: the bound on the loss lies inside the margin. Fail: the loss is beyond the margin, and told
 * from none at `adjusted`, the p that was corrected for all that is gated. Anything else, equality
 * that is not shown among it, is inconclusive.
 */
export function gate(
  { difference, low, high }: NonInferiority,
  { better, margin, alpha = 0.05 }: Pick<NonInferiorityOptions, "better" | "margin" | "alpha">,
  adjusted: number,
): Gated {
  const loss = better === "higher" ? -difference : difference;
  const most = better === "higher" ? low === undefined ? Infinity : -low : high ?? Infinity;
  if (most < margin) return "pass";
  return adjusted <= alpha && loss > margin ? "fail" : "inconclusive";
}
