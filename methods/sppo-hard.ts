import { logRatio, method } from "../core/mod.ts";

/**
 * (Δ(y_w) − η/2)² + (Δ(y_l) + η/2)²: SPPO's regression with a label for a win-rate, on given pairs and
 * against the start policy. The paper's own, on fresh rounds of self-play, is `sppo`.
 */
export default method({
  id: "sppo-hard",
  paper: {
    title: "Self-Play Preference Optimization for Language Model Alignment",
    arxiv: "2405.00675",
    year: 2024,
  },
  equation: String
    .raw`\left(\Delta(y_w)-\frac\eta2\right)^{2}+\left(\Delta(y_l)+\frac\eta2\right)^{2},\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "learning/objective/self-play",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Raises the chosen answers and lowers the rejected, where DPO may lower both",
    on: "sequences/displaced",
    measure: "chosen-log-ratio",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  hyper: { eta: 4 },
  roles: { eta: "nats between the chosen answer's target and the rejected one's; TRL's 1/β" },
  limits: [
    { at: "η → 0", then: "squared log-ratios: back to the reference" },
    { at: "η → ∞", then: "−η·margin: every pair is pushed alike" },
    { at: "π = π_ref", then: "η²/2, with slopes −η and η" },
  ],
  search: { eta: [0.3, 1, 4, 10] },
  loss({ pi, ref, chosen, rejected }, { eta }) {
    const w = logRatio(pi, ref, chosen).sub(eta / 2).square();
    const l = logRatio(pi, ref, rejected).add(eta / 2).square();
    return w.add(l).mean();
  },
});
