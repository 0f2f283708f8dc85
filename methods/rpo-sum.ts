import { logRatioReward, method } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO's loss − ηβ·log π(y_w|x) on the sum over tokens: RPO as its theory derives it; on means it is `rpo`. */
export default method({
  id: "rpo-sum",
  paper: {
    title:
      "Provably Mitigating Overoptimization in RLHF: Your SFT Loss is Implicitly an Adversarial Regularizer",
    arxiv: "2405.16436",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right)-\eta\beta\log\pi(y_w|x)`,
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
  hyper: { beta: 0.1, eta: 0.1 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    eta:
      "weight of the chosen answer's value against the misfit, times β: imitation on sums; 0.005 in the authors' code, whose answers are hundreds of tokens",
  },
  limits: [
    { at: "η = 0", then: "DPO" },
    { at: "η → ∞", then: "imitation of the chosen answers, on sums over tokens" },
    { at: "π = π_ref", then: "log 2 − ηβ·log π_ref(y_w), slopes −β(1/2 + η) and β/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], eta: [0.02, 0.1] },
  implied: logRatioReward,
  loss(scope, { beta, eta }) {
    return dpo.loss(scope, { beta }).sub(scope.pi.logp(scope.chosen).mean().mul(eta * beta));
  },
});
