import type { Evaluator, MeasureNeed } from "../core/mod.ts";
import brier from "./brier.ts";
import calibrationErrorScaled from "./calibration-error-scaled.ts";
import calibrationError from "./calibration-error.ts";
import { distinct1, distinct2 } from "./distinct.ts";
import entropy from "./entropy.ts";
import fluency from "./fluency.ts";
import idealisedRankingAccuracy from "./idealised-ranking-accuracy.ts";
import klPerToken from "./kl-per-token.ts";
import kl from "./kl.ts";
import length from "./length.ts";
import { chosenLogRatio, rejectedLogRatio } from "./log-ratios.ts";
import margin from "./margin.ts";
import nll from "./nll.ts";
import rankingAccuracyNormalised from "./ranking-accuracy-normalised.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import regret from "./regret.ts";
import rewardAccuracy from "./reward-accuracy.ts";
import reward from "./reward.ts";
import selfBleu from "./self-bleu.ts";
import winRate from "./win-rate.ts";

export { exploitability, exploitabilityBy } from "./exploitability.ts";
export { labelAccuracy, labelAuc, type LabelledAnswer, labelMeasures } from "./labelled.ts";

/** Every evaluator that any testbed can use, in the order in which a reader meets them. */
export const evaluators: readonly Evaluator[] = [
  winRate,
  reward,
  regret,
  kl,
  klPerToken,
  length,
  fluency,
  rankingAccuracy,
  rankingAccuracyNormalised,
  rewardAccuracy,
  idealisedRankingAccuracy,
  calibrationError,
  calibrationErrorScaled,
  brier,
  nll,
  margin,
  chosenLogRatio,
  rejectedLogRatio,
  distinct1,
  distinct2,
  selfBleu,
  entropy,
];

/** Those that a testbed without these can use: of others it would say the same of every method. */
export const without = (...missing: readonly MeasureNeed[]): readonly Evaluator[] =>
  evaluators.filter(({ needs = [] }) => !missing.some((need) => needs.includes(need)));
