import type { Draw, Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { positive, TWO_PERCENT } from "../../evaluators/scales.ts";

/** What a nat of KL from the start policy costs. */
export const BETA = 1 / 2;

export const valueGap: Measure = {
  id: "value-gap",
  title: "value gap",
  unit: "reward",
  better: "lower",
  within: positive,
  ideal: { value: 0, of: "the optimum at β = 1/2" },
  means: "How far reward less half the KL stays below what the optimum of both has",
  margin: TWO_PERCENT,
  needs: ["gold reward", "answers", "probabilities"],
};

/**
 * J(π*) − J(π) with J(π) = E[reward] − β·KL(π‖start), which is β·KL(π‖π*); `optimum` gives each
 * answer's probability under π*, by action.
 */
export function valueGapBy(optimum: (prompt: Prompt) => readonly number[]): Evaluator {
  const gap = ({ prompt, answers, weights }: Draw): number => {
    const best = optimum(prompt);
    return answers.reduce((sum, y, i) => {
      const p = weights[i]!;
      return p > 0 ? sum + BETA * p * Math.log(p / best[y.tokens[0]!]!) : sum;
    }, 0);
  };
  return {
    ...valueGap,
    async measure(subject) {
      const draws = await subject.draws();
      if (draws.some((draw) => !draw.exact)) {
        return { absent: "A few samples do not give a policy's distance to another" };
      }
      return overPrompts(draws, draws.map(gap));
    },
  };
}
