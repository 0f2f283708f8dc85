import { basename, dirname, join } from "node:path";
import {
  jsonText,
  type Plan,
  type Portion,
  type RunRecord,
  type Shard,
  type Verdicts,
} from "../../core/mod.ts";
import { exists, isTemporary, syncDirectory, writeAtomic } from "./atomic.ts";
import { appender, cutOff, readLines, type Torn } from "./jsonl.ts";
import { lock } from "./lock.ts";
import { parseJson, parsePlan, parseRecord, parseVerdicts } from "./schema.ts";

/**
 * A run directory: `plan.json`, and one line of JSON in `records.jsonl` for each finished run.
 * Lines are appended in the order in which runs finish, and put into the plan's order at the end.
 */

/** What names a run within a plan. */
export type Key = Pick<RunRecord, "method" | "benchmark" | "setting" | "seed">;

export function runTitle({ method, benchmark, setting, seed }: Key): string {
  return `${method} on ${benchmark}/${setting}, seed ${seed}`;
}

export const shardTitle = ({ index, of }: Shard): string => `shard ${index} of ${of}`;

/** A run directory as it was found. */
export interface Stored {
  readonly directory: string;
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
}

/** A run directory held for writing by this process alone. */
export interface Writable extends Stored, AsyncDisposable {
  /** Returns when the record is safe on the disk. */
  append(record: RunRecord): Promise<void>;
  /** Puts the records into the plan's order: then equal suites leave equal bytes, `ran` aside. */
  finish(): Promise<void>;
}

/** A run of a plan, with all that its worker must know. */
export interface PlannedRun extends Key {
  readonly budget: RunRecord["budget"];
  readonly portion?: Portion;
}

/** Every run of the plan, whatever its shard: testbed by testbed, method by method, seed by seed. */
export function allRuns(plan: Plan): PlannedRun[] {
  return plan.cells.flatMap((cell) => {
    const { benchmark, setting, budget, portion } = cell;
    const { methods = plan.methods, seeds = plan.seeds } = cell;
    const of = { benchmark, setting, budget, ...portion ? { portion } : {} };
    return methods.flatMap((method) => seeds.map((seed) => ({ method, seed, ...of })));
  });
}

/**
 * Those of them that the plan's directory holds: all, or its shard's. They are dealt out one by one,
 * so that of each testbed, of each method on it and of all, any two shards have as many runs or one
 * more: what runs of a kind take need not be known to share it evenly.
 */
export function plannedRuns(plan: Plan): PlannedRun[] {
  const { shard } = plan;
  const runs = allRuns(plan);
  return shard ? runs.filter((_, i) => i % shard.of === shard.index - 1) : runs;
}

export function identity({ method, benchmark, setting, seed }: Key): string {
  return JSON.stringify([benchmark, setting, method, seed]);
}

/** Of these records those that are of the plan's runs, at its budgets. */
export function recordsOfPlan(plan: Plan, records: readonly RunRecord[]): RunRecord[] {
  const planned = new Map(plannedRuns(plan).map((run) => [identity(run), run.budget]));
  return records.filter((record) => {
    const { flops, queries } = planned.get(identity(record)) ?? {};
    return record.budget.flops === flops && record.budget.queries === queries;
  });
}

/**
 * Reads a run directory without changing it.
 *
 * Throws a SyntaxError that names file, line and field where something is not as it must be; a
 * torn last line is one too, but for who has a `note` told of it and goes without.
 */
export async function readRun(
  directory: string,
  note?: (line: string) => void,
): Promise<Stored> {
  const plan = await readPlan(directory);
  const { records, torn } = await readRecords(directory, plan);
  if (torn) {
    if (!note) {
      throw new SyntaxError(
        `${torn.place}: the last line is torn, as its suite was killed: resume it to have it repaired`,
      );
    }
    note(`${torn.place}: left out a torn last line; its run is missing`);
  }
  return { directory, plan, records };
}

/** A RangeError where there is something of this name already. */
export async function refuseTaken(directory: string): Promise<void> {
  if (!await exists(directory)) return;
  throw new RangeError(
    `Cannot write a run to ${directory} as it is there already: choose another --out`,
  );
}

/**
 * Writes a run directory that is seen whole or not at all, whatever dies in between. RangeError where
 * there is one already, or another process writes it.
 */
export async function writeRun(
  { directory, plan, records }: Stored,
  note: (line: string) => void,
): Promise<void> {
  const parent = dirname(directory);
  await Deno.mkdir(parent, { recursive: true });
  await using _held = await lock(`${directory}.lock`, { note });
  await refuseTaken(directory);
  // What killed writers of it left half-written: nobody else writes now.
  for await (const { name } of Deno.readDir(parent)) {
    if (isTemporary(name) && name.replace(/\.\d+-\d+\.tmp$/, "") === basename(directory)) {
      await Deno.remove(join(parent, name), { recursive: true });
    }
  }
  const temporary = `${directory}.${Deno.pid}-0.tmp`;
  await Deno.mkdir(temporary);
  try {
    await writePlan(temporary, plan);
    await writeRecords(temporary, inOrder(plan, records));
    await Deno.rename(temporary, directory);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw error;
  }
  await syncDirectory(parent);
}

