import { logRatio, logRatioReward, meanLogp, method, softplus } from "../core/mod.ts";

/**
 * DPO's loss − γ·log π(r|x, y_w ≻ y_l) a token: the policy also learns to say why y_w is better. A
 * reason here is the attribute that decides, and always right; it is paid for by the bits that it says.
 */
export default method({
  id: "rationale-dpo",
  paper: {
    title: "Data-Centric Human Preference Optimization with Rationales",
    arxiv: "2407.14477",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta[\Delta(y_w)-\Delta(y_l)]\right)-\frac{\gamma}{|r|}\log\pi(r|x,y_w\succ y_l)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/step",
    "learning/paradigm/offline",
  ],
  claim: {
    text: "Learns more from few labels than DPO, as a reason says which difference counts",
    on: "sequences/scarce",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "rationales",
  hyper: { beta: 0.1, gamma: 0.1 },
  roles: {
    beta: "as in DPO: less of it goes further from the reference",
    gamma: "what a nat a token of the reason weighs beside a pair's loss",
  },
  limits: [
    { at: "γ → 0", then: "DPO" },
    { at: "γ → ∞", then: "the reason alone is learned" },
    { at: "π = π_ref", then: "log 2 + γ times the reason's loss a token under the reference" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], gamma: [0.01, 0.1, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected, why }, { beta, gamma }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return softplus(margin.mul(-beta)).sub(meanLogp(pi, why).mul(gamma)).mean();
  },
});
