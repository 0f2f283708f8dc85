// Longer than an equation: a reward of each other objective comes first, and its margins shift DPO's.
import {
  type Answer,
  type Expr,
  logRatio,
  logRatioReward,
  program,
  type Scope,
  softplus,
} from "../core/mod.ts";

/** DPO on one objective's pairs, less what learned rewards of the others say for the pair; the optimum is that of the weighted sum. */
export default program({
  id: "modpo",
  paper: {
    title:
      "Beyond One-Preference-Fits-All Alignment: Multi-Objective Direct Preference Optimization",
    arxiv: "2310.03708",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac{1}{w_k}\Bigl[\beta\Delta(y_w)-\beta\Delta(y_l)-\sum_{j\ne k}w_j\left(r_j(y_w)-r_j(y_l)\right)\Bigr]\right),\quad (x,y_w,y_l)\in\mathcal{D}_k`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "learning/objective/multi-objective",
  ],
  claim: {
    text: "Lies nearer the Pareto front than weighing the objectives' losses",
    on: "bandit/objectives",
    measure: "pareto-gap",
    against: ["dpo-lw"],
    expect: "lower",
  },
  hyper: { beta: 0.1, w: 0.5, fit: 0.3 },
  roles: {
    beta: "how little the pairs may move the policy from its reference",
    w: "weight of the first objective, whose pairs train the policy; the others share 1 − w evenly",
    fit: "share of the operations that the others' rewards are fitted with",
  },
  limits: [
    { at: "w → 1", then: "DPO on the first objective's pairs alone" },
    { at: "w → 0", then: "unbounded: 1/w multiplies the margin; keep w from 0.1" },
    { at: "one objective", then: "DPO at β, as w is then 1" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], fit: [0.15, 0.3, 0.5] },
  within: { fit: [0.05, 0.7] },
  implied: logRatioReward,
  async *run(lab, { beta, w, fit }) {
    const pairs = lab.offline("objectives");
    const own = pairs.filter(({ objective }) => objective === 0);
    const others = [...Map.groupBy(pairs, ({ objective }) => objective)]
      .filter(([objective]) => objective !== 0).map(([, some]) => some);
    const weight = others.length ? w : 1;

    const margins = own.map(() => 0);
    for (const [j, some] of others.entries()) {
      const { step, policy: reward } = lab.learner<"objectives">(
        ({ pi, chosen, rejected }) => softplus(pi.value(rejected).sub(pi.value(chosen))).mean(),
        { bill: "reward model" },
      );
      while (lab.progress < fit * (j + 1) / others.length) await step(some);
      const ys = await reward.value(own.flatMap(({ chosen, rejected }) => [chosen, rejected]));
      own.forEach((_, i) => {
        margins[i]! += (1 - w) / others.length * (ys[2 * i]! - ys[2 * i + 1]!);
      });
    }

    const learner = lab.learner<Shifted>((scope) => shifted(scope, { beta, w: weight }));
    const shiftedPairs = own.map(({ chosen, rejected }, i) => (
      { chosen, rejected, margin: margins[i]! }
    ));
    for (;;) {
      await learner.step(shiftedPairs);
      yield learner.policy;
    }
  },
});

interface Shifted {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly margin: number;
}

/** `margin` is what the others' weighted rewards give the chosen answer over the rejected one. */
export function shifted(
  { pi, ref, chosen, rejected, margin }: Scope<Shifted>,
  { beta, w }: { beta: number; w: number },
): Expr {
  const own = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected)).mul(beta);
  return softplus(margin.sub(own).div(w)).mean();
}
