import { basename } from "node:path";
import { filesOf } from "../../formats/mod.ts";
import { parseTable, separatorOf } from "../../judges/protocols/csv.ts";
import type { UserFiles } from "../../judges/protocols/protocol.ts";
import { type ForeignRow, readDocument, readForeign, readTextFile } from "../disk/rows.ts";
import { parse } from "../disk/schema.ts";

/** Reads files where the user stands: `place` is the whole path of what was typed. */
export function userFiles(
  place: (path: string) => string,
  { keepThoughts = false }: { readonly keepThoughts?: boolean } = {},
): UserFiles {
  const ofFile = async (file: string, numbers: readonly string[]): Promise<ForeignRow[]> => {
    const [, kind] = /\.([ct]sv)(\.\w+)?$/i.exec(file) ?? [];
    if (kind === undefined) return await readForeign(file);
    const text = await readTextFile(file);
    const separator = separatorOf(text, kind.toLowerCase() === "csv" ? "," : "\t");
    return parseTable(text, file, { separator, numbers })
      .map(({ row, place }) => ({ value: row, place }));
  };
  const entries = async (path: string, numbers: readonly string[] = []): Promise<ForeignRow[]> => {
    const all: ForeignRow[] = [];
    for (const file of await filesOf(place(path))) {
      for (const row of await ofFile(file, numbers)) all.push(row);
    }
    return all;
  };
  return {
    keepThoughts,
    entries,
    rows: async (path, schema, numbers) =>
      (await entries(path, numbers)).map(({ value, place }) => parse(schema, value, place)),
    document: (path, schema) => readDocument(place(path), schema),
    text: (path) => readTextFile(place(path)),
    checked: parse,
    place,
    name: (path) => basename(path),
  };
}
