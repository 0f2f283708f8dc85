import { parseJson } from "./schema.ts";

/**
 * JSON as other tools write it: NaN and Infinity, which Python writes for numbers that are not there,
 * are null, and whole numbers that a double cannot hold stay what is written, as texts. A
 * SyntaxError names the place of all else that is no JSON.
 */
export function parseForeign(text: string, place: string): unknown {
  const numbers = /\bNaN\b|\bInfinity\b/.test(text) ? withoutNaN(text) : text;
  // Whole numbers beyond 2^53 have sixteen digits or more.
  return /\d{16}/.test(numbers) ? withLargeNumbers(numbers, place) : parseJson(numbers, place);
}

/** The words outside texts, of which JSON knows none, as null. */
function withoutNaN(text: string): string {
  return text.replaceAll(
    /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs,
    (found) => found.startsWith('"') ? found : "null",
  );
}

interface Source {
  readonly source?: string;
}

function withLargeNumbers(text: string, place: string): unknown {
  // Where it is no JSON, the error is the usual one.
  parseJson(text, place);
  return JSON.parse(text, (_key: string, value: unknown, context?: Source) => {
    const digits = context?.source;
    const lost = typeof value === "number" && digits !== undefined && /^-?\d+$/.test(digits) &&
      !Number.isSafeInteger(value);
    return lost ? digits : value;
  });
}
