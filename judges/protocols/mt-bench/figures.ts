import type { Judged, JudgedEstimate, Rng } from "../../../core/mod.ts";
import { separabilities } from "../board.ts";
import { averaged, GRADE, present, rate, resampled, shareOf, type Value } from "../estimates.ts";
import { seeded } from "../field.ts";
import { leaningMeasures } from "../truth.ts";
import type { Grade, Match } from "./files.ts";
import type { Winner } from "./rows.ts";
import { type GameOutcome, gameTable } from "./tables.ts";

/** MT-Bench: grades of one answer and pairs, on one turn and two. */

/** What a game is worth to the model that is named first. */
export const scoreOf = (winner: Winner): number =>
  winner === "tie" ? 0.5 : winner === "model_1" ? 1 : 0;

/** The mean of the two orders, each 0, ½ or 1. */
export function soft({ games: [one, other], pooled, failure }: Match): number | undefined {
  if (pooled) return (pooled[0] + pooled[1]) / 2;
  if (failure || one === undefined && other === undefined) return undefined;
  if (one === undefined || other === undefined) return scoreOf((one ?? other)!);
  return (scoreOf(one) + scoreOf(other)) / 2;
}

/** As the original counts: a tie unless both games agree; nothing where either failed. */
export function agreed(one: Winner | undefined, other: Winner | undefined): number | undefined {
  if (one === undefined || other === undefined || one === "error" || other === "error") {
    return undefined;
  }
  return one === other ? scoreOf(one) : 0.5;
}

const grades: Judged["measures"] = {
  grade: { title: "Grade, categories and turns alike", unit: "of 10", better: "higher" },
  "grade-legacy": { title: "Grade, mean of all rows", unit: "of 10", better: "higher" },
  "grade-turn-1": { title: "Grade of the first turn", unit: "of 10", better: "higher" },
  "grade-turn-2": { title: "Grade of the second turn", unit: "of 10", better: "higher" },
};
const matches: Judged["measures"] = {
  "win-rate": { title: "Win-rate, mean of both orders", better: "higher" },
  "win-rate-legacy": { title: "Win-rate, ties unless both orders agree", better: "higher" },
  wins: { title: "Wins in both orders", better: "higher" },
  losses: { title: "Losses in both orders", better: "lower" },
  ties: { title: "Ties, orders that disagree among them", better: "neither" },
  "wins-alone": { title: "Wins of all pairs", better: "higher" },
  "losses-alone": { title: "Losses of all pairs", better: "lower" },
  "inconsistent-rate": { title: "Verdicts that turn with the order", better: "lower" },
};
const invalid = { invalid: { title: "Judgements that failed", better: "lower" as const } };

/** Both ways of grading, where there are any of each; intervals draw questions whole. */
export function reduce(
  graded: readonly Grade[],
  matched: readonly Match[],
  rng: Rng,
): Pick<Judged, "measures" | "rows" | "bias" | "absent" | "judgements"> {
  const models = [...new Set([...graded, ...matched].map(({ model }) => model))];
  const categories = [
    ...new Set(graded.flatMap(({ category }) => category === undefined ? [] : [category])),
  ].sort();
  const rows = models.map((model) => {
    const random = rng.split(model);
    const mine = graded.filter((row) => row.model === model);
    const games = matched.filter((row) => row.model === model);
    const absent: Record<string, string> = {};
    const all = [...mine, ...games];
    const estimates = present({
      ...graded.length > 0 ? gradesBy(mine, categories, absent, random) : {},
      ...matched.length > 0 ? matchesBy(games, absent, random) : {},
      invalid: shareOf(all, ({ failure }) => failure !== undefined, random.split("invalid")),
    });
    return { model, estimates, absent };
  });
  const board = separabilities(rows, { ...grades, ...matches }, [
    ...graded.length > 0 ? ["grade"] : [],
    ...matched.length > 0 ? ["win-rate"] : [],
  ]);
  const played = matched.filter(both);
  const first = matched.flatMap(({ question, seed, games: [one, other] }): Value[] => {
    if (one === undefined || other === undefined) return [];
    // P(first shown wins): the model in the first game, the baseline in the second.
    return [{
      prompt: question,
      ...seeded(seed),
      value: (scoreOf(one) + 1 - scoreOf(other)) / 2,
    }];
  });
  return {
    measures: {
      ...graded.length > 0
        ? {
          ...grades,
          ...Object.fromEntries(
            alone(categories).map((category) => [
              `grade-${category}`,
              { title: `Grade in ${category}`, unit: "of 10", better: "higher" as const },
            ]),
          ),
        }
        : {},
      ...matched.length > 0 ? { ...leaningMeasures, ...matches } : {},
      ...invalid,
      ...board.measures,
    },
    rows,
    bias: {
      ...present({
        "first-preferred": rate(first, rng.split("first-preferred")),
        "flip-rate": shareOf(played, inconsistent, rng.split("flip-rate")),
      }),
      ...board.bias,
    },
    absent: board.absent,
    judgements: [
      ...graded.map((row) => ({
        ...about(row),
        ...row.grade === undefined ? {} : { grade: row.grade },
      })),
      ...matched.map((row) => {
        const preference = soft(row);
        return {
          ...about(row),
          ...preference === undefined ? {} : { preference },
          ...both(row) ? { flipped: inconsistent(row) } : {},
        };
      }),
    ],
  };
}

/** Of one category alone the mean is the whole's. */
const alone = (categories: readonly string[]) => categories.length > 1 ? categories : [];

