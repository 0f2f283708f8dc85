import { join } from "node:path";
import { exists } from "../lab/atomic.ts";
import { standardError } from "../lab/progress.ts";
import { versions } from "../lab/provenance.ts";
import { cellsOf, createRun, readRun, type Stored } from "../lab/records.ts";
import { takeUp } from "../lab/session.ts";
import { suite } from "../lab/suite.ts";
import { benchmarks, type GateReport, methods, type Plan } from "../mod.ts";
import { ownDataset } from "./given.ts";
import { quoted } from "./input.ts";
import { say } from "./output.ts";
import { exits, untilSignal, workerArguments } from "./processes.ts";

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
  const plan: Plan = {
    ...partOf(asked),
    versions: now,
    ran: { at: new Date().toISOString(), host: Deno.hostname() },
  };
  const place = `${directory}-seeds-${seeds[0]}-${seeds.at(-1)}`;
  if (!await exists(join(place, "plan.json"))) {
    await (await createRun(place, plan))[Symbol.asyncDispose]();
  }
  const registries = { methods, benchmarks, dataset: ownDataset };
  const session = await takeUp({ directory: place, store, registries, note: say });
  await using run = session.run;
  const runs = (of: Plan) => JSON.stringify(cellsOf(of));
  if (runs(run.plan) !== runs(plan)) {
    throw new RangeError(`Cannot go on with ${place} as other runs are needed now: remove it`);
  }
  say(`Training ${cellsOf(plan).length} further runs in ${place}`);
  const stopped = await untilSignal((signal) =>
    suite({
      run,
      stages: session.stages,
      hyper: (id) => methods.find((method) => method.id === id)!.hyper,
      workers: asked.workers,
      worker: workerArguments(store, run.plan, made),
      display: standardError(),
      verbose: asked.verbose,
      signal,
    })
  );
  if (!stopped) return await readRun(place);
  say(`Further seeds in ${quoted(place)} are safe: the same command goes on`);
  Deno.exitCode = exits[stopped];
  return undefined;
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
