import { logRatioReward, method, tokenNll } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO's loss + λ·imitation of y_w, all tokens of a batch counted alike: a remedy for chosen answers that fade. */
export default method({
  id: "sft-dpo",
  paper: {
    title: "3D-Properties: Identifying Challenges in DPO and Charting a Path Forward",
    arxiv: "2406.07327",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right)-\frac{\lambda}{\sum|y_w|}\sum\log\pi(y_w|x)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/likelihood"],
  claim: {
    text: "Imitation beside DPO keeps the chosen answers from growing unlikely",
    on: "sequences/displaced",
    measure: "chosen-log-ratio",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, lambda: 0.3 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    lambda: "weight of imitating the chosen answers, a token",
  },
  limits: [
    { at: "λ = 0", then: "DPO" },
    { at: "λ → ∞", then: "imitation of the chosen answers" },
    { at: "answers of one length", then: "RPO on means, with η = λ" },
    { at: "π = π_ref", then: "log 2 and λ times imitation" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], lambda: [0.1, 0.3] },
  implied: logRatioReward,
  loss(scope, { beta, lambda }) {
    return dpo.loss(scope, { beta }).add(tokenNll(scope.pi, scope.chosen).mul(lambda));
  },
});
