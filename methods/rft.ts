// Longer than an equation: rounds of answers of its own that a program checks.
import { inRounds, program, solved, tokenNll } from "../core/mod.ts";

/** Prompts that are answered together. */
const PART = 64;

/**
 * −Σ log π(y|x) over the tokens of its own answers that a program finds right, those of earlier rounds
 * among them. The paper draws once, keeps different workings, adds them to given ones and starts over;
 * here a working that comes more often counts for more, nothing is given, and rounds go on from where
 * the last one ended.
 */
export default program({
  id: "rft",
  paper: {
    title: "Scaling Relationship on Learning Mathematical Reasoning with Large Language Models",
    arxiv: "2308.01825",
    year: 2023,
  },
  equation: String.raw`-\frac{1}{\sum|y|}\sum\log\pi(y|x),\quad y\sim\pi_t(\cdot|x),\ r(x,y)=1`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "constraint/reference/free",
    "applications/reasoning",
  ],
  claim: {
    text: "Own answers that a program finds right teach more than right answers that are given",
    on: "reasoning/tool",
    measure: "solved",
    against: ["imitation"],
    expect: "higher",
  },
  needs: ["solved"],
  hyper: { rounds: 3, asking: 0.4 },
  roles: {
    rounds: "equal shares of labels and operations; right answers of earlier rounds stay",
    asking: "share of a round's operations after which no more answers are checked",
  },
  limits: [
    { at: "rounds = 1", then: "imitation of the start policy's right answers: rejection sampling" },
    { at: "every answer right", then: "the policy imitates itself: no slope on average" },
    {
      at: "its least value",
      then: "the policy given that it is right: what is wrong is never unlearned by itself",
    },
  ],
  search: { rounds: [1, 3] },
  within: { rounds: [1, 16] },
  async *run(lab, { rounds, asking }) {
    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    yield* inRounds(lab, learner, { rounds, asking, keep: true }, async (rng) => {
      const ys = await learner.policy.sample(lab.prompts(PART), rng);
      const right = await solved(lab, ys);
      return ys.flatMap((answer, i) => right[i] ? [{ answer }] : []);
    });
  },
});
