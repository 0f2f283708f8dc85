import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";
import { impliedMargin, NO_PREFERENCE } from "./implied.ts";

/** The expected −log probability that the method's implied preference gives the label. */
const nll: Evaluator = {
  id: "nll",
  title: "Preference NLL",
  unit: "nats a comparison",
  better: "lower",
  needs: ["preferences"],
  async measure(subject) {
    const margin = impliedMargin(subject);
    if (margin === undefined) return NO_PREFERENCE;
    const comparisons = await subject.comparisons();
    return overComparisons(comparisons, comparisons.map((c) => stats.nll(margin(c), c.strength)));
  },
};
export default nll;
