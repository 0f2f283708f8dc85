import type { Subject } from "./benchmark.ts";
import type { Measure, MeasureNeed } from "./measure.ts";

/** Why a measure does not exist. */

interface Requirement {
  has(subject: Subject): boolean;
  /** The reason without it, where nobody says it in words of their own. */
  readonly absent: string;
}

/**
 * In the order in which the first that is missing becomes the reason; undefined where only who lacks
 * it can say so.
 */
const requirements: { readonly [N in MeasureNeed]: Requirement | undefined } = {
  "gold reward": {
    absent: "There is no gold reward here",
    has: ({ testbed }) => testbed.reward !== undefined,
  },
  "true preferences": {
    absent: "Nobody knows the true preferences here",
    has: ({ testbed: { oracle, reward, truth } }) =>
      oracle !== undefined || reward !== undefined && truth.temperature !== undefined,
  },
  oracle: {
    absent: "Labels are single votes: the share of raters behind them is unknown",
    has: ({ testbed }) => testbed.oracle !== undefined,
  },
  comparisons: undefined,
  labels: undefined,
  answers: undefined,
  probabilities: undefined,
  preferences: undefined,
  rewards: undefined,
  steps: {
    absent: "An answer is a single step here",
    has: ({ testbed }) => testbed.longest > 1,
  },
  fluency: {
    absent: "Nothing here judges answers as language",
    has: ({ testbed }) => testbed.fluency !== undefined,
  },
  "implied preference": {
    absent: "The method implies no probability of its own: see the scaled calibration error",
    has: ({ implied, prefers }) => implied !== undefined || prefers !== undefined,
  },
};
const order = Object.keys(requirements) as MeasureNeed[];

/** Why a measure does not exist for a subject: the first of its needs that is missing. */
export function absence(
  { needs = [] }: Pick<Measure, "needs">,
  subject: Subject,
): string | undefined {
  for (const need of order) {
    if (!needs.includes(need)) continue;
    const said = subject.testbed.lacks?.[need] ?? subject.lacks[need];
    if (said !== undefined) return said;
    const requirement = requirements[need];
    if (requirement && !requirement.has(subject)) return requirement.absent;
  }
  return undefined;
}
