import { Readable } from "node:stream";
import { type Content, type Entry, type Format, SOME } from "./entry.ts";
import { headOf } from "./bytes.ts";
import { reasonOf } from "./show.ts";

/** Tables of text: the first line names the columns, and an empty cell has no value. */
export const csv: Format = {
  extensions: [".csv", ".tsv"],
  async *read(content) {
    const { parse } = await import("csv-parse");
    const delimiter = await delimiterOf(content);
    const source = Readable.from(utf8(content));
    const parser = parse({
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    source.on("error", (error) => parser.destroy(error));
    source.pipe(parser);
    let names: readonly string[] | undefined;
    let next = 1;
    let found: Entry[] = [];
    try {
      for await (const { record, info } of parser as AsyncIterable<Parsed>) {
        const at = next;
        next = info.lines + 1;
        if (!names) names = header(record, content.file);
        else found.push(row(names, record, at));
        if (found.length < SOME) continue;
        yield found;
        found = [];
      }
    } catch (cause) {
      if (cause instanceof SyntaxError) throw cause;
      throw new SyntaxError(`${content.file}: not CSV: ${reasonOf(cause)}`, { cause });
    }
    yield found;
  },
  place: (file, at) => `${file}:${at}`,
};

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** A tab; or a comma, or the semicolon that spreadsheets write where the comma is decimal. */
async function delimiterOf(content: Content): Promise<string> {
  if (content.extension === ".tsv") return "\t";
  const [line = ""] = new TextDecoder().decode(await headOf(content)).split("\n");
  const count = (mark: string) => line.split(mark).length - 1;
  return [",", ";", "\t"].reduce((best, mark) => count(mark) > count(best) ? mark : best);
}

function header(record: readonly string[], file: string): readonly string[] {
  const twice = record.find((name, i) => name !== "" && record.indexOf(name) < i);
  if (twice === undefined) return record;
  throw new SyntaxError(
    `${file}:1: column ${JSON.stringify(twice)} must be there once: it is there twice`,
  );
}

function row(names: readonly string[], record: readonly string[], at: number): Entry {
  if (record.length !== names.length) {
    const problem = `row must have ${names.length} cells as the first line has: it has ` +
      `${record.length}`;
    return { at, problem };
  }
  return {
    at,
    value: Object.fromEntries(
      names.map((name, i) => [name, record[i] === "" ? null : record[i]!] as const)
        .filter(([name]) => name !== ""),
    ),
  };
}

/** The bytes as they are; a SyntaxError where they are not UTF-8, which the parser would not notice. */
async function* utf8({ file, bytes }: Content): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for await (const piece of bytes()) {
    try {
      const text = decoder.decode(piece, { stream: true });
      for (let at = -1; (at = text.indexOf("\n", at + 1)) >= 0;) line++;
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new SyntaxError(`${file}: must be UTF-8: bytes after line ${line} are not`, { cause });
    }
    yield piece;
  }
}
