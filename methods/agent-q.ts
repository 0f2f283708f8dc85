// Longer than an equation: rounds of tree search over turns give the pairs that it is taken on.
import { drawnLogp, inRounds, program, searchedPairs, type Siblings } from "../core/mod.ts";
import { type Contest, matched } from "./dno.ts";

/**
 * −log σ(β·[log π(a_w|h)/π(a_l|h) − b_w + b_l]) on single turns a from one place h of a search tree,
 * where b is the log-probability that a turn had when it was drawn: no reference is read, and pairs of
 * earlier rounds keep theirs. A turn's value Q is how its rollouts end; the paper's also holds an
 * opinion of its policy, asked in words, of the turns (α = 1 leaves it out), which no tiny policy
 * has. Every two siblings that are surely apart make a pair.
 */
export default program({
  id: "agent-q",
  paper: {
    title: "Agent Q: Advanced Reasoning and Learning for Autonomous AI Agents",
    arxiv: "2408.07199",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[\log\pi(a_w|h)-b_w\right]-\beta\left[\log\pi(a_l|h)-b_l\right]\right),\quad b=\log\pi_{\mathrm{drew}}(a|h),\ Q(h,a_w)-Q(h,a_l)>\theta`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/turn",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "applications/agents",
  ],
  claim: {
    text: "Turns that a search tells apart teach an agent more than whole episodes do, " +
      "be the right ones imitated or set against wrong ones",
    on: "shop/plain",
    measure: "solved",
    against: ["m-dpo", "rft"],
    expect: "higher",
  },
  needs: ["solved", "world"],
  hyper: { beta: 0.3, sims: 16, c: 1.5, gap: 0.2, rounds: 2, asking: 0.4 },
  roles: {
    beta: "how little a pair moves the policy from the one that drew it",
    sims: "episodes a tree, each checked once",
    c: "how much the search is drawn to what it seldom saw",
    gap: "least difference of two turns' values, from 0 to 1, that makes them a pair",
    rounds: "equal shares of labels and operations; pairs of earlier rounds stay",
    asking: "share of a round's operations after which no more is searched",
  },
  limits: [
    {
      at: "one turn",
      then: "DPO on own answers, right against wrong, without a pass of a reference",
    },
    { at: "β → ∞", then: "each turn as likely as when it was drawn" },
    { at: "β → 0", then: "log 2 − β/2 times the log-ratio: the better turn is pushed without end" },
    { at: "π as it drew them", then: "log 2, with slopes −β/2 and β/2" },
  ],
  search: { beta: [0.1, 0.3, 1], sims: [8, 16] },
  within: { sims: [2, 128], gap: [0.01, 0.9], rounds: [1, 16] },
  async *run(lab, { beta, sims, c, gap, rounds, asking }) {
    const learner = lab.learner<Contest>((scope) => matched(scope, { eta: beta }));
    const search = { sims, c, prior: false };
    yield* inRounds(
      lab,
      learner,
      { rounds, asking, keep: true },
      async (rng) => (await searchedPairs(lab, learner.policy, search, gap, rng)).map(contested),
    );
  },
});

/** The better turn against the worse, for certain, with the log-ratio that they had when they were drawn. */
export const contested = ({ better, worse }: Siblings): Contest => ({
  left: better.step,
  right: worse.step,
  before: drawnLogp(better.step) - drawnLogp(worse.step),
  strength: 1,
});
