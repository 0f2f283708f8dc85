import { logRatio, method, softplus } from "../core/mod.ts";

/**
 * −log σ(Δ(y_w) − Δ(y_l)) + λ·[(Δ(y_w) − 1/2β)² + (Δ(y_l) + 1/2β)²]: a contrast without β, and targets
 * for the log-ratios themselves. λ is 1 in the paper as the catalogue has it, ½ in its code.
 */
export default method({
  id: "cal-dpo",
  paper: {
    title: "Cal-DPO: Calibrated Direct Preference Optimization for Language Model Alignment",
    arxiv: "2412.14516",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\Delta(y_w)-\Delta(y_l)\right)+\lambda\left[\left(\Delta(y_w)-\tfrac1{2\beta}\right)^{2}+\left(\Delta(y_l)+\tfrac1{2\beta}\right)^{2}\right],\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: [
    "data/feedback/point",
    "data/feedback/pair",
    "learning/paradigm/offline",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Holds rewards to a scale, so that chosen answers do not grow unlikely as in DPO",
    on: "sequences/displaced",
    measure: "chosen-log-ratio",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 0.5, lambda: 1 },
  roles: {
    beta:
      "pull to the reference: targets are ±1/2β nats of log-ratio; the authors' 0.001 asks for 500, which answers this short do not have",
    lambda: "weight of the targets beside the contrast",
  },
  limits: [
    { at: "λ = 0", then: "DPO with β = 1" },
    { at: "λ → ∞", then: "SPPO's regression on labels, with η = 1/β" },
    { at: "β → ∞", then: "the contrast, with squared log-ratios as a pull to the reference" },
    { at: "π = π_ref", then: "log 2 + λ/2β²" },
  ],
  search: { beta: [0.1, 0.25, 0.5, 1], lambda: [0.5, 1] },
  loss({ pi, ref, chosen, rejected }, { beta, lambda }) {
    const [w, l] = [logRatio(pi, ref, chosen), logRatio(pi, ref, rejected)];
    const target = 1 / (2 * beta);
    const off = w.sub(target).square().add(l.add(target).square());
    return softplus(l.sub(w)).add(off.mul(lambda)).mean();
  },
});