const about = ({ question, model, seed, turn, failure, ...row }: Grade | Match) => ({
  question,
  model,
  ..."opponent" in row && row.opponent !== undefined ? { opponent: row.opponent } : {},
  ...seeded(seed),
  turn,
  ...failure ? { failure: { kind: failure.failure, reason: failure.reason } } : {},
});
const both = ({ games: [one, other] }: Match) => one !== undefined && other !== undefined;
const inconsistent = ({ games: [one, other] }: Match) =>
  Math.abs(scoreOf(one!) - scoreOf(other!)) === 1;

interface Cell extends Value {
  readonly cell: string;
}

function gradesBy(
  rows: readonly Grade[],
  categories: readonly string[],
  absent: Record<string, string>,
  rng: Rng,
): { [id: string]: JudgedEstimate | undefined } {
  const valid = rows.filter(({ grade }) => grade !== undefined);
  const value = ({ question, seed, grade }: Grade): Value => ({
    prompt: question,
    ...seeded(seed),
    value: grade!,
  });
  const out: Record<string, JudgedEstimate | undefined> = {};
  const unknown = valid.some(({ category }) => category === undefined);
  if (valid.length === 0) absent["grade"] = "No judgement is valid";
  else if (unknown) absent["grade"] = "The categories are unknown: give the questions";
  else {
    const cells = valid.map((row): Cell => ({
      ...value(row),
      cell: `${row.category} ${row.turn}`,
    }));
    const sizes = Map.groupBy(cells, ({ cell }) => cell);
    out["grade"] = resampled(cells, (weights) => balanced(cells, weights), rng.split("grade"), {
      parts: cells.map(({ value, cell }) => ({ value, weight: 1 / sizes.get(cell)!.length })),
      range: GRADE,
    });
  }
  const legacy = rows.flatMap((row): Value[] =>
    row.legacy === undefined || row.legacy === -1 ? [] : [{ ...value(row), value: row.legacy }]
  );
  // FastChat's parser takes any number for a grade.
  const within = legacy.every(({ value }) => value >= GRADE[0] && value <= GRADE[1]);
  out["grade-legacy"] = averaged(legacy, rng.split("grade-legacy"), within ? GRADE : undefined);
  for (const turn of [1, 2]) {
    const id = `grade-turn-${turn}`;
    const of = valid.filter((row) => row.turn === turn);
    if (of.length === 0) absent[id] = "No valid judgement of this turn";
    out[id] = averaged(of.map(value), rng.split(id), GRADE);
  }
  for (const category of alone(categories)) {
    const id = `grade-${category}`;
    const of = valid.filter((row) => row.category === category);
    if (of.length === 0) absent[id] = "No valid judgement in this category";
    out[id] = averaged(of.map(value), rng.split(id), GRADE);
  }
  return out;
}

/** The mean of the means of each category and turn: none counts more for having more rows. */
function balanced(rows: readonly Cell[], weights: ArrayLike<number>): number | undefined {
  const sums = new Map<string, { sum: number; total: number }>();
  rows.forEach(({ cell, value }, i) => {
    const found = sums.get(cell) ?? { sum: 0, total: 0 };
    found.sum += weights[i]! * value;
    found.total += weights[i]!;
    sums.set(cell, found);
  });
  const means = [...sums.values()].filter(({ total }) => total > 0)
    .map(({ sum, total }) => sum / total);
  return means.length === 0 ? undefined : means.reduce((a, b) => a + b, 0) / means.length;
}

function matchesBy(
  rows: readonly Match[],
  absent: Record<string, string>,
  rng: Rng,
): { [id: string]: JudgedEstimate | undefined } {
  const values = (of: (row: Match) => number | undefined): Value[] =>
    rows.flatMap((row) => {
      const value = of(row);
      return value === undefined ? [] : [{ prompt: row.question, ...seeded(row.seed), value }];
    });
  const twice = rows.filter((row) => both(row) && !row.failure);
  const found = {
    "win-rate": rate(values(soft), rng.split("win-rate")),
    "win-rate-legacy": rate(
      values(({ games, legacy = games }) => agreed(legacy[0], legacy[1])),
      rng.split("win-rate-legacy"),
    ),
    "inconsistent-rate": shareOf(twice, inconsistent, rng.split("inconsistent-rate")),
  };
  for (const [id, estimate] of Object.entries(found)) {
    if (!estimate) absent[id] = rows.length === 0 ? "It was not compared" : "No judgement is valid";
  }
  return { ...found, ...found["win-rate-legacy"] ? counted(rows) : {} };
}

/** Wins, losses and ties as FastChat's tables have them, and their shares of all pairs. */
function counted(rows: readonly Match[]): { [id: string]: JudgedEstimate } {
  const outcome = (winner: Winner | undefined): { [game in "first"]?: GameOutcome } =>
    winner === undefined || winner === "error"
      ? {}
      : { first: winner === "tie" ? "tie" : winner === "model_1" ? "win" : "loss" };
  const { wins, losses, ties, winRate, lossRate, n } = gameTable(
    rows.map(({ question, games, legacy: [one, other] = games }) => {
      const second = outcome(other).first;
      return { question, ...outcome(one), ...second ? { second } : {} };
    }),
  );
  const all = { wins, losses, ties, "wins-alone": winRate, "losses-alone": lossRate };
  return Object.fromEntries(Object.entries(all).map(([id, value]) => [id, { value, n }]));
}
