import { rng, type RunRecord } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Measures, ShownMeasure } from "./measures.ts";
import type { TestbedRuns } from "./runs.ts";
import { average, own } from "./standings.ts";

/** Which method is best in all: every run on a scale from the start policy, 0, to the best there is, 1. */

/** What a testbed's scores are made of. */
export interface Scale {
  readonly testbed: TestbedRuns;
  readonly measure: ShownMeasure;
  /** Where 0 and 1 lie, in units of the measure; 0 is the mean where runs have starts of their own. */
  readonly zero: number;
  readonly one: number;
  /** Whose value 1 is: the truth's, or the best mean of a method here where the truth's is unknown. */
  readonly best: { readonly exact: true; readonly of: string } | {
    readonly exact: false;
    readonly method: string;
  };
}

export interface OverallRow {
  readonly method: string;
  /** How many of the testbeds it has scores on. */
  readonly testbeds: number;
  /** Runs with a score, and all on record on these testbeds. */
  readonly runs: { readonly scored: number; readonly all: number };
  readonly lost: readonly RunRecord[];
  readonly iqm: stats.OverTestbeds;
  /** What intervals that do not overlap leave open; only among methods with scores on all testbeds. */
  readonly rank: { readonly best: number; readonly worst: number } | undefined;
}

/** The chance that a run of one method beats another's, over the testbeds where both have scores. */
export interface Improvement extends stats.OverTestbeds {
  readonly testbeds: number;
}

export interface Overall {
  readonly scales: readonly Scale[];
  /** Testbeds without a scale, and why. */
  readonly left: readonly { readonly testbed: TestbedRuns; readonly reason: string }[];
  /** Methods with scores on all testbeds, best first; then the others, those with most testbeds first. */
  readonly rows: readonly OverallRow[];
  /** Of some testbeds alone, by their keys; undefined where the method has a score on none of them. */
  within(
    method: string,
    keys: ReadonlySet<string>,
  ): Pick<OverallRow, "testbeds" | "iqm"> | undefined;
  /** Undefined where two methods have no testbed in common. */
  improvement(method: string, rival: string): Improvement | undefined;
}

/** As `overall`, computed when it is first asked for. */
export function onceOverall(...given: Parameters<typeof overall>): () => Overall {
  let known: Overall | undefined;
  return () => known ??= overall(...given);
}

/** So many resamples, as of the report's other intervals. */
const REPETITIONS = 2000;

export function overall(
  testbeds: readonly TestbedRuns[],
  methods: readonly string[],
  measures: Measures,
): Overall {
  const found = testbeds.map((testbed) => ({ testbed, scale: scaleOf(testbed, measures) }));
  const scales = found.flatMap(({ scale }) => typeof scale === "string" ? [] : [scale]);
  const random = rng("report").split("over testbeds");
  // [method][testbed]; a method may be called __proto__.
  const strata = new Map(methods.map((method) => [
    method,
    scales.map(({ testbed, score }) => {
      const scores = runsOf(testbed, method).map(score).filter((x) => x !== undefined);
      return scores.length === 0
        ? undefined
        : stats.stratum(scores, REPETITIONS, random.split(testbed.key).split(method));
    }),
  ]));
  const rows = methods.flatMap((method): Omit<OverallRow, "rank">[] => {
    const having = strata.get(method)!.filter((stratum) => stratum !== undefined);
    if (having.length === 0) return [];
    const records = scales.flatMap(({ testbed }) => runsOf(testbed, method));
    return [{
      method,
      testbeds: having.length,
      runs: {
        scored: having.reduce((sum, { scores }) => sum + scores.length, 0),
        all: records.length,
      },
      lost: records.filter(({ outcome }) => outcome !== "ok"),
      iqm: stats.stratifiedIqm(having),
    }];
  }).sort((a, b) => b.testbeds - a.testbeds || b.iqm.value - a.iqm.value);
  const complete = rows.filter(({ testbeds }) => testbeds === scales.length);
  return {
    scales,
    left: found.flatMap(({ testbed, scale }) =>
      typeof scale === "string" ? [{ testbed, reason: scale }] : []
    ),
    rows: rows.map((row) => ({
      ...row,
      rank: complete.includes(row) ? rankOf(row, complete) : undefined,
    })),
    within(method, keys) {
      // A site's board also has models that nobody trained here.
      const having = (strata.get(method) ?? []).flatMap((stratum, t) =>
        stratum !== undefined && keys.has(scales[t]!.testbed.key) ? [stratum] : []
      );
      return having.length === 0
        ? undefined
        : { testbeds: having.length, iqm: stats.stratifiedIqm(having) };
    },
    improvement(method, rival) {
      const [mine, theirs] = [strata.get(method)!, strata.get(rival)!];
      const pairs = mine.flatMap((x, t) => {
        const y = theirs[t];
        return x === undefined || y === undefined ? [] : [{ x, y }];
      });
      if (pairs.length === 0) return undefined;
      return {
        ...stats.stratifiedImprovement(pairs.map(({ x }) => x), pairs.map(({ y }) => y)),
        testbeds: pairs.length,
      };
    },
  };
}

