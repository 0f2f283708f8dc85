import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/** −(1 − ε)·log σ(βΔ) − ε·log σ(−βΔ), Δ = Δ(y_w) − Δ(y_l): DPO with labels believed to be wrong ε of the time. */
export default method({
  id: "cdpo",
  paper: {
    title: "A note on DPO with noisy preferences & relationship to IPO",
    year: 2023,
  },
  equation: String
    .raw`-(1-\varepsilon)\log\sigma(\beta\Delta)-\varepsilon\log\sigma(-\beta\Delta),\quad\Delta=\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}`,
  taxonomy: ["data/quality/noise", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "Asks for a finite margin, so that it stays nearer the reference than DPO on noisy labels",
    on: "bandit/noisy",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, epsilon: 0.1 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    epsilon: "share of labels believed to be turned round",
  },
  limits: [
    { at: "ε = 0", then: "DPO" },
    { at: "ε → 1/2", then: "log(2·cosh(βΔ/2)): every margin is drawn back to the reference's" },
    { at: "a pair seen with one label for ever", then: "βΔ = log((1 − ε)/ε), where DPO has none" },
    { at: "π = π_ref", then: "log 2, with slope −β(1/2 − ε) by each margin" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], epsilon: [0.1, 0.2, 0.3] },
  within: { epsilon: [0, 0.45] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta, epsilon }) {
    const z = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
    return softplus(z.neg()).mul(1 - epsilon).add(softplus(z).mul(epsilon)).mean();
  },
});
