// Longer than an equation: the stages that come before and after a loss.
import {
  type Answer,
  type Example,
  nameOf,
  type Policy,
  program,
  type Rng,
  tokenNll,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import dpo from "./dpo.ts";

/**
 * Of the guide's seven stages those that are training: prepared data, the start policy, imitation,
 * DPO on half of the weights, and validation that keeps the best policy so far. Deployment and
 * monitoring are what export and evaluators do for every method.
 */
export default program({
  id: "pipeline",
  paper: {
    title:
      "The Ultimate Guide to Fine-Tuning LLMs from Basics to Breakthroughs: An Exhaustive Review",
    arxiv: "2408.13296",
    year: 2024,
  },
  equation: String
    .raw`\theta_1=\operatorname*{arg\,min}_{\theta}-\frac{1}{\sum|y_w|}\sum\log\pi_\theta(y_w|x),\quad\theta_2=\operatorname*{arg\,min}_{\theta_{\mathcal{H}}}-\log\sigma(\beta\Delta),\quad\Delta=\log\frac{\pi_\theta(y_w|x)\,\pi_{\theta_1}(y_l|x)}{\pi_\theta(y_l|x)\,\pi_{\theta_1}(y_w|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/optimization/alignment"],
  claim: {
    text: "Stages that train half of the weights keep what full DPO gains at the same cost",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "not lower",
  },
  hyper: { beta: 0.1, imitate: 0.15, share: 0.5, held: 0.1, checks: 10 },
  roles: {
    beta: "how little the pairs may move the policy from where imitation left it",
    imitate: "share of the budget for imitation",
    share: "of each block's arrays, those that DPO trains: 1 is full fine-tuning, 0.5 half",
    held: "share of the pairs that validates and is not learned from",
    checks: "validations, in equal shares of the budget",
  },
  limits: [
    { at: "share = 1", then: "imitation, then DPO on all weights" },
    { at: "imitate → 0, share = 1", then: "DPO with validation" },
    { at: "held → 0", then: "one pair validates, all others teach" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], share: [0.25, 0.5] },
  within: { share: [0.05, 1] },
  async *run(lab, { beta, imitate, share, held, checks }) {
    const { train, valid } = prepared(lab.offline("pairs"), held, lab.rng.split("split"));
    const first = lab.learner<"pairs">(({ pi, chosen }) => tokenNll(pi, chosen));
    while (lab.progress < imitate) await first.step(train);
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }), {
      from: first.policy,
      reference: first.policy,
      trains: (names) => half(names, share, lab.rng.split("weights")),
    });
    const validated = validation(first.policy, valid, beta);
    let best = { loss: Infinity, policy: learner.policy };
    for (let next = lab.progress + 1 / checks;;) {
      await learner.step(train);
      if (lab.progress >= next) {
        next += 1 / checks;
        const loss = await validated(learner.policy);
        if (loss < best.loss) {
          best = { loss, policy: await lab.merged([learner.policy], () => [1]) };
        }
      }
      yield best.policy;
    }
  },
});

/** Stage 1: each comparison once, those labelled both ways left out, and a part held out. */
export function prepared(
  pairs: readonly Example<"pairs">[],
  held: number,
  rng: Rng,
): { train: readonly Example<"pairs">[]; valid: readonly Example<"pairs">[] } {
  const key = (a: Answer, b: Answer) => `${a.prompt.id} ${nameOf(a)} ${nameOf(b)}`;
  const once = new Map(pairs.map((pair) => [key(pair.chosen, pair.rejected), pair]));
  const clear = [...once.values()].filter(({ chosen, rejected }) =>
    !once.has(key(rejected, chosen))
  );
  const shuffled = rng.shuffle(clear.length > 1 ? clear : pairs);
  const n = Math.max(1, Math.floor(held * shuffled.length));
  return { valid: shuffled.slice(0, n), train: shuffled.slice(n) };
}

/** Stage 4: at random, this share of the arrays of each block (named alike but for the last word), at least one. */
export function half(names: readonly string[], share: number, rng: Rng): readonly string[] {
  const blocks = Object.values(Object.groupBy(names, (name) => name.replace(/\.?[^.]*$/, "")));
  return blocks.flatMap((block) =>
    rng.shuffle(block!).slice(0, Math.max(1, Math.round(share * block!.length)))
  );
}

/** Stage 5: DPO's mean loss on held-out pairs, scored and billed anew for each policy and once for the reference. */
function validation(
  reference: Policy,
  pairs: readonly Example<"pairs">[],
  beta: number,
): (policy: Policy) => Promise<number> {
  const ys = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  let before: Float64Array | undefined;
  return async (policy) => {
    before ??= await reference.logp(ys);
    const now = await policy.logp(ys);
    const ratio = (i: number) => now[i]! - before![i]!;
    const losses = pairs.map((_, i) => stats.softplus(-beta * (ratio(2 * i) - ratio(2 * i + 1))));
    return stats.mean(losses);
  };
}
