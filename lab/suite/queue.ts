import type { Task } from "../host/progress.ts";
import { type Cell, type Key, title } from "../disk/records.ts";
import type { StagePart } from "./worker.ts";

export type Job =
  | { readonly task: Task; readonly part: StagePart }
  | { readonly task: Task; readonly cell: Cell };

/** What is left to do, and what of it may begin now. */
export interface Queue {
  /**
   * Undefined where all that is left waits for parts under way. `last` is what the asker did
   * before: it goes on with the same testbed and seed while it can, for it has them open.
   */
  next(last?: Job): Job | undefined;
  /** A part is done: the last of its stage lets the next stage begin, the last of all the cells. */
  prepared(part: StagePart): void;
  /** Gives up a benchmark, and returns what had not begun. */
  abandon(benchmark: string): Job[];
  /** Whether no job will ever come again. */
  readonly empty: boolean;
  readonly tasks: readonly Task[];
}

interface Preparation {
  readonly waiting: Job[];
  readonly later: Job[][];
  running: number;
}

/**
 * Deals the stages of each benchmark that has cells, and cells as soon as their benchmark is
 * prepared: the largest budgets first, so that the end is not one worker at a long run.
 */
export function queue(
  cells: readonly Cell[],
  stages: { readonly [benchmark: string]: readonly (readonly string[])[] },
): Queue {
  const preparations = new Map<string, Preparation>();
  for (const benchmark of new Set(cells.map((cell) => cell.benchmark))) {
    const [waiting, ...later] = (stages[benchmark] ?? [])
      .map((titles, stage) =>
        titles.map((title, part) => partJob({ benchmark, stage, part }, title))
      )
      .filter((stage) => stage.length > 0);
    if (waiting) preparations.set(benchmark, { waiting, later, running: 0 });
  }
  let left = cells.map(cellJob).sort((a, b) => b.task.weight - a.task.weight);
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
      const ready = left.filter(({ cell }) => !preparations.has(cell.benchmark));
      const open = last && "cell" in last ? opening(last.cell) : undefined;
      const job = ready.find(({ cell }) => opening(cell) === open) ??
        ready.find(({ cell }) => !begun.has(opening(cell))) ?? ready[0];
      if (!job) return undefined;
      left = left.filter((other) => other !== job);
      begun.add(opening(job.cell));
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
      const cells = left.filter(({ cell }) => cell.benchmark === benchmark);
      left = left.filter(({ cell }) => cell.benchmark !== benchmark);
      return [...preparation?.waiting ?? [], ...preparation?.later.flat() ?? [], ...cells];
    },
    get empty() {
      return left.length === 0 && preparations.size === 0;
    },
  };
}

/** What a worker opens for a cell, and keeps for the next. */
function opening({ benchmark, setting, seed, portion }: Cell): string {
  return JSON.stringify([benchmark, setting, seed, portion]);
}

function partJob(part: StagePart, name: string): Job {
  const title = `${part.benchmark}: ${name}`;
  return { part, task: { title, kinds: [title], weight: 0 } };
}

function cellJob(cell: Cell): { task: Task; cell: Cell } {
  return { cell, task: cellTask(cell) };
}

/** Runs of one method on one testbed take about as long; so, roughly, do runs of equal budget. */
export function cellTask(cell: Key & Pick<Cell, "budget">): Task {
  const { method, benchmark, setting, budget } = cell;
  return {
    title: title(cell),
    kinds: [`${method} on ${benchmark}/${setting}`, `${benchmark}/${setting}`, benchmark],
    weight: budget.flops,
  };
}
