import { mean, standardError } from "./average.ts";
import { enough } from "./enough.ts";
import { normalQuantile, tQuantile, tTail } from "./quantiles.ts";

/** An interval, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval of a rate: sound at 0 and at 1, where a bootstrap has no width. */
export function wilson(successes: number, n: number, confidence = 0.95): Interval {
  if (!(n > 0 && successes >= 0 && successes <= n)) {
    throw new RangeError(`Cannot give an interval to ${successes} of ${n}: found no such rate`);
  }
  const z2 = normalQuantile((1 + confidence) / 2) ** 2;
  const rate = successes / n;
  const centre = (rate + z2 / (2 * n)) / (1 + z2 / n);
  const half = Math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** P(X = k) and P(X ≤ k) for X fair coins' heads in n, summed from the largest term down. */
function fairCoins(k: number, n: number): { equal: number; most: number } {
  let log = -n * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  const equal = Math.exp(log);
  let ratio = 1;
  let sum = 1;
  for (let i = k; i > 0; i--) {
    ratio *= i / (n - i + 1);
    sum += ratio;
  }
  return { equal, most: Math.min(1, equal * sum) };
}

function counts(what: string, ...ns: number[]): void {
  if (!ns.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot run ${what} on ${ns.join(" and ")}: counts are whole numbers`);
  }
}

/**
 * McNemar's test on the discordant pairs, `b` one way and `c` the other: the exact two-sided p and
 * the less conservative mid-p. Both are 1 without discordant pairs.
 */
export function mcnemar(b: number, c: number): { readonly exact: number; readonly midP: number } {
  counts("McNemar's test", b, c);
  const { equal, most } = fairCoins(Math.min(b, c), b + c);
  return { exact: Math.min(1, 2 * most), midP: 2 * most - equal };
}

/** The sign test on `wins` of `n` untied pairs: P(at least so many wins), and the two-sided p. */
export function signTest(
  wins: number,
  n: number,
): { readonly greater: number; readonly twoSided: number } {
  counts("a sign test", wins, n);
  if (wins > n) throw new RangeError(`Cannot run a sign test on ${wins} wins of ${n}`);
  return {
    greater: fairCoins(n - wins, n).most,
    twoSided: Math.min(1, 2 * fairCoins(Math.min(wins, n - wins), n).most),
  };
}

/** Student's t on paired differences. */
export interface PairedT extends Interval {
  readonly mean: number;
  readonly stderr: number;
  readonly df: number;
  /** One-sided bounds: the mean lies above `lower` with the given confidence, and below `upper`. */
  readonly lower: number;
  readonly upper: number;
  /** Two-sided p of mean 0. */
  readonly p: number;
}

/** Student's t on paired differences: `low` and `high` are two-sided. Needs two differences. */
export function pairedT(differences: readonly number[], confidence = 0.95): PairedT {
  enough("a paired t test", differences, 2);
  const centre = mean(differences);
  const stderr = standardError(differences);
  const df = differences.length - 1;
  const one = tQuantile(confidence, df) * stderr;
  const two = tQuantile((1 + confidence) / 2, df) * stderr;
  return {
    mean: centre,
    stderr,
    df,
    lower: centre - one,
    upper: centre + one,
    low: centre - two,
    high: centre + two,
    p: centre === 0 ? 1 : tTail(centre / stderr, df),
  };
}
