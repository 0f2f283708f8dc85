import type { Answer, Evaluator, Measure } from "../../core/mod.ts";
import { overPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";

export const credit: Measure = {
  id: "credit",
  title: "culprit found",
  unit: "AUC",
  better: "higher",
  within: share,
  means:
    "How often the word that makes an answer worse has lost more likelihood than another of its words; one half is a guess",
  margin: TWO_PERCENT,
  needs: ["probabilities"],
};

/**
 * How well the log-ratio to the start policy points at the word that makes an answer worse: the
 * chance that it is lower there than at another step of that answer, a tie counting half. A half is
 * no better than a guess.
 */
export function creditBy(
  wrong: () => readonly { readonly answer: Answer; readonly culprit: number }[],
): Evaluator {
  return {
    ...credit,
    async measure({ policy, reference }) {
      const found = wrong();
      if (found.length === 0) return { absent: "No answer has a word that is known to be wrong" };
      const ys = found.map(({ answer }) => answer);
      const [now, before] = [await policy.steps(ys), await reference.steps(ys)];
      const each = found.map(({ culprit }, i) =>
        pointsAt(Array.from(now[i]!, (logp, t) => logp - before[i]![t]!), culprit)
      );
      const draws = ys.map((y) => ({ prompt: y.prompt, answers: [y], weights: [1], exact: false }));
      return overPrompts(draws, each);
    },
  };
}

/** The share of the other steps whose log-ratio is above the culprit's. */
export function pointsAt(ratios: readonly number[], culprit: number): number {
  const above = ratios.map((x, t) => t === culprit ? 0 : (Math.sign(x - ratios[culprit]!) + 1) / 2);
  return above.reduce((sum, x) => sum + x, 0) / (ratios.length - 1);
}
