// Longer than an equation: a feedback model first, then pairs mined by what it expects to hear.
import {
  byGroup,
  type Example,
  type Expr,
  extremes,
  logRatioReward,
  perPrompt,
  program,
  type Scope,
  softplus,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/**
 * Learns which follow-up an answer gets from its user, then runs DPO on the samples whose follow-up
 * is likeliest to be positive against those likeliest to be negative. A follow-up is one of two
 * polarities (a point's good or bad), all wordings of a polarity being alike: then the paper's mean
 * log-likelihood of the positive less that of the negative follow-ups is the feedback model's logit.
 * Points come of comparisons here, so that it needs no annotation, the paper's point, is not shown.
 */
export default program({
  id: "flr",
  paper: {
    title: "Aligning Language Models Using Follow-up Likelihood as Reward Signal",
    arxiv: "2409.13948",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma(\beta\Delta),\quad y_w,y_l=\operatorname*{arg\,max/min}_{y_1,\dots,y_N\sim\pi_{\mathrm{ref}}}\Bigl[\tfrac{1}{|F^+|}\sum_{f\in F^+}\log p_F(f|x,y)-\tfrac{1}{|F^-|}\sum_{f\in F^-}\log p_F(f|x,y)\Bigr]`,
  taxonomy: ["data/quality/distinguishability", "data/feedback/point", "learning/paradigm/online"],
  claim: {
    text: "Pairs mined by follow-ups to single answers teach as much as those of a reward model",
    on: "text/clean",
    measure: "win-rate",
    against: ["rso-sft"],
    expect: "not lower",
    headline: false,
  },
  hyper: { beta: 0.1, fit: 0.3, draw: 0.15, samples: 4, gap: 0 },
  roles: {
    beta: "how little the pairs may move the policy from its reference",
    fit: "share of the budget after which the feedback model is fitted",
    draw: "share of the operations that the pairs are mined with",
    samples: "answers a prompt, of which the best and the worst are paired",
    gap: "pairs whose follow-up likelihoods differ by less are dropped, in nats",
  },
  limits: [
    { at: "gap → ∞", then: "no pairs, and no training" },
    { at: "samples = 2", then: "the feedback model labels pairs of plain samples" },
    { at: "β → 0", then: "the loss is flat at log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], fit: [0.15, 0.3, 0.5] },
  within: { fit: [0.05, 0.7] },
  implied: logRatioReward,
  async *run(lab, { beta, fit, draw, samples, gap }) {
    const feedback = lab.learner<"points">(followUp, { bill: "reward model" });
    const heard = lab.offline("points");
    while (lab.progress < fit) await feedback.step(heard);
    const pairs: Example<"pairs">[] = [];
    const until = lab.progress + draw;
    for (let round = 0; lab.progress < until || pairs.length === 0; round++) {
      const drawn = await perPrompt(lab.reference, lab.prompts(32), samples, lab.rng.split(round));
      const likely = byGroup(drawn, await feedback.policy.value(drawn.flat()));
      drawn.forEach((ys, i) => {
        const { best, worst, gap: found } = extremes(ys, likely[i]!);
        if (found > 0 && found >= gap) pairs.push({ chosen: best, rejected: worst, strength: 1 });
      });
    }
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

/** −log p_F(f|x, y) of the follow-up that was heard, where p_F(positive) = σ(v(x, y)). */
export function followUp({ pi, answer, good }: Scope<"points">): Expr {
  const heard = good.mul(2).sub(1);
  return softplus(pi.value(answer).mul(heard).neg()).mean();
}
