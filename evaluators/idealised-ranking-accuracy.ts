import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { accuracy } from "./estimate.ts";

const BETA = 0.1;

/**
 * The ranking accuracy of a perfect DPO at β = 0.1 from the start policy (arXiv 2405.19534, Cor.
 * 3.3): a property of the data and the start policy, the same for every method. It needs the exact
 * share of raters who prefer the chosen answer; one vote would make it 1 by definition.
 */
const idealisedRankingAccuracy: Evaluator = {
  id: "idealised-ranking-accuracy",
  title: "Idealised ranking accuracy",
  better: "neither",
  async measure(subject) {
    if (subject.testbed.oracle === undefined) {
      return { absent: "Labels are single votes: the share of raters behind them is unknown" };
    }
    return accuracy(
      await subject.comparisons(),
      ({ w, l, strength }) => stats.idealisedMargin(w.reference, l.reference, strength, BETA),
    );
  },
};
export default idealisedRankingAccuracy;
