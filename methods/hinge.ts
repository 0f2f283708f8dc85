import { logRatio, method } from "../core/mod.ts";

/**
 * max(0, 1 − β·[Δ(y_w) − Δ(y_l)]): SLiC's hinge on DPO's margin, satisfied once that reaches 1/β. So TRL
 * has it, and RSO as hinge-norm; SLiC-HF's own has no reference (`slic`).
 */
export default method({
  id: "hinge",
  paper: {
    title: "SLiC-HF: Sequence Likelihood Calibration with Human Feedback",
    arxiv: "2305.10425",
    year: 2023,
  },
  equation: String
    .raw`\max\!\left(0,\ 1-\beta\left[\Delta(y_w)-\Delta(y_l)\right]\right),\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Stops pushing pairs that are already apart, so it stays nearer the reference than DPO",
    on: "bandit/deterministic",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 0.5 },
  roles: { beta: "pull to the reference: a pair rests once its margin of log-ratios is 1/β nats" },
  limits: [
    { at: "β → 0", then: "1 − β·margin: every pair is pushed for ever, with the same force" },
    { at: "β → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
    { at: "π = π_ref", then: "1, with slope −β by each margin" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 0.5, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return margin.mul(-beta).add(1).max(0).mean();
  },
});
