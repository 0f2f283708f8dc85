import { stderrDisplay } from "../lab/host/progress.ts";
import { versions } from "../lab/host/provenance.ts";
import { plannedRuns } from "../lab/disk/records.ts";
import type { SuiteSession } from "../lab/suite/session.ts";
import { suite } from "../lab/suite/suite.ts";
import { variantOf } from "../lab/suite/variant.ts";
import { methods } from "../mod.ts";
import { say } from "./output.ts";
import { exits, untilSignal, workerArguments } from "./processes.ts";

export interface CarryOut extends SuiteSession {
  readonly workers: number;
  /** Directory of the cache. */
  readonly store: string;
  readonly verbose: boolean;
  /** How the user goes on once a signal has stopped it: a sentence. */
  readonly toGoOn: string;
}

/**
 * Does what is left of a run on worker processes, and returns whether it got to the end. Where a
 * signal stopped it, it has said how to go on, and the process will exit with that signal's code.
 */
export async function carryOut(
  { run, stages, workers, store, verbose, toGoOn }: CarryOut,
): Promise<boolean> {
  const { prefbench: commit = "unknown" } = await versions();
  const safe = () =>
    say(
      `${run.records.length} of ${plannedRuns(run.plan).length} runs are done and safe. ${toGoOn}`,
    );
  const worker = workerArguments(store, run.plan, commit);
  let stopped: "SIGINT" | "SIGTERM" | undefined;
  try {
    stopped = await untilSignal((signal) =>
      suite({
        run,
        stages,
        hyper: (id) => variantOf(id, methods).hyper,
        workers,
        worker,
        display: stderrDisplay(),
        verbose,
        signal,
      })
    );
  } catch (error) {
    // A full disk, or workers that cannot start: once that is mended it goes on as after a signal.
    safe();
    throw error;
  }
  if (!stopped) return true;
  safe();
  Deno.exitCode = exits[stopped];
  return false;
}
