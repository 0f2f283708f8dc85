// Longer than an equation: rounds of sampling and checking, which no objective has.
import {
  type Answer,
  byGroup,
  clippedGain,
  type Expr,
  type Lab,
  onOwnAnswers,
  type OwnAnswers,
  type Policy,
  program,
  type Sample,
  type Scope,
  type Series,
  worths,
} from "../core/mod.ts";

/**
 * Policy gradients of the checked reward without a critic: an answer's advantage, which all its steps
 * share, is its reward by the mean and the standard deviation of its prompt's answers, and a step's KL
 * to the start policy is priced by k3 = exp(d) − d − 1, d = log π_ref/π. The mean is over an answer's
 * steps and then over answers. It sees the reward itself, at what the testbed asks for a check.
 */
export default program({
  id: "grpo",
  paper: {
    title: "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models",
    arxiv: "2402.03300",
    year: 2024,
  },
  equation: String
    .raw`-\frac1G\sum_i\frac1{|y_i|}\sum_t\left[\min\!\left(u_{i,t}A_i,\ \mathrm{clip}(u_{i,t},1\pm\epsilon)A_i\right)-\kappa\left(e^{d_{i,t}}-d_{i,t}-1\right)\right],\quad A_i=\frac{r_i-\bar r}{\mathrm{sd}(r)},\ d=\log\frac{\pi_{\mathrm{ref}}}{\pi}`,
  taxonomy: ["data/feedback/point", "learning/paradigm/online", "applications/reasoning"],
  claim: {
    text: "Rewards relative to a group teach more than imitating the answers that are right",
    on: "reasoning/tool",
    measure: "solved",
    against: ["rft"],
    expect: "higher",
  },
  needs: ["checks"],
  hyper: { kl: 0.04, clip: 0.2, prompts: 8, answers: 8, epochs: 2 },
  roles: {
    kl: "price of a nat from the start policy, at each step",
    clip: "how far a step's ratio to the sampling policy may move before its gradient is cut",
    prompts: "prompts of a round",
    answers: "answers drawn and checked for each, which are each other's baseline",
    epochs: "times that a round's answers are learned from",
  },
  limits: [
    { at: "ε → 0", then: "only a round's first step moves the policy" },
    { at: "π = π_old = π_ref", then: "−A, with slope −A/|y| by each log π: the policy gradient" },
    { at: "κ → ∞", then: "the policy stays at the start policy" },
    {
      at: "all answers to a prompt worth the same",
      then: "A = 0: nothing but the penalty is left",
    },
  ],
  within: { kl: [0, 10], answers: [2, 64], epochs: [1, 64] },
  search: { kl: [0.01, 0.04], epochs: [1, 2, 4] },
  run: (lab, hyper) => climbing(lab, hyper, (ys) => worths(lab, ys)),
});

/** Rounds of answers, of which each is rewarded and then learned from, beside the others to its prompt. */
export function climbing(
  lab: Lab,
  hyper: OwnAnswers & { readonly kl: number; readonly clip: number },
  rewarded: (ys: readonly Answer[]) => Promise<readonly number[]>,
): AsyncGenerator<Policy, never> {
  const learner = lab.learner<Relative>((scope) => surrogate(scope, hyper));
  return onOwnAnswers(
    lab,
    learner,
    hyper,
    async (drawn) => rolledOut(drawn, byGroup(drawn, await rewarded(drawn.flat()))),
  );
}

/** A sample with what its policy gradient needs, each a number a step. */
export interface Relative {
  readonly answer: Answer;
  /** Log-probabilities at sampling time. */
  readonly behaviour: Series;
  /** The answer's, at each of its steps. */
  readonly advantage: Series;
}

/** Samples of prompts, [prompt][sample], with what each gains on its prompt's others by its reward. */
export const rolledOut = (
  drawn: readonly (readonly Sample[])[],
  rewards: readonly (readonly number[])[],
): Relative[] =>
  drawn.flatMap((ys, i) => {
    const gains = standing(rewards[i]!);
    return ys.map((answer, k) => (
      { answer, behaviour: answer.logps, advantage: answer.logps.map(() => gains[k]!) }
    ));
  });

/** Rewards about their mean, by their standard deviation; all 0 where they are the same. */
export function standing(rewards: readonly number[]): number[] {
  const mean = rewards.reduce((sum, r) => sum + r, 0) / rewards.length;
  const squares = rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0);
  const sd = Math.sqrt(squares / Math.max(1, rewards.length - 1));
  return rewards.map((r) => (r - mean) / (sd + 1e-4));
}

/** Minus the clipped gain less κ·k3: the mean over an answer's steps, and then over answers. */
export function surrogate(
  { pi, ref, answer, behaviour, advantage }: Pick<Scope<Relative>, keyof Relative | "pi" | "ref">,
  { clip, kl }: { readonly clip: number; readonly kl: number },
): Expr {
  const steps = pi.steps(answer);
  const gain = clippedGain(steps.sub(behaviour).exp(), advantage, clip);
  const d = ref.steps(answer).sub(steps);
  const k3 = d.exp().sub(d).sub(1);
  return gain.sub(k3.mul(kl)).sum(1).div(answer.length).mean().neg();
}
