import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";
import { impliedMargin } from "./implied.ts";
import { positive } from "./scales.ts";

/** The expected −log probability that the method's implied preference gives the label. */
const nll: Evaluator = {
  id: "nll",
  title: "preference NLL",
  unit: "nats a comparison",
  better: "lower",
  within: positive,
  means: "Negative log-likelihood of held-out preferences",
  // A guess of one half has 0.69; a label that is two in a hundred less likely costs this much.
  margin: 0.02,
  needs: ["comparisons", "preferences", "implied preference"],
  async measure(subject) {
    const margin = impliedMargin(subject);
    const comparisons = await subject.comparisons();
    return overComparisons(comparisons, comparisons.map((c) => stats.nll(margin(c), c.strength)));
  },
};
export default nll;
