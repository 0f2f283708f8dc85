import { extname } from "node:path";
import { createHash } from "node:crypto";
import { readJsonLines } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";
import {
  type Dialogue,
  type Entry,
  readRow,
  readScorable,
  type Row,
  type Scorable,
} from "./row.ts";

const readers: { readonly [extension: string]: (file: string) => AsyncGenerator<Entry> } = {
  ".jsonl": readJsonLines,
  ".parquet": readParquet,
};

/** Problems that an error spells out; the rest are counted. */
const spelledOut = 5;

/**
 * Yields the rows of a `.jsonl` or `.parquet` file in order, in bounded memory. All rows are of one
 * kind. A bad file is read to its end before a SyntaxError names the first problems, by line (row
 * of a Parquet file) and field, and counts the rest.
 */
export function readRows(file: string, dialogue?: Dialogue): AsyncGenerator<Row> {
  return readKind(file, (value, problems) => readRow(value, problems, dialogue));
}

/** As `readRows`, of answers to be scored. */
export function readScorables(file: string, dialogue: Dialogue): AsyncGenerator<Scorable> {
  return readKind(file, (value, problems) => readScorable(value, problems, dialogue));
}

async function* readKind<R extends { readonly kind: keyof typeof described }>(
  file: string,
  read: (value: unknown, problems: string[]) => R | undefined,
): AsyncGenerator<R> {
  const reader = readers[extname(file).toLowerCase()];
  if (!reader) {
    throw new RangeError(`Cannot read ${file}: a dataset is a .jsonl or a .parquet file`);
  }
  await checkReadable(file);

  const problems: string[] = [];
  let found = 0;
  let first: { readonly at: number; readonly kind: R["kind"] } | undefined;
  let empty = true;
  for await (const entry of reader(file)) {
    empty = false;
    const here = "problem" in entry ? [entry.problem] : [];
    const row = "problem" in entry ? undefined : read(entry.value, here);
    if (row) {
      first ??= { at: entry.at, kind: row.kind };
      if (row.kind !== first.kind) {
        here.push(
          `row must be ${described[first.kind]} as ${file}:${first.at} is: ` +
            `current row is ${described[row.kind]}`,
        );
      }
    }
    found += here.length;
    for (const problem of here.slice(0, spelledOut - problems.length)) {
      problems.push(`${file}:${entry.at}: ${problem}`);
    }
    if (row && found === 0) yield row;
  }
  if (empty) throw new SyntaxError(`Cannot use ${file}: it holds no rows`);
  if (found > problems.length) problems.push(`${file}: ${found - problems.length} more problems`);
  if (found > 0) throw new SyntaxError(problems.join("\n"));
}

const described = {
  pair: 'a pair ("chosen" and "rejected")',
  unpaired: 'an unpaired answer ("completion" and "label")',
  answer: 'an answer ("answer", "completion" or "response")',
} as const;

/** SHA-256 of the file's bytes, in hexadecimal. */
export async function fingerprint(file: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await Deno.open(file);
  for await (const chunk of handle.readable) hash.update(chunk);
  return hash.digest("hex");
}

async function checkReadable(file: string): Promise<void> {
  try {
    const info = await Deno.stat(file);
    if (!info.isFile) {
      throw new TypeError(
        `Cannot read ${file}: it must be a file: it is a ${
          info.isDirectory ? "directory" : "device"
        }`,
      );
    }
    (await Deno.open(file)).close();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new Deno.errors.NotFound(`Cannot read ${file}: there is no such file`, { cause });
    }
    if (
      cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable
    ) {
      throw new Deno.errors.PermissionDenied(`Cannot read ${file}: permission denied`, { cause });
    }
    throw cause;
  }
}
