import type { Evaluator, Measure, Subject } from "../../../core/mod.ts";
import { answersOf, byPrompt, expectations, once, rewards } from "../../../evaluators/drawn.ts";
import { overPrompts, ratioByPrompts } from "../../../evaluators/estimate.ts";
import { share, TWO_PERCENT } from "../../../evaluators/scales.ts";

const card = {
  within: share,
  margin: TWO_PERCENT,
  needs: ["gold reward", "answers", "probabilities"],
} as const;

/** Whether each answer is right, and whether the same policy's review of it is: [prompt][answer]. */
const reviewed = once(async (subject: Subject) => {
  const draws = await subject.draws();
  const drafts = answersOf(draws);
  const { policy, rng, testbed } = subject;
  const asked = drafts.map((draft) => testbed.told!(draft.prompt, { draft })!);
  const reviews = await policy.sample(asked, rng.split("reviews"));
  return {
    draws,
    first: (await rewards(subject)).policy,
    then: byPrompt(draws, await testbed.reward!(reviews)),
  };
});

/** The share of first answers of which this holds, of those of which that does. */
const among = (
  card: Measure,
  that: (first: number) => boolean,
  holds: (then: number) => boolean,
): Evaluator => ({
  ...card,
  async measure(subject) {
    const { draws, first, then } = await reviewed(subject);
    const both = (of: (i: number, k: number) => boolean) =>
      expectations(draws, first.map((row, i) => row.map((_, k) => of(i, k) ? 1 : 0)));
    const asked = both((i, k) => that(first[i]![k]!));
    if (asked.every((x) => x === 0)) return { absent: "It has no such first answer" };
    return ratioByPrompts(
      draws,
      both((i, k) => that(first[i]![k]!) && holds(then[i]![k]!)),
      asked,
    );
  },
});

/** Of a policy that reviews its own answers once, whatever it was trained to do. */
export const revisedAccuracy: Evaluator = {
  ...card,
  id: "revised-accuracy",
  title: "right after a review",
  better: "higher",
  ideal: { value: 1, of: "the truth" },
  means: "Share of the answers that are right once the policy has reviewed its first ones",
  async measure(subject) {
    const { draws, then } = await reviewed(subject);
    return overPrompts(draws, expectations(draws, then));
  },
};
export const rightToWrong: Evaluator = among(
  {
    ...card,
    id: "right-to-wrong",
    title: "right answers spoilt by review",
    better: "lower",
    ideal: { value: 0, of: "the truth" },
    means: "Share of the right first answers whose review is wrong",
  },
  (first) => first === 1,
  (then) => then === 0,
);
export const wrongToRight: Evaluator = among(
  {
    ...card,
    id: "wrong-to-right",
    title: "wrong answers mended by review",
    better: "higher",
    ideal: { value: 1, of: "the truth" },
    means: "Share of the wrong first answers whose review is right",
  },
  (first) => first === 0,
  (then) => then === 1,
);
