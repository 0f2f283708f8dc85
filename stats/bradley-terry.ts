import {
  type Battle,
  type BradleyTerry,
  type BradleyTerryOptions,
  described,
  designed,
  solved,
} from "./bradley-terry-design.ts";
import { scoreAt } from "./ties.ts";

export type { Battle, BradleyTerry, BradleyTerryOptions, Rated } from "./bradley-terry-design.ts";

/**
 * Ratings θ that maximise Σ log P(outcome) − ridge · Σ x², with P(a beats b) = σ(θ_a − θ_b + β·x),
 * by Newton's method with Σ θ = 0. With Davidson's ties a win, a loss and a tie are as e^(d/2),
 * e^(−d/2) and ν, for d = θ_a − θ_b + β·x. With Rao and Kupper's, of threshold η = log θ ≥ 0, a wins
 * with σ(d − η) and b with σ(−d − η), and the rest are ties.
 *
 * A RangeError for no battles, for models that no chain of battles joins, and where nothing finite
 * maximises it (a model that only wins, at ridge 0).
 */
export function bradleyTerry(
  battles: readonly Battle[],
  options: BradleyTerryOptions = {},
): BradleyTerry {
  const design = designed(battles, options);
  return described(design, solved(design, design.counts));
}

/** What a is expected to score against b at equal covariates: P(win) + P(tie) / 2. */
export function expectedScore(fit: BradleyTerry, a: string, b: string): number {
  const { ratings } = fit;
  for (const model of [a, b]) {
    if (!Object.hasOwn(ratings, model)) {
      throw new RangeError(`Cannot match ${a} with ${b}: ${model} has no rating`);
    }
  }
  return scoreAt(ratings[a]!.value - ratings[b]!.value, fit);
}

/** A rating on Elo's scale: 400 points are odds of ten to one, and 0 is `zero`. */
export function eloScale(rating: number, zero = 1000): number {
  return zero + 400 / Math.LN10 * rating;
}
