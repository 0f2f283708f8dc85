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

/** Values as JSON has them: whole numbers that a double cannot hold are texts. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : `${value}`;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