/** Starts a run directory; a RangeError if one is there already. */
export async function createRun(directory: string, plan: Plan): Promise<Writable> {
  await Deno.mkdir(directory, { recursive: true });
  const held = await lock(join(directory, "lock"));
  try {
    for (const name of ["plan.json", "records.jsonl"]) {
      if (await exists(join(directory, name))) {
        throw new RangeError(
          `Cannot start a run in ${directory} as it holds ${name}: resume it with --resume, or choose another --out`,
        );
      }
    }
    await writePlan(directory, plan);
    return await writable({ directory, plan, records: [] }, held);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Takes up a run directory whose suite was stopped or killed: a torn last line is cut off, and
 * failed runs are dropped so that they are tried again. `note` is told of both. Before anything is
 * changed `admit` may refuse what is kept, by a throw, or return another plan to go on with: runs that
 * are not of that one are dropped.
 */
export async function resumeRun(
  directory: string,
  note: (line: string) => void,
  admit: (kept: Stored) => Promise<Plan> = ({ plan }) => Promise.resolve(plan),
): Promise<Writable> {
  const found = await readPlan(directory);
  const held = await lock(join(directory, "lock"), { note });
  try {
    const { records, torn } = await readRecords(directory, found);
    const finished = records.filter(({ outcome }) => outcome !== "failed");
    const plan = await admit({ directory, plan: found, records: finished });
    const kept = plan === found ? finished : recordsOfPlan(plan, finished);
    for await (const { name } of Deno.readDir(directory)) {
      if (isTemporary(name)) await Deno.remove(join(directory, name));
    }
    if (torn) {
      await cutOff(join(directory, "records.jsonl"), torn);
      note(`${torn.place}: cut off a torn last line; its run is done again`);
    }
    if (kept.length < records.length) await writeRecords(directory, kept);
    const [failed, dropped] = [records.length - finished.length, finished.length - kept.length];
    if (failed > 0) note(`Runs that failed and are tried again: ${failed}`);
    if (dropped > 0) note(`Runs that are not asked for any more: ${dropped}`);
    // Before the first of the runs that it speaks of.
    if (plan !== found) await writePlan(directory, plan);
    return await writable({ directory, plan, records: kept }, held);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

async function writable(stored: Stored, held: AsyncDisposable): Promise<Writable> {
  const { directory, plan } = stored;
  const records = [...stored.records];
  const path = join(directory, "records.jsonl");
  const file = await appender(path);
  return {
    directory,
    plan,
    records,
    async append(record) {
      await file.append(record);
      records.push(record);
    },
    async finish() {
      await file.close();
      records.splice(0, Infinity, ...inOrder(plan, records));
      await writeRecords(directory, records);
    },
    async [Symbol.asyncDispose]() {
      await file[Symbol.asyncDispose]();
      await held[Symbol.asyncDispose]();
    },
  };
}

function inOrder(plan: Plan, records: readonly RunRecord[]): RunRecord[] {
  const place = new Map(plannedRuns(plan).map((key, i) => [identity(key), i]));
  return records.toSorted((a, b) => place.get(identity(a))! - place.get(identity(b))!);
}

function writePlan(directory: string, plan: Plan): Promise<void> {
  return writeAtomic(join(directory, "plan.json"), `${jsonText(plan, "plan.json", 2)}\n`);
}

function writeRecords(directory: string, records: readonly RunRecord[]): Promise<void> {
  // Line by line, for all of them may be longer than the longest string.
  const lines = records.values().map((record) => `${jsonText(record, runTitle(record))}\n`);
  return writeAtomic(join(directory, "records.jsonl"), lines);
}

async function readPlan(directory: string): Promise<Plan> {
  const path = join(directory, "plan.json");
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot read a run in ${directory}: ${path} does not exist`);
  }
  return parsePlan(parseJson(text, path), path);
}

/** The verdicts of `deno task claims` in this directory; RangeError if there are none. */
export async function readVerdicts(directory: string): Promise<Verdicts> {
  const path = join(directory, "claims.json");
  try {
    return parseVerdicts(parseJson(await Deno.readTextFile(path), path), path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot read verdicts in ${directory}: ${path} does not exist`);
  }
}

async function readRecords(
  directory: string,
  plan: Plan,
): Promise<{ records: RunRecord[]; torn?: Torn }> {
  const path = join(directory, "records.jsonl");
  const known = new Map(plannedRuns(plan).map((run) => [identity(run), run]));
  const seen = new Map<string, number>();
  const records: RunRecord[] = [];
  const torn = await readLines(path, (value, place, number) => {
    const record = parseRecord(value, place);
    const id = identity(record);
    if (!known.has(id)) {
      const whole = plan.shard ? shardTitle(plan.shard) : "the plan";
      throw new SyntaxError(`${place}: ${runTitle(record)} is not in ${whole}`);
    }
    const before = seen.get(id);
    if (before !== undefined) {
      throw new SyntaxError(`${place}: ${runTitle(record)} is on line ${before} already`);
    }
    const { budget } = known.get(id)!;
    for (const axis of ["flops", "queries"] as const) {
      if (record.budget[axis] !== budget[axis]) {
        throw new SyntaxError(
          `${place}: field "budget.${axis}" must be ${
            budget[axis]
          } as in the plan: current value is ${record.budget[axis]}`,
        );
      }
    }
    seen.set(id, number);
    records.push(record);
  });
  return { records, ...torn ? { torn } : {} };
}
