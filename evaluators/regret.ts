import type { Evaluator } from "../core/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";
import { positive } from "./scales.ts";

/** How far the expected gold reward stays below that of the best answer there is. */
const regret: Evaluator = {
  id: "regret",
  title: "regret",
  better: "lower",
  within: positive,
  ideal: { value: 0, of: "the best answer to every prompt" },
  means: "Reward of the best answer less the expected reward",
  // As of the reward, from which it differs by a constant.
  margin: 0.05,
  needs: ["gold reward", "answers"],
  async measure(subject) {
    const draws = await subject.draws();
    if (!subject.testbed.answers && !draws.every((draw) => draw.exact)) {
      return { absent: "The best answer is unknown: there are too many to list" };
    }
    const { policy } = await rewards(subject);
    const expected = expectations(draws, policy);
    return overPrompts(draws, policy.map((all, i) => Math.max(...all) - expected[i]!));
  },
};
export default regret;
