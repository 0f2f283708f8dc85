import { logRatio, logRatioReward, method, sigmoid, softplus } from "../core/mod.ts";

/** KL(q‖p) of q = (σ(βΔ), σ(−βΔ)) from the labels p = (1 − ε, ε): DPO's divergence the other way round, for two answers. */
export default method({
  id: "exo",
  paper: {
    title: "Towards Efficient Exact Optimization of Language Model Alignment",
    arxiv: "2402.00856",
    year: 2024,
  },
  equation: String
    .raw`q\log\frac{q}{1-\varepsilon}+(1-q)\log\frac{1-q}{\varepsilon},\quad q=\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/divergence/generalization",
  ],
  claim: {
    text: "The reverse divergence seeks the best answers, so it reaches a higher reward than DPO",
    on: "bandit/clean",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, epsilon: 1e-3 },
  roles: {
    beta: "pull to the reference",
    epsilon: "doubt about a label; at 0 the loss has no bound",
  },
  limits: [
    { at: "ε → 0", then: "(1 − q)·log(1/ε): the share of pairs ranked wrongly, ever more steeply" },
    { at: "Δ → ±∞", then: "no gradient: a pair ranked wrongly by far is given up" },
    { at: "βΔ = log((1 − ε)/ε)", then: "0, its least value" },
    { at: "π = π_ref", then: "−log 2 − (log(1 − ε) + log ε)/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], epsilon: [1e-3, 0.1] },
  within: { epsilon: [1e-6, 0.45] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta, epsilon }) {
    const z = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
    const won = sigmoid(z).mul(softplus(z.neg()).add(Math.log(1 - epsilon)));
    const lost = sigmoid(z.neg()).mul(softplus(z).add(Math.log(epsilon)));
    return won.add(lost).mean().neg();
  },
});
