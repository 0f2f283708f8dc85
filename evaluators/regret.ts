import type { Evaluator } from "../core/mod.ts";
import { expectations, rewards } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** How far the expected gold reward stays below that of the best answer there is. */
const regret: Evaluator = {
  id: "regret",
  title: "Regret",
  better: "lower",
  needs: ["answers"],
  async measure(subject) {
    const draws = await subject.draws();
    if (!subject.testbed.answers && !draws.every((draw) => draw.exact)) {
      return { absent: "The best answer is unknown: there are too many to list" };
    }
    const gold = await rewards(subject);
    if (gold === undefined) return { absent: "There is no gold reward here" };
    const expected = expectations(draws, gold.policy);
    return overPrompts(draws, gold.policy.map((all, i) => Math.max(...all) - expected[i]!));
  },
};
export default regret;
