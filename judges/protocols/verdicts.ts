import { withoutThoughts } from "../thoughts.ts";
import { mirrored } from "./legacy.ts";
import { relaxedObject } from "./relaxed-json.ts";

/**
 * What a judge's reply says, beyond doubt: one verdict, in range, in whatever wrapping, without its
 * thoughts. Two that differ are none.
 */

export * from "./legacy.ts";

/** Verdicts on two answers and on one. */
export type Wanted =
  | { readonly kind: "choice"; readonly labels: readonly string[] }
  | { readonly kind: "grade"; readonly least: number; readonly most: number };

/** Grades of MT-Bench. */
export const GRADES: Wanted = { kind: "grade", least: 1, most: 10 };
/** First better, second better, tie. */
export const PAIR: Wanted = { kind: "choice", labels: ["A", "B", "C"] };
/** The five labels of Arena-Hard, from the first far better to the second far better. */
export const FIVE: Wanted = { kind: "choice", labels: ["A>>B", "A>B", "A=B", "B>A", "B>>A"] };

/** A label, or a grade. */
export type Verdict = string | number;

/** A verdict, or why there is none. */
export type Reading = { readonly verdict: Verdict } | { readonly absent: string };

const nothing = "No verdict ends the reply";

/** The verdict of a reply; `form` is what was asked for. */
export function readReply(
  reply: string,
  wanted: Wanted,
  { mark, ending = true }: {
    /** Verdicts without it are somebody else's. */
    readonly mark?: string | undefined;
    /** Brackets count at the reply's end alone: in its midst they may be half a thought. */
    readonly ending?: boolean;
  } = {},
): Reading {
  const { text } = withoutThoughts(reply);
  const objects = objectsIn(text, wanted, mark);
  const brackets = mark === undefined ? bracketsIn(text, wanted) : [];
  const known = [...objects, ...brackets].flatMap(({ value }) => value ?? []);
  const [verdict, ...others] = new Set(known);
  if (others.length > 0) {
    return { absent: `The reply has different verdicts: ${[verdict, ...others].join(" and ")}` };
  }
  // What stands last must be one: nothing before it stands in for it.
  const object = objects.at(-1);
  const bracket = brackets.at(-1);
  const found = object?.apart
    ? object.value
    : bracket && (bracket.last || !ending)
    ? bracket.value
    : undefined;
  return found === undefined ? { absent: nothing } : { verdict: found };
}

/** Between a reply and the one that was asked for because nobody could read it. */
export const ASKED_AGAIN = "\n\n[asked again]\n\n";

/** The verdict of a reply on record, in whichever form it was asked for. */
export function reread(record: string, wanted: Wanted): Verdict | undefined {
  for (const reply of record.split(ASKED_AGAIN).reverse()) {
    const mark = /["']mark["'] *: *["']([0-9a-f]{16})["']/.exec(reply)?.[1];
    const found = readReply(reply, wanted, { mark, ending: false });
    if ("verdict" in found) return found.verdict;
  }
  return undefined;
}

/** Whether a text that others wrote holds what a parser might take for the judge's verdict. */
export function resemblesVerdict(text: string): boolean {
  return /\[\[[^\[\]\n]{0,40}\]\]|verdict["'\s]*:/i.test(text);
}

interface Said {
  /** Absent where what stands there is out of range, or no verdict at all. */
  readonly value: Verdict | undefined;
}

/** What a verdict may be wrapped in. */
const wrapped = {
  before: /^[\s`*_~>[("']*(json)?[\s`*_~>[("']*$/i,
  after: /^[\s`*_~\])"'.,;]*$/,
} as const;

/** So many objects are looked at, from the end, and so many braces before the word. */
const MOST = { objects: 50, braces: 8 };

/** Objects with a verdict. `apart`: nothing but wrapping stands beside it on its lines, or after it. */
function objectsIn(
  text: string,
  wanted: Wanted,
  mark: string | undefined,
): (Said & { readonly apart: boolean })[] {
  const found = new Map<number, Said & { readonly apart: boolean }>();
  const words = [...text.matchAll(/verdict["']?\s*:/gi)].slice(-MOST.objects);
  for (const { index } of words) {
    let brace = index;
    for (let tries = 0; tries < MOST.braces && brace > 0; tries++) {
      brace = text.lastIndexOf("{", brace - 1);
      if (brace < 0) break;
      const object = relaxedObject(text, brace);
      if (!object || object.end <= index) continue;
      const said = verdictOf(object.fields, wanted, mark);
      if (said) {
        const before = text.slice(text.lastIndexOf("\n", brace) + 1, brace);
        const after = text.slice(object.end);
        const apart = wrapped.after.test(after) ||
          wrapped.before.test(before) && wrapped.after.test(after.split("\n", 1)[0]!);
        found.set(brace, { ...said, apart });
      }
      break;
    }
  }
  return [...found.values()];
}

/** What an object says; undefined where it is no verdict of this request. */
function verdictOf(
  fields: readonly (readonly [string, unknown])[],
  wanted: Wanted,
  mark: string | undefined,
): Said | undefined {
  const of = (wanted: string) =>
    fields.flatMap(([name, value]) => name.toLowerCase() === wanted ? [value] : []);
  const all = of("verdict");
  if (all.length === 0) return undefined;
  if (mark !== undefined && of("mark").at(-1) !== mark) return undefined;
  const [value, ...others] = new Set(all.map((one) => valueOf(one, wanted)));
  return { value: others.length === 0 ? value : undefined };
}

/** All double brackets; `last`: nothing but signs comes after. */
function bracketsIn(text: string, wanted: Wanted): (Said & { readonly last: boolean })[] {
  return [...text.matchAll(/\[\[([^\[\]]*)\]\]/g)].map(({ 0: all, 1: inner, index }) => ({
    value: valueOf(inner, wanted),
    last: /^[\s.*"'`]*$/.test(text.slice(index + all.length)),
  }));
}

/** A grade or a label as it is written, whatever its capitals, quotes and brackets. */
function valueOf(said: unknown, wanted: Wanted): Verdict | undefined {
  if (wanted.kind === "grade") {
    const grade = typeof said === "number"
      ? said
      : typeof said === "string" && /^\s*\d+(\.\d+)?\s*$/.test(said)
      ? Number(said)
      : NaN;
    return grade >= wanted.least && grade <= wanted.most ? grade : undefined;
  }
  if (typeof said !== "string") return undefined;
  const label = said.replaceAll("&gt;", ">").replaceAll("&lt;", "<").toUpperCase()
    .replaceAll(/[\s"'`*]|^\[+|\]+$/g, "");
  const whole = label === "TIE" ? ["C", "A=B"] : [mirrored(label)];
  return whole.find((one) => wanted.labels.includes(one));
}
