import { impartial, type Prompts } from "../prompts.ts";

export const wording: Prompts = {
  schema: 1,
  id: "arena-hard-prefbench-2",
  pair: {
    system:
      `You judge two assistants, A and B, on a hard request of a user. First write down how you would answer it yourself; then compare both with that: mistakes first, then whether they do what was asked, then whether something important is missing. ${impartial}`,
    user: "The request:\n\n{question}\n\n{answers}\n\n{verdict}",
  },
  categories: {
    // Of a story there is no answer of one's own to hold the others against.
    creative_writing: {
      pair: {
        system:
          `You judge two assistants, A and B, on a user's request for a piece of writing. Compare them: mistakes first, then whether they do what was asked, then how original, vivid and well made they are, then whether something is missing. ${impartial}`,
        user: "The request:\n\n{question}\n\n{answers}\n\n{verdict}",
      },
    },
  },
  verdict: "json",
};
