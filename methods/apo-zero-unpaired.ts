import { logRatio, method, sigmoid } from "../core/mod.ts";

/** λ·(1 − σ(±βΔ(y))), plus for good answers: KTO with its estimate of the KL divergence left at 0, or APO-zero on single answers. */
export default method({
  id: "apo-zero-unpaired",
  paper: {
    title:
      "Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment",
    arxiv: "2408.06266",
    year: 2024,
  },
  equation: String
    .raw`\lambda_y\left(1-\sigma\!\left(\pm\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}\right)\right)`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text: "Learns as much as KTO without estimating how far the policy has moved",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["kto"],
    expect: "equal",
    headline: false,
  },
  feedback: "points",
  hyper: { beta: 0.1, desirable: 1, undesirable: 1 },
  roles: {
    beta: "how few nats from the reference an answer's push fades at",
    desirable: "weight of good answers",
    undesirable: "weight of bad answers",
  },
  limits: [
    { at: "β → 0", then: "λ·(1/2 ∓ βΔ/4): a linear loss without end" },
    { at: "KL(π‖π_ref) = 0", then: "KTO" },
    { at: "π = π_ref", then: "half the mean weight" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, answer, good }, { beta, desirable, undesirable }) {
    const sign = good.mul(2).sub(1);
    const weight = good.mul(desirable - undesirable).add(undesirable);
    return sigmoid(logRatio(pi, ref, answer).mul(sign).mul(-beta)).mul(weight).mean();
  },
});
