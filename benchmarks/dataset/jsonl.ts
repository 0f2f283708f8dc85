import { type Entry, printable } from "./row.ts";

/** A longer line is a mistake (a whole file on one line), and would have to be held in memory. */
const longestLine = 16 * 2 ** 20;
const newline = 0x0a;

/**
 * The lines of a file of JSON lines, blank ones left out, numbered from 1. Lines end in LF or CRLF,
 * the last one may end in neither, and a byte order mark is allowed. Reads as a stream.
 */
export async function* readJsonLines(file: string): AsyncGenerator<Entry> {
  const handle = await Deno.open(file);
  let at = 0;
  let parts: Uint8Array[] = [];
  let size = 0;
  const entry = (): Entry | undefined => {
    at++;
    const problem = size > longestLine ? "line must be at most 16 MiB: it is longer" : undefined;
    const bytes = problem === undefined ? joined(parts, size) : undefined;
    parts = [];
    size = 0;
    return bytes ? parsed(bytes, at) : { at, problem: problem! };
  };
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size <= longestLine) parts.push(part);
    else parts = [];
  };
  for await (const chunk of handle.readable) {
    let from = 0;
    for (let to; (to = chunk.indexOf(newline, from)) >= 0; from = to + 1) {
      add(chunk.subarray(from, to));
      const line = entry();
      if (line) yield line;
    }
    add(chunk.subarray(from));
  }
  const last = size > 0 ? entry() : undefined;
  if (last) yield last;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parsed(bytes: Uint8Array, at: number): Entry | undefined {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { at, problem: "line must be UTF-8: current bytes are not" };
  }
  if (at === 1) text = text.replace(/^\ufeff/, "");
  if (/^[ \t\r]*$/.test(text)) return undefined;
  try {
    return { at, value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser counts lines from the start of this one.
    const why = error.message.replace(/ \(line 1 column \d+\)$/, "");
    return { at, problem: `line must be JSON: ${printable(why)}` };
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
