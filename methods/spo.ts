// Longer than an equation: rounds of sampling, contests and clipped steps are its own.
import {
  type Answer,
  clippedGain,
  contests,
  drawnLogp,
  type Expr,
  perPrompt,
  program,
  type Scope,
} from "../core/mod.ts";

/**
 * A policy gradient on how often each sample of a prompt beats its fellows: the reward is the share
 * won less ½, asked anew each round, and no model of it is fitted. Samples of one prompt stand for
 * the paper's queue of past trajectories, and PPO's clipped surrogate, on the ratio of whole answers,
 * for its PPO or SAC with a critic. What is measured is the last iterate; the theory is of the mean.
 */
export default program({
  id: "spo",
  paper: {
    title: "A Minimaximalist Approach to Reinforcement Learning from Human Feedback",
    arxiv: "2401.04056",
    year: 2024,
  },
  equation: String
    .raw`-\min\!\left(uA,\ \mathrm{clip}(u,1\pm\epsilon)A\right),\quad u=\frac{\pi(y|x)}{\pi_{\mathrm{old}}(y|x)},\quad A_i=\frac1{K-1}\sum_{j\neq i}1[y_i\succ y_j]-\tfrac12`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/free",
  ],
  claim: {
    text: "Handles preferences that no reward has, which a fitted reward cannot",
    on: "game/condorcet",
    measure: "exploitability",
    against: ["ppo", "dpo"],
    expect: "lower",
  },
  needs: ["labels"],
  hyper: { samples: 4, prompts: 16, steps: 4, clip: 0.2 },
  roles: {
    samples: "answers a prompt, each against each",
    prompts: "prompts a round",
    steps: "optimiser steps on a round's answers",
    clip: "how far the ratio to the sampling policy may move before its gradient is cut",
  },
  limits: [
    { at: "ε → 0", then: "only the first step of a round moves the policy" },
    { at: "K → ∞", then: "the reward is P(y beats π), whose fixed points are the Nash policies" },
    { at: "π = π_old", then: "−A, with slope −A by log π(y): the plain policy gradient" },
    { at: "all samples the same", then: "every advantage is 0 and nothing is asked" },
  ],
  search: { samples: [4, 8], steps: [4, 8, 16] },
  within: { samples: [2, 16], steps: [1, 64] },
  async *run(lab, { samples, prompts, steps, clip }) {
    const learner = lab.learner<Rollout>((scope) => surrogate(scope, { clip }));
    for (let round = 0;; round++) {
      const drawn = await perPrompt(
        learner.policy,
        lab.prompts(prompts),
        samples,
        lab.rng.split(round),
      );
      const wins = await contests(lab.oracle, drawn);
      const batch = drawn.flatMap((ys, i) =>
        ys.map((answer, k) => ({
          answer,
          behaviour: drawnLogp(answer),
          advantage: wins[i]![k]! / (samples - 1) - 0.5,
        }))
      );
      for (let k = 0; k < steps; k++) {
        await learner.step(batch);
        yield learner.policy;
      }
    }
  },
});

/** A sample, its log-probability when it was drawn, and how much better it was than expected. */
export interface Rollout {
  readonly answer: Answer;
  readonly behaviour: number;
  readonly advantage: number;
}

/** −min(uA, clip(u, 1 ± ε)A) on the ratio u of whole answers to the policy that drew them. */
export function surrogate(
  { pi, answer, behaviour, advantage }: Scope<Rollout>,
  { clip }: { readonly clip: number },
): Expr {
  const ratio = pi.logp(answer).sub(behaviour).exp();
  return clippedGain(ratio, advantage, clip).mean().neg();
}
