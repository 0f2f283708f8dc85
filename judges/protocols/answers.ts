import type { Judged } from "../../core/mod.ts";
import { withoutThoughts } from "../thoughts.ts";
import { share } from "./estimates.ts";

/** What a file says that a model answered, and what of it is an answer. */

/** How FastChat and Arena-Hard write that there is none. */
const ERROR = /^\s*(\$ERROR\$|\*\*API REQUEST ERROR\*\*.*)\s*$/s;

export interface AnswerRow {
  /** Of the question. */
  readonly id: string;
  readonly turns: readonly (string | null | undefined)[];
  /** The model was cut off at its limit of tokens. */
  readonly cut?: boolean | undefined;
}

/** Questions by what is wrong with the answer to them. */
export interface Flaws {
  readonly answers: number;
  /** No text, or one that says that there is none. */
  readonly errors: readonly string[];
  readonly empty: readonly string[];
  readonly cut: readonly string[];
  /** Answers from which thoughts were taken off, or that hold some. */
  readonly thoughts: readonly string[];
}

export interface Answers {
  readonly answers: ReadonlyMap<string, readonly string[]>;
  readonly flaws: Flaws;
}

/** Answers by question: turns up to the first error, without thoughts unless `keep`. */
export function answersIn(rows: readonly AnswerRow[], keep: boolean): Answers {
  const answers = new Map<string, readonly string[]>();
  const flaws = {
    ...{ answers: rows.length, errors: [] as string[], empty: [] as string[] },
    ...{ cut: [] as string[], thoughts: [] as string[] },
  };
  for (const { id, turns, cut } of rows) {
    const found: string[] = [];
    const seen = { error: turns.length === 0, empty: false, cut: cut === true, thought: false };
    for (const turn of turns) {
      if (turn === null || turn === undefined || ERROR.test(turn)) {
        seen.error = true;
        break;
      }
      const { text, thought, open } = withoutThoughts(turn);
      seen.thought ||= thought;
      seen.cut ||= open;
      seen.empty ||= text.trim() === "";
      found.push(keep ? turn : text);
    }
    if (found.length > 0) answers.set(id, found);
    if (seen.error) flaws.errors.push(id);
    if (seen.empty) flaws.empty.push(id);
    if (seen.cut) flaws.cut.push(id);
    if (seen.thought) flaws.thoughts.push(id);
  }
  return { answers, flaws };
}

const named = (ids: readonly string[]) =>
  ids.length > 5 ? `${ids.slice(0, 5).join(", ")}, …` : ids.join(", ");

/** What a user is told of a model's answers; nothing where all is well. */
export function flawsNote(
  model: string,
  { answers, errors, empty, cut, thoughts }: Flaws,
  judged: "judged" | "not judged" = "judged",
): string[] {
  const parts = [
    [errors, `are errors or no text${judged === "judged" ? "" : " and left out"}`],
    [empty, "are empty"],
    [cut, "were cut off"],
    [thoughts, "hold thoughts"],
  ] as const;
  const said = parts.filter(([ids]) => ids.length > 0)
    .map(([ids, what]) => `${ids.length} ${what} (${named(ids)})`);
  return said.length === 0 ? [] : [`${model}: of ${answers} answers ${said.join("; ")}`];
}

const measures: Judged["measures"] = {
  "answers-errors": { title: "Answers that are errors or no text", better: "lower" },
  "answers-empty": { title: "Answers that are empty", better: "lower" },
  "answers-cut": { title: "Answers that were cut off", better: "lower" },
  "answers-thoughts": { title: "Answers with thoughts", better: "neither" },
};

/** The same rows with the shares of flawed answers, where a model has any. */
export function withFlaws<F extends Pick<Judged, "measures" | "rows">>(
  figures: F,
  flaws: ReadonlyMap<string, Flaws> | undefined,
): F {
  const all = [...flaws?.values() ?? []];
  const kinds = (["errors", "empty", "cut", "thoughts"] as const)
    .filter((kind) => all.some((one) => one[kind].length > 0));
  if (kinds.length === 0) return figures;
  const idOf = (kind: typeof kinds[number]) => `answers-${kind}`;
  return {
    ...figures,
    measures: {
      ...figures.measures,
      ...Object.fromEntries(kinds.map((kind) => [idOf(kind), measures[idOf(kind)]!])),
    },
    rows: figures.rows.map((row) => {
      const own = flaws!.get(row.model);
      if (!own) return row;
      const found = kinds.map((kind) => [idOf(kind), share(own[kind].length, own.answers)!]);
      return { ...row, estimates: { ...row.estimates, ...Object.fromEntries(found) } };
    }),
  };
}
