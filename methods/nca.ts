import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/** −log σ(βΔ(y_w)) − ½·log σ(−βΔ(y_w)) − ½·log σ(−βΔ(y_l)): each answer told apart from the reference's, for a pair. */
export default method({
  id: "nca",
  paper: {
    title: "Noise Contrastive Alignment of Language Models with Explicit Rewards",
    arxiv: "2402.05369",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma(\beta\Delta(y_w))-\tfrac12\log\sigma(-\beta\Delta(y_w))-\tfrac12\log\sigma(-\beta\Delta(y_l)),\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: [
    "data/feedback/point",
    "data/feedback/pair",
    "learning/paradigm/offline",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Optimises likelihoods, not their difference alone, so chosen ones do not fall as in DPO",
    on: "sequences/displaced",
    measure: "chosen-log-ratio",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio" },
  limits: [
    { at: "a pair seen with one label for ever", then: "βΔ(y_w) = log 2, and βΔ(y_l) → −∞" },
    { at: "β → 0", then: "2·log 2 with slopes −β/4 by Δ(y_w) and β/4 by Δ(y_l)" },
    { at: "π = π_ref", then: "2·log 2, with the same slopes" },
  ],
  search: { beta: [0.01, 0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = logRatio(pi, ref, chosen).mul(beta);
    const l = logRatio(pi, ref, rejected).mul(beta);
    return softplus(w.neg()).add(softplus(w).add(softplus(l)).mul(0.5)).mean();
  },
});
