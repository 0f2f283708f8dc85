import type { Draw, Evaluator, Prompt } from "../../core/mod.ts";
import { overPrompts } from "../../evaluators/estimate.ts";

/**
 * Total variation between the policy and the Nash policy of each context: the probability that
 * would have to move, from 0 to 1. `nash` gives each answer's probability, by action.
 */
export function nashDistance(nash: (prompt: Prompt) => readonly number[]): Evaluator {
  const distance = ({ prompt, answers, weights }: Draw): number => {
    const gap = [...nash(prompt)];
    answers.forEach((y, i) => gap[y.tokens[0]!]! -= weights[i]!);
    return gap.reduce((sum, x) => sum + Math.abs(x), 0) / 2;
  };
  return {
    id: "nash-distance",
    title: "Distance to Nash",
    unit: "total variation",
    better: "lower",
    needs: ["answers", "probabilities"],
    async measure(subject) {
      const draws = await subject.draws();
      if (draws.some((draw) => !draw.exact)) {
        return { absent: "A few samples do not give a policy's distance to another" };
      }
      return overPrompts(draws, draws.map(distance));
    },
  };
}
