import { logRatio, method, sigmoid } from "../core/mod.ts";

/** 1 − σ(βΔ(y_w)) + σ(βΔ(y_l)): chosen answers up and rejected ones down, each against the reference. */
export default method({
  id: "apo-zero",
  paper: {
    title:
      "Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment",
    arxiv: "2408.06266",
    year: 2024,
  },
  equation: String
    .raw`1-\sigma(\beta\Delta(y_w))+\sigma(\beta\Delta(y_l)),\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text: "On contrastive pairs, saying how each answer should move wins more often than DPO",
    on: "sequences/displaced",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "how few nats from the reference an answer's push fades at" },
  limits: [
    { at: "β → 0", then: "1 − β·margin/4: a linear loss without end" },
    { at: "β → ∞", then: "a step at the reference: no slope on either side" },
    { at: "π = π_ref", then: "1, with slopes −β/4 and β/4" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = logRatio(pi, ref, chosen).mul(beta);
    const l = logRatio(pi, ref, rejected).mul(beta);
    return sigmoid(w.neg()).add(sigmoid(l)).mean();
  },
});
