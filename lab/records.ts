import { join } from "node:path";
import type { Plan, Portion, RunRecord, Verdicts } from "../core/mod.ts";
import { exists, isTemporary, syncDirectory, writeAll, writeAtomic } from "./atomic.ts";
import { lock } from "./lock.ts";
import { parseJson, parsePlan, parseRecord, parseVerdicts } from "./schema.ts";

/**
 * A run directory: `plan.json`, and one line of JSON in `records.jsonl` for each finished run.
 * Lines are appended in the order in which runs finish, and put into the plan's order at the end.
 */

/** What names a run within a plan. */
export type Key = Pick<RunRecord, "method" | "benchmark" | "setting" | "seed">;

export function title({ method, benchmark, setting, seed }: Key): string {
  return `${method} on ${benchmark}/${setting}, seed ${seed}`;
}

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
export interface Cell extends Key {
  readonly budget: RunRecord["budget"];
  readonly portion?: Portion;
}

/** Every run of the plan: testbed by testbed, method by method, seed by seed. */
export function cellsOf(plan: Plan): Cell[] {
  return plan.cells.flatMap((cell) => {
    const { benchmark, setting, budget, portion } = cell;
    const { methods = plan.methods, seeds = plan.seeds } = cell;
    const of = { benchmark, setting, budget, ...portion ? { portion } : {} };
    return methods.flatMap((method) => seeds.map((seed) => ({ method, seed, ...of })));
  });
}

export function keys(plan: Plan): Key[] {
  return cellsOf(plan);
}

export function identity({ method, benchmark, setting, seed }: Key): string {
  return JSON.stringify([benchmark, setting, method, seed]);
}

/**
 * Reads a run directory without changing it.
 *
 * Throws a SyntaxError that names file, line and field where something is not as it must be; a
 * torn last line is one too.
 */
export async function readRun(directory: string): Promise<Stored> {
  const plan = await readPlan(directory);
  const { records, torn } = await readRecords(directory, plan);
  if (torn) {
    throw new SyntaxError(
      `${torn.place}: the last line is torn, as its suite was killed: resume it to have it repaired`,
    );
  }
  return { directory, plan, records };
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
    await writeAtomic(join(directory, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
    return await writable({ directory, plan, records: [] }, held);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Takes up a run directory whose suite was stopped or killed: a torn last line is cut off, and
 * failed runs are dropped so that they are tried again. `note` is told of both.
 */
export async function resumeRun(
  directory: string,
  note: (line: string) => void,
): Promise<Writable> {
  const plan = await readPlan(directory);
  const held = await lock(join(directory, "lock"), { note });
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (isTemporary(name)) await Deno.remove(join(directory, name));
    }
    const { records, torn } = await readRecords(directory, plan);
    if (torn) {
      await truncate(join(directory, "records.jsonl"), torn.start);
      note(`${torn.place}: cut off a torn last line; its run is done again`);
    }
    const kept = records.filter(({ outcome }) => outcome !== "failed");
    if (kept.length < records.length) {
      await writeRecords(directory, kept);
      note(`Runs that failed and are tried again: ${records.length - kept.length}`);
    }
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
  let file: Deno.FsFile | undefined = await Deno.open(path, { append: true, create: true });
  await syncDirectory(directory);
  let last: Promise<void> = Promise.resolve();
  return {
    directory,
    plan,
    records,
    append(record) {
      // One after the other, so that lines never mix; one failure ends them all.
      last = last.then(async () => {
        if (!file) throw new Error(`Cannot append to ${path}: it is closed`);
        await writeAll(file, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
        await file.sync();
        records.push(record);
      });
      return last;
    },
    async finish() {
      await last;
      file?.close();
      file = undefined;
      const place = new Map(keys(plan).map((key, i) => [identity(key), i]));
      records.sort((a, b) => place.get(identity(a))! - place.get(identity(b))!);
      await writeRecords(directory, records);
    },
    async [Symbol.asyncDispose]() {
      // A failed append has been reported to whoever asked for it.
      await Promise.allSettled([last]);
      file?.close();
      file = undefined;
      await held[Symbol.asyncDispose]();
    },
  };
}

function writeRecords(directory: string, records: readonly RunRecord[]): Promise<void> {
  // Line by line, for all of them may be longer than the longest string.
  const lines = records.values().map((record) => `${JSON.stringify(record)}\n`);
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

interface Torn {
  readonly place: string;
  /** Bytes before it. */
  readonly start: number;
}

async function readRecords(
  directory: string,
  plan: Plan,
): Promise<{ records: RunRecord[]; torn?: Torn }> {
  const path = join(directory, "records.jsonl");
  const known = new Map(cellsOf(plan).map((cell) => [identity(cell), cell]));
  const seen = new Map<string, number>();
  const records: RunRecord[] = [];
  for await (const line of lines(path)) {
    const place = `${path}:${line.number}`;
    const torn = { place, start: line.start };
    if (!line.ended) return { records, torn };
    let value: unknown;
    try {
      value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(line.bytes), place);
    } catch (error) {
      const unreadable = error instanceof SyntaxError || error instanceof TypeError;
      // A power cut may leave a block of zeros where the last line was.
      if (unreadable && line.last) return { records, torn };
      throw error instanceof TypeError ? new SyntaxError(`${place}: not UTF-8 text`) : error;
    }
    const record = parseRecord(value, place);
    const id = identity(record);
    if (!known.has(id)) throw new SyntaxError(`${place}: ${title(record)} is not in the plan`);
    const before = seen.get(id);
    if (before !== undefined) {
      throw new SyntaxError(`${place}: ${title(record)} is on line ${before} already`);
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
    seen.set(id, line.number);
    records.push(record);
  }
  return { records };
}

interface Line {
  readonly number: number;
  readonly start: number;
  readonly bytes: Uint8Array;
  /** By a newline. */
  readonly ended: boolean;
  readonly last: boolean;
}

/** Lines as bytes: a torn one may end inside a character, and a file may exceed the longest string. */
async function* lines(path: string): AsyncGenerator<Line> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    // Killed between the plan and the first record.
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  let number = 0;
  let start = 0;
  let held: Line | undefined;
  let pieces: Uint8Array[] = [];
  const line = (ended: boolean): Line => {
    const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    pieces = [];
    const made = { number: ++number, start, bytes, ended, last: false };
    start += bytes.length + (ended ? 1 : 0);
    return made;
  };
  for await (const chunk of file.readable) {
    let from = 0;
    for (let end; (end = chunk.indexOf(10, from)) >= 0; from = end + 1) {
      pieces.push(chunk.subarray(from, end));
      if (held) yield held;
      held = line(true);
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  if (pieces.length > 0) {
    if (held) yield held;
    held = line(false);
  }
  if (held) yield { ...held, last: true };
}

async function truncate(path: string, length: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.truncate(length);
  await file.sync();
}
