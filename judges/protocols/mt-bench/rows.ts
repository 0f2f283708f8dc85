import { z } from "zod";
import type { Question } from "../../../core/mod.ts";
import { numberIn } from "../values.ts";

/** Rows of MT-Bench's files. What is not read may be anything. */

const id = z.union([z.int(), z.string().min(1)], { error: "a whole number or a text" });

/** The schema of a row of questions. */
export const question = z.looseObject({
  question_id: id,
  category: z.string().min(1),
  turns: z.array(z.string()).min(1),
});
const choice = z.looseObject({
  turns: z.array(z.string().nullable()),
  finish_reason: z.unknown().optional(),
});
/** The schema of a row of answers. */
export const answer = z.looseObject({
  question_id: id,
  model_id: z.string().min(1),
  /** The first is judged, as the original does; none is an answer that failed. */
  choices: z.array(choice),
});

/** Who judged and in which wording: a text alone names the judge. */
const by = z.union([
  z.tuple([z.string(), z.string()]),
  z.string().transform((judge): [string, string] => [judge, ""]),
], { error: "a judge and its wording" });
const text = z.string().nullish();
/** The schema of a row of grades. */
export const singleJudgment = z.looseObject({
  question_id: id,
  model: z.string().min(1),
  judge: by,
  judgment: text,
  /** −1 where the judge failed. */
  score: z.preprocess((value) => numberIn(value) ?? -1, z.number()),
  turn: z.int().min(1),
});
const winner = z.enum(["model_1", "model_2", "tie", "error"]);
/** Who won a game, by the original's words. */
export type Winner = z.infer<typeof winner>;
/** The schema of a row of pairs. */
export const pairJudgment = z.looseObject({
  question_id: id,
  model_1: z.string().min(1),
  model_2: z.string().min(1),
  g1_winner: winner,
  g2_winner: winner,
  judge: by,
  g1_judgment: text,
  g2_judgment: text,
  turn: z.int().min(1),
});
/** A row of questions. */
export type MtQuestion = z.infer<typeof question>;
/** A row of answers. */
export type MtAnswer = z.infer<typeof answer>;
/** A row of grades. */
export type SingleJudgment = z.infer<typeof singleJudgment>;
/** A row of pairs. */
export type PairJudgment = z.infer<typeof pairJudgment>;

/** Questions as judges are shown them; `references` are answers in the same file format. */
export function questionsOf(
  rows: readonly MtQuestion[],
  references: readonly MtAnswer[] = [],
): Question[] {
  const known = new Map(references.map((row) => [
    `${row.question_id}`,
    row.choices[0]?.turns.flatMap((turn) => turn ?? []) ?? [],
  ]));
  return rows.map(({ question_id, category, turns }) => {
    const found = known.get(`${question_id}`) ?? [];
    return {
      ...{ id: `${question_id}`, category, turns },
      ...found.length > 0 ? { references: found } : {},
    };
  });
}
