import type { Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { overPrompts } from "../../evaluators/estimate.ts";

/** The expectation of a number that each answer has, by action. */
export function expectedBy(card: Measure, of: (prompt: Prompt) => readonly number[]): Evaluator {
  return {
    ...card,
    async measure(subject) {
      const draws = await subject.draws();
      const each = draws.map(({ prompt, answers }) =>
        answers.map((y) => of(prompt)[y.tokens[0]!]!)
      );
      return overPrompts(draws, expectations(draws, each));
    },
  };
}
