import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";
import { impliedMargin, NO_PREFERENCE } from "./implied.ts";

/** The expected squared error of the preference that the method implies, at the true strength. */
const brier: Evaluator = {
  id: "brier",
  title: "Brier score",
  better: "lower",
  needs: ["preferences"],
  async measure(subject) {
    const margin = impliedMargin(subject);
    if (margin === undefined) return NO_PREFERENCE;
    const comparisons = await subject.comparisons();
    return overComparisons(
      comparisons,
      comparisons.map((c) => stats.brier(stats.sigmoid(margin(c)), c.strength)),
    );
  },
};
export default brier;
