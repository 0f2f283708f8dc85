import { type Answers, logRatio, method, softplus } from "../core/mod.ts";

/**
 * −log σ(β·[f′(u_w) − f′(u_l)]) with f′(u) = −1/u of u = π/π_ref: DPO under KL(π_ref‖π). log 1/u stops
 * at 40, so that slopes stay finite in single precision.
 */
export default method({
  id: "f-dpo-forward-kl",
  paper: {
    title:
      "Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse Divergence Constraints",
    arxiv: "2309.16240",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac{\beta}{u_l}-\frac{\beta}{u_w}\right),\quad u=\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/divergence/diversity"],
  claim: {
    text: "Covers the reference's answers, and so is more diverse than DPO at the same win-rate",
    on: "bandit/clean",
    measure: "entropy",
    against: ["dpo"],
    expect: "higher",
    at: {
      measure: "win-rate",
      over: {
        "f-dpo-forward-kl": { beta: [0.03, 0.1, 0.3, 1] },
        dpo: { beta: [0.03, 0.1, 0.3, 1] },
      },
    },
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: rewards are −β/u, which no answer's gain lifts above 0" },
  limits: [
    {
      at: "u → 0",
      then: "a reward without bound: a rejected answer soon needs to fall no further",
    },
    { at: "u_w → ∞", then: "no further gain: f′ is below 0" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: ({ logp, reference }, { beta }) => -beta * Math.exp(Math.min(40, reference - logp)),
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const inverse = (y: Answers) => logRatio(pi, ref, y).neg().min(40).exp();
    return softplus(inverse(chosen).sub(inverse(rejected)).mul(beta)).mean();
  },
});
