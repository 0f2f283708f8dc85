import { join } from "node:path";
import { parseArgs } from "node:util";
import { rng } from "../core/mod.ts";
import { readRun } from "../lab/disk/records.ts";
import { main } from "./fake/cli.ts";

/**
 * Kills a suite with SIGKILL at random moments, resumes it, and looks for records lost, doubled or
 * different from those of a suite left in peace.
 *
 * `deno run tests/kill.ts --runs 20` on fake runs, with `--real` on `bench` itself; `--seed` chooses
 * the moments. Exits with 1 if anything is amiss.
 */

/** Arguments of `deno` that begin, or take up, a suite in a directory. */
export interface Victim {
  begin(directory: string): string[];
  resume(directory: string): string[];
}

export interface Verdict {
  /** Milliseconds after which the suite was killed. */
  readonly killedAt: number;
  /** Records that were whole at that time. */
  readonly finished: number;
  readonly torn: boolean;
  /** Records whole at that time that are gone or changed, `ran` included. */
  readonly lost: number;
  readonly doubled: number;
  /** Whether all records are those of the suite left in peace, byte for byte, `ran` aside. */
  readonly equal: boolean;
}

export async function* killAtRandom(
  victim: Victim,
  { runs, seed, room }: { runs: number; seed: number; room: () => Promise<string> },
): AsyncGenerator<Verdict> {
  const peaceful = await room();
  const began = performance.now();
  await finish(victim.begin(peaceful));
  const whole = performance.now() - began;
  const expected = await withoutRan(peaceful);

  const moments = rng(seed).split("moments");
  for (let kills = 0; kills < runs;) {
    const directory = await room();
    const killedAt = moments.uniform() * whole;
    const child = deno(victim.begin(directory)).spawn();
    const timer = setTimeout(() => kill(child), killedAt);
    const [{ signal, success }, stderr] = await Promise.all([child.status, child.stderr.text()]);
    clearTimeout(timer);
    // It was quicker this time.
    if (success) continue;
    if (signal !== "SIGKILL") throw new Error(`The suite failed by itself: ${stderr}`);
    kills++;

    const left = await read(join(directory, "records.jsonl"));
    const lines = left.split("\n").slice(0, -1);
    // Killed before its plan was on the disk, there is nothing to resume.
    const planned = await read(join(directory, "plan.json")) !== "";
    await finish(planned ? victim.resume(directory) : victim.begin(directory));
    const after = (await read(join(directory, "records.jsonl"))).split("\n").slice(0, -1);
    const names = after.map((line) => {
      const { method, benchmark, setting, seed } = JSON.parse(line);
      return JSON.stringify([method, benchmark, setting, seed]);
    });
    yield {
      killedAt,
      finished: lines.length,
      torn: !left.endsWith("\n") && left !== "",
      lost: lines.filter((line) => !after.includes(line)).length,
      doubled: names.length - new Set(names).size,
      equal: await withoutRan(directory) === expected,
    };
  }
}

export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has just ended.
    if (!(error instanceof TypeError)) throw error;
  }
}

function deno(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), { args: [...args], stdout: "null", stderr: "piped" });
}

async function finish(args: readonly string[]): Promise<void> {
  const { success, stderr } = await deno(args).output();
  if (!success) throw new Error(`The suite failed: ${new TextDecoder().decode(stderr)}`);
}

async function withoutRan(directory: string): Promise<string> {
  const { records } = await readRun(directory);
  return records.map((record) => JSON.stringify({ ...record, ran: null })).join("\n");
}

async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

export function fakeVictim(): Victim {
  const flags = ["--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-run"];
  const script = import.meta.resolve("./fake/bench.ts");
  const args = (directory: string) => ["run", ...flags, script, directory, "2", "dpo,ipo,kto"];
  return { begin: args, resume: args };
}

export function realVictim(): Victim {
  const grid = ["--benchmarks", "bandit/clean,game/intransitive", "--methods", "all"];
  return {
    begin: (directory) => main(["bench", "--preset", "quick", ...grid, "--out", directory]),
    resume: (directory) => main(["bench", "--resume", directory]),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      runs: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      real: { type: "boolean", default: false },
    },
  });
  const made: string[] = [];
  const room = async (): Promise<string> => {
    made.push(await Deno.makeTempDir({ prefix: "prefbench-kill-" }));
    return made.at(-1)!;
  };
  const victim = values.real ? realVictim() : fakeVictim();
  const settings = { runs: Number(values.runs), seed: Number(values.seed), room };
  let amiss = 0;
  try {
    console.log("killed at ms  finished  torn  lost  doubled  equal");
    for await (const v of killAtRandom(victim, settings)) {
      if (v.lost > 0 || v.doubled > 0 || !v.equal) amiss++;
      const cells = [v.killedAt.toFixed(0), v.finished, v.torn, v.lost, v.doubled, v.equal];
      const widths = [12, 9, 5, 5, 8, 6];
      console.log(cells.map((cell, i) => `${cell}`.padStart(widths[i]!)).join(" "));
    }
  } finally {
    for (const directory of made) await Deno.remove(directory, { recursive: true });
  }
  console.log(`${values.runs} kills, ${amiss} amiss`);
  if (amiss > 0) Deno.exit(1);
}
