import type { Evaluator } from "../core/mod.ts";
import { overComparisons } from "./estimate.ts";
import { impliedMargin, logRatioMargin } from "./implied.ts";

/** The mean margin of implicit reward, chosen over rejected: the method's own or the log-ratio. */
const margin: Evaluator = {
  id: "margin",
  title: "Margin",
  unit: "nats",
  better: "neither",
  needs: ["preferences"],
  async measure(subject) {
    const comparisons = await subject.comparisons();
    return overComparisons(comparisons, comparisons.map(impliedMargin(subject) ?? logRatioMargin));
  },
};
export default margin;
