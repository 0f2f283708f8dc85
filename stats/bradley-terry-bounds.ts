import { type Battle, type Design, penalised, recounted, solved } from "./bradley-terry-design.ts";
import { imagined, others, Z2 } from "./imagined.ts";
import { minimise } from "./newton.ts";
import type { Drawn } from "./resamples.ts";
import type { Interval } from "./significance.ts";

// Bounds of ratings from the likelihood, where resamples are too much alike; not part of what stats exports.

/** What holds a rating at a value: far above any curvature, and far below what rounds it away. */
const HOLD = 1e6;
/** Of one that always wins or loses: so unlikely a rating is refused by the exact test at 2.5 %. */
const EXACT = Math.log(40);
/** Questions that say something else than most do: with more the resamples differ enough. */
const ENOUGH = 10;

/**
 * 95 % bounds of a rating by its profile likelihood, each prompt counting once however often a pair
 * met on it, where a model scores alike on all prompts but a few; undefined elsewhere. Scores that
 * vary by less than wins and losses would, as ties do, are that much surer: the likelihood is over
 * the dispersion of scores beside some imagined ones (`imagined`). Of a model that always wins
 * or loses, one bound is the penalty's.
 */
export function profileBounds(
  design: Design,
  battles: readonly (Battle & Drawn)[],
  m: number,
): Interval | undefined {
  const scores = promptScores(battles, design.models[m]!);
  if (others(scores) >= ENOUGH) return undefined;
  const { centre, spread } = imagined(scores, [0, 1]);
  const dispersion = spread / (centre * (1 - centre));
  const met = Map.groupBy(battles, cellOf);
  const once = Float64Array.from(battles, (one) => 1 / met.get(cellOf(one))!.length);
  const counts = recounted(
    design,
    once,
    design.cells.map(() => ({ wins: 0, losses: 0, ties: 0 })),
  );
  // A rating is against the anchor, or against the mean of all models.
  const { anchor } = design;
  const contrast = design.models.map((_, i) =>
    (i === m ? 1 : 0) - (anchor === undefined ? 1 / design.models.length : i === anchor ? 1 : 0)
  );
  const ratingAt = (at: readonly number[]) =>
    contrast.reduce((sum, factor, i) => sum + factor * at[i]!, 0);
  const whole = solved(design, counts);
  const likelihoodAt = (rating: number): number => {
    let likelihood = Infinity;
    minimise((x) => {
      const local = penalised(design, counts, x);
      const off = ratingAt(x) - rating;
      const gradient = [...local.gradient];
      const hessian = local.hessian.map((row) => [...row]);
      contrast.forEach((a, i) => {
        gradient[i]! += HOLD * off * a;
        contrast.forEach((b, j) => hessian[i]![j]! += HOLD * a * b);
      });
      likelihood = local.value;
      return { value: local.value + HOLD * off * off / 2, gradient, hessian };
    }, whole.at);
    return likelihood;
  };
  const most = whole.value + (always(scores) ? EXACT : dispersion * Z2 / 2);
  const centreRating = ratingAt(whole.at);
  return {
    low: crossing((reach) => likelihoodAt(centreRating - reach) - most, centreRating, -1),
    high: crossing((reach) => likelihoodAt(centreRating + reach) - most, centreRating, 1),
  };
}

const cellOf = ({ a, b, prompt, seed }: Battle & Drawn) =>
  JSON.stringify([...[a, b].sort(), prompt, seed]);

const always = ([first, ...rest]: readonly number[]): boolean =>
  (first === 0 || first === 1) && rest.every((score) => score === first);

/** A model's mean score on each prompt that it met anybody on. */
function promptScores(battles: readonly (Battle & Drawn)[], model: string): number[] {
  const own = battles.filter(({ a, b }) => a === model || b === model);
  return [...Map.groupBy(own, ({ prompt, seed }) => JSON.stringify([prompt, seed])).values()]
    .map((some) =>
      some.reduce((sum, { a, score }) => sum + (a === model ? score : 1 - score), 0) / some.length
    );
}

/** Where a rising function of the reach crosses 0, as a rating on one side of the centre. */
function crossing(above: (reach: number) => number, centre: number, side: 1 | -1): number {
  let [from, to] = [0, 1];
  for (let i = 0; i < 20 && above(to) < 0; i++) [from, to] = [to, 2 * to];
  for (let i = 0; i < 24; i++) {
    const middle = (from + to) / 2;
    if (above(middle) < 0) from = middle;
    else to = middle;
  }
  return centre + side * to;
}
