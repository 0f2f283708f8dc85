import { mean } from "./average.ts";
import { logit, softplus } from "./logistic.ts";

/** The share of margins, chosen over rejected, that are above 0: a tie counts as wrong. */
export function rankingAccuracy(margins: readonly number[]): number {
  return mean(margins.map((margin) => margin > 0 ? 1 : 0));
}

/**
 * log π*(chosen) / π*(rejected) of the exact optimum of DPO's objective (arXiv 2405.19534, Thm
 * 3.1): log π_ref(chosen) / π_ref(rejected) + logit(α) / β, for the population's share α that
 * prefers the chosen answer. ±∞ where that is 1 or 0. The idealised ranking accuracy R*(β) is the
 * ranking accuracy of these margins.
 */
export function idealisedMargin(
  referenceChosen: number,
  referenceRejected: number,
  strength: number,
  beta: number,
): number {
  if (!(beta > 0)) throw new RangeError(`Cannot idealise at beta ${beta}: it must be above 0`);
  const pull = logit(strength) / beta;
  return Number.isFinite(pull) ? referenceChosen - referenceRejected + pull : pull;
}

/**
 * −log σ(βc), for c = log π_ref(rejected) − log π_ref(chosen): a policy ranks the pair correctly
 * exactly if its DPO loss on it is no larger (arXiv 2405.19534, Thm 4.1).
 */
export function flipThreshold(beta: number, c: number): number {
  return softplus(-beta * c);
}
