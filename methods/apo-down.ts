import { logRatio, method, sigmoid } from "../core/mod.ts";

/** σ(βΔ(y_w)) + 1 − σ(β·[Δ(y_w) − Δ(y_l)]): both answers down, the rejected one further, where both are worse than the model's own. */
export default method({
  id: "apo-down",
  paper: {
    title:
      "Anchored Preference Optimization and Contrastive Revisions: Addressing Underspecification in Alignment",
    arxiv: "2408.06266",
    year: 2024,
  },
  equation: String
    .raw`\sigma(\beta\Delta(y_w))+1-\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)\right]\right),\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text: "Takes chosen answers for worse than the model's own and lowers them, unlike APO-zero",
    on: "sequences/displaced",
    measure: "chosen-log-ratio",
    against: ["apo-zero"],
    expect: "lower",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "how few nats from the reference a push fades at" },
  limits: [
    { at: "β → 0", then: "1 + βΔ(y_l)/4: only the rejected answer is pushed" },
    { at: "Δ(y_w) → −∞", then: "1 − σ(β·margin): only the order of the two counts" },
    { at: "π = π_ref", then: "1, with slopes 0 by Δ(y_w) and β/4 by Δ(y_l)" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = logRatio(pi, ref, chosen).mul(beta);
    const l = logRatio(pi, ref, rejected).mul(beta);
    return sigmoid(w).add(sigmoid(l.sub(w))).mean();
  },
});
