import type { Evaluator, Measure, Prompt } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { positive } from "../../evaluators/scales.ts";

export const paretoGap: Measure = {
  id: "pareto-gap",
  title: "distance to the Pareto front",
  unit: "reward of each objective",
  better: "lower",
  within: positive,
  means: "By how much both objectives' expected rewards could be raised at once",
  // As of a reward.
  margin: 0.05,
  needs: ["answers"],
};

/**
 * How far a policy lies below the Pareto front of two objectives: by how much both expected rewards
 * can be raised at once. `rewards` gives [objective][action]. Of policies without a penalty the
 * front is convex, and a weight λ touches it at h(λ) = E[maxₐ λ·r(a)], so the gap is
 * min over λ of h(λ) − λ·v, where v are the policy's expected rewards and λ sums to 1.
 */
export function paretoGapBy(
  rewards: (prompt: Prompt) => readonly (readonly number[])[],
): Evaluator {
  return {
    ...paretoGap,
    async measure(subject) {
      const draws = await subject.draws();
      if (!draws.every(({ exact }) => exact)) {
        return { absent: "A few samples do not give a policy's expected rewards" };
      }
      const tables = draws.map(({ prompt }) => rewards(prompt));
      const reached = [0, 1].map((k) =>
        expectations(
          draws,
          draws.map((d, i) => d.answers.map((y) => tables[i]![k]![y.tokens[0]!]!)),
        )
      );
      const each = (weight: number) =>
        tables.map(([first, second], i) =>
          Math.max(...first!.map((r, a) => weight * r + (1 - weight) * second![a]!)) -
          weight * reached[0]![i]! - (1 - weight) * reached[1]![i]!
        );
      const mean = (weight: number) => each(weight).reduce((a, b) => a + b, 0) / draws.length;
      return { value: mean(least(mean)), stderr: 0, n: draws.length };
    },
  };
}

/** Where in [0, 1] a convex function is least, by thirds. */
function least(f: (x: number) => number): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-9) {
    const third = (high - low) / 3;
    if (f(low + third) <= f(high - third)) high -= third;
    else low += third;
  }
  return (low + high) / 2;
}
