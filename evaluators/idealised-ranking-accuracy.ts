import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { accuracy } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

const BETA = 0.1;

/**
 * The ranking accuracy of a perfect DPO at β = 0.1 from the start policy (arXiv 2405.19534, Cor.
 * 3.3): a property of the data and the start policy, the same for every method. It needs the exact
 * share of raters who prefer the chosen answer; one vote would make it 1 by definition.
 */
const idealisedRankingAccuracy: Evaluator = {
  id: "idealised-ranking-accuracy",
  title: "idealised ranking accuracy",
  better: "neither",
  within: share,
  means:
    "Ranking accuracy that a perfect optimiser would reach from this start policy (2405.19534)",
  margin: TWO_PERCENT,
  needs: ["oracle", "comparisons"],
  async measure(subject) {
    return accuracy(
      await subject.comparisons(),
      ({ w, l, strength }) => stats.idealisedMargin(w.reference, l.reference, strength, BETA),
    );
  },
};
export default idealisedRankingAccuracy;
