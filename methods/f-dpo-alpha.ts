import { type Answers, logRatio, method, softplus } from "../core/mod.ts";

/**
 * −log σ(β·[f′(u_w) − f′(u_l)]) with f′(u) = (1 − u^{−α})/α of u = π/π_ref: DPO under the α-divergence.
 * α is the paper's; TRL's is 1 − α. The exponent stops at 40, so that slopes stay finite.
 */
export default method({
  id: "f-dpo-alpha",
  paper: {
    title:
      "Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse Divergence Constraints",
    arxiv: "2309.16240",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac\beta\alpha\left[u_l^{-\alpha}-u_w^{-\alpha}\right]\right),\quad u=\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/divergence/diversity"],
  claim: {
    text:
      "Between the two KL divergences, keeps answers more diverse than DPO's at the same win-rate",
    on: "bandit/clean",
    measure: "entropy",
    against: ["dpo"],
    expect: "higher",
    at: {
      measure: "win-rate",
      over: {
        "f-dpo-alpha": { beta: [0.03, 0.1, 0.3, 1] },
        dpo: { beta: [0.03, 0.1, 0.3, 1] },
      },
    },
  },
  feedback: "pairs",
  hyper: { beta: 0.1, alpha: 0.5 },
  roles: {
    beta: "pull to the reference: rewards are β·f′(u)",
    alpha: "from reverse KL at 0 to forward KL at 1",
  },
  limits: [
    { at: "α → 0", then: "DPO" },
    { at: "α = 1", then: "f-DPO under the forward KL" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.3, 0.5] },
  within: { alpha: [0.01, 1] },
  implied: ({ logp, reference }, { beta, alpha }) =>
    -beta * Math.exp(Math.min(40, alpha * (reference - logp))) / alpha,
  loss({ pi, ref, chosen, rejected }, { beta, alpha }) {
    const power = (y: Answers) => logRatio(pi, ref, y).mul(-alpha).min(40).exp();
    return softplus(power(chosen).sub(power(rejected)).mul(beta / alpha)).mean();
  },
});
