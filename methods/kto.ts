import { logRatio, method, sigmoid } from "../core/mod.ts";

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
  taxonomy: ["data/feedback/point", "learning/paradigm/offline", "constraint/reference"],
  claim: {
    text: "Matches DPO from unpaired thumbs up and down",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "equal",
  },
  feedback: "points",
  hyper: { beta: 0.1, desirable: 1, undesirable: 1 },
  loss({ pi, ref, answer, unrelated, good }, { beta, desirable, undesirable }) {
    const anchor = logRatio(pi, ref, unrelated).mean().max(0).stop();
    const sign = good.mul(2).sub(1);
    const weight = good.mul(desirable - undesirable).add(undesirable);
    const gain = logRatio(pi, ref, answer).sub(anchor).mul(sign).mul(beta);
    return sigmoid(gain.neg()).mul(weight).mean();
  },
});
