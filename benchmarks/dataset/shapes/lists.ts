import { type ColumnFields, type Columns, isRecord, type Said } from "../columns.ts";
import { readNumber } from "../labels.ts";
import { fail, type Findings } from "../text.ts";
import { type Layout, text } from "./shape.ts";

/** Rows of several answers, ranked or scored. */

/** How answers lie in a list of objects: the text, and what it is worth. */
interface Items {
  readonly column: string;
  readonly text: string;
  readonly score: string;
  /** −1 where the least is the best: a rank. */
  readonly sign: 1 | -1;
}

const itemsOf = (id: string, of: string, { column, text: field, score, sign }: Items): Layout => ({
  id,
  of,
  columns: [column],
  fits(row) {
    const list = row.peek(column);
    return Array.isArray(list) && isRecord(list[0]) && field in list[0] && score in list[0];
  },
  read(row) {
    const { path, value } = row.said(column);
    const list = value as readonly unknown[];
    const part = (one: unknown, i: number, name: string): Said =>
      text(`${path}[${i}].${name}`, isRecord(one) ? one[name] : undefined);
    return {
      answers: list.map((one, i) => part(one, i, field)),
      verdict: (findings) => numbers(list.map((one, i) => part(one, i, score)), sign, findings),
    };
  },
});

function numbers(
  said: readonly Said[],
  sign: 1 | -1,
  findings: Findings,
): { scores: readonly number[] } | undefined {
  const found = said.map(({ path, value }) => {
    const score = readNumber(value);
    if (score === undefined) fail(findings, path, "a number", value);
    return score;
  });
  const scores = found.filter((score) => score !== undefined).map((score) => sign * score);
  return scores.length === said.length ? { scores } : undefined;
}

/** A column of answers beside one of numbers, of the first name of each that a row has. */
const beside = (
  id: string,
  of: string,
  answers: readonly string[],
  scores: readonly string[],
  sign: 1 | -1,
): Layout => {
  const first = (row: Columns, names: readonly string[]) =>
    names.find((name) => Array.isArray(row.peek(name)));
  return {
    id,
    of,
    columns: [],
    fits: (row) => first(row, answers) !== undefined && first(row, scores) !== undefined,
    read(row) {
      const list = row.said(first(row, answers)!);
      const values = list.value as readonly unknown[];
      return {
        answers: values.map((one, i) => text(`${list.path}[${i}]`, one)),
        verdict(findings) {
          const { path, value } = row.said(first(row, scores)!);
          const given = value as readonly unknown[];
          if (given.length === values.length) {
            return numbers(given.map((one, i) => text(`${path}[${i}]`, one)), sign, findings);
          }
          fail(findings, path, `as long as "${list.path}", which has ${values.length}`, value);
          return undefined;
        },
      };
    },
  };
};

const answers = ["answers", "generations", "responses", "candidates", "outputs", "completions"];

/** UltraFeedback has a mark an aspect where it lacks one over all. */
const overall = (one: ColumnFields): unknown => one.overall_score ?? one["fine-grained_score"];

export const lists: readonly Layout[] = [
  {
    id: "ultrafeedback",
    of: "UltraFeedback as OpenBMB wrote it",
    columns: ["completions"],
    fits(row) {
      const list = row.peek("completions");
      return Array.isArray(list) && isRecord(list[0]) && "response" in list[0] &&
        overall(list[0]) !== undefined;
    },
    read(row) {
      const { path, value } = row.said("completions");
      const list = (value as readonly unknown[]).map((one) => isRecord(one) ? one : {});
      return {
        answers: list.map((one, i) => text(`${path}[${i}].response`, one.response)),
        verdict: (findings) =>
          numbers(
            list.map((one, i) => text(`${path}[${i}].overall_score`, overall(one))),
            1,
            findings,
          ),
      };
    },
  },
  itemsOf("nectar", "Nectar", { column: "answers", text: "answer", score: "rank", sign: -1 }),
  itemsOf("nemo", "NeMo's ranked completions", {
    column: "completions",
    text: "completion",
    score: "rank",
    sign: -1,
  }),
  itemsOf("stack-exchange", "Stack Exchange's preferences", {
    column: "answers",
    text: "text",
    score: "pm_score",
    sign: 1,
  }),
  beside("ratings", "distilabel, and others", answers, ["scores", "ratings", "rating"], 1),
  beside("ranks", "others", answers, ["ranks", "rank", "ranking"], -1),
];
