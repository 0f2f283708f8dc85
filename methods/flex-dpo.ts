import { logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β⁺Δ(y_w) − β⁻Δ(y_l)), β⁻ < β⁺: DPO that pushes the rejected answer less than the chosen one. */
export default method({
  id: "flex-dpo",
  paper: {
    title: "3D-Properties: Identifying Challenges in DPO and Charting a Path Forward",
    arxiv: "2406.07327",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta^{+}\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)}-\beta^{-}\log\frac{\pi(y_l|x)}{\pi_{\mathrm{ref}}(y_l|x)}\right)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text: "A smaller β for rejected answers slows their fall, which DPO's makes drastic",
    on: "sequences/displaced",
    measure: "rejected-log-ratio",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, betaRejected: 0.03 },
  roles: {
    beta: "β⁺: how much the chosen answer's log-ratio counts",
    betaRejected: "β⁻: how much the rejected answer's does",
  },
  limits: [
    { at: "β⁻ = β⁺", then: "DPO" },
    { at: "β⁻ = 0", then: "−log σ(β⁺Δ(y_w)): imitation that rests once it leads the reference" },
    { at: "π = π_ref", then: "log 2, with slopes −β⁺/2 and β⁻/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], betaRejected: [0.01, 0.03, 0.1] },
  loss({ pi, ref, chosen, rejected }, { beta, betaRejected }) {
    const w = logRatio(pi, ref, chosen).mul(beta);
    const l = logRatio(pi, ref, rejected).mul(betaRejected);
    return softplus(l.sub(w)).mean();
  },
});
