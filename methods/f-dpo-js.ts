import { logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[f′(u_w) − f′(u_l)]) with f′(u) = log 2u/(1 + u) of u = π/π_ref: DPO under the Jensen–Shannon divergence. */
export default method({
  id: "f-dpo-js",
  paper: {
    title:
      "Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse Divergence Constraints",
    arxiv: "2309.16240",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{2u_w}{1+u_w}-\beta\log\frac{2u_l}{1+u_l}\right),\quad u=\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/divergence/diversity"],
  claim: {
    text: "Keeps answers more diverse than DPO's reverse KL at the same win-rate",
    on: "bandit/clean",
    measure: "entropy",
    against: ["dpo"],
    expect: "higher",
    at: {
      measure: "win-rate",
      over: {
        "f-dpo-js": { beta: [0.03, 0.1, 0.3, 1] },
        dpo: { beta: [0.03, 0.1, 0.3, 1] },
      },
    },
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: rewards are β·f′(u), at most β·log 2" },
  limits: [
    { at: "u_w → ∞", then: "no further gain: f′ is at most log 2" },
    { at: "u → 0", then: "f′ = log 2u: DPO" },
    { at: "π = π_ref", then: "log 2 with half of DPO's slopes" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied({ logp, reference }, { beta }) {
    const d = logp - reference;
    return beta * (Math.min(d, 0) - Math.log1p(Math.exp(-Math.abs(d))));
  },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = softplus(logRatio(pi, ref, chosen).neg());
    const l = softplus(logRatio(pi, ref, rejected).neg());
    return softplus(w.sub(l).mul(beta)).mean();
  },
});
