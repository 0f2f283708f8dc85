import { meanLogp, method } from "../core/mod.ts";
import simpo from "./simpo.ts";

/**
 * SimPO's loss + imitation of y_w, each answer's mean a token: CPO with both of its terms on means. The
 * paper describes its training in words alone. Its other half, attention that is twice as wide by what
 * a first token adds, is not here: with that token as the one key it is attention at another
 * temperature and a bias (tests/phantom_test.ts), and in the released code, whose keys are that
 * token's heads, what it adds to scores has a factor of 10⁻⁸.
 */
export default method({
  id: "po",
  paper: {
    title: "Phantom of Latent for Large Language and Vision Models",
    arxiv: "2409.14713",
    year: 2024,
  },
  equation: String
    .raw`-\frac1{|y_w|}\log\pi(y_w|x)-\log\sigma\!\left(\frac{\beta}{|y_w|}\log\pi(y_w|x)-\frac{\beta}{|y_l|}\log\pi(y_l|x)-\gamma\right)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "model/optimization/likelihood",
    "applications/vision",
  ],
  claim: {
    text: "Turning away from wrong answers beside imitation teaches more than imitation alone",
    on: "vision/grounding",
    measure: "reward",
    against: ["sft"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { beta: 2, gamma: 0.5 },
  roles: {
    beta: "scale of the mean token log-probability as a reward",
    gamma: "lead that the chosen answer's reward is to have",
  },
  limits: [
    { at: "β → 0", then: "imitation, and log(1 + e^γ)" },
    { at: "γ → −∞", then: "imitation alone" },
    { at: "log π(y_w) = 0", then: "y_l alone is pushed, the less the more of the lead it leaves" },
  ],
  search: { beta: [1, 2, 5], gamma: [0.5, 1] },
  implied: ({ logp, length }, { beta }) => beta * logp / length,
  loss: (scope, hyper) => simpo.loss(scope, hyper).sub(meanLogp(scope.pi, scope.chosen).mean()),
});
