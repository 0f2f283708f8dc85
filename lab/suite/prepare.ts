import { crew, type CrewOptions, giveUp } from "./crew.ts";
import { queue } from "./queue.ts";
import type { SuiteSession } from "./session.ts";

export interface PrepareOptions extends CrewOptions, Pick<SuiteSession, "stages"> {
  /** Ids of those that are prepared. */
  readonly benchmarks: readonly string[];
}

/**
 * Has workers make what these benchmarks make once, in the workers' cache, and returns whether it got
 * to the end; an Error says what could not be made, once the rest is.
 */
export async function prepare(
  { benchmarks, stages, ...options }: PrepareOptions,
): Promise<boolean> {
  const todo = queue([], stages, benchmarks);
  const amiss: string[] = [];
  const finished = await crew({
    todo,
    past: [],
    settle(job, reply, _seconds, shown) {
      if (!("part" in job)) return;
      if ("result" in reply) todo.prepared(job.part);
      else amiss.push(giveUp(job.part, reply, todo, shown).reason);
    },
  }, options);
  if (amiss.length > 0) throw new Error(amiss.join("\n"));
  return finished;
}
