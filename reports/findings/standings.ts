import type { RunRecord } from "../../core/mod.ts";
import { rng } from "../../core/mod.ts";
import {
  type Contrast,
  crossedBootstrap,
  crossedBootstraps,
  decide,
  type Decision,
  mayBeBest,
  median,
  minimalDetectableEffect,
  moderatedPairs,
  normalQuantile,
  rankIntervals,
  type Scores,
  tieGroups,
  tTail,
} from "../../stats/mod.ts";
import type { Bounded } from "./bounded.ts";
import type { ShownMeasure } from "./measures.ts";
import type { MethodRuns, TestbedRuns } from "./runs.ts";

/** All inference of a report: every interval, rank and decision comes from here, `questions.ts` and `duels.ts`. */

/** What an interval stretches over; "nothing" where one exact run is all there is. */
export type Over =
  | "seeds and prompts"
  | "seeds"
  | "prompts"
  | "seeds and the runs' own errors"
  | "the run's own error"
  | "questions"
  | "nothing";

/** A mean with its 95 % interval; `low` and `high` equal `value` where `over` is "nothing". */
export interface MethodEstimate extends Bounded {
  /** Units that one run averages, or questions. */
  readonly n: number;
  /** 0 where texts were judged that nobody here trained. */
  readonly seeds: number;
  readonly over: Over;
}

export interface Row {
  readonly method: string;
  readonly estimate: MethodEstimate;
  /** The ranks left open to it; undefined where better has no direction. */
  readonly rank: { readonly best: number; readonly worst: number } | undefined;
  /** Whether it is among those that may be best: the best is, at 95 %; false where better has no direction. */
  readonly mayBeBest: boolean;
  /** Methods of different groups are told apart, each from each. */
  readonly group: number;
}

/** All methods on one testbed by one measure. */
export interface Standing {
  readonly measure: ShownMeasure;
  /** Best first; lowest first where better has no direction. */
  readonly rows: readonly Row[];
  readonly decisions: readonly Decision[];
  /** Methods that vary between seeds as no other does: their comparisons go by their own spread alone. */
  readonly apart: readonly string[];
  /** The start policy, over all runs. */
  readonly start: number | undefined;
}

/** Intervals need fewer resamples than decisions do. */
const INTERVAL_REPETITIONS = 2000;
/** Pairs up to which the resamples alone decide: seventy methods have ten times as many, and took an hour. */
const RESAMPLED_PAIRS = 250;

export function standing(testbed: TestbedRuns, measure: ShownMeasure): Standing {
  const { id, better, within } = measure;
  const scores = collect(testbed.runs, id);
  const random = rng("report").split(testbed.key).split(id);
  const directed = better !== "neither";
  const { estimates, pairs, apart } = directed
    ? together(scores, random)
    : { estimates: alone(scores, random, INTERVAL_REPETITIONS), pairs: [], apart: [] };
  const sign = better === "higher" ? -1 : 1;
  const methods = [...scores.values.keys()].map((method) => ({
    method,
    estimate: clip(describe(estimates.get(method)!, scores, method), within),
  })).sort((a, b) => sign * (a.estimate.value - b.estimate.value));
  const decisions = better === "neither"
    ? []
    : decide(pairs.map((pair) => widened(pair, scores)), better);
  const names = methods.map(({ method }) => method);
  const ranks = rankIntervals(names, decisions);
  const groups = tieGroups(names, decisions);
  const top = better === "neither" ? undefined : mayBeBest(names, decisions, better);
  return {
    measure,
    decisions,
    apart,
    start: average(
      testbed.runs.flatMap(({ records }) => records).map((r) => own(r.start, id)?.value),
    ),
    rows: methods.map(({ method, estimate }, i) => ({
      method,
      estimate,
      rank: directed ? { best: ranks[i]!.best, worst: ranks[i]!.worst } : undefined,
      mayBeBest: top?.has(method) ?? false,
      group: groups.findIndex((group) => group.includes(method)),
    })),
  };
}

/** The rows that may be best. */
export const leaders = ({ rows }: Standing): readonly Row[] =>
  rows.filter(({ mayBeBest }) => mayBeBest);

/** On how many of these each method may be best; without those that may nowhere. */
export function leadsOf(standings: readonly Standing[]): ReadonlyMap<string, number> {
  const leads = new Map<string, number>();
  for (const standing of standings) {
    for (const { method } of leaders(standing)) leads.set(method, (leads.get(method) ?? 0) + 1);
  }
  return leads;
}

/** The smallest difference that a comparison here would find four times in five: the median pair's. */
export function detectable({ decisions }: Standing): number | undefined {
  return median(
    decisions.map(({ stderr }) => stderr).filter(Number.isFinite).map((stderr) =>
      minimalDetectableEffect(stderr, 1)
    ),
  );
}

