import { forwardKl, logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w) − Δ(y_l) − α·(D(y_l) − sg D(y_w))]): TDPO1 with weight α and no gradient through D(y_w). */
export default method({
  id: "tdpo2",
  paper: {
    title: "Token-level Direct Preference Optimization",
    arxiv: "2404.11999",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)-\alpha\left(D(y_l)-\mathrm{sg}\,D(y_w)\right)\right]\right),\quad D(y)=\sum_t\mathrm{KL}\!\left(\pi_{\mathrm{ref}}(\cdot|x,y_{<t})\,\|\,\pi(\cdot|x,y_{<t})\right)`,
  taxonomy: [
    "data/feedback/pair",
    "data/granularity/token",
    "learning/paradigm/offline",
    "constraint/divergence/diversity",
  ],
  claim: {
    text:
      "Is more diverse than DPO at the same reward, as it holds rejected text near the reference",
    on: "sequences/clean",
    measure: "entropy",
    against: ["dpo"],
    expect: "higher",
    at: {
      measure: "reward",
      over: { tdpo2: { beta: [0.03, 0.1, 0.3, 1] }, dpo: { beta: [0.03, 0.1, 0.3, 1] } },
    },
  },
  feedback: "pairs",
  hyper: { beta: 0.1, alpha: 0.5 },
  roles: {
    beta: "pull to the reference",
    alpha: "weight of the divergence along the rejected answer",
  },
  limits: [
    { at: "α = 0", then: "DPO" },
    { at: "α = 1", then: "TDPO1's value, but no gradient that lifts D(y_w)" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes, as D has its least value there" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.5, 1] },
  loss({ pi, ref, chosen, rejected }, { beta, alpha }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const surplus = forwardKl(pi, ref, rejected).sub(forwardKl(pi, ref, chosen).stop());
    return softplus(surplus.mul(alpha).sub(margin).mul(beta)).mean();
  },
});
