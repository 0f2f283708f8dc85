import type { Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";

export const unseenMass: Measure = {
  id: "unseen-mass",
  title: "mass outside the data",
  unit: "probability",
  better: "lower",
  within: share,
  means: "Probability of answers that the data never, or hardly ever, hold",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** The probability of answers that the data never, or hardly ever, hold; `unseen` says which, by action. */
export function unseenMassBy(unseen: (prompt: Prompt) => readonly boolean[]): Evaluator {
  return {
    ...unseenMass,
    async measure(subject) {
      const draws = await subject.draws();
      const outside = draws.map(({ prompt, answers }) =>
        answers.map((y) => unseen(prompt)[y.tokens[0]!]! ? 1 : 0)
      );
      return overPrompts(draws, expectations(draws, outside));
    },
  };
}
