import type { Evaluator } from "../core/mod.ts";
import { accuracy } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * The share of held-out comparisons in which the policy gives the chosen answer the higher
 * probability (arXiv 2405.19534): not the ordering by implicit reward.
 */
const rankingAccuracy: Evaluator = {
  id: "ranking-accuracy",
  title: "ranking accuracy",
  better: "higher",
  within: share,
  means:
    "Share of held-out comparisons in which the policy gives the better answer the higher probability",
  margin: TWO_PERCENT,
  needs: ["comparisons", "probabilities"],
  async measure(subject) {
    return accuracy(await subject.comparisons(), ({ w, l }) => w.logp - l.logp);
  },
};
export default rankingAccuracy;
