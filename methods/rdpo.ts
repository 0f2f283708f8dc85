import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/**
 * [−(1 − ε)·log σ(βΔ) + ε·log σ(−βΔ)]/(1 − 2ε): over labels turned round with probability ε its mean
 * is DPO's loss on clean ones. Linear in a large margin and so unbounded below, as in the paper.
 */
export default method({
  id: "rdpo",
  paper: {
    title: "Provably Robust DPO: Aligning Language Models with Noisy Feedback",
    arxiv: "2403.00409",
    year: 2024,
  },
  equation: String
    .raw`\frac{-(1-\varepsilon)\log\sigma(\beta\Delta)+\varepsilon\log\sigma(-\beta\Delta)}{1-2\varepsilon},\quad\Delta=\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}`,
  taxonomy: ["data/quality/noise", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Where labels are turned round at a known rate, learns the preferences behind them",
    on: "bandit/noisy",
    measure: "calibration-error",
    against: ["dpo", "cdpo"],
    expect: "lower",
    margin: 0.005,
  },
  feedback: "pairs",
  hyper: { beta: 0.1, epsilon: 0.1 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    epsilon: "share of labels known to be turned round, below 1/2",
  },
  limits: [
    { at: "ε = 0", then: "DPO" },
    { at: "ε → 1/2", then: "a variance without bound: the loss of a pair grows as 1/(1 − 2ε)" },
    { at: "Δ → ∞", then: "−εβΔ/(1 − 2ε): pairs that are apart are still pushed" },
    { at: "π = π_ref", then: "log 2, with slope −β/(2(1 − 2ε)) by each margin" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], epsilon: [0.1, 0.2, 0.3] },
  within: { epsilon: [0, 0.45] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta, epsilon }) {
    const z = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
    const kept = softplus(z.neg()).mul(1 - epsilon).sub(softplus(z).mul(epsilon));
    return kept.mean().mul(1 / (1 - 2 * epsilon));
  },
});
