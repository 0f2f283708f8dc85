import type { Hyper, RunRecord } from "../../core/mod.ts";
import { type Display, type Progress, progress } from "../host/progress.ts";
import { type Job, queue, runTask } from "./queue.ts";
import {
  identity,
  type PlannedRun,
  plannedRuns,
  runTitle,
  type Writable,
} from "../disk/records.ts";
import { parseRecord } from "../disk/schema.ts";
import type { Patience } from "./patience.ts";
import { type Reply, startWorker, type WorkerProcess } from "./worker.ts";

export interface SuiteOptions {
  /** Where records go; what it holds already is not done again. */
  readonly run: Writable;
  /** Titles of the parts of each stage, of each benchmark that has stages. */
  readonly stages: { readonly [benchmark: string]: readonly (readonly string[])[] };
  /** A method's hyperparameters, for the record of a run that failed. */
  readonly hyper: (method: string) => Hyper;
  readonly workers: number;
  /** Arguments that make `deno` a worker: a program that calls `serve`. */
  readonly worker: readonly string[];
  readonly display: Display;
  /** Shows what workers print as they print it; otherwise it is kept to explain a death. */
  readonly verbose?: boolean;
  /** Stops the suite: workers are killed, finished runs are safe. */
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/**
 * Does what is left of a plan on worker processes, and returns whether it got to the end. Each
 * finished run is on the disk before its worker gets the next.
 *
 * A worker that dies, or is killed as it has been silent for too long (`patience.ts`), has its job
 * tried once more in a fresh one. What fails then, or throws, is recorded as failed and the rest goes
 * on; only a worker that cannot even start, tried twice, is an Error.
 */
export async function suite(options: SuiteOptions): Promise<boolean> {
  const { run, stages, signal, display } = options;
  const done = new Set(run.records.map(identity));
  const todo = queue(
    plannedRuns(run.plan).filter((planned) => !done.has(identity(planned))),
    stages,
  );
  const slots = Math.max(1, Math.min(options.workers, todo.tasks.length));
  const past = run.records.map((record) => ({
    task: runTask(record),
    seconds: record.ran.seconds,
  }));
  const shown = progress(todo.tasks, slots, past, display);
  // An error in one loop must not leave the workers of the others running.
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  let news = Promise.withResolvers<void>();
  stop.addEventListener("abort", () => news.resolve());

  const settle = async (job: Job, reply: Reply, seconds: number): Promise<void> => {
    if ("run" in job) {
      const record = recordOf(job.run, reply, seconds, options);
      if (record.outcome === "failed") shown.note(`${runTitle(record)} failed: ${record.reason}`);
      await run.append(record);
    } else if ("result" in reply) {
      todo.prepared(job.part);
    } else {
      const { benchmark } = job.part;
      const reason = `Cannot prepare ${benchmark}: ${reasonOf(reply)}`;
      shown.note(reason);
      for (const lost of todo.abandon(benchmark)) {
        shown.drop(lost.task);
        if ("run" in lost) await run.append(failed(lost.run, reason, 0, options));
      }
    }
  };

  const tend = async (slot: number): Promise<void> => {
    await using hand = steadyHand(slot, stop, shown, options);
    let last: Job | undefined;
    while (!stop.aborted) {
      const job = todo.next(last);
      if (!job) {
        if (todo.empty) return;
        await news.promise;
        continue;
      }
      const began = performance.now();
      const reply = await hand.carryOut(job);
      if (stop.aborted) return;
      await settle(job, reply, (performance.now() - began) / 1000);
      shown.end(slot, true);
      last = job;
      news.resolve();
      news = Promise.withResolvers();
    }
  };

  try {
    await Promise.all(
      Array.from({ length: slots }, (_, slot) => tend(slot).catch((error) => broken.abort(error))),
    );
  } finally {
    shown.close();
  }
  if (signal.aborted) return false;
  if (broken.signal.aborted) throw broken.signal.reason;
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

interface SteadyHand extends AsyncDisposable {
  carryOut(job: Job): Promise<Reply>;
}

/** A worker that is replaced when it dies. */
function steadyHand(
  slot: number,
  signal: AbortSignal,
  shown: Progress,
  { worker: command, verbose, patience }: SuiteOptions,
): SteadyHand {
  let worker: WorkerProcess | undefined;
  const print = (line: string): void => {
    if (verbose) shown.note(`worker ${slot + 1}: ${line}`);
  };
  const start = (): Promise<WorkerProcess> =>
    startWorker({
      command,
      remark: shown.note,
      print,
      signal,
      ...patience ? { patience } : {},
    });
  const started = async (): Promise<WorkerProcess> => {
    try {
      return await start();
    } catch (error) {
      if (signal.aborted) throw error;
      shown.note(`${error instanceof Error ? error.message : error}\nTrying once more`);
      return await start();
    }
  };
  const attempt = async (job: Job): Promise<Reply> => {
    worker ??= await started();
    shown.begin(slot, job.task);
    const reply = await worker.ask(
      "run" in job ? { run: job.run } : { prepare: job.part },
      (done, note) => shown.move(slot, done, note),
      (line) => shown.note(`${job.task.title}: ${line}`),
    );
    if ("died" in reply) {
      const dead = worker;
      worker = undefined;
      await dead.kill();
    }
    return reply;
  };
  return {
    async carryOut(job) {
      const reply = await attempt(job);
      if (!("died" in reply) || signal.aborted) return reply;
      shown.note(`${job.task.title}: its worker ${reply.died}\nTrying once more`);
      shown.end(slot, false);
      const second = await attempt(job);
      return "died" in second ? { died: `${second.died} (as did the worker before it)` } : second;
    },
    async [Symbol.asyncDispose]() {
      await worker?.kill();
    },
  };
}

function reasonOf(reply: { error: string } | { died: string }): string {
  return "error" in reply ? reply.error : `Its worker ${reply.died}`;
}
