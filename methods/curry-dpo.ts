// Longer than an equation: stages of pairs from the widest gap to the narrowest, each from the last one's policy.
import { type Answer, type AnyLearner, type Example, program } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** DPO's loss on the best of each list against the worst, then against the next worst, and so on; `ref` is the policy at the stage's start. */
export default program({
  id: "curry-dpo",
  paper: {
    title: "Curry-DPO: Enhancing Alignment using Curriculum Learning & Ranked Preferences",
    arxiv: "2403.07230",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_1|x)\,\pi_{i-1}(y_{n+1-i}|x)}{\pi(y_{n+1-i}|x)\,\pi_{i-1}(y_1|x)}\right),\quad i=1,\dots,n-1`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/list",
    "learning/paradigm/offline",
    "constraint/reference/dynamic",
  ],
  claim: {
    text: "Ranked pairs from easy to hard beat DPO on the best and the worst of the same rankings",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo-ranked"],
    expect: "higher",
  },
  hyper: { beta: 0.1, order: 1, update: 1 },
  roles: {
    beta: "how little a stage may move the policy from its reference",
    order: "1 takes the widest gaps first, −1 the narrowest, 0 all pairs in no order",
    update: "1 makes each stage's first policy its reference, 0 keeps the start policy",
  },
  limits: [
    { at: "lists of two", then: "DPO" },
    {
      at: "order = 0",
      then: "DPO on all the best answers' pairs, shuffled: the paper's MultiPair",
    },
    { at: "a tie with the best", then: "the pair is left out" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], update: [0, 1] },
  within: { update: [0, 1] },
  async *run(lab, { beta, order, update }) {
    const stages = stagesOf(lab.offline("lists"), order);
    let policy = lab.reference;
    let last: AnyLearner | undefined;
    for (const [i, pairs] of stages.entries()) {
      const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }), {
        from: policy,
        ...update ? { reference: policy } : {},
        // One schedule over all stages, or each would warm up anew.
        ...last ? { continues: last } : {},
      });
      last = learner;
      while (lab.progress < (i + 1) / stages.length) {
        await learner.step(pairs);
        yield learner.policy;
      }
      policy = learner.policy;
    }
  },
});

/** Pairs of the best answer with each other one, a stage a place, the last place first. */
export function stagesOf(
  lists: readonly Example<"lists">[],
  order: number,
): Example<"pairs">[][] {
  const places = Array.from({ length: (lists[0]?.answers.length ?? 1) - 1 }, (_, i) => i + 1);
  const stages = places.toReversed().map((place) =>
    lists.filter(({ scores }) => scores[place]! < scores[0]!)
      .map(({ answers }) => pair(answers[0]!, answers[place]!))
  );
  const all = order === 0 ? [stages.flat()] : order > 0 ? stages : stages.toReversed();
  return all.filter((pairs) => pairs.length > 0);
}

const pair = (chosen: Answer, rejected: Answer): Example<"pairs"> => ({
  chosen,
  rejected,
  strength: 1,
});