const runsOf = (testbed: TestbedRuns, method: string): readonly RunRecord[] =>
  testbed.runs.find((runs) => runs.method === method)?.records ?? [];

function rankOf(
  { iqm: { interval } }: Pick<OverallRow, "iqm">,
  rows: readonly Pick<OverallRow, "iqm">[],
): OverallRow["rank"] {
  const intervals = rows.flatMap(({ iqm: { interval } }) => interval ?? []);
  if (interval === undefined || intervals.length < rows.length) return undefined;
  return {
    best: 1 + intervals.filter(({ low }) => low > interval.high).length,
    worst: rows.length - intervals.filter(({ high }) => high < interval.low).length,
  };
}

/** The scale of a testbed with how a run is scored on it, or why there is none. */
function scaleOf(
  testbed: TestbedRuns,
  measures: Measures,
): Scale & { score(record: RunRecord): number | undefined } | string {
  const id = testbed.scored;
  if (id === undefined) {
    return testbed.measures.length === 0
      ? "Nobody finished here"
      : "Nothing measured here is what testbeds are ranked by";
  }
  const known = measures.of(id);
  const sign = known.better === "lower" ? -1 : 1;
  const zeroOf = (record: RunRecord) => known.idle ?? own(record.start, id)?.value;
  const finished = testbed.runs.flatMap(({ finished }) => finished);
  const zero = average(finished.map(zeroOf));
  if (zero === undefined) return `The start policy's ${known.title} is not on record`;
  const gain = (record: RunRecord): number | undefined => {
    const [from, to] = [zeroOf(record), own(record.measures, id)?.value];
    return record.outcome !== "ok" || from === undefined || to === undefined
      ? undefined
      : sign * (to - from);
  };
  if (known.ideal !== undefined) {
    const { value, of } = known.ideal;
    if (finished.some((record) => zeroOf(record) === value)) {
      return `The start policy's ${known.title} cannot be bettered`;
    }
    return {
      testbed,
      measure: known,
      zero,
      one: value,
      best: { exact: true, of },
      score: (record) => {
        const gained = gain(record);
        return gained === undefined ? undefined : gained / (sign * (value - zeroOf(record)!));
      },
    };
  }
  const means = testbed.runs.flatMap(({ method, finished }) => {
    const mean = average(finished.map(gain));
    return mean === undefined ? [] : [{ method, mean }];
  });
  const best = means.toSorted((a, b) => b.mean - a.mean)[0];
  if (!(best !== undefined && best.mean > 0)) {
    return "No method is better than the start policy, and the best is unknown";
  }
  return {
    testbed,
    measure: known,
    zero,
    one: zero + sign * best.mean,
    best: { exact: false, method: best.method },
    score: (record) => {
      const gained = gain(record);
      return gained === undefined ? undefined : gained / best.mean;
    },
  };
}
