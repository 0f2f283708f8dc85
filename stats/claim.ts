import { mean, sd } from "./average.ts";
import { fewest } from "./fewest.ts";
import { normalQuantile, tQuantile } from "./quantiles.ts";
import { type Interval, pairedT } from "./significance.ts";

/** What an interval of paired differences stretches over: the wider of two counts. */
export interface WiderInterval extends Interval {
  readonly p: number;
  readonly over: "seeds" | "prompts";
}

/**
 * Student's t on paired differences, [seed][prompt] with as many prompts for every seed: over the
 * seeds' means and, where answers were `sampled`, over the prompts' means; the wider interval counts.
 * Undefined where neither has two values.
 */
export function widerT(
  rows: readonly (readonly number[])[],
  sampled: boolean,
  confidence = 0.95,
): WiderInterval | undefined {
  const seeds = rows.map((row) => mean(row));
  const prompts = rows[0]?.map((_, i) => mean(rows.map((row) => row[i]!))) ?? [];
  const tests = [
    { over: "seeds" as const, values: seeds },
    ...sampled ? [{ over: "prompts" as const, values: prompts }] : [],
  ].filter(({ values }) => values.length > 1)
    .map(({ over, values }) => ({ over, ...pairedT(values, confidence) }));
  const [first, second] = tests;
  if (!first) return undefined;
  const widest = second && second.high - second.low > first.high - first.low ? second : first;
  const p = Math.max(...tests.map((test) => test.p));
  return { low: widest.low, high: widest.high, p, over: widest.over };
}

export interface ClaimQuestion {
  /** How the effect lies to 0. */
  readonly expect: "higher" | "lower" | "equal";
  /** The smallest effect that matters, in the effect's unit, from 0. */
  readonly margin: number;
  /** Differences beyond the first row are over prompts drawn from more. */
  readonly sampled: boolean;
  /** A standard error that the rows do not show, as runs shared the comparisons they were measured on. */
  readonly own?: number;
  /** Rivals against whom the same question is asked: any of them may refute it, so each must be surer. */
  readonly rivals?: number;
}

export interface ClaimVerdict {
  readonly verdict: "confirmed" | "refuted" | "undecided";
  readonly value: number;
  /** The 95 % interval; absent where one number is all there is. */
  readonly interval?: Interval;
  readonly over?: WiderInterval["over"];
  readonly seeds: number;
  /** Seeds at which such an effect would be decided four times in five; absent where decided, or beyond a thousand. */
  readonly needed?: number;
}

const LEVEL = 0.05;

/**
 * A claim about the mean of [seed][prompt] differences, on its 95 % interval.
 *
 * "higher" is confirmed by an interval above 0. It is refuted by one below 0, and by one that is
 * below the margin and not above 0: then there is no gain that matters. "lower" is the mirror.
 * "equal" is confirmed by an interval inside ±margin (two one-sided tests, each at 2.5 %), and
 * refuted by one outside. With several rivals the interval that refutes is Bonferroni's.
 */
export function judge(rows: readonly (readonly number[])[], question: ClaimQuestion): ClaimVerdict {
  const { expect, margin, sampled, own = 0, rivals = 1 } = question;
  if (!(margin >= 0)) throw new RangeError(`Cannot judge by a margin of ${margin}: it is below 0`);
  const seedMeans = rows.map((row) => mean(row));
  const value = mean(seedMeans);
  const at = (level: number): (Interval & Pick<WiderInterval, "over">) | undefined => {
    const found = widerT(rows, sampled, 1 - level);
    if (!found) return undefined;
    const reach = normalQuantile(1 - level / 2) * own;
    return {
      over: found.over,
      low: value - Math.hypot(value - found.low, reach),
      high: value + Math.hypot(found.high - value, reach),
    };
  };
  const interval = at(LEVEL);
  const strict = at(LEVEL / rivals);
  const base = { value, seeds: rows.length };
  if (!interval || !strict) return { ...base, verdict: "undecided" };
  const shown = { low: interval.low, high: interval.high };
  const found = { ...base, interval: shown, over: interval.over };
  if (confirms(shown, expect, margin)) return { ...found, verdict: "confirmed" };
  if (refutes(strict, expect, margin)) return { ...found, verdict: "refuted" };
  // More seeds do not help against the spread between prompts.
  const needed = interval.over === "seeds" && own === 0 && rows.length > 1
    ? seedsToDecide(sd(seedMeans), distance(value, expect, margin))
    : undefined;
  return { ...found, verdict: "undecided", ...needed === undefined ? {} : { needed } };
}

function confirms(
  { low, high }: Interval,
  expect: ClaimQuestion["expect"],
  margin: number,
): boolean {
  if (expect === "equal") return low > -margin && high < margin;
  return expect === "higher" ? low > 0 : high < 0;
}

function refutes(
  { low, high }: Interval,
  expect: ClaimQuestion["expect"],
  margin: number,
): boolean {
  if (expect === "equal") return low > margin || high < -margin;
  // At a margin of 0 only the opposite refutes; a difference of exactly nothing refutes either way.
  if (low === 0 && high === 0) return true;
  return expect === "higher"
    ? high < 0 || margin > 0 && high < margin
    : low > 0 || margin > 0 && low > -margin;
}

/** How far an effect lies from the bound that decides it first, which is the farther of confirming and refuting. */
function distance(value: number, expect: ClaimQuestion["expect"], margin: number): number {
  if (expect === "equal") return Math.abs(margin - Math.abs(value));
  const up = expect === "higher" ? value : -value;
  return Math.max(up, margin - up);
}

/** The fewest seeds whose paired t-test finds an effect of this size four times in five; undefined above a thousand. */
export function seedsToDecide(spread: number, effect: number): number | undefined {
  return fewest((n) =>
    (tQuantile(1 - LEVEL / 2, n - 1) + tQuantile(0.8, n - 1)) * spread / Math.sqrt(n) <= effect
  );
}
