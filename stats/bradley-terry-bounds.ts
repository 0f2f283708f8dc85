import { type Battle, type Design, penalised, recounted, solved } from "./bradley-terry-design.ts";
import { imagined, others, Z2 } from "./imagined.ts";
import { minimise } from "./newton.ts";
import type { Drawn } from "./resamples.ts";
import type { Interval } from "./significance.ts";

// Bounds of a fit from the likelihood, where resamples are too much alike; not part of what stats exports.

/** What holds a parameter at a value: far above any curvature, and far below what rounds it away. */
const HOLD = 1e6;
/** Of one that always wins or loses: so unlikely a value is refused by the exact test at 2.5 %. */
const EXACT = Math.log(40);
/** Questions that say something else than most do: with more the resamples differ enough. */
const ENOUGH = 10;

/**
 * 95 % bounds of a rating, against the anchor or the mean of all models, where the model scores alike
 * on all prompts but a few; undefined elsewhere.
 */
export function ratingBounds(
  design: Design,
  battles: readonly (Battle & Drawn)[],
  m: number,
): Interval | undefined {
  const { models, anchor } = design;
  const model = models[m]!;
  const scores = promptScores(
    battles.filter(({ a, b }) => a === model || b === model),
    ({ a, score }) => a === model ? score : 1 - score,
  );
  const contrast = models.map((_, i) =>
    (i === m ? 1 : 0) - (anchor === undefined ? 1 / models.length : i === anchor ? 1 : 0)
  );
  return profileBounds(design, battles, scores, contrast);
}

/**
 * The same of a covariate, where its greater side scores alike on all prompts but a few: of orders
 * that always agree, resamples say an effect of 0 ± 0.
 */
export function covariateBounds(
  design: Design,
  battles: readonly (Battle & Drawn)[],
  c: number,
): Interval | undefined {
  const factOf = ({ covariates }: Battle) => covariates![c]!;
  const scores = promptScores(
    battles.filter((battle) => factOf(battle) !== 0),
    (battle) => factOf(battle) > 0 ? battle.score : 1 - battle.score,
  );
  const place = design.models.length + c;
  return profileBounds(design, battles, scores, only(place));
}

/** The same of log ν or log θ, where nearly all battles are ties or nearly none. */
export function tieBounds(
  design: Design,
  battles: readonly (Battle & Drawn)[],
): Interval | undefined {
  const scores = promptScores(battles, ({ score }) => score === 0.5 ? 1 : 0);
  return profileBounds(design, battles, scores, only(design.models.length + design.names.length));
}

/** The contrast that is one parameter. */
const only = (place: number) => Array.from({ length: place + 1 }, (_, i) => i === place ? 1 : 0);

/**
 * Bounds of a contrast of parameters by the profile likelihood, each prompt counting once however
 * often a pair met on it. `scores` are what each prompt says of it: where they vary by less than
 * wins and losses would, as ties do, they are that much surer, and the likelihood is over their
 * dispersion beside some imagined ones (`imagined`). Where they are all wins or all losses, one
 * bound is the penalty's.
 */
function profileBounds(
  design: Design,
  battles: readonly (Battle & Drawn)[],
  scores: readonly number[],
  contrast: readonly number[],
): Interval | undefined {
  if (scores.length === 0 || others(scores) >= ENOUGH) return undefined;
  const { centre, spread } = imagined(scores, [0, 1]);
  const dispersion = spread / (centre * (1 - centre));
  const met = Map.groupBy(battles, cellOf);
  const once = Float64Array.from(battles, (one) => 1 / met.get(cellOf(one))!.length);
  const counts = recounted(
    design,
    once,
    design.cells.map(() => ({ wins: 0, losses: 0, ties: 0 })),
  );
  const valueAt = (at: readonly number[]) =>
    contrast.reduce((sum, factor, i) => sum + factor * at[i]!, 0);
  const whole = solved(design, counts);
  // Without a tie a threshold is 0, at the end of what it may be: no parameter, but where it is asked for.
  const tieless = design.ties === "rao-kupper" && counts.every(({ ties }) => ties === 0);
  const asked = contrast.length === whole.at.length;
  const likelihoodAt = (value: number): number => {
    let likelihood = Infinity;
    const ratings = whole.at.slice(0, -1);
    const start = !tieless ? whole.at : asked ? [...ratings, value] : ratings;
    minimise((x) => {
      const local = penalised(design, counts, x);
      const off = valueAt(x) - value;
      const gradient = [...local.gradient];
      const hessian = local.hessian.map((row) => [...row]);
      contrast.forEach((a, i) => {
        gradient[i]! += HOLD * off * a;
        contrast.forEach((b, j) => hessian[i]![j]! += HOLD * a * b);
      });
      likelihood = local.value;
      return { value: local.value + HOLD * off * off / 2, gradient, hessian };
    }, start);
    return likelihood;
  };
  const most = whole.value + (always(scores) ? EXACT : dispersion * Z2 / 2);
  const middleValue = valueAt(whole.at);
  return {
    low: crossing((reach) => likelihoodAt(middleValue - reach) - most, middleValue, -1),
    high: crossing((reach) => likelihoodAt(middleValue + reach) - most, middleValue, 1),
  };
}

const cellOf = ({ a, b, prompt, seed }: Battle & Drawn) =>
  JSON.stringify([...[a, b].sort(), prompt, seed]);

const always = ([first, ...rest]: readonly number[]): boolean =>
  (first === 0 || first === 1) && rest.every((score) => score === first);

/** The mean of what each prompt's battles say. */
function promptScores(
  battles: readonly (Battle & Drawn)[],
  score: (battle: Battle) => number,
): number[] {
  return [...Map.groupBy(battles, ({ prompt, seed }) => JSON.stringify([prompt, seed])).values()]
    .map((some) => some.reduce((sum, battle) => sum + score(battle), 0) / some.length);
}

/** Where a rising function of the reach crosses 0, as a value on one side of the centre. */
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
