import type { Comparison, Evaluator } from "../../core/mod.ts";
import type { Row } from "./row.ts";

/** Measures that read a gold reward or an oracle. */
const needGold = [
  "win-rate",
  "reward",
  "regret",
  "idealised-ranking-accuracy",
  "exploitability",
];
/** Measures that read held-out comparisons. */
const needComparisons = [
  "ranking-accuracy",
  "ranking-accuracy-normalised",
  "reward-accuracy",
  "calibration-error",
  "calibration-error-scaled",
  "brier",
  "nll",
  "margin",
];

const noGold = "A user's rows label their own answers, and there is no gold reward to judge others";

/** Every evaluator; those that have nothing to read here say why. */
export function measured(
  evaluators: readonly Evaluator[],
  kind: Row["kind"],
  comparisons: readonly Comparison[],
  prompts: number,
): readonly Evaluator[] {
  const why = (id: string): string | undefined => {
    if (needGold.includes(id)) return noGold;
    if (prompts === 0) return "Nothing is held out, as all rows answer one prompt";
    if (!needComparisons.includes(id) || comparisons.length > 0) return undefined;
    return kind === "unpaired"
      ? "The rows are unpaired: no two answers to a prompt are compared"
      : "The two answers of every held-out pair are the same";
  };
  return evaluators.map((evaluator) => {
    const absent = why(evaluator.id);
    if (absent === undefined) return evaluator;
    return { ...evaluator, measure: () => Promise.resolve({ absent }) };
  });
}
