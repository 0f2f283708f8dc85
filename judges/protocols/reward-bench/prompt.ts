import { pairSystem, type Prompts, shownUser, singleSystem } from "../prompts.ts";

export const wording: Prompts = {
  schema: 1,
  id: "reward-bench-prefbench-1",
  pair: { system: pairSystem, user: shownUser },
  single: { system: singleSystem, user: shownUser },
  verdict: "json",
};
