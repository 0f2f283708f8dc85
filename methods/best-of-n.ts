import { byGroup, extremes, fittedReward, perPrompt, program, tokenNll } from "../core/mod.ts";

/** Fits a reward, then imitates the best by it of n fresh samples of the start policy, each seen once. */
export default program({
  id: "best-of-n",
  paper: {
    title: "RAFT: Reward rAnked FineTuning for Generative Foundation Model Alignment",
    arxiv: "2304.06767",
    year: 2023,
  },
  equation: String
    .raw`-\frac{1}{\sum|y^*|}\sum\log\pi(y^*|x),\quad y^*=\operatorname*{arg\,max}_{y_1,\dots,y_n\sim\pi_{\mathrm{ref}}}r(x,y_i)`,
  taxonomy: ["data/feedback/list", "learning/paradigm/online", "constraint/reference/free"],
  claim: {
    text: "Stays near the start policy: the best of n is at most log n − (n − 1)/n nats away",
    on: "text/clean",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
  },
  hyper: { n: 8, prompts: 32, fit: 0.15 },
  roles: {
    n: "answers drawn for each prompt, the best of which is imitated",
    prompts: "prompts of one step",
    fit: "share of the operations that fit the reward first",
  },
  limits: [
    { at: "n = 1", then: "imitation of the start policy by itself" },
    { at: "n → ∞", then: "imitation of the answer that the learned reward likes best" },
  ],
  search: { n: [4, 8, 16] },
  async *run(lab, { n, prompts, fit }) {
    const reward = await fittedReward(lab, fit);
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    for (let round = 0;; round++) {
      const drawn = await perPrompt(lab.reference, lab.prompts(prompts), n, lab.rng.split(round));
      const rewards = byGroup(drawn, await reward.value(drawn.flat()));
      await learner.step(drawn.map((ys, i) => ({ answer: extremes(ys, rewards[i]!).best })));
      yield learner.policy;
    }
  },
});
