import { logRatio, method, softplus } from "../core/mod.ts";

/** DPO on all objectives' pairs at once, those of the first with weight w and the others' with 1 − w: −w_k·log σ(β·[Δ(y_w) − Δ(y_l)]). */
export default method({
  id: "dpo-lw",
  paper: {
    title:
      "Beyond One-Preference-Fits-All Alignment: Multi-Objective Direct Preference Optimization",
    arxiv: "2310.03708",
    year: 2023,
  },
  equation: String
    .raw`-w_k\log\sigma\!\left(\beta\left[\Delta(y_w)-\Delta(y_l)\right]\right),\quad (x,y_w,y_l)\in\mathcal{D}_k`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "learning/objective/multi-objective",
  ],
  claim: {
    text: "Weighing losses does no better than MODPO, which weighs rewards",
    on: "bandit/objectives",
    measure: "reward",
    against: ["modpo"],
    expect: "not higher",
    headline: false,
  },
  feedback: "objectives",
  hyper: { beta: 0.1, w: 0.5 },
  roles: {
    beta: "how little the pairs may move the policy from its reference",
    w: "weight of the first objective's pairs beside 1 − w of all others'",
  },
  limits: [
    { at: "w = 1/2", then: "DPO on all pairs, halved" },
    { at: "w → 1", then: "DPO on the first objective's pairs alone" },
    { at: "one objective", then: "DPO with its loss times w" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected, objective }, { beta, w }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const weight = objective.min(1).mul(1 - 2 * w).add(w);
    return softplus(margin.mul(-beta)).mul(weight).mean();
  },
});
