import { z } from "zod";
import type { Answering } from "../answering.ts";
import { idsOf, questionOf } from "./rows.ts";

const row = z.looseObject({
  instruction: z.string().min(1),
  input: z.string().nullish(),
  dataset: z.string().nullish(),
});

/** Of AlpacaEval's instructions; a file of outputs holds them as well. */
export const answering: Answering = {
  tokens: 2048,
  temperature: () => 0,
  async questions(path, _given, read) {
    const rows = await read.rows(path, row);
    const ids = idsOf(rows);
    return rows.map(({ instruction, input, dataset }, i) => ({
      question: { id: ids[i]!, turns: [questionOf({ instruction, input })] },
      row: {
        ...dataset ? { dataset } : {},
        instruction,
        ...input ? { input } : {},
      },
    }));
  },
  written: (generator, answers) =>
    `${
      JSON.stringify(
        answers.map(({ row, turns: [output], cut }) => ({
          ...row,
          output,
          generator,
          ...cut ? { finish_reason: "length" } : {},
        })),
        null,
        2,
      )
    }\n`,
};
