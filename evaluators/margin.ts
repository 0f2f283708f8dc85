import type { Evaluator } from "../core/mod.ts";
import { overComparisons } from "./estimate.ts";
import { rewardMargin } from "./implied.ts";
import { TWENTIETH } from "./scales.ts";

/** The mean margin of implicit reward, chosen over rejected: the method's own or the log-ratio. */
const margin: Evaluator = {
  id: "margin",
  title: "margin",
  unit: "nats",
  better: "neither",
  means: "Mean log-ratio of the better answer less that of the worse",
  // Each method's implicit reward has a scale of its own.
  margin: TWENTIETH,
  needs: ["comparisons", "preferences"],
  async measure(subject) {
    const comparisons = await subject.comparisons();
    return overComparisons(comparisons, comparisons.map(rewardMargin(subject)));
  },
};
export default margin;
