import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/**
 * DPO's loss on pairs that are read twice: towards the winner's score y_w wins, towards the loser's y_l
 * does. Scores are ratings with an error, paid for by the labels that would tell as much.
 */
export default method({
  id: "reward-augmented",
  paper: {
    title: "Reward-Augmented Data Enhances Direct Preference Alignment of LLMs",
    arxiv: "2410.08067",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_c|x,g)}{\pi_{\mathrm{ref}}(y_c|x,g)}-\beta\log\frac{\pi(y_r|x,g)}{\pi_{\mathrm{ref}}(y_r|x,g)}\right),\quad (y_c,y_r,g)\in\{(y_w,y_l,r_w),(y_l,y_w,r_l)\}`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/offline",
    "model/optimization/likelihood",
  ],
  claim: {
    text:
      "Asked for the greatest reward it does better than DPO, as good answers that lost are not " +
      "unlearned",
    on: "sequences/graded",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  told: "goal",
  hyper: { beta: 0.1 },
  roles: {
    beta:
      "how many nats of log-ratio say one of log-odds; less of it goes further from the reference",
  },
  limits: [
    { at: "β → 0", then: "log 2 without a slope, as in DPO" },
    {
      at: "β → ∞",
      then: "a hinge: every pair on the wrong side of 0 counts by its distance alone",
    },
    { at: "π = π_ref", then: "log 2; where the prompt's goal is not read the two halves cancel" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return softplus(margin.mul(-beta)).mean();
  },
});
