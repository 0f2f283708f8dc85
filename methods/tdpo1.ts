import { forwardKl, logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w) − Δ(y_l) − D(y_l) + D(y_w)]), D(y) = Σₜ KL(π_ref‖π) of whole next-step distributions along y. */
export default method({
  id: "tdpo1",
  paper: {
    title: "Token-level Direct Preference Optimization",
    arxiv: "2404.11999",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)-D(y_l)+D(y_w)\right]\right),\quad D(y)=\sum_t\mathrm{KL}\!\left(\pi_{\mathrm{ref}}(\cdot|x,y_{<t})\,\|\,\pi(\cdot|x,y_{<t})\right)`,
  taxonomy: [
    "data/feedback/pair",
    "data/granularity/token",
    "learning/paradigm/offline",
    "constraint/divergence/diversity",
  ],
  claim: {
    text: "Minding the divergence at each token, it has more reward than DPO at the same KL",
    on: "sequences/clean",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
    at: {
      measure: "kl",
      over: { tdpo1: { beta: [0.03, 0.1, 0.3, 1] }, dpo: { beta: [0.03, 0.1, 0.3, 1] } },
    },
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference" },
  limits: [
    { at: "D(y_w) = D(y_l)", then: "DPO: always where answers have one token" },
    { at: "β → 0", then: "log 2 − β·logit/2: every pair is pushed alike" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes, as D has its least value there" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = logRatio(pi, ref, chosen).add(forwardKl(pi, ref, chosen));
    const l = logRatio(pi, ref, rejected).add(forwardKl(pi, ref, rejected));
    return softplus(l.sub(w).mul(beta)).mean();
  },
});
