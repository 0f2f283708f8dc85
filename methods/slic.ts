import { method } from "../core/mod.ts";

/** max(0, δ − log π(y_w|x) + log π(y_l|x)) − λ·log π(y_w|x) on sums over tokens, without a reference. */
export default method({
  id: "slic",
  paper: {
    title: "SLiC-HF: Sequence Likelihood Calibration with Human Feedback",
    arxiv: "2305.10425",
    year: 2023,
  },
  equation: String
    .raw`\max\!\left(0,\ \delta-\log\pi(y_w|x)+\log\pi(y_l|x)\right)-\lambda\log\pi(y_w|x)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Calibrating likelihoods by preferences gains more than imitation",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["sft"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { delta: 1, lambda: 0.1 },
  roles: {
    delta: "log-probability in nats by which the chosen answer should lead; then the pair rests",
    lambda: "weight of imitating the chosen answer, which stands in for a reference",
  },
  limits: [
    { at: "λ → ∞", then: "imitation of the chosen answers, on sums over tokens" },
    { at: "every pair apart by δ", then: "λ times imitation alone: no gradient from the pairs" },
    { at: "λ = 0", then: "a perceptron with margin δ, which may lower both answers" },
  ],
  search: { delta: [1, 3], lambda: [0.03, 0.1, 0.3] },
  loss({ pi, chosen, rejected }, { delta, lambda }) {
    const w = pi.logp(chosen);
    const lag = pi.logp(rejected).sub(w).add(delta);
    return lag.max(0).sub(w.mul(lambda)).mean();
  },
});
