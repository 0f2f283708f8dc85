import * as stats from "../../../stats/mod.ts";
import { type Option, shared } from "../options.ts";
import { jury } from "../panel.ts";

/** What Arena-Hard alone is given. */

export const ties: Option<stats.Ties> = {
  name: "ties",
  value: "<model>",
  part: "verdicts",
  help: "Arena-Hard's ratings: ties are half wins, or outcomes of their own",
  choices: stats.tieModels,
};
export const category: Option<string> = {
  name: "category",
  value: "<name>",
  part: "judged",
  help: "Arena-Hard's questions of this category alone, as hard_prompt or creative_writing",
};

export const options = [
  ...[shared.answers, shared.baseline, shared.questions, category],
  ...[shared.judgments, jury, shared.orders, ties],
] as const;
