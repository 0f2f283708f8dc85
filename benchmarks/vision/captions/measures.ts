import type { Answer, Evaluator, Measure } from "../../../core/mod.ts";
import { expectations } from "../../../evaluators/drawn.ts";
import { overPrompts, ratioByPrompts } from "../../../evaluators/estimate.ts";
import { positive, share, TWENTIETH, TWO_PERCENT } from "../../../evaluators/scales.ts";
import type { Fit } from "./language.ts";

/** The share of what captions mention that is not there, over all mentions (CHAIR's instances, arXiv 1809.02156). */
export const hallucination: Measure = {
  id: "hallucination",
  title: "hallucination",
  unit: "share of mentions",
  better: "lower",
  within: share,
  ideal: { value: 0, of: "the truth" },
  means: "Share of the objects mentioned that are not there",
  margin: TWO_PERCENT,
  needs: ["answers"],
};
export const coverage: Measure = {
  id: "coverage",
  title: "coverage",
  unit: "share of objects",
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  means: "Share of the objects there are that are mentioned",
  margin: TWO_PERCENT,
  needs: ["answers"],
};
export const mentions: Measure = {
  id: "mentions",
  title: "objects mentioned",
  unit: "a caption",
  better: "neither",
  within: positive,
  means: "How many objects a caption mentions, there or not",
  margin: TWENTIETH,
  needs: ["answers"],
};

/** Each by how an answer fits its scene, of so many objects. */
export function measuresBy(
  fitOf: (y: Answer) => Fit,
  objectsOf: (y: Answer) => number,
): Evaluator[] {
  const ratio = (
    card: Measure,
    top: (y: Answer) => number,
    bottom: (y: Answer) => number,
  ): Evaluator => ({
    ...card,
    async measure(subject) {
      const draws = await subject.draws();
      const mean = (of: (y: Answer) => number) =>
        expectations(draws, draws.map(({ answers }) => answers.map(of)));
      return ratioByPrompts(draws, mean(top), mean(bottom));
    },
  });
  const mentioned = (y: Answer) => fitOf(y).mentions;
  return [
    ratio(hallucination, (y) => fitOf(y).invented, mentioned),
    ratio(coverage, (y) => fitOf(y).found, objectsOf),
    {
      ...mentions,
      async measure(subject) {
        const draws = await subject.draws();
        const counts = draws.map(({ answers }) => answers.map(mentioned));
        return overPrompts(draws, expectations(draws, counts));
      },
    },
  ];
}
