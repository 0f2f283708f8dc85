// Longer than an equation: a reward model first, then rounds of sampling with a value head, which no objective has.
import { type Answer, clippedGain, fittedReward, program, type Series } from "../core/mod.ts";

/** Fits a Bradley–Terry reward, then climbs it by clipped policy gradients with a KL penalty a token. */
export default program({
  id: "ppo",
  paper: {
    title: "Training language models to follow instructions with human feedback",
    arxiv: "2203.02155",
    year: 2022,
  },
  equation: String
    .raw`-\min\!\left(u_tA_t,\ \mathrm{clip}(u_t,1\pm\epsilon)A_t\right)+\frac{c}{2}\left(V_t-G_t\right)^{2},\quad u_t=\frac{\pi(y_t)}{\pi_{\mathrm{old}}(y_t)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online"],
  claim: {
    text:
      "A learned reward and reinforcement learning gain more than imitating the preferred answers",
    on: "text/clean",
    measure: "win-rate",
    against: ["sft"],
    expect: "higher",
  },
  hyper: { kappa: 0.05, clip: 0.2, critic: 0.1, lambda: 0.95, fit: 0.5, rollouts: 64, steps: 8 },
  roles: {
    kappa:
      "price of a nat of log-ratio to the start policy, paid at each token: where the reward says little, answers shorten to save it",
    clip: "how far the ratio to the sampling policy may move before its gradient is cut",
    critic: "weight of the value head's squared error",
    lambda: "how far advantages look ahead: 0 trusts the value head, 1 the return",
    fit:
      "share of the operations after which fitting the reward ends at the latest; it ends before where its held-out loss no longer falls",
    rollouts: "prompts that are answered a round",
    steps: "optimiser steps on a round's answers",
  },
  limits: [
    { at: "κ → 0", then: "the learned reward alone is climbed, however far that leads" },
    { at: "κ → ∞", then: "the policy stays at the start policy" },
    { at: "ε → 0", then: "only the first step of a round moves the policy" },
    { at: "π = π_old", then: "u = 1: the plain policy gradient of the advantages" },
  ],
  search: { kappa: [0.01, 0.05, 0.2], fit: [0.15, 0.3, 0.5], steps: [8, 16] },
  within: { fit: [0.05, 0.7], steps: [1, 64] },
  implied: ({ logp, reference }, { kappa }) => kappa * (logp - reference),
  async *run(lab, { kappa, clip, critic, lambda, fit, rollouts, steps }) {
    const reward = await fittedReward(lab, fit);
    const learner = lab.learner<Rollout>(
      ({ pi, answer, behaviour, advantage, target, baseline }) => {
        const tokens = answer.length.sum();
        const ratio = pi.steps(answer).sub(behaviour).exp();
        const surrogate = clippedGain(ratio, advantage, clip);
        const values = pi.values(answer);
        const near = values.max(baseline.sub(clip)).min(baseline.add(clip));
        const misfit = values.sub(target).square().max(near.sub(target).square());
        return misfit.sum().mul(critic / 2).sub(surrogate.sum()).div(tokens);
      },
    );
    for (let round = 0;; round++) {
      const ys = await learner.policy.sample(lab.prompts(rollouts), lab.rng.split(round));
      const rewards = await reward.value(ys);
      const before = await lab.reference.steps(ys);
      const baseline = await learner.policy.values(ys);
      const credits = ys.map(({ logps }, i) => {
        const paid = logps.map((logp, t) => -kappa * (logp - before[i]![t]!));
        paid[paid.length - 1]! += rewards[i]!;
        return advantages(paid, baseline[i]!, lambda);
      });
      const white = whitened(credits);
      const batch = ys.map((answer, i) => ({
        answer,
        behaviour: answer.logps,
        advantage: white[i]!,
        target: credits[i]!.map((a, t) => a + baseline[i]![t]!),
        baseline: [...baseline[i]!],
      }));
      for (let k = 0; k < steps; k++) {
        await learner.step(batch);
        yield learner.policy;
      }
    }
  },
});

/** A sample with what its policy gradient needs, each a number a step. */
interface Rollout {
  readonly answer: Answer;
  /** Log-probabilities at sampling time. */
  readonly behaviour: Series;
  readonly advantage: Series;
  readonly target: Series;
  /** The value head's, at sampling time. */
  readonly baseline: Series;
}

/** Generalised advantage estimation (arXiv 1506.02438) without discount; the value after the end is 0. */
function advantages(rewards: Series, values: ArrayLike<number>, lambda: number): number[] {
  const out = rewards.map(() => 0);
  for (let t = rewards.length - 1, after = 0; t >= 0; t--) {
    after = out[t] = rewards[t]! + (values[t + 1] ?? 0) - values[t]! + lambda * after;
  }
  return out;
}

/** Zero mean and unit variance over all tokens of the round. */
function whitened(rows: readonly Series[]): number[][] {
  const all = rows.flat();
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const variance = all.reduce((sum, a) => sum + (a - mean) ** 2, 0) / all.length;
  return rows.map((row) => row.map((a) => (a - mean) / Math.sqrt(variance + 1e-8)));
}
