import type { z } from "zod";
import { jsonText } from "../../core/mod.ts";
import { bytesOf, isColumnar, readFiles } from "../../formats/mod.ts";
import { parseForeign, plain } from "./foreign-json.ts";
import { parse, parseJson } from "./schema.ts";

/** Rows of files that other tools write: JSON, JSON lines, Parquet or Arrow, whatever the file is called. */

/** A row as it stands in the file, with the place that errors name. */
export interface ForeignRow {
  readonly value: unknown;
  /** `file:line`, or `file row n`. */
  readonly place: string;
}

/**
 * The rows of a list in JSON, of JSON lines, or of a Parquet or Arrow file, told by the content; what
 * is compressed is unpacked. A SyntaxError names file and line where it is none of them.
 */
export async function readForeign(path: string): Promise<ForeignRow[]> {
  await readable(path);
  if (await isColumnar(path)) return await columns(path);
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

async function columns(path: string): Promise<ForeignRow[]> {
  const rows: ForeignRow[] = [];
  for await (const { entries, place } of readFiles([path])) {
    for (const entry of entries) {
      const at = place(entry.at);
      if ("problem" in entry) throw new SyntaxError(`${at}: ${entry.problem}`);
      rows.push({ value: plain(entry.value), place: at });
    }
  }
  return rows;
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
  const bytes = await bytesOf(path);
  try {
    // A byte order mark is left out.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`${path}: not UTF-8 text`);
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
  rows.map((row, i) => `${jsonText(row, `row ${i + 1}`)}\n`).join("");

const kindOf = (value: unknown) => value === null ? "null" : `a ${typeof value}`;
