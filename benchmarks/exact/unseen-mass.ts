import type { Evaluator, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";

/** The probability of answers that the data never, or hardly ever, hold; `unseen` says which, by action. */
export function unseenMass(unseen: (prompt: Prompt) => readonly boolean[]): Evaluator {
  return {
    id: "unseen-mass",
    title: "Mass outside the data",
    unit: "probability",
    better: "lower",
    needs: ["answers"],
    async measure(subject) {
      const draws = await subject.draws();
      const outside = draws.map(({ prompt, answers }) =>
        answers.map((y) => unseen(prompt)[y.tokens[0]!]! ? 1 : 0)
      );
      return overPrompts(draws, expectations(draws, outside));
    },
  };
}
