import { type Evaluator, type Measure, rng } from "../../core/mod.ts";
import { rewardMargin } from "../../evaluators/implied.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";
import * as stats from "../../stats/mod.ts";

export const flipAuc: Measure = {
  id: "flip-auc",
  title: "wrong labels found",
  unit: "AUC",
  better: "higher",
  within: share,
  idle: 0.5,
  means:
    "How often the method's reward prefers what was chosen less where a new label was turned round than where another was not; one half is a guess",
  margin: TWO_PERCENT,
  needs: ["comparisons", "preferences"],
};

/** Labels drawn of each held-out comparison, the same for every method and seed. */
const LABELS = 4;

/**
 * How well preference strength, the reward of the chosen answer less that of the rejected one, tells
 * labels that were turned round from others: on labels of held-out comparisons, which no one learned
 * from. Labels are drawn from the preferences and `flip` of them turned, as those to learn from.
 */
export function flipAucBy(flip: number): Evaluator {
  return {
    ...flipAuc,
    async measure(subject) {
      const comparisons = await subject.comparisons();
      const margin = rewardMargin(subject);
      const draws = rng("sequences turned labels");
      const labels = comparisons.flatMap((comparison) => {
        const ahead = margin(comparison);
        return Array.from({ length: LABELS }, () => {
          const better = draws.uniform() < comparison.strength;
          const turned = draws.uniform() < flip;
          // Least strength first.
          return {
            turned,
            score: better === turned ? ahead : -ahead,
            cluster: comparison.chosen.prompt.id,
          };
        });
      });
      const odd = labels.find(({ score }) => !Number.isFinite(score));
      if (odd) return { absent: `Not finite: found ${odd.score} at prompt ${odd.cluster}` };
      const [wrong, right] = [true, false].map((is) =>
        labels.filter(({ turned }) => turned === is)
      );
      return { ...stats.areaUnderCurve(wrong!, right!), n: labels.length };
    },
  };
}
