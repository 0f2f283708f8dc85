import type { CardsOnRecord, Plan, PlanCell, Provenance, RunRecord } from "../../core/mod.ts";
import { gates, otherGround, otherProvenance } from "../../gate/mod.ts";
import { difference } from "./difference.ts";
import { identity, runTitle, type Stored } from "./records.ts";

/** Several run directories as one. */
export interface Merged {
  /** With what is mixed in it written down. */
  readonly plan: Plan;
  readonly records: RunRecord[];
  /** What nobody recorded, and so may be mixed or not. */
  readonly unknown: readonly string[];
}

/**
 * Several run directories as one plan and its records. A run that more than one holds is taken
 * once, and what failed in one gives way to what did not in another.
 *
 * Throws a RangeError that names both directories where they contradict each other: another budget
 * for the same testbed, another data set, or two different records of one run. Without `mixed` it
 * also throws one where they were not computed alike or do not stand on one ground, as the gate has
 * it.
 */
export function merge(
  runs: readonly Stored[],
  options: { readonly mixed?: boolean | undefined } = {},
): Merged {
  const [first] = runs;
  if (!first) throw new RangeError("Cannot merge no runs: at least one is needed");
  const cells = mergedCells(runs);
  const dataset = mergedRows(runs);
  const records = mergedRecords(runs);
  const { differs, unknown, all } = mixtureOf(runs, options);
  const plans = runs.map(({ plan }) => plan);
  const words = (of: (plan: Plan) => string, between: string) =>
    [...new Set(plans.map(of))].join(between);
  return {
    plan: {
      schema: 1,
      command: words(({ command }) => command, "\n"),
      preset: words(({ preset }) => preset, " + "),
      methods: [...new Set(plans.flatMap(({ methods }) => methods))],
      cells,
      seeds: [...new Set(plans.flatMap(({ seeds }) => seeds))].sort((a, b) => a - b),
      ...measures(runs),
      device: words(({ device }) => device, " + "),
      ...dataset ? { dataset } : {},
      versions: versions(plans),
      ...differs.length > 0 ? {} : provenances(plans),
      ...all.length > 0 ? { mixed: [...all] } : {},
      ran: {
        at: words(({ ran }) => ran.at, ", "),
        host: words(({ ran }) => ran.host, ", "),
      },
    },
    records,
    unknown,
  };
}

/** What was not the same for all runs of several directories. */
interface Mixture extends ReturnType<typeof otherProvenance> {
  /** That, and what their plans have written down already, as their users let it pass. */
  readonly all: readonly string[];
}

/** Without `mixed` a RangeError where they were not computed alike or do not stand on one ground. */
export function mixtureOf(
  runs: readonly Stored[],
  { mixed = false }: { readonly mixed?: boolean | undefined },
): Mixture {
  const named = runs.map(({ directory, plan, records }) => ({ source: directory, plan, records }));
  const { differs: computed, unknown } = otherProvenance(named);
  const { tolerance } = gates.parse({ schema: 1 });
  const differs = [...computed, ...otherGround(named, tolerance)];
  if (differs.length > 0 && !mixed) {
    throw new RangeError(
      `Cannot merge ${
        runs.map(({ directory }) => directory).join(" and ")
      } as what they hold is a mixture. ${
        differs.join(". ")
      }. Take what goes together, or all the same with --mixed, which reports will say`,
    );
  }
  const written = runs.flatMap(({ plan }) => plan.mixed ?? []);
  return { differs, unknown, all: [...new Set([...written, ...differs])] };
}

/** What all were computed by, where all say so. */
function provenances(plans: readonly Plan[]): { provenance?: Provenance } {
  const all = plans.flatMap(({ provenance }) => provenance ?? []);
  if (all.length < plans.length) return {};
  return {
    provenance: {
      ...all[0]!,
      sources: Object.assign({}, ...all.map(({ sources }) => sources)),
      packages: Object.assign({}, ...all.map(({ packages }) => packages)),
    },
  };
}

/**
 * Testbeds, each once. In one plan a testbed may stand at several budgets, as claims give some arms a
 * share of it: the greatest comes first, and by it a testbed is the same in two plans; a RangeError
 * where it is not.
 */
