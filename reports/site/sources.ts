import type { Plan, PlanCell, RunRecord } from "../../core/mod.ts";
import type { Measures } from "../findings/measures.ts";
import { count, quantity } from "../parts/format.ts";
import { entrants, type MethodRuns, type TestbedRuns, testbeds } from "../findings/runs.ts";
import { between, type Standing, standing } from "../findings/standings.ts";

/** Which records of several runs stand on the board, and what earlier runs had found. */

/** A run directory under the name that readers see. */
export interface SiteRun {
  readonly name: string;
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
}

/** A testbed of the board: one setting at one budget, on one data set. */
export interface Place {
  readonly testbed: TestbedRuns;
  /** What each run has here, the oldest run first. */
  readonly runs: readonly { readonly run: SiteRun; readonly records: readonly RunRecord[] }[];
  /** Where a row of the board comes from, by method. */
  readonly from: ReadonlyMap<string, Origin>;
}
export interface Origin {
  /** Names of runs. */
  readonly runs: readonly string[];
  readonly commit: string;
}

interface Held {
  readonly run: SiteRun;
  readonly record: RunRecord;
}
interface Gathered {
  readonly cell: PlanCell;
  readonly dataset: Plan["dataset"];
  readonly held: Held[];
}

const at = (run: SiteRun): string => run.plan.ran.at;

/** Oldest first; of the same moment, in the order in which they were given. */
export const chronological = (runs: readonly SiteRun[]): SiteRun[] =>
  [...runs].sort((a, b) => at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0);

/**
 * The testbeds of all runs, in the order in which plans name them. Of each method stands the newest
 * commit that has records which did not fail, with all seeds that any run of that commit has.
 */
export function places(runs: readonly SiteRun[], measures: Measures): Place[] {
  const found = new Map<string, Gathered>();
  for (const run of runs) {
    const { plan } = run;
    const cells = new Map(plan.cells.map((cell) => [`${cell.benchmark}/${cell.setting}`, cell]));
    const gathered = (cell: PlanCell): Gathered => {
      const id = identity(cell, plan);
      const known = found.get(id) ?? { cell, dataset: plan.dataset, held: [] };
      found.set(id, known);
      return known;
    };
    for (const cell of plan.cells) gathered(cell);
    for (const record of run.records) {
      const { benchmark, setting, budget } = record;
      const cell = cells.get(`${benchmark}/${setting}`) ??
        { benchmark, setting, budget, summary: "" };
      gathered(cell).held.push({ run, record });
    }
  }
  const methods = [...new Set(runs.flatMap(({ plan, records }) => entrants(plan, records)))];
  const names = new Set<string>();
  return [...found.values()].map(({ cell, dataset, held }) => {
    const from = new Map<string, Origin>();
    const records = methods.flatMap((method) => {
      const own = held.filter(({ record }) => record.method === method);
      if (own.length === 0) return [];
      const { commit, kept } = newest(own);
      from.set(method, { runs: [...new Set(kept.map(({ run }) => run.name))], commit });
      return kept.map(({ record }) => record);
    });
    const [testbed] = testbeds(alone(runs[0]!.plan, methods, cell), records, measures);
    const { key, setting } = named(testbed!, dataset, names);
    names.add(key);
    return {
      testbed: { ...testbed!, key, setting },
      runs: chronological([...new Set(held.map(({ run }) => run))]).map((run) => ({
        run,
        records: held.filter((one) => one.run === run).map(({ record }) => record),
      })),
      from,
    };
  });
}

/** What must be equal for runs to be of one testbed. */
function identity({ benchmark, setting, budget, portion }: PlanCell, { dataset }: Plan): string {
  return JSON.stringify([
    benchmark,
    setting,
    budget.flops,
    budget.queries,
    portion,
    dataset?.sha256,
    dataset?.model?.sha256,
    dataset?.lora,
  ]);
}

