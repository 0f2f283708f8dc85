import { type Both, otherwise } from "./comparable.ts";
import type { Gates } from "./comparison.ts";
import type { Plan, PlanCell, RunRecord } from "../core/record.ts";
import { plannedRanking, type Registry } from "../core/registry.ts";

/** The records of one method on one testbed, on both sides, or why they cannot be compared. */

export interface GatedRun {
  /** What messages call it: its directory. */
  readonly source: string;
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
}

/** How runs are compared. */
export interface RunsOptions {
  readonly gates: Gates;
  /** What is known of measures and testbeds that the baselines' plans do not describe. */
  readonly registry: Registry;
  /** So many of the baseline's first seeds; all of them without it. */
  readonly seeds?: number;
  /** Margins instead of the configured ones; the one under "" holds for every measure. */
  readonly margins?: ReadonlyMap<string, number>;
}

export const where = ({ benchmark, setting }: Pick<PlanCell, "benchmark" | "setting">) =>
  `${benchmark}/${setting}`;

export interface Group extends Both {
  readonly method: string;
  readonly cell: PlanCell;
  readonly on: string;
  /** What the testbed is ranked by. */
  readonly headline: string | undefined;
  readonly incomparable?: string;
  readonly unsupported: boolean;
  readonly notes: readonly string[];
}

export function collect(
  method: string,
  cell: PlanCell,
  baselines: readonly GatedRun[],
  candidate: GatedRun,
  { gates, registry, seeds: few }: RunsOptions,
): Group {
  const on = where(cell);
  // More than one where a plan was gone on with from further seeds.
  const cellsOf = ({ plan }: GatedRun) =>
    plan.cells.filter((other) =>
      where(other) === on && (other.methods ?? plan.methods).includes(method)
    );
  const planned = (run: GatedRun) => cellsOf(run).flatMap(({ seeds }) => seeds ?? run.plan.seeds);
  const bySeed = ({ records }: GatedRun) =>
    new Map(
      records.filter((record) => record.method === method && where(record) === on)
        .map((record) => [record.seed, record]),
    );
  const holders = baselines.filter((run) => cellsOf(run).length > 0);
  const all = [...new Set(holders.flatMap(planned))]
    .sort((a, b) => a - b);
  const seeds = all.slice(0, few);
  const before = holders.map(bySeed);
  const after = bySeed(candidate);
  const olds = seeds.flatMap((seed) => before.flatMap((run) => run.get(seed) ?? []));
  const group = {
    method,
    cell,
    on,
    headline: plannedRanking(cell, registry).headline,
    seeds,
    before,
    after,
    unsupported: olds.length > 0 && olds.every(({ outcome }) => outcome === "unsupported"),
    notes: [] as string[],
  };
  const incomparable = (reason: string): Group => ({ ...group, incomparable: reason });
  if (cellsOf(candidate).length === 0) {
    return incomparable("The candidate's plan does not have it");
  }
  for (const run of [...holders.slice(1), candidate]) {
    const reason = differently(cellsOf(holders[0]!)[0]!, cellsOf(run)[0]!, run.source);
    if (reason !== undefined) return incomparable(reason);
  }
  if (few !== undefined && all.length < few) {
    return incomparable(`The baseline holds ${all.length} seeds: expected ${few}`);
  }
  const unplanned = seeds.filter((seed) => !planned(candidate).includes(seed));
  if (unplanned.length > 0) {
    return incomparable(
      `Seeds of the baseline that the candidate does not have: ${unplanned.join(", ")}`,
    );
  }
  const unfinished = seeds.filter((seed) =>
    !after.has(seed) || !before.some((run) => run.has(seed))
  );
  if (unfinished.length > 0) {
    return incomparable(`Seeds that have not finished: ${unfinished.join(", ")}`);
  }
  const failed = (record: RunRecord) => record.outcome !== "ok";
  const lost = {
    candidate: seeds.filter((seed) => failed(after.get(seed)!)),
    baseline: seeds.filter((seed) =>
      before.every((run) => run.has(seed) ? failed(run.get(seed)!) : true)
    ),
  };
  for (const side of ["candidate", "baseline"] as const) {
    const some = lost[side];
    if (some.length === 0) continue;
    const record = side === "candidate"
      ? after.get(some[0]!)!
      : before.flatMap((run) => run.get(some[0]!) ?? [])[0]!;
    const text = `${some.length} of ${seeds.length} runs of the ${side} gave nothing (seed ${
      some.join(", ")
    }): ${record.outcome}: ${record.reason ?? "no reason is on record"}`;
    if (some.length > gates.maxFailed * seeds.length) return incomparable(text);
    group.notes.push(`${method} on ${on}: ${text}`);
  }
  const finished = seeds.filter((seed) =>
    !lost.candidate.includes(seed) && !lost.baseline.includes(seed)
  );
  const kept = { ...group, seeds: finished };
  const changed = finished.map((seed) =>
    otherwise(before.flatMap((run) => run.get(seed) ?? []), after.get(seed)!, gates.tolerance)
  ).find((reason) => reason !== undefined);
  return changed === undefined ? kept : { ...kept, incomparable: changed };
}

/** What a plan has otherwise of a testbed. */
function differently(want: PlanCell, have: PlanCell, source: string): string | undefined {
  const differs = (["flops", "queries"] as const).find((axis) =>
    want.budget[axis] !== have.budget[axis]
  );
  if (differs) {
    return `Another budget in ${source}: ${differs} ${have.budget[differs]}, expected ${
      want.budget[differs]
    }`;
  }
  if (want.portion === have.portion) return undefined;
  return `Other test prompts in ${source}: its plan measures another portion`;
}
