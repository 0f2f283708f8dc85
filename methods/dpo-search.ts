import { program } from "../core/mod.ts";
import dpo from "./dpo.ts";

/**
 * DPO, whose policy then answers by beam search: Σ log π(yₜ) is, but for V*(x), the value that
 * planning by its implicit Q-function with reward r + β log π_ref would give.
 */
export default program({
  id: "dpo-search",
  paper: {
    title: "From r to Q*: Your Language Model is Secretly a Q-Function",
    arxiv: "2404.12358",
    year: 2024,
  },
  equation: String
    .raw`y^*=\operatorname*{arg\,max}_{y\in\text{beam}}\sum_t\log\pi(y_t|x,y_{<t}),\quad\beta\log\frac{\pi^*(y_t|s_t)}{\pi_{\mathrm{ref}}(y_t|s_t)}=r(s_t,y_t)+V^*(s_{t+1})-V^*(s_t)`,
  taxonomy: [
    "data/feedback/pair",
    "data/granularity/token",
    "learning/paradigm/offline",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "A DPO policy searched by a beam answers better than greedily",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo-greedy"],
    expect: "higher",
  },
  hyper: { beta: 0.1, width: 5 },
  roles: {
    beta: "how little the pairs may move the policy from its reference",
    width: "prefixes kept at each step: what each answer costs, on the run's record",
  },
  limits: [
    { at: "width = 1", then: "the likeliest token each time" },
    {
      at: "width → ∞",
      then: "the likeliest answer, which for a misfit policy is a short or dull one",
    },
    { at: "π = π_ref", then: "the start policy's likeliest answer" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], width: [5, 10] },
  within: { width: [2, 32] },
  async *run(lab, { beta, width }) {
    const pairs = lab.offline("pairs");
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    const searched = lab.answering(
      learner.policy,
      (prompts, rng) => learner.policy.sample(prompts, rng, { beams: width }),
    );
    for (;;) {
      await learner.step(pairs);
      yield searched;
    }
  },
});