/**
 * How many times as much data the median undecided pair needs to be found four times in five, if its
 * difference is what was seen: (detectable / seen)². Without Holm's correction, so a lower bound.
 */
export function needed({ decisions }: Standing): number | undefined {
  return median(
    decisions.filter(({ winner, stderr }) => winner === undefined && Number.isFinite(stderr)).map(
      ({ stderr, difference }) => (minimalDetectableEffect(stderr, 1) / Math.abs(difference)) ** 2,
    ),
  );
}

/** The decision between two methods, seen from `a`: how far above `b`, and who is better. */
export function between(
  { decisions }: Standing,
  a: string,
  b: string,
):
  | (Pick<Decision, "winner" | "adjusted" | "stderr"> & { readonly difference: Bounded })
  | undefined {
  for (
    const { a: one, b: other, winner, adjusted, stderr, difference: value, low, high } of decisions
  ) {
    const pair = { winner, adjusted, stderr };
    if (one === a && other === b) return { ...pair, difference: { value, low, high } };
    if (one === b && other === a) {
      return { ...pair, difference: { value: -value, low: -high, high: -low } };
    }
  }
  return undefined;
}

/** [seed][unit] of each method that finished; a unit is a prompt, or the whole run. */
export interface Collected {
  readonly values: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  readonly measurements: ReadonlyMap<string, readonly RunRecord["measures"][string][]>;
}

/**
 * Prompts count as draws from more only where a run's own value is uncertain: where it was summed
 * exactly (standard error 0) or has no value a prompt, a run is one unit.
 */
export function collect(runs: readonly MethodRuns[], id: string): Collected {
  const measurements = new Map<string, RunRecord["measures"][string][]>();
  const values = new Map<string, Map<number, readonly number[]>>();
  for (const { method, finished } of runs) {
    for (const record of finished) {
      const found = own(record.measures, id);
      if (found === undefined) continue;
      const seeds = values.get(method) ?? new Map<number, readonly number[]>();
      values.set(method, seeds.set(record.seed, found.each ?? [found.value]));
      measurements.set(method, [...measurements.get(method) ?? [], found]);
    }
  }
  const all = [...measurements.values()].flat();
  const prompts = new Set(all.map(({ each }) => each?.length ?? 0));
  const resampled = prompts.size === 1 && !prompts.has(0) && all.some(({ stderr }) => stderr > 0);
  if (resampled) return { values, measurements };
  return {
    measurements,
    values: new Map(
      [...values].map(([method, seeds]) => [
        method,
        new Map([...seeds.keys()].map((seed, i) => [seed, [measurements.get(method)![i]!.value]])),
      ]),
    ),
  };
}

interface Bare {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly seeds: number;
}

/** Intervals of methods, and all pairs: by what seeds show, or by prompts alone where one seed is all. */
function together(scores: Collected, random: ReturnType<typeof rng>): {
  readonly estimates: Map<string, Bare>;
  readonly pairs: readonly Contrast[];
  readonly apart: readonly string[];
} {
  const { prior, pairs, apart } = moderatedPairs(scores.values);
  if (prior.df === 0 && pairs.every(({ df }) => df === 0)) {
    return { ...compare(scores, random), apart: [] };
  }
  const few = scores.values.size * (scores.values.size - 1) / 2 <= RESAMPLED_PAIRS;
  return { estimates: alone(scores, random, few ? 10_000 : INTERVAL_REPETITIONS), pairs, apart };
}

/** Methods that finished on the same seeds are compared at once; others on the seeds that both have. */
export function compare(
  { values }: Collected,
  random: ReturnType<typeof rng>,
): { readonly estimates: Map<string, Bare>; readonly pairs: Contrast[] } {
  const methods = [...values.keys()];
  const comparisons = methods.length * (methods.length - 1) / 2;
  // The smallest p times the number of all pairs must be able to fall below the level (Holm).
  const repetitions = comparisons > RESAMPLED_PAIRS ? INTERVAL_REPETITIONS : 10_000;
  const groups = new Map<string, string[]>();
  for (const method of methods) {
    const seeds = [...values.get(method)!.keys()].join();
    groups.set(seeds, [...groups.get(seeds) ?? [], method]);
  }
  const estimates = new Map<string, Bare>();
  const pairs: Contrast[] = [];
  const sets = [...groups.values()];
  sets.forEach((group, i) => {
    const within = crossed(values, group, undefined, repetitions, random);
    for (const method of group) estimates.set(method, within.methods.get(method)!);
    pairs.push(...within.pairs);
    for (const other of sets.slice(i + 1)) {
      const shared = [...values.get(group[0]!)!.keys()].filter((seed) =>
        values.get(other[0]!)!.has(seed)
      );
      if (shared.length === 0) continue;
      const across = crossed(values, [...group, ...other], shared, repetitions, random);
      pairs.push(...across.pairs.filter(({ a, b }) => group.includes(a) !== group.includes(b)));
    }
  });
  return { estimates, pairs };
}

