import type { Evaluator } from "../core/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** The expected gold reward of an answer. */
const reward: Evaluator = {
  id: "reward",
  title: "reward",
  better: "higher",
  means: "Expected gold reward of an answer",
  // Rewards of a context have standard deviation 1, or are bounded by about 2: a twentieth of that.
  margin: 0.05,
  needs: ["gold reward", "answers"],
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, (await rewards(subject)).policy));
  },
};
export default reward;
