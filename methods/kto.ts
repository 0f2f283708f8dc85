import { type Expr, logRatio, method, type Scope, sigmoid } from "../core/mod.ts";

/**
 * λ·(1 − σ(±β·[Δ(y) − z])), plus for good answers and minus for bad ones.
 * z is the batch's KL from the reference, estimated on mismatched prompts, at least 0, and held fixed.
 */
export default method({
  id: "kto",
  paper: {
    title: "KTO: Model Alignment as Prospect Theoretic Optimization",
    arxiv: "2402.01306",
    year: 2024,
  },
  equation: String
    .raw`\lambda_y\left(1-\sigma\!\left(\pm\beta\left[\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}-z\right]\right)\right),\quad z=\max(0,\mathrm{KL}(\pi\|\pi_{\mathrm{ref}}))`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline"],
  claim: {
    text: "Matches or exceeds DPO from unpaired thumbs up and down",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "not lower",
  },
  feedback: "points",
  hyper: { beta: 0.1, desirable: 1, undesirable: 1 },
  roles: {
    beta: "how few nats from z an answer's push fades at: the aversion to risk",
    desirable: "weight of good answers",
    undesirable: "weight of bad answers: above the other, losses loom larger than gains",
  },
  limits: [
    { at: "β → 0", then: "λ·(1/2 ∓ β(Δ − z)/4): every answer is pushed alike" },
    { at: "β → ∞", then: "a step at z: no slope on either side" },
    { at: "z held at 0", then: "APO-zero on single answers" },
    { at: "π = π_ref", then: "half the mean weight, with slopes ∓βλ/4" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss(scope, { beta, desirable, undesirable }) {
    const weight = scope.good.mul(desirable - undesirable).add(undesirable);
    return valueLost(scope, beta).mul(weight).mean();
  },
});

/** [B] What each answer is short of its full value: 1 − σ(±β·[Δ(y) − z]). */
export function valueLost(
  { pi, ref, answer, unrelated, good }: Scope<"points">,
  beta: number,
): Expr {
  const anchor = logRatio(pi, ref, unrelated).mean().max(0).stop();
  const sign = good.mul(2).sub(1);
  return sigmoid(logRatio(pi, ref, answer).sub(anchor).mul(sign).mul(beta).neg());
}
