import type { Evaluator, Scored, ScoredComparison } from "../core/mod.ts";
import { overComparisons } from "./estimate.ts";

// An answer that is a tenth likelier, or less likely. No share of the rival's, as it may be 0.
const MARGIN = 0.1;

/**
 * How much likelier, in nats, training has made the preferred answers of held-out comparisons, and
 * the others: a policy can widen the margin between them while both become less likely.
 */
const logRatio = (
  card: Pick<Evaluator, "id" | "title" | "better" | "means">,
  of: (comparison: ScoredComparison) => Scored,
): Evaluator => ({
  ...card,
  unit: "nats",
  margin: MARGIN,
  needs: ["comparisons", "probabilities"],
  async measure(subject) {
    const comparisons = await subject.comparisons();
    return overComparisons(
      comparisons,
      comparisons.map((comparison) => of(comparison).logp - of(comparison).reference),
    );
  },
});

export const chosenLogRatio = logRatio({
  id: "chosen-log-ratio",
  title: "log-ratio of the chosen",
  better: "higher",
  means: "How much likelier training has made the better answers of held-out comparisons",
}, ({ w }) => w);
export const rejectedLogRatio = logRatio({
  id: "rejected-log-ratio",
  title: "log-ratio of the rejected",
  better: "neither",
  means: "The same of the worse answers: both may fall while the margin grows",
}, ({ l }) => l);
