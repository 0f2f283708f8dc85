import type { Evaluator } from "../core/mod.ts";
import { accuracy } from "./estimate.ts";
import { impliedMargin, logRatioMargin } from "./implied.ts";

/**
 * The share of held-out comparisons that the implicit reward orders rightly: the method's own where
 * it has one, else the log-ratio to the start policy.
 */
const rewardAccuracy: Evaluator = {
  id: "reward-accuracy",
  title: "Reward accuracy",
  better: "higher",
  needs: ["preferences"],
  async measure(subject) {
    return accuracy(await subject.comparisons(), impliedMargin(subject) ?? logRatioMargin);
  },
};
export default rewardAccuracy;
