import { type Judged, type Rng, rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import { type Ask, type Game, keyOf } from "./asks.ts";
import { present, rate } from "./estimates.ts";
import { seeded } from "./field.ts";
import { ofModel, type Pairing } from "./pairings.ts";

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

/** How verdicts of one headline differ when asked for again. */
export interface NoiseKind {
  /** What a change of verdict is called. */
  readonly title: string;
  /** Half the width of an interval that is worth reaching. */
  readonly half: number;
  /** Why no order shows, where none does. */
  readonly order: string;
  /** Whether the verdict is another one. */
  changed(first: number, again: number): boolean;
}

/** Of win-rates: a change is one of the winner. */
export const winRate: NoiseKind = {
  title: "Verdicts for another winner when asked again",
  half: 0.01,
  order: "No pair has a verdict in each order",
  changed: (first, again) => (first - 0.5) * (again - 0.5) < 0,
};

/** What a judge's verdicts vary with, as a judged file has it. */
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
  kinds: { readonly [measure: string]: NoiseKind },
  first: Scorings,
  again: readonly Scorings[],
  rng: Rng,
  steady?: string,
): Noises {
  const noise: Noises["noise"] = {};
  const bias: Record<string, ReturnType<typeof rate>> = {};
  const measures: Judged["measures"] = {};
  for (const [id, { title, half, order, changed }] of Object.entries(kinds)) {
    const scorings = first[id] ?? [];
    if (scorings.length === 0) continue;
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
        const other = changed(known.get(verdictKey(one))!.value, one.value);
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
