import type { Answer, Draw, Subject } from "../core/mod.ts";

// What several evaluators need of a subject's draws, computed once a subject in one batch each.

export function once<T>(
  compute: (subject: Subject) => Promise<T>,
): (subject: Subject) => Promise<T> {
  const known = new WeakMap<Subject, Promise<T>>();
  return (subject) => {
    const value = known.get(subject) ?? compute(subject);
    known.set(subject, value);
    return value;
  };
}

export function answersOf(draws: readonly Draw[]): Answer[] {
  return draws.flatMap((draw) => draw.answers);
}

/** One number an answer, in the order of `answersOf`, as [prompt][answer]. */
export function byPrompt(draws: readonly Draw[], values: ArrayLike<number>): number[][] {
  let at = 0;
  return draws.map((draw) => draw.answers.map(() => values[at++]!));
}

/** Each prompt's expectation of one number an answer, [prompt][answer]; 0 · ∞ counts as 0. */
export function expectations(
  draws: readonly Draw[],
  values: readonly (readonly number[])[],
): number[] {
  return draws.map((draw, i) =>
    draw.weights.reduce((sum, w, j) => w === 0 ? sum : sum + w * values[i]![j]!, 0)
  );
}

/** Gold rewards of the policy's and the start policy's answers, [prompt][answer], where there are some. */
export const rewards = once(async (subject) => {
  const [draws, baseline] = [await subject.draws(), await subject.baseline()];
  const gold = await subject.testbed.reward!([...answersOf(draws), ...answersOf(baseline)]);
  return {
    policy: byPrompt(draws, gold),
    start: byPrompt(baseline, gold.subarray(answersOf(draws).length)),
  };
});

/**
 * For each prompt, in nats an answer, KL(π‖start policy) and the entropy of π: the sum over all
 * answers where these are listed, else the exact expectation at every prefix that the samples
 * visit, summed over their steps.
 */
export const divergence = once(async (subject) => {
  const { policy, reference } = subject;
  const draws = await subject.draws();
  const ys = answersOf(draws);
  if (draws.every((draw) => draw.exact)) {
    const [pi, ref] = [await policy.logp(ys), await reference.logp(ys)];
    return {
      kl: expectations(draws, byPrompt(draws, pi.map((logp, i) => logp - ref[i]!))),
      entropy: expectations(draws, byPrompt(draws, pi.map((logp) => -logp))),
    };
  }
  const { kl, entropy } = await policy.against(reference, ys);
  return {
    kl: expectations(draws, byPrompt(draws, kl)),
    entropy: expectations(draws, byPrompt(draws, entropy)),
  };
});

/** The expected number of steps of an answer to each prompt. */
export function lengths(draws: readonly Draw[]): number[] {
  return expectations(draws, draws.map((draw) => draw.answers.map((y) => y.length)));
}
