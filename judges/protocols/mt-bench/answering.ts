import { fingerprint } from "../../../core/mod.ts";
import type { Answering } from "../answering.ts";
import { question, questionsOf } from "./rows.ts";

/** As FastChat answers: what is to be written is drawn, and what is right or wrong is not. */
const temperatures: { readonly [category: string]: number } = {
  writing: 0.7,
  roleplay: 0.7,
  stem: 0.1,
  humanities: 0.1,
};

export const answering: Answering = {
  tokens: 1024,
  temperature: ({ category = "" }) => temperatures[category] ?? 0,
  async questions(path, _given, read) {
    const rows = await read.rows(path, question);
    return questionsOf(rows).map((question, i) => ({
      question,
      row: { question_id: rows[i]!.question_id },
    }));
  },
  written: (model_id, answers) =>
    answers.map(({ row, turns, cut }) => ({
      ...row,
      answer_id: fingerprint([model_id, row, turns]).slice(0, 22),
      model_id,
      choices: [{ index: 0, turns, ...cut ? { finish_reason: "length" } : {} }],
    })),
};
