import { jsonText } from "../../core/mod.ts";
import { named, writeAll } from "../disk/atomic.ts";
import { lock } from "../disk/lock.ts";
import type { ScoredRow, Scorer, ScoreRow } from "./score.ts";

/** Rows scored together: what is in memory at a time, and what a resumed file is cut back to. */
export const WINDOW = 256;
/** Rows of a resumed file that are scored again, to see that the same models made them. */
const CHECKED = 4;

export interface ScoreJob {
  /** The data from their beginning, each time. */
  rows(): AsyncIterable<ScoreRow>;
  /** How many there are. */
  readonly total: number;
  readonly scorer: Scorer;
  /** A file of JSON lines to write: a new one, or with `resume` one to go on with. */
  readonly out?: { readonly file: string; readonly resume: boolean };
  /** Every row in order, with its JSON; those of a resumed file first. */
  emit(row: ScoredRow, json: string): void;
  /** Rows done of those that were still to do. */
  progress(done: number, all: number): void;
}

/**
 * Scores rows in windows, in constant memory. A resumed file is cut back to whole windows, and ends
 * as if it had never been stopped. A RangeError where it was made from other data or models: then it
 * stays as it is.
 */
export async function scoreAll(job: ScoreJob): Promise<void> {
  const { out, total } = job;
  if (!out) return await pour(job, 0, () => Promise.resolve());
  await using _ = await lock(`${out.file}.lock`, { wait: false });
  const { kept, end } = out.resume ? await whole(out.file, total) : { kept: 0, end: 0 };
  using file = await Deno.open(
    out.file,
    out.resume ? { append: true, create: true } : { write: true, createNew: true },
  ).catch((cause) => {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new Deno.errors.AlreadyExists(
      `Cannot write ${out.file}: it is there already; go on with it by --resume, or choose another --out`,
      { cause },
    );
  });
  if (kept > 0) await checkModels(out.file, kept, job);
  let cut = false;
  // Only once all that is kept has been seen to belong here.
  const cutBack = async () => {
    if (!cut) await file.truncate(end);
    cut = true;
  };
  await pour(job, kept, async (lines) => {
    await cutBack();
    const text = lines.map((line) => `${line}\n`).join("");
    await writeAll(file, new TextEncoder().encode(text), out.file);
  });
  await cutBack();
  await named(out.file, file.sync());
}

/** Passes on the `kept` rows of the file, scores the others and has them written. */
async function pour(
  { rows, total, scorer, out, emit, progress }: ScoreJob,
  kept: number,
  write: (lines: readonly string[]) => Promise<void>,
): Promise<void> {
  const old = out && readLines(out.file, kept);
  let window: ScoreRow[] = [];
  let at = 0;
  const flush = async () => {
    const scored = await scorer.score(window);
    const lines = scored.map((row) => jsonText(row, "a scored row"));
    await write(lines);
    scored.forEach((row, i) => emit(row, lines[i]!));
    window = [];
    progress(at - kept, total - kept);
  };
  for await (const row of rows()) {
    at++;
    if (at <= kept) {
      const { value } = await old!.next();
      emit(checkTexts(value!.row, row, out!.file, at), value!.line);
      continue;
    }
    window.push(row);
    if (window.length === WINDOW) await flush();
  }
  if (window.length > 0) await flush();
  if (at !== total) {
    throw new RangeError(`Cannot trust these scores: the data had ${total} rows, and now ${at}`);
  }
}

/** How many rows of a file are whole windows, or all there will be, and the byte where they end. */
async function whole(
  path: string,
  total: number,
): Promise<{ readonly kept: number; readonly end: number }> {
  const handle = await Deno.open(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!handle) return { kept: 0, end: 0 };
  let [lines, size, end, boundary] = [0, 0, 0, 0];
  for await (const chunk of handle.readable) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      lines++;
      end = size + at + 1;
      if (lines % WINDOW === 0) boundary = end;
    }
    size += chunk.length;
  }
  if (lines > total) {
    throw new RangeError(
      `Cannot resume ${path}: it holds ${lines} rows, and the data have ${total}`,
    );
  }
  return lines === total ? { kept: lines, end } : { kept: lines - lines % WINDOW, end: boundary };
}

async function* readLines(
  path: string,
  count: number,
): AsyncGenerator<{ readonly row: unknown; readonly line: string }, undefined> {
  if (count === 0) return undefined;
  using handle = await Deno.open(path);
  let rest = "";
  let at = 0;
  for await (const text of handle.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      at++;
      try {
        yield { row: JSON.parse(line), line };
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw cause;
        throw new SyntaxError(`${path}:${at}: line must be JSON`, { cause });
      }
      if (at === count) return undefined;
    }
  }
  return undefined;
}

const texts = (row: ScoredRow) =>
  "chosen" in row ? [row.prompt, row.chosen.answer, row.rejected.answer] : [row.prompt, row.answer];

function checkTexts(old: unknown, row: ScoreRow, path: string, at: number): ScoredRow {
  const found = isScored(old) ? texts(old) : [];
  const wanted = [row.prompt, ...row.answers.map(({ text }) => text)];
  if (found.length === wanted.length && found.every((text, i) => text === wanted[i])) {
    return old as ScoredRow;
  }
  throw new RangeError(
    `Cannot resume ${path}: line ${at} must score row ${at} of the data, and its texts are others`,
  );
}

function isScored(value: unknown): value is ScoredRow {
  if (typeof value !== "object" || value === null || !("prompt" in value)) return false;
  if ("answer" in value) return true;
  return "chosen" in value && "rejected" in value && typeof value.chosen === "object" &&
    typeof value.rejected === "object" && value.chosen !== null && value.rejected !== null;
}

/** The first rows scored again must give what the file says, up to rounding. */
async function checkModels(
  path: string,
  kept: number,
  { rows, scorer }: ScoreJob,
): Promise<void> {
  const old = readLines(path, Math.min(kept, CHECKED));
  const first: { readonly row: ScoreRow; readonly was: ScoredRow }[] = [];
  for await (const row of rows()) {
    const { value } = await old.next();
    first.push({ row, was: checkTexts(value!.row, row, path, first.length + 1) });
    if (first.length === Math.min(kept, CHECKED)) break;
  }
  const again = await scorer.score(first.map(({ row }) => row));
  first.forEach(({ was }, i) => {
    const [before, now] = [numbers(was), numbers(again[i]!)];
    const differs = Object.keys({ ...before, ...now }).find((name) =>
      !near(before[name], now[name])
    );
    if (differs === undefined) return;
    throw new RangeError(
      `Cannot resume ${path} with these models and options: ${differs} of line ${i + 1} must be ${
        now[differs]
      }: current value is ${before[differs]}`,
    );
  });
}

const near = (a: number | undefined, b: number | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-3 + 1e-4 * Math.abs(b));

/** Every number of a row by its path. */
function numbers(value: object): { [path: string]: number } {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, x]): [string, number][] => {
      if (typeof x === "number") return [[name, x]];
      if (typeof x !== "object" || x === null) return [];
      return Object.entries(numbers(x)).map(([inner, y]) => [`${name}.${inner}`, y]);
    }),
  );
}
