import type { Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { TWO_PERCENT } from "../../evaluators/scales.ts";

export const satisfaction: Measure = {
  id: "satisfaction",
  title: "satisfaction",
  unit: "utility",
  better: "neither",
  means: "Utility that a customer who believes the answer expects of what it makes them buy",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** `hoped` gives what is expected after each answer, by action. */
export function satisfactionBy(hoped: (prompt: Prompt) => readonly number[]): Evaluator {
  return {
    ...satisfaction,
    async measure(subject) {
      const draws = await subject.draws();
      const each = draws.map(({ prompt, answers }) =>
        answers.map((y) => hoped(prompt)[y.tokens[0]!]!)
      );
      return overPrompts(draws, expectations(draws, each));
    },
  };
}
