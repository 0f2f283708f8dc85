// Longer than an equation: rounds of tree search give the pairs that it is taken on.
import {
  type Example,
  inRounds,
  logRatioReward,
  program,
  searchedPairs,
  type Siblings,
  softPreference,
} from "../core/mod.ts";

/**
 * −(1 − s)·log σ(βh) − s·log σ(−βh), h = Δ(y_w) − Δ(y_l), on two steps from one place of a search tree.
 * A step's value is how its rollouts end, where the paper's policy grades its own half-done work, and
 * every two siblings that are surely apart make a pair, where the paper takes the best and the worst along
 * one path. Smoothing by visits, s = min(½, N_l/(N_w + N_l)), is off: at the few visits here it leaves labels
 * of two to one, and a policy that stops at them.
 */
export default program({
  id: "mcts-dpo",
  paper: {
    title: "Monte Carlo Tree Search Boosts Reasoning via Iterative Preference Learning",
    arxiv: "2405.00451",
    year: 2024,
  },
  equation: String
    .raw`-(1-s)\log\sigma(\beta h)-s\log\sigma(-\beta h),\quad h=\log\frac{\pi(y_w|x,p)\,\pi_{\mathrm{ref}}(y_l|x,p)}{\pi(y_l|x,p)\,\pi_{\mathrm{ref}}(y_w|x,p)},\ s=\min\!\left(\tfrac12,\tfrac{N_l}{N_w+N_l}\right)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/step",
    "learning/paradigm/online",
    "applications/reasoning",
  ],
  claim: {
    text: "Pairs of steps from a search by the policy itself teach more than pairs of answers do",
    on: "reasoning/chain",
    measure: "solved",
    against: ["dpo", "imitation"],
    expect: "higher",
  },
  needs: ["solved"],
  hyper: { beta: 0.3, sims: 24, c: 1, gap: 0.2, rounds: 4, smooth: 0, asking: 0.4 },
  roles: {
    beta: "pull to the reference: a step's implied reward is β times its log-ratio",
    sims: "rollouts a tree, each checked once",
    c: "how much the search is drawn to what it seldom saw",
    gap: "least difference of two steps' values, from 0 to 1, that makes them a pair",
    rounds: "equal shares of labels and operations; pairs of earlier rounds stay",
    smooth: "1 for labels that are the less certain the more often the worse step was seen",
    asking: "share of a round's operations after which no more is searched",
  },
  limits: [
    { at: "answers of one step", then: "DPO on the policy's own answers, right against wrong" },
    { at: "N_l ≥ N_w, smooth", then: "both steps are to be as likely as under the reference" },
    { at: "gap → 1", then: "only steps that always win or lose are told apart" },
    { at: "π = π_ref", then: "log 2, with slopes −β(½ − s) and β(½ − s)" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], sims: [16, 24] },
  within: { sims: [2, 128], gap: [0.01, 0.9], rounds: [1, 16], smooth: [0, 1] },
  implied: logRatioReward,
  async *run(lab, { beta, sims, c, gap, rounds, smooth, asking }) {
    const learner = lab.learner<"pairs">((scope) => softPreference(scope, beta).mean());
    const search = { sims, c, prior: true };
    yield* inRounds(lab, learner, { rounds, asking, keep: true }, async (rng) => {
      const found = await searchedPairs(lab, learner.policy, search, gap, rng);
      return found.map((pair) => paired(pair, smooth > 0));
    });
  },
});

/** The two steps as a pair, certain or smoothed by visits. */
export function paired({ better, worse }: Siblings, smooth: boolean): Example<"pairs"> {
  const flip = Math.min(0.5, worse.visits / (better.visits + worse.visits));
  return { chosen: better.step, rejected: worse.step, strength: smooth ? 1 - flip : 1 };
}
