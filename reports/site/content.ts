import type { Audit, Verdicts } from "../../core/mod.ts";
import { type Findings, remembered } from "../findings/findings.ts";
import { count, quantity } from "../parts/format.ts";
import { measuresOf } from "../findings/measures.ts";
import { onceOverall } from "../findings/overall.ts";
import { type Catalogue, leading, type TestbedRuns } from "../findings/runs.ts";
import {
  chronological,
  history,
  type HistoryLine,
  type Place,
  places,
  type SiteRun,
} from "./sources.ts";
import type { SiteJudged } from "./together.ts";
import { type Court, courts } from "./verdicts.ts";

/** All that a site shows, computed once. */

export interface SiteInput {
  readonly title: string;
  readonly runs: readonly SiteRun[];
  readonly judged: readonly SiteJudged[];
  readonly audits?: readonly Audit[];
  readonly catalogue: Catalogue;
}

export interface Content {
  readonly title: string;
  readonly runs: readonly SiteRun[];
  readonly places: readonly Place[];
  readonly courts: readonly Court[];
  /** By place: methods that several runs have there. */
  readonly lines: ReadonlyMap<Place, readonly HistoryLine[]>;
  /** Testbeds with known truth alone. */
  readonly exact: Findings;
  /** Those, then what judges found, a column each. */
  readonly board: Findings;
  /** What each column of the board is filtered by. */
  readonly columns: readonly ColumnFacts[];
  /** Who answered for a judge and is no method of the runs. */
  readonly models: readonly string[];
  readonly verdicts: Verdicts | undefined;
  readonly audits: readonly Audit[];
}
export interface ColumnFacts {
  readonly key: string;
  readonly benchmark: string;
  /** Empty where nothing was spent here. */
  readonly budget: string;
  /** Empty where truth decides. */
  readonly protocol: string;
}

/** RangeError for two runs of one name, and where there is neither a run nor a judged file. */
export function content(input: SiteInput): Content {
  const { title, runs, catalogue } = input;
  const names = runs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot publish two runs called ${twice}: each needs a name of its own`);
  }
  const [first] = runs;
  if (first === undefined) throw new RangeError("Cannot publish no runs: at least one is needed");
  // What the newest suite says of a measure holds for all.
  const measures = measuresOf(chronological(runs).reverse().map(({ plan }) => plan), catalogue);
  const stood = places(runs, measures);
  const judged = courts(input.judged);
  const records = stood.flatMap(({ testbed }) => testbed.runs.flatMap(({ records }) => records));
  const methods = [
    ...new Set(stood.flatMap(({ testbed }) => testbed.runs.map(({ method }) => method))),
  ];
  const models = [
    ...new Set(judged.flatMap(({ testbed }) => testbed.runs.map(({ method }) => method))),
  ].filter((model) => !methods.includes(model));
  const everyone = [...methods, ...models];
  const wide = (testbed: TestbedRuns): TestbedRuns => {
    const known = new Map(testbed.runs.map((runs) => [runs.method, runs]));
    return {
      ...testbed,
      runs: everyone.map((method) => known.get(method) ?? { method, records: [], finished: [] }),
    };
  };
  const exact: Findings = {
    plan: { ...first.plan, methods },
    catalogue,
    measures,
    records,
    methods,
    testbeds: stood.map(({ testbed }) => testbed),
    lead: leading(stood.map(({ testbed }) => testbed)),
    standing: remembered(measures),
    overall: onceOverall(stood.map(({ testbed }) => testbed), methods, measures),
    // The site shows judges in columns and on pages of its own.
    opinions: undefined,
    beside: () => ({ files: [], methods, measures: [], shifts: [] }),
  };
  const columns = [
    ...exact.testbeds.map((testbed) => ({ testbed: wide(testbed), of: testbed, court: undefined })),
    // A judge whose agreement with people is all that is known ranks nobody.
    ...judged.filter(({ testbed }) => testbed.runs.length > 0)
      .map((court) => ({ testbed: wide(court.testbed), of: undefined, court })),
  ];
  const column = new Map(columns.map((one) => [one.testbed, one]));
  const board: Findings = {
    ...exact,
    methods: everyone,
    testbeds: columns.map(({ testbed }) => testbed),
    lead: columns.find(({ of }) => of !== undefined && of === exact.lead)?.testbed,
    standing(testbed, id) {
      const { of, court } = column.get(testbed)!;
      if (court !== undefined) return court.standings.get(id ?? court.testbed.headline ?? "");
      return exact.standing(of!, ...id === undefined ? [] : [id]);
    },
  };
  return {
    title,
    runs,
    places: stood,
    courts: judged,
    lines: new Map(stood.map((place) => [place, history(place, measures)])),
    exact,
    board,
    columns: columns.map(({ testbed, court }) => ({
      key: testbed.key,
      benchmark: court === undefined
        ? testbed.benchmark
        : court.source.judged.on.split("/")[0] ?? "",
      budget: court === undefined ? spending(testbed) : "",
      protocol: court === undefined ? "" : court.source.judged.protocol,
    })),
    models,
    verdicts: catalogue.verdicts,
    audits: input.audits ?? [],
  };
}

/** "2·10¹² FLOPs, 2 000 labels". */
export const spending = ({ budget }: TestbedRuns): string =>
  `${quantity(budget.flops)} FLOPs, ${count(budget.queries)} labels`;
