// Longer than an equation: each step pairs given labels with own answers, weighted against each other.
import {
  type Answer,
  type Expr,
  logRatio,
  logRatioReward,
  program,
  type Scope,
  softplus,
} from "../core/mod.ts";

/** DPO on the given pairs + λ·KL(π‖π_ref) on the policy's own answers, which nobody labels. */
export default program({
  id: "hypo",
  paper: {
    title: "The Importance of Online Data: Understanding Preference Fine-tuning via Coverage",
    arxiv: "2406.01462",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma(\beta\Delta)+\frac{\lambda}{k}\sum_{i=1}^{k}\Bigl(c_i-\tfrac{1}{k-1}\sum_{j\ne i}c_j\Bigr)\log\pi(y_i|x),\quad c_i=\mathrm{sg}\Bigl[\log\frac{\pi(y_i|x)}{\pi_{\mathrm{ref}}(y_i|x)}\Bigr],\ y_i\sim\pi`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "constraint/divergence/generalization",
    "model/generation/distribution-shift",
  ],
  claim: {
    text:
      "Beats DPO where the labels leave answers out, as its own answers are held to the reference",
    on: "linear/unseen",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.1, lambda: 0.02, samples: 4 },
  roles: {
    beta: "how little the given pairs may move the policy from its reference",
    lambda: "weight of the divergence on its own answers",
    samples: "own answers a prompt, each the others' baseline; as many a step as given pairs",
  },
  limits: [
    { at: "λ → 0", then: "DPO" },
    { at: "λ → ∞", then: "the reference" },
    { at: "π = π_ref", then: "every c is 0: DPO's first step" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], lambda: [0.02, 0.1] },
  implied: logRatioReward,
  async *run(lab, { samples, ...weights }) {
    const pairs = lab.offline("pairs");
    const learner = lab.learner<Hybrid>((scope) => hybrid(scope, weights));
    const rng = lab.rng.split("pairs");
    let given = rng.shuffle(pairs);
    for (let round = 0;; round++) {
      const asked = lab.prompts(Math.ceil(learner.batch / samples));
      const all = asked.flatMap((x) => Array(samples).fill(x)).slice(0, learner.batch);
      const ys = await learner.policy.sample(all, lab.rng.split(round));
      const before = await lab.reference.logp(ys);
      const costs = ys.map(({ logps }, i) => logps.reduce((a, b) => a + b) - before[i]!);
      const own = ys.map((y, i) => {
        const first = i - i % samples;
        const rivals = costs.slice(first, first + samples);
        return { own: y, weight: costs[i]! - others(rivals, i - first) };
      });
      if (given.length < own.length) given = [...given, ...rng.split(round).shuffle(pairs)];
      const taken = given.splice(0, own.length);
      await learner.step(own.map((y, i) => ({ ...taken[i % taken.length]!, ...y })));
      yield learner.policy;
    }
  },
});

/** A given pair, and beside it an answer of the policy's own with the weight of its log-probability. */
interface Hybrid {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly own: Answer;
  readonly weight: number;
}

/** The two halves of the loss, on equally many pairs and own answers. */
export function hybrid(
  { pi, ref, chosen, rejected, own, weight }: Scope<Hybrid>,
  { beta, lambda }: { readonly beta: number; readonly lambda: number },
): Expr {
  const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
  return softplus(margin.mul(-beta)).add(pi.logp(own).mul(weight).mul(lambda)).mean();
}

/** The mean of all but the i-th; 0 where there is no other. */
export function others(xs: readonly number[], i: number): number {
  const rest = xs.filter((_, j) => j !== i);
  return rest.reduce((sum, x) => sum + x, 0) / Math.max(1, rest.length);
}
