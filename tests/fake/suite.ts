import { join } from "node:path";
import type { Plan } from "../../core/mod.ts";
import type { Display } from "../../lab/host/progress.ts";
import type { Patience } from "../../lab/suite/patience.ts";
import { createRun, resumeRun } from "../../lab/disk/records.ts";
import type { Stages } from "../../lab/suite/queue.ts";
import { suite } from "../../lab/suite/suite.ts";

/** Arguments that start the fake worker; its log lies in the run directory. */
export function fakeWorker(directory: string): string[] {
  const script = import.meta.resolve("./worker.ts");
  // --allow-run lets it kill itself.
  const flags = ["--no-prompt", "--allow-read", "--allow-write", "--allow-run"];
  return ["run", "--quiet", ...flags, script, join(directory, "log")];
}

export function quiet(heard: string[] = []): Display {
  return {
    live: false,
    write: (text) => heard.push(text),
    columns: () => 80,
    now: () => performance.now(),
    every: 1000,
  };
}

export interface FakeOptions {
  readonly workers?: number;
  readonly stages?: Stages;
  readonly worker?: readonly string[];
  readonly signal?: AbortSignal;
  readonly verbose?: boolean;
  readonly patience?: Patience;
  /** Gets what the user is told. */
  readonly heard?: string[];
}

/** Runs a plan of fake methods in a directory, from the start or from where it was left. */
export async function runFake(
  directory: string,
  plan: Plan | "resume",
  { workers = 2, stages = {}, signal, heard = [], ...rest }: FakeOptions = {},
): Promise<boolean> {
  await using run = plan === "resume"
    ? await resumeRun(directory, (line) => heard.push(`${line}\n`))
    : await createRun(directory, plan);
  return await suite({
    run,
    stages,
    hyper: () => ({ beta: 0.1 }),
    workers,
    worker: fakeWorker(directory),
    display: quiet(heard),
    signal: signal ?? new AbortController().signal,
    ...rest,
  });
}
