import { contests, logRatio, method, perPrompt } from "../core/mod.ts";

/**
 * (log π(y|x)/π_t(y|x) − η·[P(y beats π_t) − ½])², a fresh round of self-play for each t.
 * P is each sample's share of wins among its K rivals, itself counting as a tie. η suits models of
 * this size; the paper's 1,000 belongs to a learning rate of 5e-7. What is measured is the last
 * policy, which goes round a Nash policy that mixes: the claim is where it is one answer.
 */
export default method({
  id: "sppo",
  paper: {
    title: "Self-Play Preference Optimization for Language Model Alignment",
    arxiv: "2405.00675",
    year: 2024,
  },
  equation: String
    .raw`\left(\log\frac{\pi(y|x)}{\pi_t(y|x)}-\eta\left[\hat P(y\succ\pi_t|x)-\tfrac12\right]\right)^{2},\quad y\sim\pi_t`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Approaches the Nash policy of preferences that no reward has, where DPO and IPO cannot",
    on: "game/condorcet",
    measure: "exploitability",
    against: ["dpo", "ipo"],
    expect: "lower",
  },
  needs: ["labels"],
  feedback: "scored",
  reference: "previous",
  hyper: { eta: 10, prompts: 32, samples: 5 },
  roles: {
    eta: "step size: a certain win moves an answer by η/2 nats",
    prompts: "prompts a round",
    samples: "answers a prompt, each against each",
  },
  limits: [
    { at: "η → 0", then: "squared log-ratios: the policy stays at the last round's" },
    { at: "η → ∞", then: "−2η·(P − 1/2)·log-ratio: a policy gradient on win-rates" },
    { at: "rounds without end, exact", then: "multiplicative weights, whose mean policy is Nash" },
    { at: "π = π_t", then: "η²·(P − 1/2)², with slopes −2η(P − 1/2)" },
  ],
  search: { eta: [0.3, 1, 3, 10] },
  loss({ pi, ref, answer, score }, { eta }) {
    return logRatio(pi, ref, answer).sub(score.sub(0.5).mul(eta)).square().mean();
  },
  async collect({ policy, oracle, prompts, rng }, { prompts: n, samples }) {
    const drawn = await perPrompt(policy, prompts(n), samples, rng);
    const wins = await contests(oracle, drawn);
    return drawn.flatMap((rivals, i) =>
      rivals.map((answer, k) => ({ answer, score: (0.5 + wins[i]![k]!) / samples }))
    );
  },
});
