import type { Answer, Evaluator, Measure } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";

export const marksRight: Measure = {
  id: "marks-right",
  title: "marks right",
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  means: "Share of the marks in a judgement that are right, whatever grade it comes to",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** `right` is the share of an answer's marks that are right. */
export const marksRightBy = (right: (y: Answer) => number): Evaluator => ({
  ...marksRight,
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, draws.map((d) => d.answers.map(right))));
  },
});
