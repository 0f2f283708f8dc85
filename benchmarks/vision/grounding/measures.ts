/** Measures of `vision/grounding`, of boxes as answers give them. */
import type { Answer, Evaluator, Measure, Prompt } from "../../../core/mod.ts";
import { expectations } from "../../../evaluators/drawn.ts";
import { overPrompts } from "../../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../../evaluators/scales.ts";
import { type Sought, unusual } from "./base.ts";
import { boxOf, overlap } from "./scene.ts";

const card = { within: share, margin: TWO_PERCENT, needs: ["answers"] } as const;
const best = { better: "higher", ideal: { value: 1, of: "the truth" } } as const;

/** The overlap that a tight box has at least. */
const TIGHT = 0.75;
export const iou75: Measure = {
  id: "iou-75",
  title: "tight boxes",
  unit: "share of answers",
  ...best,
  means:
    `Share of boxes that share ${TIGHT} of what they and the right one cover, in scenes of as many rectangles as were learned from`,
  ...card,
};
export const beyond: Measure = {
  id: "beyond",
  title: "tight boxes beyond what was seen",
  unit: "share of answers",
  ...best,
  means:
    `Share of boxes that share ${TIGHT} of what they and the right one cover, in scenes of more rectangles than any that was learned from`,
  ...card,
};
export const malformed: Measure = {
  id: "malformed",
  title: "no box",
  unit: "share of answers",
  better: "lower",
  ideal: { value: 0, of: "the truth" },
  means: "Share of answers that are not four edges of a box and a stop",
  ...card,
};
export const cards: readonly Measure[] = [iou75, malformed, beyond];

/** How good an answer's box is: 0 where it gives none. */
export function fitOf({ asked }: Sought, { tokens }: Answer): number {
  const box = boxOf(tokens);
  return box ? overlap(box, asked.box) : 0;
}

export function measuresBy(asked: (prompt: Prompt) => Sought): readonly Evaluator[] {
  const by = (
    card: Measure,
    of: (y: Answer) => boolean,
    counts: (prompt: Prompt) => boolean = () => true,
  ): Evaluator => ({
    ...card,
    async measure(subject) {
      const draws = (await subject.draws()).filter(({ prompt }) => counts(prompt));
      const each = draws.map(({ answers }) => answers.map((y) => of(y) ? 1 : 0));
      return overPrompts(draws, expectations(draws, each));
    },
  });
  const tight = (y: Answer) => fitOf(asked(y.prompt), y) >= TIGHT;
  const odd = (prompt: Prompt) => unusual(asked(prompt));
  return [
    by(iou75, tight, (prompt) => !odd(prompt)),
    by(malformed, ({ tokens }) => boxOf(tokens) === undefined),
    by(beyond, tight, odd),
  ];
}
