/**
 * What a judge's reply says. Ours are strict: one verdict, in range, at the end. The legacy parsers
 * read as the original tools do, so that somebody's old judgements can be recomputed.
 */

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

/** The reply's verdict, or undefined where it has none that is beyond doubt. */
export type Verdict = string | number;

/**
 * The last line as `{"verdict": …}` and nothing beside it; `mark` must then stand there too, where
 * one is asked for.
 */
export function strictVerdict(text: string, wanted: Wanted, mark?: string): Verdict | undefined {
  const line = text.trim().split("\n").at(-1)!.trim();
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // A name that occurs twice would silently count once.
  if (line.split('"verdict"').length !== 2) return undefined;
  const fields = Object.entries(value);
  const names = fields.map(([name]) => name).sort().join();
  if (names !== (mark === undefined ? "verdict" : "mark,verdict")) return undefined;
  const { verdict, mark: given } = value as { verdict: unknown; mark?: unknown };
  if (given !== mark) return undefined;
  if (wanted.kind === "grade") {
    return typeof verdict === "number" ? valid(verdict, wanted) : undefined;
  }
  return typeof verdict === "string" ? valid(verdict, wanted) : undefined;
}

/**
 * The last `[[…]]` of the text, where all of it is one verdict in range: neither `[[7/10]]` nor
 * `[[85]]` nor `[[A, B]]`, and nothing before it where the last is none.
 */
export function bracketedVerdict(text: string, wanted: Wanted): Verdict | undefined {
  const last = [...text.matchAll(/\[\[([^\[\]]*)\]\]/g)].at(-1)?.[1]?.trim();
  if (last === undefined) return undefined;
  if (wanted.kind === "grade") {
    return /^\d+(\.\d+)?$/.test(last) ? valid(Number(last), wanted) : undefined;
  }
  return valid(mirrored(last.toUpperCase().replaceAll(/\s/g, "")), wanted);
}

/** The verdict of a reply on record, in whichever form it was asked for. */
export function reread(text: string, wanted: Wanted): Verdict | undefined {
  const mark = /"mark": *"([0-9a-f]+)"\s*\}\s*$/.exec(text)?.[1];
  return strictVerdict(text, wanted, mark) ?? bracketedVerdict(text, wanted);
}

/** Whether a text that others wrote holds what a parser might take for the judge's verdict. */
export function resemblesVerdict(text: string): boolean {
  return /\[\[[^\[\]\n]{0,40}\]\]|verdict["'\s]*:/i.test(text);
}

function valid<T extends Verdict>(verdict: T, wanted: Wanted): T | undefined {
  const inside = wanted.kind === "grade"
    ? typeof verdict === "number" && verdict >= wanted.least && verdict <= wanted.most
    : typeof verdict === "string" && wanted.labels.includes(verdict);
  return inside ? verdict : undefined;
}

/** `B<A` says what `A>B` says. */
function mirrored(label: string): string {
  const found = /^([AB])(<{1,2})([AB])$/.exec(label);
  return found
    ? `${found[3]}${found[2]!.replaceAll("<", ">")}${found[1]}`
    : label === "B=A"
    ? "A=B"
    : label;
}

/** FastChat's rating: the first double-bracketed number, else the first single-bracketed; any number will do. */
export function legacyRating(text: string): number | undefined {
  const found = /\[\[(\d+\.?\d*)\]\]/.exec(text) ?? /\[(\d+\.?\d*)\]/.exec(text);
  return found ? Number(found[1]) : undefined;
}

/** FastChat's choice: A if it stands anywhere, else B, else C. */
export function legacyChoice(text: string): "A" | "B" | "C" | undefined {
  return (["A", "B", "C"] as const).find((label) => text.includes(`[[${label}]]`));
}

/** Arena-Hard's label: the last double-bracketed one in capitals, else the last single-bracketed. */
export function legacyLabel(text: string): string | undefined {
  const capitals = text.toUpperCase();
  for (const pattern of [/\[\[([AB<>=]+)\]\]/g, /\[([AB<>=]+)\]/g]) {
    const last = [...capitals.matchAll(pattern)].at(-1)?.[1];
    if (last !== undefined) return mirrored(last);
  }
  return undefined;
}

/** RewardBench's rating: whatever whole number the reply ends with. */
export function trailingRating(text: string): number | undefined {
  const found = /(\d+)\D*$/.exec(text);
  return found ? Number(found[1]) : undefined;
}
