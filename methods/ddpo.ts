// Longer than an equation: rounds of sampling and checking, which no objective has.
import {
  type Answer,
  byGroup,
  type Checks,
  clippedGain,
  type Expr,
  onOwnAnswers,
  program,
  type Scope,
  type Series,
  Unsuited,
} from "../core/mod.ts";

/**
 * Climbs the checked reward by clipped policy gradients of the denoising steps (DDPO-IS), without a
 * critic or a reference. A result's advantage, which all its steps share, is its reward less the
 * mean of its prompt's answers, by how far rewards spread about that mean; the paper keeps running
 * figures a prompt for both. It sees the reward itself, at what the testbed asks for a check.
 */
export default program({
  id: "ddpo",
  paper: {
    title: "Training Diffusion Models with Reinforcement Learning",
    arxiv: "2305.13301",
    year: 2023,
  },
  equation: String
    .raw`-\frac1T\sum_t\min\!\left(u_tA,\ \mathrm{clip}(u_t,1\pm\epsilon)A\right),\quad u_t=\frac{\pi(x_{t-1}|x_t,c)}{\pi_{\mathrm{old}}(x_{t-1}|x_t,c)}`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "constraint/reference/free",
    "applications/diffusion",
  ],
  claim: {
    text: "Climbing the reward by policy gradients gains more than imitating good samples",
    on: "diffusion/icons",
    measure: "reward",
    against: ["best-of-n", "diffusion-sft"],
    expect: "higher",
  },
  needs: ["checks"],
  hyper: { clip: 0.2, prompts: 15, answers: 4, epochs: 24 },
  roles: {
    clip: "how far a step's ratio to the sampling policy may move before its gradient is cut",
    prompts: "prompts of a round",
    answers: "answers drawn and checked for each, which are each other's baseline",
    epochs: "times that a round's answers are learned from",
  },
  limits: [
    { at: "ε → 0", then: "only a round's first step moves the policy" },
    { at: "π = π_old", then: "u = 1: the plain policy gradient of the advantages (DDPO-SF)" },
    { at: "one answer a prompt", then: "every advantage is 0: nothing is learned" },
  ],
  within: { epochs: [1, 64] },
  search: { clip: [0.1, 0.2], epochs: [2, 8, 24] },
  run(lab, { clip, ...drawing }) {
    const learner = lab.learner<StepRollout>((scope) => surrogate(scope, clip));
    return onOwnAnswers(lab, learner, drawing, async (drawn) => {
      const rewards = byGroup(drawn, (await lab.check(drawn.flat())).map(rewardOf));
      const gains = advantages(rewards).flat();
      return drawn.flat().map((answer, i) => (
        { answer, behaviour: answer.logps, advantage: gains[i]! }
      ));
    });
  },
});

/** A sample with what its policy gradient needs. */
export interface StepRollout {
  readonly answer: Answer;
  /** Log-probabilities of its steps at sampling time. */
  readonly behaviour: Series;
  readonly advantage: number;
}

/** Minus the clipped gain, the mean over answers and steps. */
export function surrogate(
  { pi, answer, behaviour, advantage }: Pick<Scope<StepRollout>, keyof StepRollout | "pi">,
  clip: number,
): Expr {
  const gain = advantage.reshape(advantage.shape[0]!, 1);
  const ratio = pi.steps(answer).sub(behaviour).exp();
  return clippedGain(ratio, gain, clip).mean().neg();
}

function rewardOf(checks: Checks): number {
  const { reward } = checks;
  if (reward !== undefined) return reward;
  throw new Unsuited(`Cannot climb a reward: checks give ${Object.keys(checks).join(", ")} alone`);
}

/** Rewards [prompt][answer] about their prompt's mean, by their root mean square. */
export function advantages(rewards: readonly (readonly number[])[]): number[][] {
  const centred = rewards.map((group) => {
    const mean = group.reduce((sum, r) => sum + r, 0) / group.length;
    return group.map((r) => r - mean);
  });
  const all = centred.flat();
  const spread = Math.sqrt(all.reduce((sum, r) => sum + r * r, 0) / all.length);
  return centred.map((group) => group.map((r) => r / (spread + 1e-8)));
}
