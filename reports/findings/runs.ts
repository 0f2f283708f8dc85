import {
  type Card,
  type Goldens,
  headlineOf,
  type Judged,
  type LossCurves,
  type Plan,
  type PlanCell,
  type Registry,
  type RunRecord,
  type Verdicts,
  type VoteRow,
} from "../../core/mod.ts";
import type { Measures } from "./measures.ts";

/** A card, and of a method that is an equation which policy its loss is held against. */
export type Described = Card & {
  readonly loss?: unknown;
  readonly reference?: "start" | "previous" | "none";
};

/** What is known of methods apart from their runs. */
export interface Catalogue {
  readonly methods: readonly Described[];
  /** What plans that hold no cards are read by. */
  readonly registry?: Registry;
  /** Losses on the test vector, computed by whoever asks for the report. */
  readonly goldens?: Goldens;
  /** Losses along the margin, likewise: of a site's pages of methods. */
  readonly lossCurves?: LossCurves;
  /** What `deno task claims` found, where it was run. */
  readonly verdicts?: Verdicts;
  /** What people said of the answers on record. */
  readonly votes?: readonly VoteRow[];
  /** What `deno task judge` found. */
  readonly judged?: readonly Judged[];
}

/** One method on one testbed. */
export interface MethodRuns {
  readonly method: string;
  /** By seed. */
  readonly records: readonly RunRecord[];
  /** Those with the outcome "ok". */
  readonly finished: readonly RunRecord[];
}

/** One setting of one benchmark, with every method of the suite, those without records included. */
export interface TestbedRuns {
  /** `benchmark/setting`. */
  readonly key: string;
  readonly benchmark: string;
  readonly setting: string;
  readonly summary: string;
  readonly budget: RunRecord["budget"];
  readonly runs: readonly MethodRuns[];
  /** What it is ranked by; undefined where nobody finished. */
  readonly headline: string | undefined;
  /** What its part of scores over testbeds is made of, likewise. */
  readonly scored: string | undefined;
  /** Ids of all measures that a finished run has, in the order of their cards. */
  readonly measures: readonly string[];
}

/** Ids of the methods: the plan's, then those that only the records know. */
export function entrants(plan: Plan, records: readonly RunRecord[]): string[] {
  return [...new Set([...plan.methods, ...records.map(({ method }) => method)])];
}

const keyOf = (x: { readonly benchmark: string; readonly setting: string }) =>
  `${x.benchmark}/${x.setting}`;

/** The testbeds in the plan's order, then those that only the records know. RangeError for a run that occurs twice. */
export function testbeds(
  plan: Plan,
  records: readonly RunRecord[],
  { cards, ranking }: Measures,
): TestbedRuns[] {
  const found = new Map<string, Map<string, Map<number, RunRecord>>>();
  for (const record of records) {
    const key = keyOf(record);
    const methods = found.get(key) ?? new Map<string, Map<number, RunRecord>>();
    const seeds = methods.get(record.method) ?? new Map<number, RunRecord>();
    if (seeds.has(record.seed)) {
      throw new RangeError(
        `Cannot report two runs of ${record.method} on ${key} with seed ${record.seed}: expected one`,
      );
    }
    found.set(key, methods.set(record.method, seeds.set(record.seed, record)));
  }
  const cells = new Map(
    [
      ...plan.cells,
      ...records.map(({ benchmark, setting, budget }) => ({
        benchmark,
        setting,
        budget,
        summary: "",
      })),
    ].reverse().map((cell: PlanCell) => [keyOf(cell), cell]),
  );
  const methods = entrants(plan, records);
  return [...cells].reverse().map(([key, cell]) => {
    const { benchmark, setting, summary, budget } = cell;
    const runs = methods.map((method): MethodRuns => {
      const seeds = [...found.get(key)?.get(method)?.values() ?? []].sort((a, b) =>
        a.seed - b.seed
      );
      return { method, records: seeds, finished: seeds.filter(({ outcome }) => outcome === "ok") };
    });
    const present = new Set(
      runs.flatMap(({ finished }) => finished.flatMap(({ measures }) => Object.keys(measures))),
    );
    const { headline: named, scored } = ranking(cell);
    const headline = headlineOf(named, (id) => present.has(id), cards);
    return {
      key,
      benchmark,
      setting,
      summary,
      budget,
      runs,
      headline,
      scored: scored !== undefined && present.has(scored) ? scored : headline,
      measures: [
        ...[...cards.keys()].filter((id) => present.has(id)),
        ...[...present].filter((id) => !cards.has(id)).sort(),
      ],
    };
  });
}

/** The testbed that a report opens with: the costliest that somebody finished, the plan's first of equals. */
export function leading(all: readonly TestbedRuns[]): TestbedRuns | undefined {
  const finished = all.filter(({ headline }) => headline !== undefined);
  return [...finished.length > 0 ? finished : all].sort((a, b) =>
    b.budget.flops - a.budget.flops
  )[0];
}

/** Why a method has no value of a measure: in a word or two, and in a sentence. */
export interface Reason {
  readonly short: string;
  readonly long: string;
}

export function why({ records, finished }: MethodRuns, measure: string | undefined): Reason {
  if (records.length === 0) {
    return { short: "not run", long: "No record of this run exists" };
  }
  if (finished.length > 0) {
    const given = finished.map(({ absent }) =>
      measure !== undefined && Object.hasOwn(absent, measure) ? absent[measure] : undefined
    ).find((reason) => reason !== undefined);
    return {
      short: "absent",
      long: given ?? "The runs recorded neither this measure nor why it is missing",
    };
  }
  const outcomes = [...new Set(records.map(({ outcome }) => outcome))];
  const reason = records.find((record) => record.reason !== undefined)?.reason;
  const every = records.length === 1 ? "the one seed" : `all ${records.length} seeds`;
  return {
    short: outcomes.join(", "),
    long: `${outcomes.join(" or ")} on ${every}${reason === undefined ? "" : `: ${reason}`}`,
  };
}
