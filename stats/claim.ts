import type { Expectation } from "../core/method.ts";
import { rng } from "../core/rng.ts";
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

/** What a claim says of an effect. */
export interface ClaimQuestion {
  readonly expect: Expectation;
  /** The smallest effect that matters, in the effect's unit, from 0. */
  readonly margin: number;
  /** Differences beyond the first row are over prompts drawn from more. */
  readonly sampled: boolean;
  /** A standard error that the rows do not show, as runs shared the comparisons they were measured on. */
  readonly own?: number;
  /** Rivals against whom the same question is asked: any of them may refute it, so each must be surer. */
  readonly rivals?: number;
  /** How many times the data were looked at, this time included: each look must be that much surer. */
  readonly looks?: number;
}

/** What the data say of a claim. */
export interface ClaimVerdict {
  readonly verdict: "confirmed" | "refuted" | "undecided";
  readonly value: number;
  /** The 95 % interval; absent where one number is all there is. */
  readonly interval?: Interval;
  readonly over?: WiderInterval["over"];
  readonly seeds: number;
  /** Seeds at which such an effect would be decided four times in five; absent where decided, or beyond a thousand. */
  readonly needed?: number;
  /** One-sided: how often what is expected would look at least as true where its bound is the truth. */
  readonly p?: number;
}

const LEVEL = 0.05;

/**
 * A claim about the mean of [seed][prompt] differences, on its 95 % interval.
 *
 * "higher" is confirmed by an interval above 0. It is refuted by one below 0, and by one that is
 * below the margin and not above 0: then there is no gain that matters. "lower" is the mirror.
 * "equal" is confirmed by an interval inside ±margin (two one-sided tests, each at 2.5 %), and
 * refuted by one outside. "not lower" is confirmed by an interval above −margin, and refuted by one
 * below it; "not higher" is the mirror. With several rivals the interval that refutes is Bonferroni's.
 */
export function judge(rows: readonly (readonly number[])[], question: ClaimQuestion): ClaimVerdict {
  const { expect, margin, own = 0, rivals = 1 } = question;
  const at = intervals(rows, question);
  const seedMeans = rows.map((row) => mean(row));
  const value = mean(seedMeans);
  const interval = at(LEVEL);
  const base = { value, seeds: rows.length };
  if (!interval) return { ...base, verdict: "undecided" };
  const { low, high, over } = interval;
  const p = smallest((level) => confirms(at(2 * level)!, expect, margin));
  const found = { ...base, interval: { low, high }, over, p };
  const verdict = confirms(interval, expect, margin)
    ? "confirmed"
    : refutes(at(LEVEL / rivals)!, expect, margin)
    ? "refuted"
    : "undecided";
  if (verdict !== "undecided") return { ...found, verdict };
  // More seeds do not help against the spread between prompts.
  const needed = over === "seeds" && own === 0 && rows.length > 1
    ? seedsToDecide(sd(seedMeans), distance(value, expect, margin))
    : undefined;
  return { ...found, verdict, ...needed === undefined ? {} : { needed } };
}

/** The interval of the mean at a level: the wider of seeds' and prompts', with the runs' own errors. */
type At = (level: number) => Interval & Pick<WiderInterval, "over"> | undefined;

function intervals(
  rows: readonly (readonly number[])[],
  { margin, sampled, own = 0, looks = 1 }: ClaimQuestion,
): At {
  if (!(margin >= 0)) throw new RangeError(`Cannot judge by a margin of ${margin}: it is below 0`);
  const value = mean(rows.map((row) => mean(row)));
  return (nominal) => {
    const level = nominal / looks;
    const found = widerT(rows, sampled, 1 - level);
    if (!found) return undefined;
    const reach = normalQuantile(1 - level / 2) * own;
    return {
      over: found.over,
      low: value - Math.hypot(value - found.low, reach),
      high: value + Math.hypot(found.high - value, reach),
    };
  };
}

/** Everything as if higher were expected: what is expected lower is turned round. */
function upright({ low, high }: Interval, expect: Expectation): Interval {
  return expect === "lower" || expect === "not higher" ? { low: -high, high: -low } : { low, high };
}

function confirms(interval: Interval, expect: Expectation, margin: number): boolean {
  const { low, high } = upright(interval, expect);
  if (expect === "equal") return low > -margin && high < margin;
  return low > (expect === "higher" || expect === "lower" ? 0 : -margin);
}

function refutes(interval: Interval, expect: Expectation, margin: number): boolean {
  const { low, high } = upright(interval, expect);
  if (expect === "equal") return low > margin || high < -margin;
  if (expect === "not lower" || expect === "not higher") return high < -margin;
  // At a margin of 0 only the opposite refutes; a difference of exactly nothing refutes either way.
  if (low === 0 && high === 0) return true;
  return high < 0 || margin > 0 && high < margin;
}

/** How far an effect lies from the bound that decides it first, which is the farther of confirming and refuting. */
function distance(value: number, expect: Expectation, margin: number): number {
  if (expect === "equal") return Math.abs(margin - Math.abs(value));
  const { low: up } = upright({ low: value, high: value }, expect);
  return expect === "higher" || expect === "lower"
    ? Math.max(up, margin - up)
    : Math.abs(up + margin);
}

/** The smallest level from 0 to 1/2 at which something holds that holds at all higher ones. */
function smallest(holds: (level: number) => boolean): number {
  let [no, yes] = [0, 0.5];
  if (!holds(yes)) return 1;
  for (let i = 0; i < 40; i++) {
    const middle = (no + yes) / 2;
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** Up to so many seeds all sign patterns are tried, and of more of them as many at random. */
const EXACT = 10;

/**
 * The share of all ways to turn seeds' differences round in which the same question would be
 * confirmed: how often it would be if the two sides were one. Undefined for what is not about a
 * direction, as turning round changes nothing there.
 */
export function byChance(
  rows: readonly (readonly number[])[],
  question: ClaimQuestion,
): number | undefined {
  if (question.expect !== "higher" && question.expect !== "lower") return undefined;
  const patterns = 2 ** Math.min(EXACT, rows.length);
  const coins = rng("sign patterns");
  const turns = (k: number, i: number) =>
    rows.length <= EXACT ? Math.floor(k / 2 ** i) % 2 === 1 : coins.uniform() < 0.5;
  let confirmed = 0;
  for (let k = 0; k < patterns; k++) {
    const turned = rows.map((row, i) => turns(k, i) ? row.map((x) => -x) : row);
    const interval = intervals(turned, question)(LEVEL);
    if (interval && confirms(interval, question.expect, question.margin)) confirmed++;
  }
  return confirmed / patterns;
}

/** The fewest seeds whose paired t-test finds an effect of this size four times in five; undefined above a thousand. */
export function seedsToDecide(spread: number, effect: number): number | undefined {
  return fewest((n) =>
    (tQuantile(1 - LEVEL / 2, n - 1) + tQuantile(0.8, n - 1)) * spread / Math.sqrt(n) <= effect
  );
}