const alone = (plan: Plan, methods: readonly string[], cell: PlanCell): Plan => ({
  ...plan,
  methods: [...methods],
  cells: [cell],
});

/** The first of a setting keeps the setting's name; others say what sets them apart. */
function named(
  { key, setting, budget }: TestbedRuns,
  dataset: Plan["dataset"],
  taken: ReadonlySet<string>,
): { readonly key: string; readonly setting: string } {
  const differences = [
    "",
    ` at ${quantity(budget.flops)}`,
    ` at ${quantity(budget.flops)}, ${count(budget.queries)} labels`,
    ...dataset === undefined ? [] : [` of ${dataset.sha256.slice(0, 8)}`],
  ];
  for (let i = 2;; i++) {
    const difference = differences.shift() ?? ` (${i})`;
    if (!taken.has(key + difference)) {
      return { key: key + difference, setting: setting + difference };
    }
  }
}

/** The records of the newest commit of which one did not fail; of two runs of a seed, the newer. */
function newest(held: readonly Held[]): { commit: string; kept: Held[] } {
  const commits = new Map<string, Held[]>();
  for (const one of held) {
    const { commit } = one.record.ran;
    commits.set(commit, [...commits.get(commit) ?? [], one]);
  }
  const ran = ({ record, run }: Held) => `${record.ran.at} ${at(run)}`;
  const dated = [...commits].map(([commit, own]) => ({
    commit,
    own: own.sort((a, b) => ran(a) < ran(b) ? -1 : ran(a) > ran(b) ? 1 : 0),
    counts: own.some(({ record }) => record.outcome !== "failed"),
  })).sort((a, b) =>
    Number(a.counts) - Number(b.counts) || (ran(a.own.at(-1)!) < ran(b.own.at(-1)!) ? -1 : 1)
  );
  const { commit, own } = dated.at(-1)!;
  const seeds = new Map<number, Held>();
  for (const one of own) {
    const { seed, outcome } = one.record;
    if (outcome !== "failed" || !seeds.has(seed)) seeds.set(seed, one);
  }
  return { commit, kept: [...seeds.values()] };
}

/** One method on one testbed, over runs. */
export interface HistoryLine {
  readonly method: string;
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  /** The runs as a standing: a run's name stands where a method's does. */
  readonly standing: Standing | undefined;
}
export interface HistoryPoint {
  readonly run: SiteRun;
  readonly runs: MethodRuns;
  readonly commit: string;
  /** From the run before, paired by seed, Holm-corrected over all pairs of runs; undefined of the first. */
  readonly change: ReturnType<typeof between>;
}

/** Methods that more than one run has here; a run's records of one testbed are few, so this is cheap. */
export function history({ testbed, runs }: Place, measures: Measures): HistoryLine[] {
  if (runs.length < 2) return [];
  return testbed.runs.flatMap(({ method }): HistoryLine[] => {
    const having = runs.map(({ run, records }) => ({
      run,
      records: records.filter((record) => record.method === method)
        .sort((a, b) => a.seed - b.seed),
    })).filter(({ records }) => records.length > 0);
    if (having.length < 2) return [];
    const rows = having.map(({ run, records }): MethodRuns => ({
      method: run.name,
      records,
      finished: records.filter(({ outcome }) => outcome === "ok"),
    }));
    const { headline } = testbed;
    const found = headline !== undefined &&
        rows.some(({ finished }) => finished.some(({ measures }) => headline in measures))
      ? standing(
        { ...testbed, key: `${testbed.key} of ${method}`, runs: rows },
        measures.of(headline),
      )
      : undefined;
    return [{
      method,
      standing: found,
      points: having.map(({ run, records }, i) => ({
        run,
        runs: rows[i]!,
        commit: [...new Set(records.map(({ ran }) => ran.commit))].join(", "),
        change: found === undefined || i === 0
          ? undefined
          : between(found, run.name, having[i - 1]!.run.name),
      })),
    }];
  });
}
