import { mean, standardError } from "./average.ts";
import { enough } from "./enough.ts";
import { sigmoid } from "./logistic.ts";

/** A plain win-rate of preferences in [0, 1]; shares, not percentages. */
export interface WinRate {
  readonly rate: number;
  /** Of independent prompts: it knows nothing of seeds and of the judge. Absent for one. */
  readonly stderr?: number;
  readonly wins: number;
  readonly losses: number;
  /** Preferences of exactly ½. */
  readonly draws: number;
  /** Every preference rounded to a win or a loss, draws as half. */
  readonly discrete: number;
  readonly n: number;
}

/**
 * AlpacaEval's win-rate: the mean of P(model beats baseline), one a prompt. Judgements that failed
 * are the caller's to count and leave out. A RangeError for none or for one outside [0, 1].
 */
export function winRate(preferences: readonly number[]): WinRate {
  enough("a win-rate", preferences, 1);
  preferences.forEach(probable);
  const count = (outcome: number) => preferences.filter((p) => settled(p) === outcome).length;
  return {
    rate: mean(preferences),
    ...preferences.length > 1 ? { stderr: standardError(preferences) } : {},
    wins: count(1),
    losses: count(0),
    draws: count(0.5),
    discrete: mean(preferences.map(settled)),
    n: preferences.length,
  };
}

const settled = (p: number) => p > 0.5 ? 1 : p < 0.5 ? 0 : 0.5;

/** A RangeError unless `preference` is in [0, 1]; `i` is its place in a list. */
export function probable(preference: number, i: number): void {
  if (!(preference >= 0 && preference <= 1)) {
    throw new RangeError(`Cannot use preference ${i}, ${preference}: it is not in [0, 1]`);
  }
}

/**
 * P(a beats b) of two rewards so far apart, σ(difference / temperature): at temperature 0 the better
 * always wins, and equals are even at any temperature.
 */
export const beats = (difference: number, temperature: number): number =>
  difference === 0 ? 0.5 : sigmoid(difference / temperature);

/**
 * P(first) = p(first) / (p(first) + p(second)) from the log-probabilities of the two verdicts; −∞,
 * or absent, where a judge's alternatives do not list one. Undefined where they list neither.
 */
export function preferenceFromLogs(
  first: number | undefined = -Infinity,
  second: number | undefined = -Infinity,
): number | undefined {
  if (!(first <= 0 && second <= 0)) {
    throw new RangeError(`Cannot read log-probabilities ${first} and ${second}: above 0`);
  }
  if (first === -Infinity && second === -Infinity) return undefined;
  return sigmoid(first - second);
}

/**
 * P(model beats baseline) of a `preference` as AlpacaEval's files write it: 1 for the baseline, 2
 * for the model, 1.5 a tie and, in old files, 0 a tie too. A RangeError for anything else.
 */
export function fromAlpacaPreference(preference: number): number {
  if (preference === 0) return 0.5;
  if (!(preference >= 1 && preference <= 2)) {
    throw new RangeError(`Cannot read preference ${preference}: expected 0 or 1 to 2`);
  }
  return preference - 1;
}
