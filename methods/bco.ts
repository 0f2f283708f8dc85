import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";

/**
 * −log σ(±[βΔ(y) − δ]), plus for good answers: a classifier of single answers, δ the mean reward of all
 * so far, held fixed. The paper's weights by density ratio are left out: they correct for prompts that
 * differ between good and bad answers, and here both are of the same pairs.
 */
export default method({
  id: "bco",
  paper: {
    title: "Binary Classifier Optimization for Large Language Model Alignment",
    arxiv: "2404.04656",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\pm\left[\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}-\delta\right]\right),\quad\delta=\mathbb E\!\left[\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}\right]`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline"],
  claim: {
    text: "Learns more than KTO from the same thumbs up and down",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["kto"],
    expect: "higher",
  },
  feedback: "points",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio" },
  limits: [
    { at: "β → 0", then: "log 2 with slopes ±β/2: as many nats up as down" },
    { at: "δ = 0", then: "TRL's bco_pair, halved: the mean of a pair's two terms, not their sum" },
    { at: "π = π_ref", then: "log 2, as δ is 0 there" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  memory: { mean: 0, count: 0 },
  loss({ pi, ref, answer, good, memory: { mean, count } }, { beta }) {
    const reward = logRatio(pi, ref, answer).mul(beta);
    const fresh = reward.shape[0]!;
    const seen = count!.add(fresh);
    const shift = mean!.add(reward.stop().mean().sub(mean!).mul(fresh).div(seen));
    const sign = good.mul(2).sub(1);
    const loss = softplus(reward.sub(shift).mul(sign).neg()).mean();
    return { loss, memory: { mean: shift, count: seen } };
  },
});
