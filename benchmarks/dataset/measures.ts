import { type Evaluator, type Lacks, type Measure } from "../../core/mod.ts";
import {
  evaluators,
  labelAccuracy,
  labelAuc,
  type LabelledAnswer,
  labelMeasures,
} from "../../evaluators/mod.ts";
import type { Encoded } from "./encode.ts";

type Kind = Encoded["facts"]["kind"];

/** What rows of any kind can be measured by. */
export const cards: readonly Measure[] = [labelAuc, labelAccuracy, ...evaluators];

/** What can be measured of rows of this kind. */
export const measures = (kind: Kind): readonly Measure[] =>
  kind === "unpaired" ? cards : evaluators;

export const measured = (kind: Kind, labelled: readonly LabelledAnswer[]): readonly Evaluator[] =>
  kind === "unpaired" ? [...labelMeasures(labelled), ...evaluators] : evaluators;

const noGold = "A user's rows label their own answers, and there is no gold reward to judge others";

/** What measures cannot be given by rows of this kind, of which so many pairs and prompts are held out. */
export function lacks(kind: Kind, comparisons: number, prompts: number): Lacks {
  const truth = { "gold reward": noGold, "true preferences": noGold, oracle: noGold };
  if (prompts === 0) {
    const nothing = "Nothing is held out, as all rows ask one question";
    return { ...truth, comparisons: nothing, answers: nothing, labels: nothing };
  }
  if (comparisons > 0) return truth;
  return {
    ...truth,
    comparisons: kind === "unpaired"
      ? "The rows are unpaired, and no held-out prompt has both a good and a bad answer"
      : "The two answers of every held-out pair are the same",
  };
}
