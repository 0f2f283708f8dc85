import type { Evaluator } from "../core/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** The expected gold reward of an answer. */
const reward: Evaluator = {
  id: "reward",
  title: "Reward",
  better: "higher",
  needs: ["answers"],
  async measure(subject) {
    const gold = await rewards(subject);
    if (gold === undefined) return { absent: "There is no gold reward here" };
    const draws = await subject.draws();
    return overPrompts(draws, expectations(draws, gold.policy));
  },
};
export default reward;
