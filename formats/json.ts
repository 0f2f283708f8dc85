import { type Content, type Entries, type Entry, type Format, LONGEST, SOME } from "./entry.ts";
import { headOf } from "./bytes.ts";
import { decoded, joined, notUtf8, parsed, readJsonLines } from "./jsonl.ts";

/**
 * JSON, whatever the file is called: a list of rows, rows over several lines, or a row a line. Lists
 * are read as streams too.
 */
export const json: Format = {
  extensions: [".jsonl", ".json", ".ndjson", ".jsonlines"],
  async *read(content) {
    const head = new TextDecoder().decode(await headOf(content)).replace(/^\ufeff/, "");
    if (/^\s*\[/.test(head)) yield* readValues(content, "list");
    else if (/^\s*\{[ \t\r]*\n/.test(head)) yield* readValues(content, "sequence");
    else yield* readJsonLines(content);
  },
  place: (file, at) => `${file}:${at}`,
};

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opens = new Set([0x5b, 0x7b]);
const closes = new Set([0x5d, 0x7d]);
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/**
 * The values of a list, or values one after the other, each by the line it begins on. Only brackets
 * and quotes are looked at, to find where a value ends.
 */
async function* readValues({ bytes }: Content, form: "list" | "sequence"): Entries {
  const outer = form === "list" ? 1 : 0;
  let [depth, line, began] = [0, 1, 1];
  let [inString, escaped, closed] = [false, false, false];
  let parts: Uint8Array[] = [];
  let size = 0;
  let found: Entry[] = [];
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= LONGEST) parts.push(part);
    else parts = [];
  };
  const end = () => {
    if (size > LONGEST) {
      found.push({ at: began, problem: "row must be at most 16 MiB: it is longer" });
    } else {
      const text = decoded(joined(parts, size));
      const entry = text === undefined
        ? { at: began, problem: notUtf8("row") }
        : parsed(text, began, "row");
      if (entry) found.push(entry);
    }
    [parts, size] = [[], 0];
  };
  let first = true;
  for await (const chunk of bytes()) {
    // Where the value under way begins in this chunk; -1 between values.
    let from = size > 0 ? 0 : -1;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === 0x0a) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
        continue;
      }
      if (first && !isSpace(byte) && byte < 0x80) {
        first = false;
        // The list's own bracket.
        if (form === "list") {
          depth = 1;
          continue;
        }
      } else if (first) continue;
      if (depth === outer && form === "list" && (byte === comma || closes.has(byte))) {
        if (from >= 0) add(chunk.subarray(from, i));
        if (size > 0) end();
        from = -1;
        if (byte !== comma) [depth, closed] = [0, true];
        continue;
      }
      if (from < 0) {
        if (isSpace(byte)) continue;
        [from, began] = [i, line];
      }
      if (byte === quote) inString = true;
      else if (opens.has(byte)) depth++;
      else if (closes.has(byte) && --depth === outer && form === "sequence") {
        add(chunk.subarray(from, i + 1));
        end();
        from = -1;
      }
    }
    if (from >= 0) add(chunk.subarray(from));
    if (found.length >= SOME) {
      yield found;
      found = [];
    }
  }
  if (size > 0) end();
  if (form === "list" && !closed) {
    found.push({ at: line, problem: 'list must end with "]": the file ends before, cut short' });
  }
  yield found;
}
