import { readRun } from "../lab/disk/records.ts";
import {
  againstTruth,
  type Entrant,
  type Field,
  goldText,
  type Judged,
  type JudgedEstimate,
  type Leaning,
  leaningMeasures,
  leanings,
  lengthOf,
  type Line,
  type Pairing,
  pairings,
  questionIds,
  type rewardBenchFiles,
  type Rng,
  type RunRecord,
  stats,
  type TextJudge,
  valuesAveraged,
} from "../mod.ts";
import type { Reduced } from "./protocols/mod.ts";

/** prefbench's own policies before a judge, and what is known of them exactly. */

/** What the policy that all methods start from goes by. */
export const START = "start";

interface Answered extends RunRecord {
  readonly answers: NonNullable<RunRecord["answers"]>;
  /** Ids of the questions, in the order of the answers. */
  readonly ids: readonly string[];
}

export interface RunField {
  /** `benchmark/setting` */
  readonly on: string;
  readonly field: Field;
  readonly records: readonly Answered[];
  /** Knows the rewards of the answers, where there are some. */
  readonly gold: TextJudge | undefined;
}

/** The answers on record of one testbed; a RangeError where there are none, or of several and none is named. */
export async function runField(directory: string, wanted?: string): Promise<RunField> {
  const { records } = await readRun(directory);
  const answered = records.flatMap((record): Answered[] => {
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

/** What only the testbed can know, added to what a protocol found. */
export function withTruth(
  reduced: Reduced,
  lines: readonly Line[],
  { field, records }: RunField,
  rng: Rng,
): Reduced {
  const truth = truthOf(records);
  const pairs = [...pairings(lines), ...gradedPairs(lines)].map((pair): Leaning => {
    const own = field.models.find(({ model, seed }) => model === pair.model && seed === pair.seed)!;
    const gold = truth.get(key(pair))?.preference;
    return {
      ...pair,
      ...gold === undefined ? {} : { gold },
      lengths: [own.against!, own.answers].map((side) =>
        lengthOf(side.get(pair.question)![0]!)
      ) as [number, number],
    };
  });
  const exact = new Map(
    reduced.rows.map(({ model }) => [model, exactOf(model, records, truth, rng.split(model))]),
  );
  const rows = reduced.rows.map((row) => {
    const known = exact.get(row.model)!;
    return Object.keys(known).length === 0 ? row : { ...row, exact: known };
  });
  const board = againstTruth({ rows, judgements: [...reduced.judgements] }, rng.split("board"));
  return {
    ...reduced,
    rows,
    measures: { ...reduced.measures, ...ofTruth, ...board.measures, ...leaningMeasures },
    bias: { ...reduced.bias, ...leanings(pairs, rng.split("leanings")), ...board.bias },
    absent: { ...reduced.absent, ...board.absent },
  };
}

const ofTruth: Judged["measures"] = {
  "win-rate-same-answers": { title: "True win-rate of the answers judged", better: "higher" },
  reward: { title: "Gold reward", better: "higher" },
};

interface Known {
  readonly preference: number;
  readonly grade: number;
}

const key = (
  about: { readonly question: string; readonly model: string; readonly seed?: number },
) => JSON.stringify([about.model, about.seed ?? null, about.question]);

/** P(answer beats the start policy's) and the gold grade of every answer with rewards. */
function truthOf(records: readonly Answered[]): Map<string, Known> {
  return new Map(
    records.flatMap(({ method: model, seed, answers, ids, truth: { temperature } }) =>
      answers.flatMap(({ rewards }, i): [string, Known][] => {
        if (!rewards || temperature === undefined) return [];
        const [start, end] = rewards;
        return [[key({ question: ids[i]!, model, seed }), {
          preference: stats.sigmoid((end - start) / temperature),
          grade: 1 + 9 * stats.sigmoid(end / temperature),
        }]];
      })
    ),
  );
}

function exactOf(
  model: string,
  records: readonly Answered[],
  truth: ReadonlyMap<string, Known>,
  rng: Rng,
): { [id: string]: JudgedEstimate } {
  const own = records.filter(({ method }) => method === model);
  const measured = (id: string) =>
    valuesAveraged(
      own.flatMap(({ seed, measures }) => {
        const found = Object.hasOwn(measures, id) ? measures[id]! : undefined;
        return found?.each?.map((value, i) => ({ prompt: `${i}`, seed, value })) ?? [];
      }),
      rng.split(id),
    );
  const same = (of: (known: Known) => number, id: string) =>
    valuesAveraged(
      own.flatMap(({ seed, ids }) =>
        ids.flatMap((question) => {
          const known = truth.get(key({ question, model, seed }));
          return known ? [{ prompt: question, seed, value: of(known) }] : [];
        })
      ),
      rng.split(id),
    );
  const all = {
    "win-rate": measured("win-rate"),
    reward: measured("reward"),
    "win-rate-same-answers": same(({ preference }) => preference, "same"),
    grade: same(({ grade }) => grade, "grade"),
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([id, found]) => found ? [[id, found]] : []),
  );
}

/** A model's grade against the start policy's to the same question and seed, as a preference. */
function gradedPairs(lines: readonly Line[]): Pairing[] {
  if (lines.some(({ about }) => about.game !== undefined)) return [];
  const grades = new Map(
    lines.flatMap(({ about, outcome }) => "grade" in outcome ? [[key(about), outcome.grade]] : []),
  );
  return lines.flatMap(({ about }): Pairing[] => {
    if (about.model === START) return [];
    const [own, base] = [grades.get(key(about)), grades.get(key({ ...about, model: START }))];
    if (own === undefined || base === undefined) return [];
    return [{ ...about, games: [], preference: own > base ? 1 : own < base ? 0 : 0.5 }];
  });
}

/** Pairs of a policy's answer and the start policy's, the truly better one chosen: they rank the judge. */
export function rewardRows({ records, on }: RunField): rewardBenchFiles.RewardRow[] {
  const rows = records.flatMap(({ method, seed, answers }) =>
    answers.flatMap(({ prompt, start, end, rewards }, i) => {
      if (!rewards || rewards[0] === rewards[1]) return [];
      const [chosen, rejected] = rewards[1] > rewards[0] ? [end, start] : [start, end];
      return [{ id: `${method} ${seed} ${i + 1}`, prompt, chosen, rejected, subset: method }];
    })
  );
  if (rows.length > 0) return rows;
  throw new RangeError(
    `Cannot judge ${on} by RewardBench: no two answers differ in a known reward`,
  );
}
