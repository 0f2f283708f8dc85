import type { Evaluator, Scored, ScoredComparison } from "../core/mod.ts";
import { overComparisons } from "./estimate.ts";

/**
 * How much likelier, in nats, training has made the preferred answers of held-out comparisons, and
 * the others: a policy can widen the margin between them while both become less likely.
 */
const logRatio = (
  id: string,
  title: string,
  better: Evaluator["better"],
  of: (comparison: ScoredComparison) => Scored,
): Evaluator => ({
  id,
  title,
  unit: "nats",
  better,
  needs: ["probabilities"],
  async measure(subject) {
    const comparisons = await subject.comparisons();
    return overComparisons(
      comparisons,
      comparisons.map((comparison) => of(comparison).logp - of(comparison).reference),
    );
  },
});

export const chosenLogRatio = logRatio(
  "chosen-log-ratio",
  "Log-ratio of the chosen",
  "higher",
  ({ w }) => w,
);
export const rejectedLogRatio = logRatio(
  "rejected-log-ratio",
  "Log-ratio of the rejected",
  "neither",
  ({ l }) => l,
);
