import { basename } from "node:path";
import type { UserFiles } from "../../judges/protocols/protocol.ts";
import { readDocument, readForeignRows, readTextFile } from "../disk/rows.ts";
import { parse } from "../disk/schema.ts";

/** Reads files where the user stands: `place` is the whole path of what was typed. */
export const userFiles = (place: (path: string) => string): UserFiles => ({
  rows: (path, schema) => readForeignRows(place(path), schema),
  document: (path, schema) => readDocument(place(path), schema),
  text: (path) => readTextFile(place(path)),
  checked: parse,
  place,
  name: (path) => basename(path),
});
