import * as stats from "../../../stats/mod.ts";
import type { ArenaAnswer, Metadata } from "./rows.ts";

/** The style of answers, in one unit of length for all of them. */

/** Tokens as the file counts them, or counted here: a token is then a word or a sign. */
export function styleOf(text: string, known?: Metadata): stats.Style {
  if (!known) {
    return { length: [...text.matchAll(/\w+|[^\w\s]/gu)].length, ...stats.markdown(text) };
  }
  const sum = (of: { readonly [name: string]: number }) =>
    Object.values(of).reduce((a, b) => a + b, 0);
  return {
    length: known.token_len,
    headers: sum(known.header_count),
    lists: sum(known.list_count),
    bold: sum(known.bold_count),
  };
}

/** What is known of one model's answers: the texts that are judged, and the rows they come from. */
export interface StyledAnswers {
  readonly model: string;
  readonly answers: ReadonlyMap<string, readonly string[]>;
  readonly rows: readonly ArenaAnswer[];
}

/** How answers look, by model and question. */
export interface Styles {
  /** By model and question. */
  of(model: string, question: string): stats.Style | undefined;
  readonly notes: readonly string[];
}

/**
 * Styles of all models' answers: as files have them where every file has them for every answer, else
 * counted here for all, as tokens of one side and words of the other are no difference of lengths.
 */
export function stylesOf(models: readonly StyledAnswers[]): Styles {
  const lacking = models.map(({ model, rows }) => ({
    model,
    n: rows.filter(({ metadata, text }) => !metadata && text !== null).length,
  })).filter(({ n }) => n > 0);
  const known = lacking.length === 0;
  const some = models.some(({ rows }) => rows.some(({ metadata }) => metadata));
  const found = new Map(models.map(({ model, answers, rows }) => [
    model,
    new Map(rows.flatMap(({ uid, metadata }) => {
      const text = answers.get(uid)?.[0];
      return text === undefined ? [] : [[uid, styleOf(text, known ? metadata : undefined)]];
    })),
  ]));
  return {
    of: (model, question) => found.get(model)?.get(question),
    notes: known || !some ? [] : [
      `Lengths are counted in words and signs for all answers: ${
        lacking.map(({ model, n }) => `${model} has ${n} without a count of tokens`).join(", ")
      }`,
    ],
  };
}
