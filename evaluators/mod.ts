import type { Evaluator, MeasureNeed } from "../core/mod.ts";
import * as all from "./all.ts";

export { exploitability, exploitabilityBy } from "./exploitability.ts";
export { labelAccuracy, labelAuc, type LabelledAnswer, labelMeasures } from "./labelled.ts";

/** What a reader meets first; those that are not named here come after it, in alphabetical order. */
const first: readonly Evaluator[] = [
  all.winRate,
  all.reward,
  all.regret,
  all.kl,
  all.klPerToken,
  all.length,
  all.fluency,
  all.rankingAccuracy,
  all.rankingAccuracyNormalised,
  all.rewardAccuracy,
  all.idealisedRankingAccuracy,
  all.calibrationError,
  all.calibrationErrorScaled,
  all.brier,
  all.nll,
  all.margin,
  all.chosenLogRatio,
  all.rejectedLogRatio,
  all.distinct1,
  all.distinct2,
  all.selfBleu,
  all.entropy,
];
const place = (one: Evaluator) => first.includes(one) ? first.indexOf(one) : first.length;

/** Every evaluator that any testbed can use, in the order in which a reader meets them. */
export const evaluators: readonly Evaluator[] = Object.values(all)
  .sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1));

/** Those that a testbed without these can use: of others it would say the same of every method. */
export const without = (...missing: readonly MeasureNeed[]): readonly Evaluator[] =>
  evaluators.filter(({ needs = [] }) => !missing.some((need) => needs.includes(need)));
