import { method, tokenNll } from "../core/mod.ts";

/** Imitates the best of n samples of the start policy, found by a knock-out of n − 1 comparisons. */
export default method({
  id: "best-of-n",
  paper: {
    title: "RAFT: Reward rAnked FineTuning for Generative Foundation Model Alignment",
    arxiv: "2304.06767",
    year: 2023,
  },
  equation: String
    .raw`-\frac{1}{\sum|y^*|}\sum\log\pi(y^*|x),\quad y^*=\text{best of }y_1,\dots,y_n\sim\pi_{\mathrm{ref}}`,
  taxonomy: ["data/feedback/list", "learning/paradigm/online", "model/optimization/likelihood"],
  claim: {
    text: "Stays near the start policy: the best of n is at most log n − (n − 1)/n nats away",
    on: "text/clean",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
  },
  feedback: "demonstrations",
  reference: "none",
  hyper: { n: 4, prompts: 16 },
  loss: ({ pi, answer }) => tokenNll(pi, answer),
  async collect({ reference, oracle, prompts, rng }, { n, prompts: count }) {
    const asked = prompts(count);
    const drawn = await reference.sample(asked.flatMap((x) => Array(n).fill(x)), rng);
    return Promise.all(asked.map(async (_, i) => {
      let [best, ...rest] = drawn.slice(i * n, (i + 1) * n);
      for (const rival of rest) if (await oracle.prefer(rival, best!) > 0.5) best = rival;
      return { answer: best! };
    }));
  },
});
