import { logRatio, logRatioReward, method } from "../core/mod.ts";

/** IPO's loss on prompts X = (shots of a user, question): (Δ(y_w|X) − Δ(y_l|X) − 1/2β)², so that the policy learns to read a user. */
export default method({
  id: "fspo",
  paper: {
    title:
      "FSPO: Few-Shot Preference Optimization of Synthetic Preference Data in LLMs Elicits Effective Personalization to Real Users",
    arxiv: "2502.19312",
    year: 2025,
  },
  equation: String
    .raw`\left(\log\frac{\pi(y_w|c_u,x)\,\pi_{\mathrm{ref}}(y_l|c_u,x)}{\pi(y_l|c_u,x)\,\pi_{\mathrm{ref}}(y_w|c_u,x)}-\frac{1}{2\beta}\right)^{2}`,
  taxonomy: ["data/quality/heterogeneity", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "With a few labelled pairs of a new user in its prompt it serves that user better than a " +
      "policy of everybody's labels",
    on: "sequences/users",
    measure: "reward",
    against: ["dpo", "ipo"],
    expect: "higher",
  },
  feedback: "pairs",
  told: "shots",
  hyper: { beta: 0.1 },
  roles: {
    beta: "where the margin of a pair should come to stand: at 1/2β nats",
  },
  limits: [
    { at: "β → ∞", then: "(Δ(y_w) − Δ(y_l))²: the policy stays at the reference" },
    { at: "β → 0", then: "the margin has no end, as with DPO on certain labels" },
    { at: "π = π_ref", then: "1/4β², with a slope of −1/β in the margin" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return margin.sub(1 / (2 * beta)).square().mean();
  },
});
