// Longer than an equation: a reward model, then stages of sampling and imitation.
import {
  byGroup,
  endOf,
  type Example,
  extremes,
  fittedReward,
  perPrompt,
  program,
  tokenNll,
} from "../core/mod.ts";

/** Prompts that are answered together. */
const PART = 16;

/**
 * Fits a reward, then in stages imitates the best by it of n samples of the policy as it is now, from
 * which the next stage draws.
 */
export default program({
  id: "best-of-n",
  paper: {
    title: "RAFT: Reward rAnked FineTuning for Generative Foundation Model Alignment",
    arxiv: "2304.06767",
    year: 2023,
  },
  equation: String
    .raw`-\frac{1}{\sum|y^*|}\sum\log\pi(y^*|x),\quad y^*=\operatorname*{arg\,max}_{y_1,\dots,y_n\sim\pi_t(\cdot|x)}r(x,y_i)`,
  taxonomy: ["data/feedback/list", "learning/paradigm/online", "constraint/reference/free"],
  claim: {
    text: "Imitating the best of its own samples, stage by stage, does at least as well as PPO",
    on: "text/clean",
    measure: "win-rate",
    against: ["ppo"],
    expect: "not lower",
  },
  hyper: { n: 8, stages: 8, draw: 0.7, fit: 0.5 },
  roles: {
    n: "answers drawn for each prompt, the best of which is imitated",
    stages:
      "equal shares of the operations; in each the policy that samples is the one that has learned",
    draw: "the share of a stage's operations that sample",
    fit:
      "share of the operations after which fitting the reward ends at the latest; it ends before where its held-out loss no longer falls",
  },
  limits: [
    { at: "n = 1", then: "the policy imitates itself" },
    { at: "n → ∞", then: "imitation of the answer that the learned reward likes best" },
    {
      at: "stages = 1",
      then: "imitation of the start policy's best of n, log n − (n − 1)/n nats away at most",
    },
  ],
  search: { n: [4, 8, 16], fit: [0.15, 0.3, 0.5] },
  within: { n: [2, 64], fit: [0.05, 0.7] },
  async *run(lab, { n, stages, draw, fit }) {
    const reward = await fittedReward(lab, fit);
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    const from = lab.progress;
    for (let stage = 0;; stage++) {
      const begun = lab.progress;
      const end = endOf(stage, { rounds: stages, asking: draw, from });
      const best: Example<"demonstrations">[] = [];
      // No step is taken meanwhile, so all of a stage's samples come from one policy.
      for (let part = 0; part === 0 || lab.progress < begun + draw * (end - begun); part++) {
        const rng = lab.rng.split(stage).split(part);
        const drawn = await perPrompt(learner.policy, lab.prompts(PART), n, rng);
        const rewards = byGroup(drawn, await reward.value(drawn.flat()));
        best.push(...drawn.map((ys, i) => ({ answer: extremes(ys, rewards[i]!).best })));
      }
      do {
        await learner.step(best);
        yield learner.policy;
      } while (stage + 1 >= stages || lab.progress < end);
    }
  },
});
