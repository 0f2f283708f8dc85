import type { Evaluator } from "../core/mod.ts";
import { accuracy } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/** Ranking accuracy by log-probability a token, so that a short answer has no advantage. */
const rankingAccuracyNormalised: Evaluator = {
  id: "ranking-accuracy-normalised",
  title: "ranking accuracy, per token",
  better: "higher",
  within: share,
  means: "The same with log-probabilities divided by length",
  margin: TWO_PERCENT,
  needs: ["comparisons", "probabilities", "steps"],
  async measure(subject) {
    return accuracy(
      await subject.comparisons(),
      ({ w, l }) => w.logp / w.length - l.logp / l.length,
    );
  },
};
export default rankingAccuracyNormalised;
