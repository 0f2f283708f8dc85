import { type Judged, type Rng, rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Preferred } from "./alpaca-eval.ts";
import type { Battle } from "./arena-hard-files.ts";
import { scores } from "./arena-hard.ts";
import { present, rate } from "./estimates.ts";
import type { Grade, Match } from "./mt-bench-files.ts";
import { scoreOf } from "./mt-bench.ts";
import { type Ask, type Game, keyOf, ofModel, type Pairing, seeded } from "./protocol.ts";
import type { Scored } from "./reward-bench-files.ts";
import { accuracy, TIES } from "./reward-bench.ts";

/** How far a judge's own unsteadiness goes into a headline, and what would make the headline surer. */

/** Asks made `repeats` times in all, of how many percent of the questions. */
export interface Again {
  readonly repeats: number;
  readonly share: number;
}

/**
 * The asks of a share of the questions once more and once more, each time as another repeat. Which
 * questions is drawn from their ids, so that it is the same for all models, and a larger share
 * holds the smaller one's.
 */
export function asksAgain(asks: readonly Ask[], { repeats, share }: Again): Ask[] {
  const draw = rng("repeats");
  const questions = [...new Set(asks.map(({ about }) => about.question))]
    .map((id) => ({ id, at: draw.split(id).uniform() }))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const chosen = new Set(
    questions.slice(0, Math.ceil(share / 100 * questions.length)).map(({ id }) => id),
  );
  const own = asks.filter(({ about }) => chosen.has(about.question));
  return Array.from(
    { length: repeats - 1 },
    (_, i) => own.map((ask): Ask => ({ ...ask, about: { ...ask.about, repeat: i + 1 } })),
  ).flat();
}

/** One verdict in the unit of the headline that it goes into. */
export interface Scoring {
  readonly question: string;
  readonly model: string;
  readonly seed?: number;
  readonly turn?: number;
  /** Absent where there is one order, or a verdict takes both. */
  readonly game?: Game;
  readonly value: number;
}
/** Verdicts by the headline that is their mean. */
export interface Scorings {
  readonly [measure: string]: readonly Scoring[];
}

/** P(model is better) in each order; pairs of which an order failed are in no headline. */
export const ofPairings = (pairs: readonly Pairing[]): Scoring[] =>
  pairs.filter(({ failure }) => !failure).flatMap(({ question, model, seed, games }) =>
    games.flatMap(({ game, outcome }) =>
      "preference" in outcome
        ? [{
          question,
          model,
          ...seeded(seed),
          ...games.length > 1 ? { game } : {},
          value: ofModel(game, outcome.preference),
        }]
        : []
    )
  );

/** Somebody's preferences, whatever orders they are of. */
export const ofPreferred = (rows: readonly Preferred[]): Scoring[] =>
  rows.flatMap(({ question, model, seed, preference }) =>
    preference === undefined ? [] : [{ question, model, ...seeded(seed), value: preference }]
  );

/** 0, ½ or 1 in each game. */
export const ofBattles = (battles: readonly Battle[]): Scoring[] =>
  battles.filter(({ failure }) => !failure).flatMap(({ question, model, seed, labels }) => {
    const found = scores(labels);
    return found.map(({ game, score }) => ({
      question,
      model,
      ...seeded(seed),
      ...found.length > 1 ? { game } : {},
      value: score,
    }));
  });

export const ofGrades = (grades: readonly Grade[]): Scoring[] =>
  grades.flatMap(({ question, model, seed, turn, grade }) =>
    grade === undefined ? [] : [{ question, model, ...seeded(seed), turn, value: grade }]
  );

/** 0, ½ or 1 in each game, on each turn. */
export const ofMatches = (matches: readonly Match[]): Scoring[] =>
  matches.filter(({ failure }) => !failure).flatMap(({ question, model, seed, turn, games }) => {
    const played = (["model first", "baseline first"] as const).flatMap((game, i) => {
      const winner = games[i];
      return winner === undefined ? [] : [{ game, value: scoreOf(winner) }];
    });
    return played.map(({ game, value }) => ({
      question,
      model,
      ...seeded(seed),
      turn,
      ...played.length > 1 ? { game } : {},
      value,
    }));
  });

/** Whether each row's chosen answer won; rows of ties are counted in another way. */
export const ofScored = (rows: readonly Scored[], judge: string): Scoring[] =>
  rows.flatMap(({ id, subset, scores, correct }) =>
    scores === undefined || subset === TIES
      ? []
      : [{ question: id, model: judge, value: accuracy({ scores, correct }) }]
  );

/** What a change of verdict is called, half the width of an interval that is worth reaching, and why no order shows. */
const kinds: {
  readonly [measure: string]: {
    readonly title: string;
    readonly half: number;
    readonly order: string;
  };
} = {
  "win-rate": {
    title: "Verdicts for another winner when asked again",
    half: 0.01,
    order: "No pair has a verdict in each order",
  },
  grade: {
    title: "Grades that differ when asked again",
    half: 0.1,
    order: "Answers are graded one by one",
  },
  accuracy: {
    title: "Rows judged otherwise when asked again",
    half: 0.01,
    order: "A row's verdict is of all orders together",
  },
};

export interface Noises {
  readonly noise: NonNullable<Judged["noise"]>;
  readonly bias: Judged["bias"];
  readonly measures: Judged["measures"];
}

