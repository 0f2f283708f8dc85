import type { Rng } from "../core/rng.ts";
import { iqm, mean, probabilityOfImprovement } from "./average.ts";
import { enough } from "./enough.ts";
import { draw, percentiles, repetitionsOf, wider } from "./resamples.ts";
import { type Interval, pairedT, wilson } from "./significance.ts";

/** The runs of one method on one testbed, and how often each of them is in each resample. */
export interface Stratum {
  readonly scores: readonly number[];
  /** [resample][run], one after another. */
  readonly counts: Uint16Array;
}

/** A figure over testbeds; without an interval where a testbed has one run, which shows no spread. */
export interface OverTestbeds {
  readonly value: number;
  readonly interval?: Interval;
}

/** How means over testbeds get their intervals. */
export interface OverTestbedsOptions {
  /** Where the fewest runs are below this, Student's interval competes; 5 by default. */
  readonly studentBelow?: number;
}

/** Draws the runs of one testbed with replacement, as many as there are, `repetitions` times. */
export function stratum(scores: readonly number[], repetitions: number, rng: Rng): Stratum {
  enough("resamples of runs", scores, 1);
  const wrong = scores.findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0) {
    throw new RangeError(`Cannot resample runs: the score at [${wrong}] is ${scores[wrong]}`);
  }
  const counts = new Uint16Array(repetitionsOf(repetitions) * scores.length);
  const one = new Float64Array(scores.length);
  for (let r = 0; r < repetitions; r++) {
    draw(one, rng);
    counts.set(one, r * scores.length);
  }
  return { scores, counts };
}

/**
 * The interquartile mean over the runs of all testbeds together, with the 95 % interval of the
 * stratified bootstrap (rliable, arXiv 2108.13264): runs are drawn within each testbed, so it says
 * nothing of other testbeds. Where a testbed has fewer than five runs, the wider of this and
 * Student's on the figures that the first, second, … runs of all testbeds give.
 */
export function stratifiedIqm(
  strata: readonly Stratum[],
  options: OverTestbedsOptions = {},
): OverTestbeds {
  enough("an interquartile mean over testbeds", strata, 1);
  const repetitions = resamplesOf(strata);
  const runs = strata.flatMap(({ scores, counts }) =>
    scores.map((score, i) => ({ score, counts, i, of: scores.length }))
  ).sort((a, b) => a.score - b.score);
  const cut = Math.floor(runs.length / 4);
  const resamples = new Float64Array(repetitions);
  for (let r = 0; r < repetitions; r++) {
    // Sorted once: a resample repeats a score in place, and leaves another out.
    let [before, sum] = [0, 0];
    for (const { score, counts, i, of } of runs) {
      const after = before + counts[r * of + i]!;
      const within = Math.min(after, runs.length - cut) - Math.max(before, cut);
      if (within > 0) sum += within * score;
      before = after;
    }
    resamples[r] = sum / (runs.length - 2 * cut);
  }
  const value = iqm(runs.map(({ score }) => score));
  const few = fewestRuns(strata);
  const alone = Array.from({ length: few }, (_, i) => iqm(strata.map(({ scores }) => scores[i]!)));
  return estimated(resamples, value, alone, few, options);
}

/**
 * The probability that a run of one method is better than a run of another, ties counted half
 * (Mann–Whitney U / nm), averaged over testbeds: `xs[t]` and `ys[t]` are both methods' runs on
 * testbed t. The interval is as that of `stratifiedIqm`, and wider for testbeds on which every run
 * of the one beats every run of the other, which resamples repeat without end: their reach is
 * Wilson's over as many comparisons as runs can be paired in without using one twice, and reaches
 * are added as those of independent parts are, by the root of the sum of their squares.
 */
export function stratifiedImprovement(
  xs: readonly Stratum[],
  ys: readonly Stratum[],
  options: OverTestbedsOptions = {},
): OverTestbeds {
  enough("a probability of improvement over testbeds", xs, 1);
  if (xs.length !== ys.length) {
    throw new RangeError(
      `Cannot compare runs on ${xs.length} testbeds with runs on ${ys.length}: the testbeds must agree`,
    );
  }
  const resamples = new Float64Array(resamplesOf([...xs, ...ys]));
  const chances = xs.map(({ scores }, t) => probabilityOfImprovement(scores, ys[t]!.scores));
  const value = mean(chances);
  xs.forEach((x, t) => addWins(resamples, x, ys[t]!, xs.length));
  const few = fewestRuns([...xs, ...ys]);
  const alone = Array.from(
    { length: few },
    (_, i) =>
      mean(
        xs.map(({ scores }, t) => probabilityOfImprovement([scores[i]!], [ys[t]!.scores[i]!])),
      ),
  );
  const { interval } = estimated(resamples, value, alone, few, options);
  if (interval === undefined) return { value };
  let [down, up] = [value - interval.low, interval.high - value];
  chances.forEach((chance, t) => {
    if (chance !== 0 && chance !== 1) return;
    const pairs = Math.min(xs[t]!.scores.length, ys[t]!.scores.length);
    const { low, high } = wilson(chance * pairs, pairs);
    down = Math.hypot(down, (chance - low) / xs.length);
    up = Math.hypot(up, (high - chance) / xs.length);
  });
  return {
    value,
    interval: { low: Math.max(0, value - down), high: Math.min(1, value + up) },
  };
}

/** Adds one testbed's share of each resample's probability of improvement. */
function addWins(resamples: Float64Array, x: Stratum, y: Stratum, testbeds: number): void {
  const [n, m] = [x.scores.length, y.scores.length];
  const wins = Float64Array.from(
    x.scores.flatMap((a) => y.scores.map((b) => a > b ? 1 : a === b ? 0.5 : 0)),
  );
  const certain = wins.every((win) => win === wins[0]);
  for (let r = 0; r < resamples.length; r++) {
    let sum = 0;
    if (certain) sum = n * m * wins[0]!;
    else {
      for (let i = 0; i < n; i++) {
        const times = x.counts[r * n + i]!;
        if (times === 0) continue;
        let dot = 0;
        for (let j = 0; j < m; j++) dot += y.counts[r * m + j]! * wins[i * m + j]!;
        sum += times * dot;
      }
    }
    resamples[r]! += sum / (n * m * testbeds);
  }
}

function estimated(
  resamples: Float64Array,
  value: number,
  alone: readonly number[],
  few: number,
  { studentBelow = 5 }: OverTestbedsOptions,
): OverTestbeds {
  if (few < 2) return { value };
  const bootstrap = percentiles(resamples, 0.95, false);
  if (few >= studentBelow) return { value, interval: bounds(bootstrap) };
  const t = pairedT(alone);
  const shift = value - t.mean;
  return {
    value,
    interval: bounds(wider(bootstrap, { ...t, low: t.low + shift, high: t.high + shift })),
  };
}

const bounds = ({ low, high }: Interval): Interval => ({ low, high });

const fewestRuns = (strata: readonly Stratum[]): number =>
  Math.min(...strata.map(({ scores }) => scores.length));

function resamplesOf(strata: readonly Stratum[]): number {
  const numbers = new Set(strata.map(({ scores, counts }) => counts.length / scores.length));
  if (numbers.size > 1) {
    throw new RangeError(
      `Cannot put testbeds together that were resampled ${[...numbers].join(" and ")} times`,
    );
  }
  return [...numbers][0]!;
}
