/** Values as errors show them: short, whatever they are, and harmless to a terminal. */

/** Most characters of a value. */
const MOST = 60;

/** JSON of at most 60 characters; the rest, and what is nested too deep to follow, is left out. */
export function shown(value: unknown): string {
  const text = brief(value, 2 * MOST);
  return printable(text.length > MOST ? `${text.slice(0, MOST).toWellFormed()}…` : text);
}

/** The first characters of a value's JSON, about `room` of them: no more of it is looked at. */
function brief(value: unknown, room: number): string {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, room));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  if (room <= 0) return "…";
  const parts: string[] = [];
  let left = room - 2;
  const add = (part: string): boolean => {
    parts.push(part);
    left -= part.length + 1;
    return left > 0;
  };
  if (Array.isArray(value)) {
    value.every((one) => add(brief(one, left - 1)));
    return `[${parts.join()}]`;
  }
  Object.entries(value).every(([name, one]) => {
    const key = JSON.stringify(name.slice(0, room));
    return add(`${key}:${brief(one, left - key.length - 1)}`);
  });
  return `{${parts.join()}}`;
}

/** Names as a list, of which a reader needs more than a few characters: the first twenty. */
export function shownNames(names: Iterable<string>): string {
  const all = [...names];
  const first = all.slice(0, 20).map((name) => printable(JSON.stringify(name.slice(0, MOST))));
  return `[${first.join()}${all.length > first.length ? ",…" : ""}]`;
}

/** The text with control and direction characters as escapes, so that data cannot act on a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${c.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** The reason that was thrown, for a message. */
export const reasonOf = (thrown: unknown): string =>
  printable(thrown instanceof Error ? thrown.message : `${thrown}`);
