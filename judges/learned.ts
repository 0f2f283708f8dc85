import { type TextJudge } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

/** A reward model that was fitted to preferences. */
export interface RewardModel {
  readonly id: string;
  /** SHA-256 of weights, tokenizer and calibration. */
  readonly fingerprint: string;
  /** P(a beats b) = σ(scale · (r_a − r_b)), fitted on rows held out from training. */
  readonly scale: number;
  /** The mean reward of held-out answers, which is graded 5.5. */
  readonly centre: number;
  /** The reward of an answer to these turns. */
  reward(turns: readonly string[], answer: readonly string[]): Promise<number>;
}

/** The judge that prefers by a reward model; a grade is 1 + 9·σ(scale · (r − centre)). */
export function learned({ id, fingerprint, scale, centre, reward }: RewardModel): TextJudge {
  return {
    id,
    fingerprint,
    async compare({ question: { turns }, first, second }) {
      const [a, b] = await Promise.all([reward(turns, first), reward(turns, second)]);
      return { preference: stats.sigmoid(scale * (a - b)) };
    },
    async grade({ question: { turns }, answer, turn }) {
      const r = await reward(turns.slice(0, turn + 1), answer.slice(0, turn + 1));
      return { grade: 1 + 9 * stats.sigmoid(scale * (r - centre)) };
    },
  };
}
