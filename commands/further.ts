import { join } from "node:path";
import { exists } from "../lab/disk/atomic.ts";
import { versions } from "../lab/host/provenance.ts";
import { createRun, plannedRuns, readRun, type Stored } from "../lab/disk/records.ts";
import { computedHere } from "../lab/suite/plan.ts";
import { takeUp } from "../lab/suite/session.ts";
import { benchmarks, type GateReport, methods, otherProvenance, type Plan } from "../mod.ts";
import { carryOut } from "./carry-out.ts";
import { ownDataset } from "./given.ts";
import { say } from "./output.ts";

/** The candidate's plan from further seeds, for the rows that need them. */

export interface Further {
  /** Of the candidate: further seeds lie beside it. */
  readonly directory: string;
  readonly plan: Plan;
  /** What is not yet decided. */
  readonly rows: GateReport["rows"];
  readonly seeds: readonly number[];
  readonly store: string;
  readonly workers: number;
  readonly verbose: boolean;
}

/**
 * Trains them, or goes on with what was begun, in a run directory beside the candidate's; undefined
 * where a signal stopped it. RangeError where this is not the candidate's code.
 */
export async function further(asked: Further): Promise<Stored | undefined> {
  const { directory, store, seeds } = asked;
  const now = await versions(asked.plan.device);
  const { prefbench: made = "unknown" } = asked.plan.versions;
  if (now.prefbench !== made) {
    throw new RangeError(
      `Cannot train further seeds of ${directory}: it is of commit ${made}, and this is ${now.prefbench}`,
    );
  }
  const plan = await computedHere({
    ...partOf(asked),
    versions: now,
    ran: { at: new Date().toISOString(), host: Deno.hostname() },
  });
  const { differs } = otherProvenance([
    { source: directory, plan: asked.plan },
    { source: "this version", plan },
  ]);
  if (differs.length > 0) {
    throw new RangeError(`Cannot train further seeds of ${directory}. ${differs.join(". ")}`);
  }
  const place = `${directory}-seeds-${seeds[0]}-${seeds.at(-1)}`;
  if (!await exists(join(place, "plan.json"))) {
    await (await createRun(place, plan))[Symbol.asyncDispose]();
  }
  const registries = { methods, benchmarks, dataset: ownDataset };
  const session = await takeUp({ directory: place, store, registries, note: say });
  await using run = session.run;
  const runs = (of: Plan) => JSON.stringify(plannedRuns(of));
  if (runs(run.plan) !== runs(plan)) {
    throw new RangeError(`Cannot go on with ${place} as other runs are needed now: remove it`);
  }
  say(`Training ${plannedRuns(plan).length} further runs in ${place}`);
  const finished = await carryOut({
    run,
    stages: session.stages,
    workers: asked.workers,
    store,
    verbose: asked.verbose,
    toGoOn: "The same command goes on",
  });
  return finished ? await readRun(place) : undefined;
}

/** Undecided methods alone, on their testbeds. */
function partOf({ plan, rows, seeds }: Further): Plan {
  const cells = plan.cells.flatMap((cell) => {
    const on = `${cell.benchmark}/${cell.setting}`;
    const open = new Set(rows.filter((row) => row.on === on).map(({ method }) => method));
    const some = (cell.methods ?? plan.methods).filter((method) => open.has(method));
    return some.length === 0 ? [] : [{ ...cell, methods: some, seeds: [...seeds] }];
  });
  return {
    ...plan,
    methods: [...new Set(cells.flatMap((cell) => cell.methods))],
    cells,
    seeds: [...seeds],
  };
}
