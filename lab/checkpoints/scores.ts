import { jsonText } from "../../core/mod.ts";
import { named, writeAll } from "../disk/atomic.ts";
import { appender } from "../disk/jsonl.ts";
import { lock } from "../disk/lock.ts";
import type { ScoredRow, Scorer, ScoreRow } from "./score.ts";
import { sealed, sealsOf, unwritten, writeSeals } from "./seals.ts";

/** Rows scored together: what is in memory at a time, and what a resumed file is cut back to. */
export const WINDOW = 256;

export interface ScoresOut {
  readonly file: string;
  readonly resume: boolean;
  /** Hash of the models and options: a file that others made is not gone on with. */
  readonly made: string;
}

export interface ScoreJob {
  /** The data from their beginning, each time. */
  rows(): AsyncIterable<ScoreRow>;
  /** How many there are. */
  readonly total: number;
  readonly scorer: Scorer;
  /** A file of JSON lines to write: a new one, or with `resume` one to go on with. */
  readonly out?: ScoresOut;
  /** Every row in order, with its JSON; those of a resumed file first. */
  emit(row: ScoredRow, json: string): void;
  /** Rows done of those that were still to do. */
  progress(done: number, all: number): void;
}

/**
 * Scores rows in windows, in constant memory. A resumed file is cut back to whole windows, and ends
 * as if it had never been stopped. A RangeError where it was made from other data or models, or where
 * any of its rows is not what was written: then it stays as it is.
 */
export async function scoreAll(job: ScoreJob): Promise<void> {
  const { out, total } = job;
  if (!out) return await pour(job, 0, () => Promise.resolve());
  await using _ = await lock(`${out.file}.lock`, { wait: false });
  const ends = (rows: number) => rows % WINDOW === 0 || rows === total;
  const { rows: kept, end, hash, seals } = out.resume
    ? await sealed(out.file, { made: out.made, total, ends })
    : unwritten();
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
  // Only once all that is kept has been seen to belong here.
  let begun = false;
  const cutBack = async () => {
    if (begun) return;
    await file.truncate(end);
    await writeSeals(out.file, out.made, seals);
    begun = true;
  };
  let rows = kept;
  await pour(job, kept, async (lines) => {
    await cutBack();
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    await writeAll(file, bytes, out.file);
    await named(out.file, file.sync());
    rows += lines.length;
    await using added = await appender(sealsOf(out.file));
    await added.append({ rows, sha256: hash.update(bytes).copy().digest("hex") });
  });
  await cutBack();
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

async function* readLines(
  path: string,
  count: number,
): AsyncGenerator<{ readonly row: ScoredRow; readonly line: string }, undefined> {
  if (count === 0) return undefined;
  using handle = await Deno.open(path);
  let rest = "";
  let at = 0;
  for await (const text of handle.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      at++;
      yield { row: JSON.parse(line), line };
      if (at === count) return undefined;
    }
  }
  return undefined;
}

const texts = (row: ScoredRow) =>
  "chosen" in row ? [row.prompt, row.chosen.answer, row.rejected.answer] : [row.prompt, row.answer];

function checkTexts(old: ScoredRow, row: ScoreRow, path: string, at: number): ScoredRow {
  const found = texts(old);
  const wanted = [row.prompt, ...row.answers.map(({ text }) => text)];
  if (found.length === wanted.length && found.every((text, i) => text === wanted[i])) {
    return old;
  }
  throw new RangeError(
    `Cannot resume ${path}: line ${at} must score row ${at} of the data, and its texts are others`,
  );
}
