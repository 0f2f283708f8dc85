/** Objects as models write them: JSON, and what is beyond doubt though it is none. */

/** The fields of an object in their order, and where in the text it ends. */
export interface Relaxed {
  readonly fields: readonly (readonly [string, unknown])[];
  readonly end: number;
}

/** Deeper ones are no verdict. */
const DEEPEST = 8;

/**
 * The object that begins at `from`: in JSON, or with single quotes, names without quotes, Python's
 * words and a comma too many. Undefined where there is none.
 */
export function relaxedObject(text: string, from: number): Relaxed | undefined {
  const found = objectAt(text, from, DEEPEST);
  return found && { fields: found.value, end: found.end };
}

interface Found<T> {
  readonly value: T;
  readonly end: number;
}

const space = /\s*/y;
const word = /[A-Za-z_][\w-]*/y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const texts = {
  '"': /"([^"\\]*(?:\\[^][^"\\]*)*)"/y,
  "'": /'([^'\\]*(?:\\[^][^'\\]*)*)'/y,
} as const;
const words: { readonly [word: string]: boolean | null } = {
  ...{ true: true, True: true, false: false, False: false, null: null, None: null },
};

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
const skip = (text: string, at: number): number => at + match(space, text, at)![0].length;

function objectAt(
  text: string,
  from: number,
  depth: number,
): Found<[string, unknown][]> | undefined {
  if (text[from] !== "{" || depth === 0) return undefined;
  const value: [string, unknown][] = [];
  for (let at = skip(text, from + 1);;) {
    if (text[at] === "}") return { value, end: at + 1 };
    const name = textAt(text, at) ?? plain(match(word, text, at));
    if (!name) return undefined;
    at = skip(text, name.end);
    if (text[at] !== ":") return undefined;
    const found = valueAt(text, skip(text, at + 1), depth);
    if (!found) return undefined;
    value.push([name.value, found.value]);
    at = skip(text, found.end);
    if (text[at] === ",") at = skip(text, at + 1);
    else if (text[at] !== "}") return undefined;
  }
}

function listAt(text: string, from: number, depth: number): Found<unknown[]> | undefined {
  if (text[from] !== "[" || depth === 0) return undefined;
  const value: unknown[] = [];
  for (let at = skip(text, from + 1);;) {
    if (text[at] === "]") return { value, end: at + 1 };
    const found = valueAt(text, at, depth);
    if (!found) return undefined;
    value.push(found.value);
    at = skip(text, found.end);
    if (text[at] === ",") at = skip(text, at + 1);
    else if (text[at] !== "]") return undefined;
  }
}

function valueAt(text: string, at: number, depth: number): Found<unknown> | undefined {
  const inner = objectAt(text, at, depth - 1) ?? listAt(text, at, depth - 1) ?? textAt(text, at);
  if (inner) return inner;
  const digits = plain(match(number, text, at));
  if (digits) return { ...digits, value: Number(digits.value) };
  const found = plain(match(word, text, at));
  return found && Object.hasOwn(words, found.value)
    ? { ...found, value: words[found.value] }
    : undefined;
}

function textAt(text: string, at: number): Found<string> | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return undefined;
  const found = match(texts[quote], text, at);
  if (!found) return undefined;
  const value = found[1]!.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|([^]))/g,
    (_, hex: string | undefined, other: string) =>
      hex === undefined ? escapes[other] ?? other : String.fromCharCode(parseInt(hex, 16)),
  );
  return { value, end: at + found[0].length };
}

const escapes: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t" };

const plain = (found: RegExpExecArray | null): Found<string> | undefined =>
  found ? { value: found[0], end: found.index + found[0].length } : undefined;
