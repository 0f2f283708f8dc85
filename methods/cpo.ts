import { method, softplus, tokenNll } from "../core/mod.ts";

/** −log σ(β·[log π(y_w|x) − log π(y_l|x)]) on sums, + α·imitation of y_w a token: DPO with a uniform reference. */
export default method({
  id: "cpo",
  paper: {
    title:
      "Contrastive Preference Optimization: Pushing the Boundaries of LLM Performance in Machine Translation",
    arxiv: "2401.08417",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\pi(y_w|x)-\beta\log\pi(y_l|x)\right)-\frac{\alpha}{\sum|y_w|}\sum\log\pi(y_w|x)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Goes beyond imitation of the chosen answers, without the cost of a reference",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["sft"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { beta: 0.1, alpha: 1 },
  roles: {
    beta: "scale of log π as a reward",
    alpha: "weight of imitating the chosen answer, which stands in for a reference",
  },
  limits: [
    { at: "β → 0", then: "α times imitation, and log 2" },
    { at: "α = 0", then: "DPO from a reference that gives all answers the same probability" },
    { at: "α → ∞", then: "imitation of the chosen answers" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.3, 1] },
  implied: ({ logp }, { beta }) => beta * logp,
  loss({ pi, chosen, rejected }, { beta, alpha }) {
    const margin = pi.logp(chosen).sub(pi.logp(rejected));
    return softplus(margin.mul(-beta)).mean().add(tokenNll(pi, chosen).mul(alpha));
  },
});
