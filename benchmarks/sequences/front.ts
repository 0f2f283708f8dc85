import type { Answer, Draw, Evaluator, Measure } from "../../core/mod.ts";
import { share, TWO_PERCENT } from "../../evaluators/scales.ts";
import * as stats from "../../stats/mod.ts";

export const front: Measure = {
  id: "front",
  title: "front",
  unit: "share of the true front's area",
  better: "higher",
  within: share,
  means: "Area that answers to different directions dominate, as a share of the true front's",
  margin: TWO_PERCENT,
  needs: ["answers"],
};
export const control: Measure = {
  id: "control",
  title: "control",
  unit: "share of pairs in order",
  better: "higher",
  within: share,
  means:
    "Of two directions, how often the one nearer to the second objective gets more of it, set off against the first",
  margin: TWO_PERCENT,
  needs: ["answers"],
};

/** Where no policy need go: both objectives at −1. */
const WORST = -1;

export interface Objectives {
  /** The prompt's weights of the objectives, and what an answer scores on them. */
  readonly weights: (draw: Draw) => readonly [number, number];
  readonly scores: (y: Answer) => readonly [number, number];
  /** The best that can be had of both, by the second objective. */
  readonly ideal: readonly (readonly [number, number])[];
}

/** What the policy reaches for each direction that it is asked for: [first, second], by direction. */
function reached(draws: readonly Draw[], { weights, scores }: Objectives): Map<number, number[]> {
  const angle = ([first, second]: readonly [number, number]) => Math.atan2(second, first);
  const byDirection = Map.groupBy(draws, (draw) => angle(weights(draw)));
  return new Map(
    [...byDirection].map(([angle, some]) => [
      angle,
      [0, 1].map((k) =>
        stats.mean(
          some.map(({ answers, weights: w }) =>
            answers.reduce((sum, y, i) => sum + w[i]! * scores(y)[k]!, 0)
          ),
        )
      ),
    ]),
  );
}

/** Area that points dominate above (−1, −1). */
export function hypervolume(points: readonly (readonly number[])[]): number {
  const order = [...points].sort((a, b) => b[0]! - a[0]!);
  let [area, height] = [0, WORST];
  for (const [first, second] of order) {
    if (second! <= height || first! <= WORST) continue;
    area += (first! - WORST) * (second! - height);
    height = second!;
  }
  return area;
}

/** Area above (−1, −1) and under the line through a concave front. */
export function areaUnder(front: readonly (readonly [number, number])[]): number {
  const order = [...front].sort((a, b) => a[0] - b[0]);
  return order.slice(1).reduce((sum, [x, y], i) => {
    const [before, level] = order[i]!;
    return sum + (x - before) * ((y + level) / 2 - WORST);
  }, (order[0]![0] - WORST) * (order[0]![1] - WORST));
}

const build = (
  objectives: Objectives,
  card: Measure,
  value: (points: Map<number, number[]>) => number,
): Evaluator => ({
  ...card,
  async measure(subject) {
    const draws = await subject.draws();
    const of = (some: readonly Draw[]) => value(reached(some, objectives));
    // What is left out one prompt at a time: neither number is a mean over prompts.
    const without = draws.map((_, i) => of(draws.filter((_, j) => j !== i)));
    const n = draws.length;
    const centre = stats.mean(without);
    const squares = without.reduce((sum, x) => sum + (x - centre) ** 2, 0);
    return { value: of(draws), stderr: Math.sqrt((n - 1) / n * squares), n };
  },
});

export const frontBy = (objectives: Objectives): Evaluator =>
  build(
    objectives,
    front,
    (points) => hypervolume([...points.values()]) / areaUnder(objectives.ideal),
  );

export const controlBy = (objectives: Objectives): Evaluator =>
  build(objectives, control, (points) => {
    const gains = [...points].sort(([a], [b]) => a - b).map(([, [first, second]]) =>
      second! - first!
    );
    const pairs = gains.flatMap((low, i) => gains.slice(i + 1).map((high) => high - low));
    return stats.mean(pairs.map((gap) => (Math.sign(gap) + 1) / 2));
  });
