import { type Display, type Progress, progress, type TaskTime } from "../host/progress.ts";
import type { Patience } from "./patience.ts";
import type { Job, Queue } from "./queue.ts";
import { type Reply, startWorker, type WorkerProcess } from "./worker.ts";

/** Worker processes that do what a queue deals. */

export interface CrewOptions {
  readonly workers: number;
  /** Arguments that make `deno` a worker: a program that calls `serve`. */
  readonly worker: readonly string[];
  readonly display: Display;
  /** Shows what workers print as they print it; otherwise it is kept to explain a death. */
  readonly verbose?: boolean;
  /** Stops the crew: workers are killed, what is settled is safe. */
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/** What there is to do, and what becomes of it. */
export interface Duty {
  readonly todo: Queue;
  /** Of what was done before. */
  readonly past: readonly TaskTime[];
  /** Takes what came of a job, before its worker gets the next. */
  settle(job: Job, reply: Reply, seconds: number, shown: Progress): Promise<void> | void;
}

/**
 * Carries out all that is to do, and returns whether it got to the end.
 *
 * A worker that dies, or is killed as it has been silent for too long (`patience.ts`), has its job
 * tried once more in a fresh one; only a worker that cannot even start, tried twice, is an Error.
 */
export async function crew({ todo, past, settle }: Duty, options: CrewOptions): Promise<boolean> {
  const { signal, display } = options;
  const slots = Math.max(1, Math.min(options.workers, todo.tasks.length));
  const shown = progress(todo.tasks, slots, past, display);
  // An error in one loop must not leave the workers of the others running.
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  let news = Promise.withResolvers<void>();
  stop.addEventListener("abort", () => news.resolve());

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
      await settle(job, reply, (performance.now() - began) / 1000, shown);
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
  return true;
}

interface SteadyHand extends AsyncDisposable {
  carryOut(job: Job): Promise<Reply>;
}

/** A worker that is replaced when it dies. */
function steadyHand(
  slot: number,
  signal: AbortSignal,
  shown: Progress,
  { worker: command, verbose, patience }: CrewOptions,
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

/** Gives up what waits for a part that could not be made; returns why, and that. */
export function giveUp(
  { benchmark }: Extract<Job, { part: unknown }>["part"],
  reply: Exclude<Reply, { result: unknown }>,
  todo: Queue,
  shown: Progress,
): { readonly reason: string; readonly lost: readonly Job[] } {
  const reason = `Cannot prepare ${benchmark}: ${reasonOf(reply)}`;
  shown.note(reason);
  const lost = todo.abandon(benchmark);
  lost.forEach(({ task }) => shown.drop(task));
  return { reason, lost };
}

export function reasonOf(reply: { error: string } | { died: string }): string {
  return "error" in reply ? reply.error : `Its worker ${reply.died}`;
}
