import { type Answer, type Draw, type Evaluator } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";

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
  card: Pick<Evaluator, "id" | "title" | "unit">,
  value: (points: Map<number, number[]>) => number,
): Evaluator => ({
  ...card,
  better: "higher",
  needs: ["answers"],
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

/** The area that the policy's answers to different directions dominate, as a share of the true front's. */
export const front = (objectives: Objectives): Evaluator =>
  build(
    objectives,
    { id: "front", title: "Front", unit: "share of the true front's area" },
    (points) => hypervolume([...points.values()]) / areaUnder(objectives.ideal),
  );

/** Of two directions, how often the one nearer to the second objective gets more of it, set off against the first. */
export const control = (objectives: Objectives): Evaluator =>
  build(
    objectives,
    { id: "control", title: "Control", unit: "share of pairs in order" },
    (points) => {
      const gains = [...points].sort(([a], [b]) => a - b).map(([, [first, second]]) =>
        second! - first!
      );
      const pairs = gains.flatMap((low, i) => gains.slice(i + 1).map((high) => high - low));
      return stats.mean(pairs.map((gap) => (Math.sign(gap) + 1) / 2));
    },
  );
