import { logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w) − Δ(y_l) − λ·max(0, −Δ(y_w))]): DPO with a fine on chosen answers below the reference. */
export default method({
  id: "dpop",
  paper: {
    title: "Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive",
    arxiv: "2402.13228",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)-\lambda\max\!\left(0,-\Delta(y_w)\right)\right]\right),\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text:
      "Where pairs are nearly alike, keeping the chosen answers likely wins more often than DPO",
    on: "sequences/displaced",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, lambda: 5 },
  roles: {
    beta: "pull to the reference",
    lambda:
      "fine on each nat that the chosen answer lies below the reference; Smaug has 50 with β = 0.3, which here leaves imitation alone",
  },
  limits: [
    { at: "λ = 0", then: "DPO" },
    { at: "λ → ∞", then: "no chosen answer may fall below the reference" },
    { at: "Δ(y_w) ≥ 0", then: "DPO, whatever λ" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes, as the fine has none there from above" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], lambda: [5, 50] },
  loss({ pi, ref, chosen, rejected }, { beta, lambda }) {
    const w = logRatio(pi, ref, chosen);
    const fine = w.neg().max(0).mul(lambda);
    const margin = w.sub(logRatio(pi, ref, rejected)).sub(fine);
    return softplus(margin.mul(-beta)).mean();
  },
});
