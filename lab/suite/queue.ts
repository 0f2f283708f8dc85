import type { ProgressTask } from "../host/progress.ts";
import { type Key, type PlannedRun, runTitle } from "../disk/records.ts";
import type { StagePart } from "./worker.ts";

export type Job =
  | { readonly task: ProgressTask; readonly part: StagePart }
  | { readonly task: ProgressTask; readonly run: PlannedRun };

/** What is left to do, and what of it may begin now. */
export interface Queue {
  /**
   * Undefined where all that is left waits for parts under way. `last` is what the asker did
   * before: it goes on with the same testbed and seed while it can, for it has them open.
   */
  next(last?: Job): Job | undefined;
  /** A part is done: the last of its stage lets the next stage begin, the last of all the runs. */
  prepared(part: StagePart): void;
  /** Gives up a benchmark, and returns what had not begun. */
  abandon(benchmark: string): Job[];
  /** Whether no job will ever come again. */
  readonly empty: boolean;
  readonly tasks: readonly ProgressTask[];
}

/** By benchmark, the titles of the parts of each stage; undefined where no run at hand begins from it. */
export interface Stages {
  readonly [benchmark: string]: readonly (readonly (string | undefined)[])[];
}

interface Preparation {
  readonly waiting: Job[];
  readonly later: Job[][];
  running: number;
}

/**
 * Deals the stages of each benchmark that has runs, and runs as soon as their benchmark is
 * prepared: the largest budgets first, so that the end is not one worker at a long run. Others are
 * prepared where they are named.
 */
export function queue(
  runs: readonly PlannedRun[],
  stages: Stages,
  benchmarks: readonly string[] = runs.map((run) => run.benchmark),
): Queue {
  const preparations = new Map<string, Preparation>();
  for (const benchmark of new Set(benchmarks)) {
    const [waiting, ...later] = (stages[benchmark] ?? [])
      .map((titles, stage) =>
        titles.flatMap((title, part) =>
          title === undefined ? [] : [partJob({ benchmark, stage, part }, title)]
        )
      )
      .filter((stage) => stage.length > 0);
    if (waiting) preparations.set(benchmark, { waiting, later, running: 0 });
  }
  let left = runs.map(runJob).sort((a, b) => b.task.weight - a.task.weight);
  const begun = new Set<string>();
  const parts = [...preparations.values()].flatMap((p) => [...p.waiting, ...p.later.flat()]);
  return {
    tasks: [...parts, ...left].map(({ task }) => task),
    next(last) {
      for (const preparation of preparations.values()) {
        const job = preparation.waiting.shift();
        if (!job) continue;
        preparation.running++;
        return job;
      }
      const ready = left.filter(({ run }) => !preparations.has(run.benchmark));
      const open = last && "run" in last ? opening(last.run) : undefined;
      const job = ready.find(({ run }) => opening(run) === open) ??
        ready.find(({ run }) => !begun.has(opening(run))) ?? ready[0];
      if (!job) return undefined;
      left = left.filter((other) => other !== job);
      begun.add(opening(job.run));
      return job;
    },
    prepared({ benchmark }) {
      const preparation = preparations.get(benchmark);
      if (!preparation) return;
      preparation.running--;
      if (preparation.running > 0 || preparation.waiting.length > 0) return;
      const stage = preparation.later.shift();
      if (stage) preparation.waiting.push(...stage);
      else preparations.delete(benchmark);
    },
    abandon(benchmark) {
      const preparation = preparations.get(benchmark);
      preparations.delete(benchmark);
      const runs = left.filter(({ run }) => run.benchmark === benchmark);
      left = left.filter(({ run }) => run.benchmark !== benchmark);
      return [...preparation?.waiting ?? [], ...preparation?.later.flat() ?? [], ...runs];
    },
    get empty() {
      return left.length === 0 && preparations.size === 0;
    },
  };
}

/** What a worker opens for a run, and keeps for the next. */
function opening({ benchmark, setting, seed, portion }: PlannedRun): string {
  return JSON.stringify([benchmark, setting, seed, portion]);
}

function partJob(part: StagePart, name: string): Job {
  const title = `${part.benchmark}: ${name}`;
  return { part, task: { title, kinds: [title], weight: 0 } };
}

function runJob(run: PlannedRun): { task: ProgressTask; run: PlannedRun } {
  return { run, task: runTask(run) };
}

/** Runs of one method on one testbed take about as long; so, roughly, do runs of equal budget. */
export function runTask(run: Key & Pick<PlannedRun, "budget">): ProgressTask {
  const { method, benchmark, setting, budget } = run;
  return {
    title: runTitle(run),
    kinds: [`${method} on ${benchmark}/${setting}`, `${benchmark}/${setting}`, benchmark],
    weight: budget.flops,
  };
}
