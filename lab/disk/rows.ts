import type { z } from "zod";
import { parse, parseJson } from "./schema.ts";

/** Rows of files that other tools write: a JSON array, or JSON lines. */

/** A SyntaxError names file, line (or row, of an array), field, expected and found. */
export async function readJsonRows<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readTextFile(path);
  if (!path.endsWith(".jsonl")) {
    const value = parseJson(text, path);
    if (!Array.isArray(value)) {
      throw new SyntaxError(`${path}: the whole must be a list of rows: found ${kindOf(value)}`);
    }
    return value.map((row, i) => parse(schema, row, `${path} row ${i + 1}`));
  }
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const place = `${path}:${i + 1}`;
    return [parse(schema, parseJson(line, place), place)];
  });
}

export async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  return parse(schema, parseJson(await readTextFile(path), path), path);
}

export async function readTextFile(path: string): Promise<string> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`Cannot read ${path}: there is no such file`);
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`${path}: not UTF-8 text`);
  }
}

export const jsonLines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const kindOf = (value: unknown) => value === null ? "null" : `a ${typeof value}`;
