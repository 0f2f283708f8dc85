import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";
import { impliedMargin } from "./implied.ts";
import { share } from "./scales.ts";

/** The expected squared error of the preference that the method implies, at the true strength. */
const brier: Evaluator = {
  id: "brier",
  title: "Brier score",
  better: "lower",
  within: share,
  means: "Mean squared gap between implied probability and outcome",
  // A guess of one half has 0.25, and a gap of two in a hundred about one half changes it by half of that.
  margin: 0.01,
  needs: ["comparisons", "preferences", "implied preference"],
  async measure(subject) {
    const margin = impliedMargin(subject);
    const comparisons = await subject.comparisons();
    return overComparisons(
      comparisons,
      comparisons.map((c) => stats.brier(stats.sigmoid(margin(c)), c.strength)),
    );
  },
};
export default brier;
