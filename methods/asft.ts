import { log1mexp, meanLogp, method } from "../core/mod.ts";

/**
 * −log p(y_w) − λ·[log σ(log o(y_w)) + log σ(−log o(y_l))] with odds o = p/(1 − p) of p = exp(mean token
 * log-probability). As σ(log o) = p, it is −(1 + λ)·log p(y_w) − λ·log(1 − p(y_l)), with p(y_l) kept
 * below 1 by a millionth.
 */
export default method({
  id: "asft",
  paper: {
    title: "ASFT: Aligned Supervised Fine-Tuning through Absolute Likelihood",
    arxiv: "2409.10571",
    year: 2024,
  },
  equation: String
    .raw`-(1+\lambda)\log p(y_w|x)-\lambda\log\!\left(1-p(y_l|x)\right),\quad p(y|x)=\pi(y|x)^{1/|y|}`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Absolute likelihoods win more often than DPO's ratio, without a reference",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { lambda: 1 },
  roles: { lambda: "weight of the odds beside imitation" },
  limits: [
    { at: "λ = 0", then: "imitation of the chosen answers, each answer counted alike" },
    { at: "λ → ∞", then: "imitation and unlikelihood in equal parts" },
    { at: "p(y_l) → 0", then: "imitation: an unlikely answer is pushed no further" },
  ],
  search: { lambda: [0.2, 0.5, 1, 3] },
  loss({ pi, chosen, rejected }, { lambda }) {
    const likely = meanLogp(pi, chosen).mul(1 + lambda);
    const unlikely = log1mexp(meanLogp(pi, rejected).min(-1e-6)).mul(lambda);
    return likely.add(unlikely).mean().neg();
  },
});
