import { questionIds, type RunRecord, type TextJudge } from "../../core/mod.ts";
import { goldText } from "../gold-text.ts";
import type { Entrant, Field } from "./field.ts";

/** prefbench's own policies before a judge. */

/** What the policy that all methods start from goes by. */
export const START = "start";

/** A record with its answers. */
export interface AnsweredRecord extends RunRecord {
  readonly answers: NonNullable<RunRecord["answers"]>;
  /** Ids of the questions, in the order of the answers. */
  readonly ids: readonly string[];
}

/** prefbench's own policies on one testbed, as a protocol judges them. */
export interface RunField {
  /** `benchmark/setting` */
  readonly on: string;
  readonly field: Field;
  readonly records: readonly AnsweredRecord[];
  /** Knows the rewards of the answers, where there are some. */
  readonly gold: TextJudge | undefined;
}

/** The answers on record of one testbed; a RangeError where there are none, or of several and none is named. */
export function runField(
  records: readonly RunRecord[],
  directory: string,
  wanted?: string,
): RunField {
  const answered = records.flatMap((record): AnsweredRecord[] => {
    const { outcome, answers } = record;
    return outcome === "ok" && answers !== undefined && answers.length > 0
      ? [{ ...record, answers, ids: questionIds(answers.map(({ prompt }) => prompt)) }]
      : [];
  });
  const found = Map.groupBy(answered, ({ benchmark, setting }) => `${benchmark}/${setting}`);
  if (found.size === 0) {
    throw new RangeError(
      `Cannot judge ${directory}: no record holds answers; only testbeds whose answers are texts have them, in runs of this version`,
    );
  }
  const on = wanted ?? [...found.keys()][0]!;
  const own = found.get(on);
  if (!own || (wanted === undefined && found.size > 1)) {
    throw new RangeError(
      `Cannot choose what to judge in ${directory}: name one by --on ${
        [...found.keys()].join(", ")
      }`,
    );
  }
  const prompts = new Map<string, string>();
  const entrants = own.map(({ method, seed, answers, ids }): Entrant => {
    answers.forEach(({ prompt }, i) => prompts.set(ids[i]!, prompt));
    const side = (of: "start" | "end") =>
      new Map(answers.map((answer, i) => [ids[i]!, [answer[of]]]));
    return { model: method, seed, answers: side("end"), against: side("start") };
  });
  // The start policy drew its own answers for each seed; as an entrant it is only graded.
  const starts = [...new Map(entrants.map((one) => [one.seed, one])).values()].map((
    { seed, against },
  ): Entrant => ({ model: START, seed: seed!, answers: against! }));
  const known = own[0]!.truth.temperature !== undefined &&
    own.some(({ answers }) => answers.some(({ rewards }) => rewards !== undefined));
  return {
    on,
    records: own,
    field: {
      questions: [...prompts].map(([id, prompt]) => ({ id, turns: [prompt], category: on })),
      baseline: { model: START, answers: new Map() },
      models: [...starts, ...entrants],
    },
    gold: known ? goldText(own) : undefined,
  };
}
