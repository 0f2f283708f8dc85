import type { Judged, JudgedEstimate, Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Line } from "./asks.ts";
import { againstTruth } from "./board.ts";
import { averaged } from "./estimates.ts";
import { lengthOf } from "./field.ts";
import { type Pairing, pairings } from "./pairings.ts";
import type { Figures } from "./protocol.ts";
import { type AnsweredRecord, type RunField, START } from "./run-field.ts";
import { type Leaning, leaningMeasures, leanings } from "./truth.ts";

/** What is known exactly of prefbench's own policies, beside what a judge made of them. */

/** What only the testbed can know, added to what a protocol found. */
export function withTruth(
  figures: Figures,
  lines: readonly Line[],
  { field, records }: RunField,
  rng: Rng,
): Figures {
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
    figures.rows.map(({ model }) => [model, exactOf(model, records, truth, rng.split(model))]),
  );
  const rows = figures.rows.map((row) => {
    const known = exact.get(row.model)!;
    return Object.keys(known).length === 0 ? row : { ...row, exact: known };
  });
  const board = againstTruth({ rows, judgements: [...figures.judgements] }, rng.split("board"));
  return {
    ...figures,
    rows,
    measures: { ...figures.measures, ...ofTruth, ...board.measures, ...leaningMeasures },
    bias: { ...figures.bias, ...leanings(pairs, rng.split("leanings")), ...board.bias },
    absent: { ...figures.absent, ...board.absent },
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
function truthOf(records: readonly AnsweredRecord[]): Map<string, Known> {
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
  records: readonly AnsweredRecord[],
  truth: ReadonlyMap<string, Known>,
  rng: Rng,
): { [id: string]: JudgedEstimate } {
  const own = records.filter(({ method }) => method === model);
  const measured = (id: string) =>
    averaged(
      own.flatMap(({ seed, measures }) => {
        const found = Object.hasOwn(measures, id) ? measures[id]! : undefined;
        return found?.each?.map((value, i) => ({ prompt: `${i}`, seed, value })) ?? [];
      }),
      rng.split(id),
    );
  const same = (of: (known: Known) => number, id: string) =>
    averaged(
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
