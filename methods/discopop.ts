import { logRatio, method, sigmoid, softplus } from "../core/mod.ts";

/**
 * (1 − m)·(−log σ(z)) + m·e^{−z}, z = βΔ, m = σ(z/τ): found by a language model's search over losses.
 * At the paper's τ of 0.05 it rises at z = 0 and first turns pairs round, unless β is large enough for
 * one step to leap over its crest: β is therefore 2 here, where the paper has 0.05.
 */
export default method({
  id: "discopop",
  paper: {
    title: "Discovering Preference Optimization Algorithms with and for Large Language Models",
    arxiv: "2406.08414",
    year: 2024,
  },
  equation: String
    .raw`-(1-m)\log\sigma(z)+m\,e^{-z},\quad m=\sigma(z/\tau),\ z=\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "other/analysis"],
  claim: {
    text: "A discovered mixture of the logistic and the exponential loss wins more often than DPO",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 2, tau: 0.05 },
  roles: {
    beta: "pull to the reference",
    tau: "width of the passage from the logistic loss to the exponential one",
  },
  limits: [
    { at: "τ → ∞", then: "the mean of DPO's loss and e^{−z}" },
    { at: "τ → 0", then: "DPO's loss below z = 0 and e^{−z}, which is higher there, above" },
    {
      at: "τ = 0.05",
      then: "least at z = −0.119 on the way to a crest at 0.072, and falling after",
    },
    { at: "π = π_ref", then: "(1 + log 2)/2, with slope β·((1 − log 2)/4τ − 3/4) by each margin" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1, 2], tau: [0.05, 0.2] },
  loss({ pi, ref, chosen, rejected }, { beta, tau }) {
    const z = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
    const logistic = softplus(z.neg()).mul(sigmoid(z.mul(-1 / tau)));
    // m·e^{−z} as one exponential: apart, 0 times infinity.
    const exponential = z.add(softplus(z.mul(-1 / tau))).neg().exp();
    return logistic.add(exponential).mean();
  },
});
