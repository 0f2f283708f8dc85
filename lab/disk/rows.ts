import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { z } from "zod";
import { parseForeign } from "./foreign-json.ts";
import { readParquetRows } from "./parquet.ts";
import { parse, parseJson } from "./schema.ts";

/** Rows of files that other tools write: JSON, JSON lines or Parquet, whatever the file is called. */

/** A row as it stands in the file, with the place that errors name. */
export interface ForeignRow {
  readonly value: unknown;
  /** `file:line`, or `file row n`. */
  readonly place: string;
}

/**
 * The rows of a list in JSON, of JSON lines or of a Parquet file. Which of the first two it is is told by
 * the content; `.gz` and `.zst` at the end of the name are unpacked. A SyntaxError names file and
 * line where it is none of them.
 */
export async function readForeign(path: string): Promise<ForeignRow[]> {
  if (/\.parquet$/i.test(path)) {
    await readable(path);
    return numbered(await readParquetRows(path), path);
  }
  const text = await readTextFile(path);
  const [first = ""] = text.trimStart().split("\n", 1);
  if (alone(first)) return lines(text, path);
  if (!/\.jsonl(\.|$)/i.test(path)) return whole(text, path);
  try {
    return whole(text, path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // As lines it has an error that names the line.
    return lines(text, path);
  }
}

function lines(text: string, path: string): ForeignRow[] {
  return text.split("\n").flatMap((line, i): ForeignRow[] => {
    if (line.trim() === "") return [];
    const place = `${path}:${i + 1}`;
    return [{ value: parseForeign(line, place), place }];
  });
}

/** Whether a line is an object by itself, as a list or an object over many lines never begins. */
function alone(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    parseForeign(line, "");
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function whole(text: string, path: string): ForeignRow[] {
  const value = parseForeign(text, path);
  if (Array.isArray(value)) return numbered(value, path);
  if (typeof value === "object" && value !== null) return [{ value, place: path }];
  throw new SyntaxError(`${path}: the whole must be a list of rows: found ${kindOf(value)}`);
}

const numbered = (values: readonly unknown[], path: string): ForeignRow[] =>
  values.map((value, i) => ({ value, place: `${path} row ${i + 1}` }));

export async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return parse(schema, parseJson(await readTextFile(path), path), path);
}

export async function readTextFile(path: string): Promise<string> {
  await readable(path);
  const bytes = unpacked(await Deno.readFile(path), path);
  try {
    // A byte order mark is left out.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`${path}: not UTF-8 text`);
  }
}

const packings: { readonly [extension: string]: (bytes: Uint8Array) => Uint8Array } = {
  gz: (bytes) => gunzipSync(bytes),
  zst: (bytes) => zstdDecompressSync(bytes),
};

function unpacked(bytes: Uint8Array, path: string): Uint8Array {
  const unpack = packings[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ""];
  if (!unpack) return bytes;
  try {
    return unpack(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new SyntaxError(`${path}: cannot be unpacked: ${why}`, { cause });
  }
}

async function readable(path: string): Promise<void> {
  const info = await Deno.stat(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot read ${path}: there is no such file`);
  });
  if (info.isDirectory) throw new RangeError(`Cannot read ${path}: it is a directory`);
}

export const jsonLines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const kindOf = (value: unknown) => value === null ? "null" : `a ${typeof value}`;