function alone(
  { values }: Collected,
  random: ReturnType<typeof rng>,
  repetitions: number,
): Map<string, Bare> {
  const tail = repetitions === INTERVAL_REPETITIONS;
  const sets = [...values.values()].map((rows): Scores => ({ own: [...rows.values()] }));
  const found = crossedBootstraps(sets, { rng: random, repetitions, tail });
  return new Map([...values.keys()].map((method, i) => [method, found[i]!.methods.own!]));
}

function crossed(
  values: Collected["values"],
  methods: readonly string[],
  seeds: readonly number[] | undefined,
  repetitions: number,
  random: ReturnType<typeof rng>,
) {
  // Keys of our own making: a method may be called __proto__.
  const scores: Scores = Object.fromEntries(
    methods.map((method, i) => {
      const rows = values.get(method)!;
      return [`m${i}`, (seeds ?? [...rows.keys()]).map((seed) => rows.get(seed)!)];
    }),
  );
  const tail = repetitions === INTERVAL_REPETITIONS;
  const found = crossedBootstrap(scores, { rng: random, repetitions, tail });
  const name = (key: string) => methods[Number(key.slice(1))]!;
  return {
    methods: new Map(Object.entries(found.methods).map(([key, x]) => [name(key), x])),
    pairs: found.pairs.map((pair) => ({ ...pair, a: name(pair.a), b: name(pair.b) })),
  };
}

function describe(bare: Bare, scores: Collected, method: string): MethodEstimate {
  const { value, seeds } = bare;
  const n = Math.max(...scores.measurements.get(method)!.map((m) => m.n));
  const reach = normalQuantile(0.975) * ownError(scores, method);
  if (!(Number.isFinite(bare.low) && Number.isFinite(bare.high))) {
    const over = reach > 0 ? "the run's own error" : "nothing";
    return { value, low: value - reach, high: value + reach, n, seeds, over };
  }
  if (reach > 0) {
    const [down, up] = [Math.hypot(value - bare.low, reach), Math.hypot(bare.high - value, reach)];
    const over = "seeds and the runs' own errors";
    return { value, low: value - down, high: value + up, n, seeds, over };
  }
  const over = bare.n === 1 ? "seeds" : seeds === 1 ? "prompts" : "seeds and prompts";
  return { value, low: bare.low, high: bare.high, n, seeds, over };
}

/**
 * The standard error that no resample shows: where runs gave no value a prompt, or the same at every
 * prompt (all of forty right), all seeds were measured on the same comparisons and their spread
 * alone would understate it.
 */
function ownError({ values, measurements }: Collected, method: string): number {
  const spread = [...values.get(method)!.values()].some((row) => row.some((x) => x !== row[0]));
  return spread ? 0 : average(measurements.get(method)!.map(({ stderr }) => stderr))!;
}

/** A comparison with both methods' own errors added as if they were independent: a bound. */
function widened(pair: Contrast, scores: Collected): Contrast {
  const extra = Math.hypot(ownError(scores, pair.a), ownError(scores, pair.b));
  if (extra === 0 || !Number.isFinite(pair.stderr)) return pair;
  const reach = normalQuantile(0.975) * extra;
  return {
    ...pair,
    stderr: Math.hypot(pair.stderr, extra),
    low: pair.difference - Math.hypot(pair.difference - pair.low, reach),
    high: pair.difference + Math.hypot(pair.high - pair.difference, reach),
    p: Math.max(pair.p, tTail(pair.difference / extra, 1e6)),
  };
}

/** An interval has nothing to say about values that cannot occur. */
function clip(x: MethodEstimate, within: ShownMeasure["within"]): MethodEstimate {
  if (within === undefined) return x;
  const { least = -Infinity, most = Infinity } = within;
  return {
    ...x,
    low: Math.min(Math.max(x.low, least), x.value),
    high: Math.max(Math.min(x.high, most), x.value),
  };
}

export function own<T>(table: { readonly [id: string]: T }, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined;
}

export function average(xs: readonly (number | undefined)[]): number | undefined {
  const found = xs.filter((x) => x !== undefined);
  return found.length === 0 ? undefined : found.reduce((a, b) => a + b, 0) / found.length;
}
