import {
  type Chat,
  failed,
  type Failure,
  fingerprint,
  stats,
  type TextJudge,
} from "../core/mod.ts";

/** The same chat asked for the nth time, from 0, drawing its replies at this temperature. */
export function nth(chat: Chat, repeat: number, temperature: number): Chat {
  return {
    ...chat,
    complete: (request) => chat.complete({ ...request, repeat, temperature, seed: repeat }),
  };
}

/**
 * One judgement out of several: the mean of the judges' preferences or grades, with their variance.
 * They are one judge asked again, as by `nth`. A failure of one is a failure.
 */
export function repeated(judges: readonly TextJudge[]): TextJudge {
  const [judge] = judges;
  if (!judge) throw new RangeError("Cannot repeat a judgement no times");
  async function all<T extends object>(
    ask: (judge: TextJudge) => Promise<T | Failure>,
    read: (found: T) => number,
  ): Promise<{ readonly mean: number; readonly variance?: number } | Failure> {
    const found = await Promise.all(judges.map(ask));
    const values: number[] = [];
    for (const [i, one] of found.entries()) {
      if (failed(one)) return { ...one, reason: `Repeat ${i + 1}: ${one.reason}` };
      values.push(read(one));
    }
    return {
      mean: stats.mean(values),
      // One repeat says nothing of how far two would lie apart.
      ...values.length > 1 ? { variance: stats.sd(values) ** 2 } : {},
    };
  }
  const { grade } = judge;
  return {
    id: judge.id,
    fingerprint: fingerprint(["repeated", ...judges.map(({ fingerprint }) => fingerprint)]),
    async compare(task) {
      const found = await all((one) => one.compare(task), ({ preference }) => preference);
      if (failed(found)) return found;
      const { mean: preference, ...rest } = found;
      return { preference, ...rest };
    },
    ...grade
      ? {
        async grade(task) {
          const found = await all((one) => one.grade!(task), ({ grade }) => grade);
          if (failed(found)) return found;
          const { mean, ...rest } = found;
          return { grade: mean, ...rest };
        },
      }
      : {},
  };
}
