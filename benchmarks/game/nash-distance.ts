import type { Draw, Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";

export const nashDistance: Measure = {
  id: "nash-distance",
  title: "distance to Nash",
  unit: "total variation",
  better: "lower",
  within: share,
  means: "Probability that would have to move to make the policy the Nash policy",
  margin: TWO_PERCENT,
  needs: ["answers", "probabilities"],
};

/**
 * Total variation between the policy and the Nash policy of each context: the probability that
 * would have to move, from 0 to 1. `nash` gives each answer's probability, by action.
 */
export function nashDistanceBy(nash: (prompt: Prompt) => readonly number[]): Evaluator {
  const distance = ({ prompt, answers, weights }: Draw): number => {
    const gap = [...nash(prompt)];
    answers.forEach((y, i) => gap[y.tokens[0]!]! -= weights[i]!);
    return gap.reduce((sum, x) => sum + Math.abs(x), 0) / 2;
  };
  return {
    ...nashDistance,
    async measure(subject) {
      const draws = await subject.draws();
      if (draws.some((draw) => !draw.exact)) {
        return { absent: "A few samples do not give a policy's distance to another" };
      }
      return overPrompts(draws, draws.map(distance));
    },
  };
}