function mergedCells(runs: readonly Stored[]): Plan["cells"] {
  const whole = new Map<string, From>();
  const cells = new Map<string, PlanCell>();
  for (const from of runs) {
    const here = Map.groupBy(from.plan.cells, (cell) => `${cell.benchmark}/${cell.setting}`);
    for (const [where, some] of here) {
      const sorted = some.toSorted(({ budget: a }, { budget: b }) =>
        b.flops - a.flops || b.queries - a.queries
      );
      const greatest = { cell: sorted[0]!, from };
      const first = whole.get(where) ?? greatest;
      whole.set(where, first);
      refuseOther(where, first, greatest);
      for (const cell of sorted) {
        const key = `${where} ${shown(cell.budget)}`;
        cells.set(key, cells.get(key) ?? cell);
      }
    }
  }
  return [...cells.values()];
}

interface From {
  readonly cell: PlanCell;
  readonly from: Stored;
}

function refuseOther(where: string, a: From, b: From): void {
  const words = (of: (cell: PlanCell) => string) => [of(a.cell), of(b.cell)] as const;
  const budgets = words(({ budget }) => shown(budget));
  if (budgets[0] !== budgets[1]) {
    throw cannot(a.from, b.from, `their budgets on ${where} are ${budgets.join(" and ")}`);
  }
  const portions = words(({ portion = "all" }) => portion);
  if (portions[0] !== portions[1]) {
    throw cannot(a.from, b.from, `their test prompts on ${where} are ${portions.join(" and ")}`);
  }
}

type Rows = NonNullable<Plan["dataset"]>;

/** What must be equal of a user's rows: its value, and the words for it. */
const ofRows: readonly {
  readonly value: (rows: Rows) => unknown;
  readonly words: (a: Rows, b: Rows) => string;
}[] = [
  {
    value: ({ sha256 }) => sha256,
    words: (a, b) => `their data sets ${a.file} and ${b.file} differ`,
  },
  {
    value: ({ columns }) => columns,
    words: (a, b) =>
      `they read columns ${a.columns ?? "by their names"} and ${b.columns ?? "by their names"}`,
  },
  {
    value: ({ model }) => model?.sha256,
    words: (a, b) =>
      `their start policies are ${
        [a, b].map(({ model }) => model?.directory ?? "the text testbed's own").join(" and ")
      }`,
  },
  {
    value: ({ lora }) => lora && `${lora.rank}, ${lora.alpha}`,
    words: (a, b) =>
      `they learn ${
        [a, b].map(({ lora }) =>
          lora ? `adapters of rank ${lora.rank} and alpha ${lora.alpha}` : "all weights"
        ).join(" and ")
      }`,
  },
];

/** A RangeError where two plans read other rows, or learn them otherwise. */
function mergedRows(runs: readonly Stored[]): Plan["dataset"] {
  const [first, ...others] = runs.filter(({ plan }) => plan.dataset);
  const rows = first?.plan.dataset;
  for (const run of others) {
    const other = run.plan.dataset!;
    const fact = ofRows.find(({ value }) => value(rows!) !== value(other));
    if (fact) throw cannot(first!, run, fact.words(rows!, other));
  }
  return rows;
}

/**
 * A run that more than one holds once, what failed giving way. Where two of one run differ `unlike` is
 * told of it and the earlier is taken; without it that is a RangeError.
 */
export function mergedRecords(
  runs: readonly Stored[],
  unlike: (error: RangeError) => void = (error) => {
    throw error;
  },
): RunRecord[] {
  const found = new Map<string, { record: RunRecord; from: Stored }>();
  for (const run of runs) {
    for (const record of run.records) {
      const id = identity(record);
      const other = found.get(id);
      if (!other || other.record.outcome === "failed") found.set(id, { record, from: run });
      else if (record.outcome !== "failed") {
        const what = difference(other.record, record);
        if (what === undefined) continue;
        const hosts = `${other.record.ran.host} and ${record.ran.host}`;
        unlike(cannot(
          other.from,
          run,
          `their records of ${runTitle(record)}, made on ${hosts}, differ: ${what}`,
        ));
      }
    }
  }
  return [...found.values()].map(({ record }) => record);
}

const cannot = (a: Stored, b: Stored, why: string): RangeError =>
  new RangeError(`Cannot merge ${a.directory} and ${b.directory}: ${why}`);

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
        const sides = `${other.card.better} and ${card.better}`;
        throw cannot(other.from, run, `of ${id} they say that ${sides} is better`);
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

function shown({ flops, queries }: Plan["cells"][number]["budget"]): string {
  return `${flops} operations with ${queries} queries`;
}
