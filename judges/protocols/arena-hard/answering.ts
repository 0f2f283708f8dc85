import { fingerprint } from "../../../core/mod.ts";
import type { Answering } from "../answering.ts";
import { category } from "./options.ts";
import { question, questionsOf } from "./rows.ts";

/** Without the original's counts of tokens, which are of one tokenizer of OpenAI's: style is then counted here. */
export const answering: Answering = {
  tokens: 4096,
  temperature: () => 0,
  async questions(path, given, read) {
    const wanted = given.get(category);
    return questionsOf(await read.rows(path, question))
      .filter((one) => wanted === undefined || one.category === wanted)
      .map((question) => ({ question, row: { uid: question.id } }));
  },
  written: (model, answers) =>
    answers.map(({ row, question, turns, cut }) => ({
      ...row,
      ans_id: fingerprint([model, row, turns]).slice(0, 22),
      model,
      messages: [
        { role: "user", content: question.turns[0] },
        { role: "assistant", content: { answer: turns[0] } },
      ],
      ...cut ? { finish_reason: "length" } : {},
    })),
};
