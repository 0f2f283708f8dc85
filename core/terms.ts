import { Expr, sigmoid, softplus } from "./expr.ts";
import type { Answers } from "./feedback.ts";
import type { Scope } from "./method.ts";
import type { Likelihood, Scored } from "./policy.ts";

export { sigmoid, softplus };

/** [B] Δ(y) = log π(y|x) − log π_ref(y|x), summed over the answer. */
export function logRatio(pi: Likelihood, ref: Likelihood, y: Answers): Expr {
  return pi.logp(y).sub(ref.logp(y));
}

/** −p·log σ(z) − (1 − p)·log σ(−z), of z that are log-odds and p alike in shape. */
export const softCrossEntropy = (z: Expr, p: Expr): Expr =>
  // −log σ(−z) is z more than −log σ(z).
  softplus(z.neg()).add(z.mul(p.neg().add(1)));

/** min(uA, clip(u, 1 ± ε)·A) of ratios u to the policy that drew: PPO's surrogate (arXiv 1707.06347, eq. 7). */
export const clippedGain = (ratio: Expr, advantage: Expr, clip: number): Expr =>
  ratio.mul(advantage).min(ratio.max(1 - clip).min(1 + clip).mul(advantage));

/** [B] −p·log σ(z) − (1 − p)·log σ(−z), z = β·[Δ(y_w) − Δ(y_l)]: DPO's loss where a label is right with probability p, its strength. */
export function softPreference(
  { pi, ref, chosen, rejected, strength }: Scope<"pairs">,
  beta: number,
): Expr {
  const z = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
  return softCrossEntropy(z, strength);
}

/** β·log π(y|x)/π_ref(y|x): the reward that DPO's policy implies (arXiv 2305.18290, eq. 5), up to a constant of the prompt. */
export const logRatioReward = (
  { logp, reference }: Scored,
  { beta }: { readonly beta: number },
): number => beta * (logp - reference);

/** [B] log π(y|x) a token. */
export function meanLogp(pi: Likelihood, y: Answers): Expr {
  return pi.logp(y).div(y.length);
}

/** Negative log-likelihood a token, over all tokens of the batch: long answers count for more. */
export function tokenNll(pi: Likelihood, y: Answers): Expr {
  return pi.logp(y).sum().neg().div(y.length.sum());
}

/** [B] Σₜ KL(π_ref‖π) of the whole next steps along an answer. */
export function forwardKl(pi: Likelihood, ref: Likelihood, y: Answers): Expr {
  return ref.kl(pi, y).sum(1);
}

/** log(1 − eˣ) for x < 0, accurate at both ends: with t = tanh(x/2), 1 − eˣ = −2t / (1 − t). */
export function log1mexp(x: Expr): Expr {
  const t = x.mul(0.5).tanh();
  return t.mul(-2).div(t.neg().add(1)).log();
}
