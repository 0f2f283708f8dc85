// Longer than an equation: two learners, and a merger now and then.
import { logRatioReward, program } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Two DPO learners, each on its half of the labels, merged array by array along the sphere between them. */
export default program({
  id: "slerp-merge",
  paper: {
    title:
      "Fine-tuning large language models for domain adaptation: Exploration of training strategies, scaling, model merging and synergistic capabilities",
    arxiv: "2409.03444",
    year: 2024,
  },
  equation: String
    .raw`\theta=\frac{\sin((1-t)\Omega)}{\sin\Omega}\,a+\frac{\sin(t\Omega)}{\sin\Omega}\,b,\quad\cos\Omega=\frac{a\cdot b}{\|a\|\|b\|}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/alignment"],
  claim: {
    text: "Two merged specialists know more than one policy that learned from all the labels",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  hyper: { beta: 0.1, t: 0.5, every: 0.02 },
  roles: {
    beta: "how little the pairs may move either parent from the reference",
    t: "where between the parents: 0 is the first, 1 the second",
    every: "share of the budget between two mergers",
  },
  limits: [
    { at: "t = 0", then: "DPO on the first half of the labels, with half the operations" },
    { at: "t = 1", then: "DPO on the second half" },
    { at: "Ω → 0", then: "the weighted mean (1 − t) a + t b" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], t: [0.25, 0.5, 0.75] },
  within: { t: [0, 1] },
  implied: logRatioReward,
  async *run(lab, { beta, t, every }) {
    const pairs = lab.offline("pairs");
    const halves = [0, 1].map((i) => ({
      learner: lab.learner<"pairs">((scope) => dpo.loss(scope, { beta })),
      pairs: pairs.filter((_, k) => Math.floor(2 * k / pairs.length) === i),
    }));
    for (let next = every;;) {
      for (const half of halves) await half.learner.step(half.pairs);
      if (lab.progress < next) continue;
      next = lab.progress + every;
      const policies = halves.map(({ learner }) => learner.policy);
      yield await lab.merged(policies, (products) => slerp(products, t));
    }
  },
});

/** The weights of two arrays, from their inner products; the plain mean's where they are all but parallel or 0. */
export function slerp(products: readonly (readonly number[])[], t: number): [number, number] {
  const [[aa, ab], [, bb]] = products as [[number, number], [number, number]];
  const cos = Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
  const omega = Math.acos(cos);
  const sin = Math.sin(omega);
  if (!(Math.abs(sin) >= 1e-4)) return [1 - t, t];
  return [Math.sin((1 - t) * omega) / sin, Math.sin(t * omega) / sin];
}
