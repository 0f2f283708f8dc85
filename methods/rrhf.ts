import { meanLogp, method } from "../core/mod.ts";

/** max(0, p_j − p_i) for every pair of a list with r_i > r_j, plus SFT on the best; p is the mean log-probability of a token. */
export default method({
  id: "rrhf",
  paper: {
    title: "RRHF: Rank Responses to Align Language Models with Human Feedback without tears",
    arxiv: "2304.05302",
    year: 2023,
  },
  equation: String
    .raw`\sum_{r_i>r_j}\max(0,\ p_j-p_i)-p_1,\quad p=\tfrac{1}{|y|}\log\pi(y|x)`,
  taxonomy: [
    "data/feedback/list",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "model/generation/length-bias",
  ],
  claim: {
    text: "Does as well as PPO with a ranking of answers in place of reinforcement learning",
    on: "text/clean",
    measure: "win-rate",
    against: ["ppo"],
    expect: "not lower",
  },
  feedback: "lists",
  reference: "none",
  hyper: { rank: 1 },
  roles: { rank: "weight of the ranking beside imitation of the best answer; 1 in the paper" },
  limits: [
    { at: "rank → 0", then: "supervised fine-tuning on the best answer of each list" },
    { at: "a list in order", then: "only imitation is left: the hinge has no margin" },
  ],
  search: { rank: [0.3, 1, 3, 10] },
  loss({ pi, answers, scores }, { rank }) {
    const p = answers.map((y) => meanLogp(pi, y));
    const hinges = p.flatMap((pi, i) =>
      p.slice(i + 1).map((pj, k) =>
        pj.sub(pi).max(0).mul(scores[i + 1 + k]!.less(scores[i]!)).mean()
      )
    );
    return hinges.reduce((a, b) => a.add(b)).mul(rank).sub(p[0]!.mean());
  },
});
