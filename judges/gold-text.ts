import { type Failure, fingerprint, type RunRecord, type TextJudge } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

/** What of records a judge of their answers needs. */
export type RecordedAnswers = Pick<RunRecord, "benchmark" | "setting" | "answers" | "truth">;

/**
 * The judge that knows the gold rewards r of answers on record, all of one testbed: P(a beats b) =
 * σ((r_a − r_b) / temperature), and a grade of 1 + 9·σ(r / temperature). An answer that is not on
 * record is a failure. A RangeError where rewards or temperature are not known, or testbeds differ.
 */
export function goldText(records: readonly RecordedAnswers[]): TextJudge {
  const [first] = records;
  const temperature = first?.truth.temperature;
  const testbeds = new Set(records.map(({ benchmark, setting }) => `${benchmark}/${setting}`));
  if (testbeds.size !== 1) {
    throw new RangeError(
      `Cannot judge by gold answers of ${testbeds.size} testbeds at once: ${
        [...testbeds].join(", ")
      }`,
    );
  }
  const [testbed] = testbeds;
  const rewards = new Map<string, number>();
  for (const { answers = [] } of records) {
    for (const { prompt, start, end, rewards: known } of answers) {
      if (!known) continue;
      rewards.set(key(prompt, start), known[0]);
      rewards.set(key(prompt, end), known[1]);
    }
  }
  if (temperature === undefined || rewards.size === 0) {
    throw new RangeError(
      `Cannot judge by gold answers of ${testbed}: ${
        temperature === undefined
          ? "its preferences come from no reward"
          : "its records hold no answers with rewards; runs made before answers were kept have none"
      }`,
    );
  }
  const find = (turns: readonly string[], answer: readonly string[]) =>
    rewards.get(key(turns.join("\n"), answer.join("\n")));
  const unknown: Failure = {
    failure: "not recorded",
    reason: "No record knows the reward of this answer",
  };
  return {
    id: "gold",
    fingerprint: fingerprint(["gold", testbed, temperature]),
    compare({ question, first, second }) {
      const [a, b] = [find(question.turns, first), find(question.turns, second)];
      return Promise.resolve(
        a === undefined || b === undefined
          ? unknown
          : { preference: stats.sigmoid((a - b) / temperature) },
      );
    },
    grade({ question, answer }) {
      const reward = find(question.turns, answer);
      return Promise.resolve(
        reward === undefined ? unknown : { grade: 1 + 9 * stats.sigmoid(reward / temperature) },
      );
    },
  };
}

const key = (prompt: string, answer: string) => JSON.stringify([prompt, answer]);
