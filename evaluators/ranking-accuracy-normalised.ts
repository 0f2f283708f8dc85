import type { Evaluator } from "../core/mod.ts";
import { accuracy } from "./estimate.ts";

/** Ranking accuracy by log-probability a token, so that a short answer has no advantage. */
const rankingAccuracyNormalised: Evaluator = {
  id: "ranking-accuracy-normalised",
  title: "Ranking accuracy a token",
  better: "higher",
  needs: ["probabilities"],
  async measure(subject) {
    return accuracy(
      await subject.comparisons(),
      ({ w, l }) => w.logp / w.length - l.logp / l.length,
    );
  },
};
export default rankingAccuracyNormalised;