/**
 * Variance components of each headline, means over the models, and the share of verdicts that asking
 * again changed. `again` are the verdicts of each repeat; `steady` says why there are none.
 */
export function noises(
  first: Scorings,
  again: readonly Scorings[],
  rng: Rng,
  steady?: string,
): Noises {
  const noise: Noises["noise"] = {};
  const bias: Record<string, ReturnType<typeof rate>> = {};
  const measures: Judged["measures"] = {};
  for (const [id, scorings] of Object.entries(first)) {
    if (scorings.length === 0) continue;
    const { title, half, order } = kinds[id]!;
    const known = new Map(scorings.map((one) => [verdictKey(one), one]));
    // A verdict that failed the first time is in no headline.
    const repeats = again.map((some) =>
      (some[id] ?? []).filter((one) => known.has(verdictKey(one)))
    );
    noise[id] = partsOf(scorings, repeats, half, { order, repeat: steady });
    if (repeats.every((some) => some.length === 0)) continue;
    measures[`again-${id}`] = { title, better: "lower" };
    bias[`again-${id}`] = rate(
      repeats.flat().map((one) => {
        const { value } = known.get(verdictKey(one))!;
        const other = id === "win-rate"
          ? (value - 0.5) * (one.value - 0.5) < 0
          : value !== one.value;
        return { prompt: one.question, ...seeded(one.seed), value: other ? 1 : 0 };
      }),
      rng.split(id),
    );
  }
  return { noise, bias: present(bias), measures };
}

const verdictKey = ({ question, model, seed, turn, game }: Scoring) =>
  keyOf({ question, model, ...seeded(seed), turn: turn ?? 0, ...game ? { game } : {} });

interface Judging extends stats.Judging {
  readonly model: string;
}

/** Turns of a question are averaged, as in the headline: repeats where they have all the turns that the first has. */
function judgings(scorings: readonly Scoring[], like?: ReadonlyMap<string, number>) {
  const groups = Map.groupBy(scorings, (one) => verdictKey({ ...one, turn: 0 }));
  const found = [...groups].flatMap(([key, turns]): Judging[] => {
    if (like && like.get(key) !== turns.length) return [];
    const { question, model, seed, game } = turns[0]!;
    return [{
      model,
      prompt: question,
      ...seeded(seed),
      ...game ? { order: game === "model first" ? "first" : "second" } : {},
      value: stats.mean(turns.map(({ value }) => value)),
    }];
  });
  return { found, turns: new Map([...groups].map(([key, { length }]) => [key, length])) };
}

const parts = ["prompt", "seed", "answer", "order", "repeat"] as const;

function partsOf(
  scorings: readonly Scoring[],
  repeats: readonly (readonly Scoring[])[],
  half: number,
  { order, repeat = "Nothing was asked again" }: {
    readonly order: string;
    readonly repeat: string | undefined;
  },
): Noises["noise"][string] {
  const { found, turns } = judgings(scorings);
  const all = [...found, ...repeats.flatMap((some) => judgings(some, turns).found)];
  const models = [...Map.groupBy(all, ({ model }) => model).values()].filter(severalPrompts)
    .map((own) => stats.varianceComponents(own));
  const components: { [part in typeof parts[number]]?: number } = {};
  for (const part of parts) {
    const known = models.flatMap((one) => one[part] ?? []);
    if (known.length === 0) continue;
    // What rounding leaves of 1 − (1 − p) is no variance.
    const variance = stats.mean(known);
    components[part] = variance < 1e-20 ? 0 : variance;
  }
  const absent: Record<string, string> = {};
  const orders = found.some(({ order }) => order !== undefined) ? 2 : 1;
  const seeds = Math.max(1, ...models.map(({ seeds }) => seeds));
  const shared = {
    models: models.length,
    prompts: Math.max(0, ...models.map(({ prompts }) => prompts)),
    seeds,
    orders,
    again: repeats.flat().length,
    half,
    components,
    absent,
  } as const;
  if (components.order === undefined) absent["order"] = order;
  if (components.repeat === undefined) absent["repeat"] = repeat;
  if (components.seed === undefined && found.some(({ seed }) => seed !== undefined)) {
    absent["seed"] = "There is one training seed";
  }
  if (components.prompt === undefined) {
    const few = "Fewer than two questions have valid verdicts by every seed";
    for (const what of ["prompt", "designEffect", "needed"]) absent[what] = few;
    return shared;
  }
  const whole = { ...components, prompt: components.prompt, ...shared, incomplete: 0 };
  const plan = { prompts: shared.prompts, seeds, orders, repeats: 1 } as const;
  if (stats.varianceOfMean(whole, plan) === 0) {
    for (const what of ["designEffect", "needed"]) absent[what] = "The verdicts do not vary";
    return shared;
  }
  const needed = stats.promptsNeeded(whole, plan, half);
  if (needed === undefined) absent["needed"] = "Training seeds alone differ by more";
  return {
    ...shared,
    designEffect: stats.designEffect(whole, plan),
    ...needed === undefined ? {} : { needed },
  };
}

/** Two questions to which every seed has an answer are the least that tell questions apart. */
function severalPrompts(rows: readonly Judging[]): boolean {
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  const asked = Map.groupBy(rows, ({ prompt }) => prompt).values()
    .filter((some) => new Set(some.map(({ seed }) => seed)).size === seeds);
  return asked.take(2).toArray().length === 2;
}
