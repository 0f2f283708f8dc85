import { logRatioReward, meanLogp, method } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO's loss − η·log π(y_w|x)/|y_w|: the form on means that the authors recommend; on sums it is `rpo-sum`. */
export default method({
  id: "rpo",
  paper: {
    title:
      "Provably Mitigating Overoptimization in RLHF: Your SFT Loss is Implicitly an Adversarial Regularizer",
    arxiv: "2405.16436",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right)-\frac{\eta}{|y_w|}\log\pi(y_w|x)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/divergence/generalization",
    "model/generation/distribution-shift",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Imitation makes it distrust what won by luck, so it ends nearer the best than DPO",
    on: "bandit/lucky",
    measure: "regret",
    against: ["dpo"],
    expect: "lower",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, eta: 0.2 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    eta: "weight of imitating the chosen answer, a token",
  },
  limits: [
    { at: "η = 0", then: "DPO" },
    { at: "η → ∞", then: "imitation of the chosen answers, each answer counted alike" },
    { at: "π = π_ref", then: "log 2 − η·log π_ref(y_w)/|y_w|" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], eta: [0.05, 0.2] },
  implied: logRatioReward,
  loss(scope, { beta, eta }) {
    return dpo.loss(scope, { beta }).sub(meanLogp(scope.pi, scope.chosen).mean().mul(eta));
  },
});
