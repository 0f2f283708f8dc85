import { dirname } from "node:path";
import { jsonText } from "../../core/mod.ts";
import { named, syncDirectory, writeAll } from "./atomic.ts";
import { parseJson } from "./schema.ts";

/** Files of one JSON value a line, which are appended to and may end in a line torn by a crash. */

/** A last line that its writer did not live to end. */
export interface Torn {
  /** `file:line` */
  readonly place: string;
  /** Bytes before it. */
  readonly start: number;
}

/**
 * Gives each whole line to `take`, with its place and number from 1; a file that does not exist has
 * none. A line of nothing but spaces or zeros holds nothing, and is passed over before the last. Any
 * other line before the last that is no JSON is a SyntaxError that names its place.
 */
export async function readLines(
  path: string,
  take: (value: unknown, place: string, number: number) => void,
): Promise<Torn | undefined> {
  for await (const line of lines(path)) {
    const place = `${path}:${line.number}`;
    const torn = { place, start: line.start };
    if (!line.ended) return torn;
    if (!line.last && line.bytes.every((byte) => byte === 0 || byte === 32 || byte === 13)) {
      continue;
    }
    let value: unknown;
    try {
      value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(line.bytes), place);
    } catch (error) {
      const unreadable = error instanceof SyntaxError || error instanceof TypeError;
      // A power cut may leave a block of zeros where the last line was.
      if (unreadable && line.last) return torn;
      throw error instanceof TypeError ? new SyntaxError(`${place}: not UTF-8 text`) : error;
    }
    take(value, place, line.number);
  }
  return undefined;
}

/** Cuts a file off before its torn last line. */
export async function cutOff(path: string, { start }: Torn): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.truncate(start);
  await file.sync();
}

/** A file to whose end lines are added. */
export interface Appender extends AsyncDisposable {
  /** Returns when the line is safe on the disk; after one has failed, all others do. */
  append(value: unknown): Promise<void>;
  /** Waits for all lines and closes the file; fails if one of them did. */
  close(): Promise<void>;
}

export async function appender(path: string): Promise<Appender> {
  let file: Deno.FsFile | undefined = await Deno.open(path, { append: true, create: true });
  await syncDirectory(dirname(path));
  let last: Promise<void> = Promise.resolve();
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    append(value) {
      // One after the other, so that lines never mix; one failure ends them all.
      last = last.then(async () => {
        if (!file) throw new Error(`Cannot append to ${path}: it is closed`);
        const line = `${jsonText(value, `a line of ${path}`)}\n`;
        await writeAll(file, new TextEncoder().encode(line), path);
        await named(path, file.sync());
      });
      return last;
    },
    async close() {
      await last;
      close();
    },
    async [Symbol.asyncDispose]() {
      // A failed append has been reported to whoever asked for it.
      await Promise.allSettled([last]);
      close();
    },
  };
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
    // Nothing has been written yet.
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
