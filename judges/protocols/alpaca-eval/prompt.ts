import { impartial, type Prompts } from "../prompts.ts";

/** One of two, in one token where the server tells probabilities. */
export const wording: Prompts = {
  schema: 1,
  id: "alpaca-eval-prefbench-1",
  pair: {
    system:
      `You compare two answers to one instruction and say which of them most people would rather have been given. ${impartial}`,
    user: "The instruction:\n\n{question}\n\nThe two answers:\n\n{answers}\n\n{verdict}",
  },
  verdict: "json",
};
