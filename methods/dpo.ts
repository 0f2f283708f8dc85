import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w) − Δ(y_l)]), where Δ(y) = log π(y|x) − log π_ref(y|x), summed over tokens. */
export default method({
  id: "dpo",
  paper: {
    title: "Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
    arxiv: "2305.18290",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)}-\beta\log\frac{\pi(y_l|x)}{\pi_{\mathrm{ref}}(y_l|x)}\right)`,
  taxonomy: ["data/feedback/pair", "data/granularity/sentence", "learning/paradigm/offline"],
  claim: {
    text: "Reaches at least PPO's reward without a reward model",
    on: "bandit/clean",
    measure: "reward",
    against: ["ppo"],
    expect: "not lower",
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio" },
  limits: [
    { at: "β → 0", then: "log 2 − β·margin/2: every pair is pushed alike, without end" },
    { at: "β → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
    {
      at: "a pair seen with one label for ever",
      then: "no least value: the margin grows without bound",
    },
    { at: "π = π_ref", then: "log 2, with slopes −β/2 by log π(y_w) and β/2 by log π(y_l)" },
  ],
  detuned: [0.33, 3],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return softplus(margin.mul(-beta)).mean();
  },
});
