import { type Content, type Entries, type Entry, LONGEST } from "./entry.ts";
import { printable } from "./show.ts";

const newline = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The lines of a file of JSON lines, blank ones left out, numbered from 1. Lines end in LF or CRLF,
 * the last one may end in neither, and a byte order mark is allowed. Reads as a stream.
 */
export async function* readJsonLines({ bytes }: Pick<Content, "bytes">): Entries {
  let at = 0;
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= LONGEST) parts.push(part);
    else parts = [];
  };
  /** The lines of all that was added. */
  const taken = (): Entry[] => {
    const whole = size <= LONGEST ? joined(parts, size) : undefined;
    [parts, size] = [[], 0];
    if (!whole) {
      return [{ at: ++at, problem: "line must be at most 16 MiB: it is longer" }];
    }
    const found: Entry[] = [];
    for (const text of linesOf(whole)) {
      const entry = typeof text === "string"
        ? parsed(++at === 1 ? text.replace(/^\ufeff/, "") : text, at, "line")
        : { at: ++at, problem: notUtf8("line") };
      if (entry) found.push(entry);
    }
    return found;
  };
  for await (const chunk of bytes()) {
    // A line that began before this chunk is taken by itself: it alone may be too long.
    const first = size > 0 ? chunk.indexOf(newline) + 1 : 0;
    if (size > 0) {
      add(first > 0 ? chunk.subarray(0, first - 1) : chunk);
      if (first === 0) continue;
      yield taken();
    }
    const last = chunk.lastIndexOf(newline);
    if (last >= first) {
      add(chunk.subarray(first, last));
      yield taken();
    }
    add(chunk.subarray(Math.max(first, last + 1)));
  }
  if (size > 0) yield taken();
}

/** Each line's text; undefined where it is not UTF-8. All are decoded at once, which is faster, where all are. */
function linesOf(bytes: Uint8Array): readonly (string | undefined)[] {
  const text = decoded(bytes);
  if (text !== undefined) return text.split("\n");
  const lines: (string | undefined)[] = [];
  for (let from = 0; from <= bytes.length;) {
    const to = bytes.indexOf(newline, from);
    const end = to < 0 ? bytes.length : to;
    lines.push(decoded(bytes.subarray(from, end)));
    from = end + 1;
  }
  return lines;
}

/** The text of bytes; undefined where they are not UTF-8. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

export const notUtf8 = (unit: "line" | "row") => `${unit} must be UTF-8: current bytes are not`;

/** A text of JSON as an entry; nothing where it is blank. */
export function parsed(text: string, at: number, unit: "line" | "row"): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const twice = keyTwice(text, value);
    if (twice === undefined) return { at, value };
    return { at, problem: `${unit} must have each field once: ${printable(twice)} is there twice` };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (/^[ \t\r\n]*$/.test(text)) return undefined;
    const value = withoutNumbersOfPython(text);
    if (value !== undefined) return { at, value, remark: "with NaN or Infinity, read as null" };
    // The parser counts lines from the start of this one.
    const why = error.message.replace(/ \(line 1 column \d+\)$/, "");
    return { at, problem: `${unit} must be JSON: ${printable(why)}` };
  }
}

/** A field that an object has twice, of which the parser keeps the last without a word. */
function keyTwice(text: string, value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const key in value) {
    const name = `"${key}"`;
    const second = text.indexOf(name, text.indexOf(name) + name.length);
    // It may be a value, or a field further in.
    if (second >= 0 && keysOf(text).filter((one) => one === key).length > 1) return name;
  }
  return undefined;
}

/** The fields of the outermost object, in order. */
function keysOf(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (
    const [mark, key] of text.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s*:)|"(?:[^"\\]|\\.)*"|[[{}\]]/g)
  ) {
    if (mark === "{" || mark === "[") depth++;
    else if (mark === "}" || mark === "]") depth--;
    else if (key !== undefined && depth === 1) keys.push(key);
  }
  return keys;
}

/** Python's writer puts NaN and Infinity where JSON has no number: as null they are read. */
function withoutNumbersOfPython(text: string): unknown {
  if (!/\b(NaN|Infinity)\b/.test(text)) return undefined;
  const mended = text.replace(
    /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g,
    (found) => found.startsWith('"') ? found : "null",
  );
  try {
    return JSON.parse(mended);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
