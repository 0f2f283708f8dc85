import type { CardsOnRecord, Plan, RunRecord } from "../../core/mod.ts";
import { identity, runTitle, type Stored } from "./records.ts";

/**
 * Several run directories as one plan and its records. A run that more than one holds is taken
 * once, and what failed in one gives way to what did not in another.
 *
 * Throws a RangeError that names both directories where they contradict each other: another budget
 * for the same testbed, another data set, or two different records of one run.
 */
export function merge(runs: readonly Stored[]): { plan: Plan; records: RunRecord[] } {
  const [first] = runs;
  if (!first) throw new RangeError("Cannot merge no runs: at least one is needed");
  const cells = new Map<string, { cell: Plan["cells"][number]; from: Stored }>();
  const found = new Map<string, { record: RunRecord; from: Stored }>();
  let dataset: { dataset: NonNullable<Plan["dataset"]>; from: Stored } | undefined;
  for (const run of runs) {
    for (const cell of run.plan.cells) {
      const where = `${cell.benchmark}/${cell.setting}`;
      const other = cells.get(where);
      if (!other) cells.set(where, { cell, from: run });
      else if (!sameBudget(other.cell, cell)) {
        throw new RangeError(
          `Cannot merge ${other.from.directory} and ${run.directory}: their budgets on ${where} are ${
            shown(other.cell.budget)
          } and ${shown(cell.budget)}`,
        );
      }
    }
    if (run.plan.dataset) {
      if (dataset && dataset.dataset.sha256 !== run.plan.dataset.sha256) {
        throw new RangeError(
          `Cannot merge ${dataset.from.directory} and ${run.directory}: their data sets ${dataset.dataset.file} and ${run.plan.dataset.file} differ`,
        );
      }
      if (dataset && dataset.dataset.columns !== run.plan.dataset.columns) {
        throw new RangeError(
          `Cannot merge ${dataset.from.directory} and ${run.directory}: they read columns ${
            dataset.dataset.columns ?? "by their names"
          } and ${run.plan.dataset.columns ?? "by their names"}`,
        );
      }
      const [one, two] = [dataset?.dataset.model, run.plan.dataset.model];
      if (dataset && one?.sha256 !== two?.sha256) {
        const named = (model: typeof one) => model?.directory ?? "the text testbed's own";
        throw new RangeError(
          `Cannot merge ${dataset.from.directory} and ${run.directory}: their start policies are ${
            named(one)
          } and ${named(two)}`,
        );
      }
      dataset ??= { dataset: run.plan.dataset, from: run };
    }
    for (const record of run.records) {
      const id = identity(record);
      const other = found.get(id);
      if (!other || other.record.outcome === "failed") found.set(id, { record, from: run });
      else if (record.outcome !== "failed" && !same(other.record, record)) {
        throw new RangeError(
          `Cannot merge ${other.from.directory} and ${run.directory}: their records of ${
            runTitle(record)
          } differ`,
        );
      }
    }
  }
  const plans = runs.map(({ plan }) => plan);
  const words = (of: (plan: Plan) => string, between: string) =>
    [...new Set(plans.map(of))].join(between);
  return {
    plan: {
      schema: 1,
      command: words(({ command }) => command, "\n"),
      preset: words(({ preset }) => preset, " + "),
      methods: [...new Set(plans.flatMap(({ methods }) => methods))],
      cells: [...cells.values()].map(({ cell }) => cell),
      seeds: [...new Set(plans.flatMap(({ seeds }) => seeds))].sort((a, b) => a - b),
      ...measures(runs),
      device: words(({ device }) => device, " + "),
      ...dataset ? { dataset: dataset.dataset } : {},
      versions: versions(plans),
      ran: {
        at: words(({ ran }) => ran.at, ", "),
        host: words(({ ran }) => ran.host, ", "),
      },
    },
    records: [...found.values()].map(({ record }) => record),
  };
}

/**
 * The cards of all, of the first that has one: words may change from one version to the next. A
 * RangeError where two say of one measure that another side is better.
 */
function measures(runs: readonly Stored[]): Pick<Plan, "measures"> {
  const found = new Map<string, { card: CardsOnRecord[string]; from: Stored }>();
  for (const run of runs) {
    for (const [id, card] of Object.entries(run.plan.measures ?? {})) {
      const other = found.get(id);
      if (!other) found.set(id, { card, from: run });
      else if (other.card.better !== card.better) {
        throw new RangeError(
          `Cannot merge ${other.from.directory} and ${run.directory}: of ${id} they say that ${other.card.better} and ${card.better} is better`,
        );
      }
    }
  }
  if (found.size === 0) return {};
  return { measures: Object.fromEntries([...found].map(([id, { card }]) => [id, card])) };
}

/** All versions of each thing: a reader must see where they differ. */
function versions(plans: readonly Plan[]): Plan["versions"] {
  const all = new Set(plans.flatMap(({ versions }) => Object.keys(versions)));
  return Object.fromEntries(
    [...all].map((
      thing,
    ) => [thing, [...new Set(plans.map((plan) => plan.versions[thing] ?? "unknown"))].join(", ")]),
  );
}

function sameBudget(a: Plan["cells"][number], b: Plan["cells"][number]): boolean {
  return a.budget.flops === b.budget.flops && a.budget.queries === b.budget.queries;
}

function same(a: RunRecord, b: RunRecord): boolean {
  const bare = (record: RunRecord) => JSON.stringify({ ...record, ran: null });
  return bare(a) === bare(b);
}

function shown({ flops, queries }: Plan["cells"][number]["budget"]): string {
  return `${flops} operations with ${queries} queries`;
}
