import type { Evaluator, MeasureNeed } from "../core/mod.ts";
import * as all from "./all.ts";

export { exploitability, exploitabilityBy } from "./exploitability.ts";
export { labelAccuracy, labelAuc, type LabelledAnswer, labelMeasures } from "./labelled.ts";

/** What a reader meets first; those that are not named here come after it, in alphabetical order. */
const first = [
  "win-rate",
  "reward",
  "regret",
  "kl",
  "kl-per-token",
  "length",
  "fluency",
  "ranking-accuracy",
  "ranking-accuracy-normalised",
  "reward-accuracy",
  "idealised-ranking-accuracy",
  "calibration-error",
  "calibration-error-scaled",
  "brier",
  "nll",
  "margin",
  "chosen-log-ratio",
  "rejected-log-ratio",
  "distinct-1",
  "distinct-2",
  "self-bleu",
  "entropy",
];
const place = ({ id }: Evaluator) => first.includes(id) ? first.indexOf(id) : first.length;

/** Every evaluator that any testbed can use, in the order in which a reader meets them. */
export const evaluators: readonly Evaluator[] = Object.values(all)
  .sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1));

/** Those that a testbed without these can use: of others it would say the same of every method. */
export const without = (...missing: readonly MeasureNeed[]): readonly Evaluator[] =>
  evaluators.filter(({ needs = [] }) => !missing.some((need) => needs.includes(need)));
