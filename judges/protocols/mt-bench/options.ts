import { file, files, shared } from "../options.ts";
import { jury } from "../panel.ts";

/** What MT-Bench alone is given. */

export const references = file(
  "references",
  "judged",
  "reference answers of MT-Bench, in its format of answers",
);
export const human = files(
  "human",
  "recorded",
  "people's votes on pairs of MT-Bench, in FastChat's format: how far the judge agrees with them",
);

export const options = [
  ...[shared.answers, shared.baseline, shared.questions, references],
  ...[shared.judgments, jury, human, shared.mode, shared.orders],
] as const;
