/** Measures of `vision/strip`: sums over all paths. */
import type { Answer, Evaluator, Measure, Prompt } from "../../../core/mod.ts";
import { overPrompts } from "../../../evaluators/estimate.ts";
import { share, TWENTIETH, TWO_PERCENT } from "../../../evaluators/scales.ts";
import { doorOf, type Doors, worthOf } from "./map.ts";

export const arrived: Measure = {
  id: "arrived",
  title: "arrived",
  unit: "share of paths",
  better: "higher",
  within: share,
  ideal: { value: 1, of: "the truth" },
  means: "Share of paths that end at a door, whatever it is worth",
  margin: 0.05,
  needs: ["answers"],
};

/** Paths of which different ones are counted. */
const DRAWN = 100;
export const distinctSuccesses: Measure = {
  id: "distinct-successes",
  title: "different paths to doors",
  unit: `of ${DRAWN}`,
  better: "higher",
  within: { least: 0 },
  means: `Different paths that end at a door among ${DRAWN} drawn ones, as is to be expected`,
  margin: TWENTIETH,
  needs: ["answers"],
};

export const targetDistance: Measure = {
  id: "target-distance",
  title: "distance from worth",
  unit: "total variation",
  better: "lower",
  within: share,
  ideal: { value: 0, of: "paths in proportion to what they are worth" },
  means: "How far the chances of paths are from being in proportion to what they are worth",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

export const cards: readonly Measure[] = [arrived, distinctSuccesses, targetDistance];

/** Of one map: `weights` are the chances of `answers`. */
type OfMap = (answers: readonly Answer[], weights: readonly number[], doors: Doors) => number;

/** They sum over all paths, where a policy has probabilities; else over those that it drew. */
export function measuresBy(doorsOf: (prompt: Prompt) => Doors): readonly Evaluator[] {
  const by = (card: Measure, of: OfMap): Evaluator => ({
    ...card,
    async measure(subject) {
      const draws = await subject.draws();
      const each = draws.map(({ prompt, answers, weights }) =>
        of(answers, weights, doorsOf(prompt))
      );
      return overPrompts(draws, each);
    },
  });
  return [by(arrived, arrivals), by(distinctSuccesses, different), by(targetDistance, distance)];
}

const arrivals: OfMap = (answers, weights) =>
  answers.reduce((sum, y, i) => sum + (doorOf(y) < 0 ? 0 : weights[i]!), 0);

/** A path of chance p is among n with probability 1 − (1 − p)ⁿ. */
const different: OfMap = (answers, weights) =>
  answers.reduce((sum, y, i) => sum + (doorOf(y) < 0 ? 0 : 1 - (1 - weights[i]!) ** DRAWN), 0);

const distance: OfMap = (answers, weights, doors) => {
  const worths = answers.map((y) => worthOf(doors, y));
  const total = worths.reduce((a, b) => a + b, 0);
  return worths.reduce((sum, worth, i) => sum + Math.abs(weights[i]! - worth / total), 0) / 2;
};
