import type { Hyper, RunRecord } from "../../core/mod.ts";
import {
  identity,
  type PlannedRun,
  plannedRuns,
  runTitle,
  type Writable,
} from "../disk/records.ts";
import { parseRecord } from "../disk/schema.ts";
import { crew, type CrewOptions, type Duty, giveUp, reasonOf } from "./crew.ts";
import { queue, runTask, type Stages } from "./queue.ts";
import type { Reply } from "./worker.ts";

export interface SuiteOptions extends CrewOptions {
  /** Where records go; what it holds already is not done again. */
  readonly run: Writable;
  readonly stages: Stages;
  /** A method's hyperparameters, for the record of a run that failed. */
  readonly hyper: (method: string) => Hyper;
}

/**
 * Does what is left of a plan on worker processes, and returns whether it got to the end. Each
 * finished run is on the disk before its worker gets the next.
 *
 * What fails in a second worker too, or throws, is recorded as failed and the rest goes on; only a
 * worker that cannot even start is an Error.
 */
export async function suite(options: SuiteOptions): Promise<boolean> {
  const { run, stages } = options;
  const done = new Set(run.records.map(identity));
  const todo = queue(
    plannedRuns(run.plan).filter((planned) => !done.has(identity(planned))),
    stages,
  );
  const past = run.records.map((record) => ({
    task: runTask(record),
    seconds: record.ran.seconds,
  }));
  const settle: Duty["settle"] = async (job, reply, seconds, shown) => {
    if ("run" in job) {
      const record = recordOf(job.run, reply, seconds, options);
      if (record.outcome === "failed") shown.note(`${runTitle(record)} failed: ${record.reason}`);
      await run.append(record);
    } else if ("result" in reply) {
      todo.prepared(job.part);
    } else {
      const { reason, lost } = giveUp(job.part, reply, todo, shown);
      for (const one of lost) {
        if ("run" in one) await run.append(failed(one.run, reason, 0, options));
      }
    }
  };

  if (!await crew({ todo, past, settle }, options)) return false;
  await run.finish();
  return true;
}

/** What a worker's reply comes to on record. */
function recordOf(
  planned: PlannedRun,
  reply: Reply,
  seconds: number,
  options: SuiteOptions,
): RunRecord {
  if (!("result" in reply)) return failed(planned, reasonOf(reply), seconds, options);
  try {
    const record = parseRecord(reply.result, "Record");
    const same = identity(record) === identity(planned) &&
      record.budget.flops === planned.budget.flops &&
      record.budget.queries === planned.budget.queries;
    if (same) return record;
    const other = `Returned the record of another run: ${runTitle(record)}`;
    return failed(planned, other, seconds, options);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(planned, error.message, seconds, options);
  }
}

function failed(
  planned: PlannedRun,
  reason: string,
  seconds: number,
  { run, hyper }: SuiteOptions,
): RunRecord {
  const { method, benchmark, setting, seed, budget } = planned;
  return {
    schema: 1,
    method,
    benchmark,
    setting,
    seed,
    hyper: { ...hyper(method) },
    budget,
    outcome: "failed",
    reason,
    steps: 0,
    start: {},
    measures: {},
    absent: {},
    curve: [],
    truth: {},
    samples: [],
    ran: {
      at: new Date().toISOString(),
      seconds,
      commit: run.plan.versions.prefbench ?? "unknown",
      host: run.plan.ran.host,
    },
  };
}
