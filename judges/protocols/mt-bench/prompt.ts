import { pairSystem, type Prompts, shownUser, singleSystem } from "../prompts.ts";

const referenced =
  "What the user said:\n\n{question}\n\nA reference answer, which is right:\n\n{references}\n\n{answers}\n\nFind the mistakes by holding it against the reference, and explain in a few sentences. {verdict}";

export const wording: Prompts = {
  schema: 1,
  id: "mt-bench-prefbench-1",
  pair: { system: pairSystem, user: shownUser },
  single: { system: singleSystem, user: shownUser },
  pairReferenced: { system: pairSystem, user: referenced },
  singleReferenced: { system: singleSystem, user: referenced },
  verdict: "json",
};
