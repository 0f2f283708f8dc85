import type { Evaluator, Measure } from "../../core/mod.ts";
import { expectations } from "../../evaluators/drawn.ts";
import { ratioByPrompts } from "../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";
import { type Marked, marked } from "./language.ts";

export const flawF1: Measure = {
  id: "flaw-f1",
  title: "flaws by F1",
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  means: "Harmonic mean of the share of flags that stand at a flaw and the share of flaws flagged",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** 2·found / (2·found + wrong + missed), counts summed over all critiques. */
export const byFlaws: Evaluator = {
  ...flawF1,
  async measure(subject) {
    const draws = await subject.draws();
    const counts = draws.map(({ answers }) => answers.map(marked));
    const mean = (of: (y: Marked) => number) =>
      expectations(draws, counts.map((each) => each.map(of)));
    const tops = mean(({ found }) => 2 * found);
    const bottoms = mean(({ found, wrong, missed }) => 2 * found + wrong + missed);
    return ratioByPrompts(draws, tops, bottoms);
  },
};
