import type { Evaluator } from "../core/mod.ts";
import { accuracy } from "./estimate.ts";
import { rewardMargin } from "./implied.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * The share of held-out comparisons that the implicit reward orders rightly: the method's own where
 * it has one, else the log-ratio to the start policy.
 */
const rewardAccuracy: Evaluator = {
  id: "reward-accuracy",
  title: "reward accuracy",
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  idle: 0.5,
  means: "Share of held-out comparisons that the method's implicit reward orders as the truth does",
  margin: TWO_PERCENT,
  needs: ["comparisons", "preferences"],
  async measure(subject) {
    return accuracy(await subject.comparisons(), rewardMargin(subject));
  },
};
export default rewardAccuracy;
