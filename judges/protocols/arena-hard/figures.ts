import type { Judged, JudgedEstimate, Rng } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { separabilities } from "../board.ts";
import { present, rate, shareOf, type Value } from "../estimates.ts";
import { seeded } from "../field.ts";
import { both, legacyRate, scores, turned } from "./battles.ts";
import type { Battle } from "./files.ts";
import { type ArenaOptions, type Ratings, ratings } from "./ratings.ts";

/** Arena-Hard: both games with five labels, ratings with ties and control of style. */

export const measures: Judged["measures"] = {
  "win-rate": { title: "Win-rate, both games", better: "higher" },
  "win-rate-legacy": { title: "Win-rate, decisive verdicts thrice", better: "higher" },
  rating: { title: "Bradley–Terry rating above the baseline", unit: "nats", better: "higher" },
  "style-win-rate": { title: "Win-rate at equal style", better: "higher" },
  rank: { title: "Rank", better: "lower", among: true },
  "flip-rate": { title: "Verdicts that turn with the order", better: "lower" },
  invalid: { title: "Judgements that failed", better: "lower" },
};

const ofTies: { readonly [ties in stats.Ties]: Judged["measures"] } = {
  half: {},
  davidson: {
    tie: { title: "Davidson's ν: a tie's odds to a win between equals", better: "neither" },
  },
  "rao-kupper": {
    tie: {
      title: "Rao and Kupper's θ: 1 plus a tie's odds to a win between equals",
      better: "neither",
    },
  },
};

/** Win-rates, and ratings of all models together with the baseline at 0. */
export function reduce(
  all: readonly Battle[],
  options: ArenaOptions,
  rng: Rng,
): Pick<Judged, "measures" | "rows" | "bias" | "absent" | "judgements"> {
  const { styles, ties = "half" } = options;
  // A pair with one game alone would count one order more than the other.
  const whole = all.filter(({ failure }) => !failure);
  const found = ratings(whole, options, rng);
  const [fit] = [found.styled, found.plain].flatMap((one) => "absent" in one ? [] : [one]);
  const names = [...new Set(all.map(({ model }) => model))];
  const categories = categoriesIn(all);
  const ofModel = (model: string) => ({
    battles: all.filter((battle) => battle.model === model),
    legacy: (options.legacy ?? all).filter((battle) => battle.model === model),
  });
  const rows = names.map((model) =>
    rowOf(model, ofModel(model), categories, found, rng.split(model))
  );
  const board = separabilities(rows, measures, ["win-rate", ...styles ? ["style-win-rate"] : []]);
  const tie = fit?.nu ?? fit?.theta;
  return {
    measures: {
      ...measures,
      ...Object.fromEntries(
        categories.map((category) => [`win-rate-${category}`, {
          title: `Win-rate in ${category}`,
          better: "higher" as const,
        }]),
      ),
      ...ofTies[ties],
      ...board.measures,
      ...Object.fromEntries(
        Object.keys(fit?.covariates ?? {}).map((name) => [
          odds(name),
          {
            title: `Log-odds for ${name === "shown first" ? "being shown first" : `more ${name}`}`,
            better: "neither" as const,
          },
        ]),
      ),
    },
    rows,
    absent: board.absent,
    bias: present(Object.fromEntries([
      ...Object.entries(board.bias),
      ...Object.entries(fit?.covariates ?? {}).map(([name, found]): [string, JudgedEstimate] => [
        odds(name),
        { ...ends(found), n: whole.length },
      ]),
      ["tie", tie === undefined ? undefined : { value: tie, ...fit?.tie, n: whole.length }],
      ["flip-rate", shareOf(whole.filter(both), turned, rng.split("flip-rate"))],
    ])),
    judgements: all.map(judgementOf),
  };
}

/** Categories of the questions, where there are several. */
function categoriesIn(battles: readonly Battle[]): string[] {
  const found = new Set(battles.flatMap(({ category }) => category ?? []));
  return found.size > 1 ? [...found].sort() : [];
}

const winRate = (battles: readonly Battle[], rng: Rng) =>
  rate(
    battles.flatMap((battle): Value[] => {
      const value = meanScore(battle);
      const { question: prompt, seed } = battle;
      return value === undefined ? [] : [{ prompt, ...seeded(seed), value }];
    }),
    rng,
  );

/** The figures of one model's battles. */
function rowOf(
  model: string,
  { battles: mine, legacy }: {
    readonly battles: readonly Battle[];
    readonly legacy: readonly Battle[];
  },
  categories: readonly string[],
  { plain, styled }: Ratings,
  random: Rng,
): Judged["rows"][number] {
  const valid = mine.filter(({ failure }) => !failure);
  const absent: Record<string, string> = {};
  const twice = valid.filter(both);
  const fitOf = (found: Ratings["plain"]) =>
    !("absent" in found) && Object.hasOwn(found.ratings, model)
      ? { fit: found, rating: found.ratings[model]! }
      : undefined;
  const [rated, style] = [fitOf(plain), fitOf(styled)];
  const estimates = present({
    "win-rate": winRate(valid, random.split("win-rate")),
    "win-rate-legacy": legacyRate(legacy),
    ...Object.fromEntries(categories.map((name) => [
      `win-rate-${name}`,
      winRate(valid.filter(({ category }) => category === name), random.split(`in ${name}`)),
    ])),
    rating: rated && { ...ends(rated.rating), n: valid.length },
    "style-win-rate": style &&
      { ...ends(style.rating, (d) => stats.scoreAt(d, style.fit)), n: valid.length },
    rank: rated && {
      value: 1 + Object.values(rated.fit.ratings)
        .filter(({ value }) => value > rated.rating.value).length,
      low: rated.rating.rank.best,
      high: rated.rating.rank.worst,
      n: valid.length,
    },
    "flip-rate": shareOf(twice, turned, random.split("flip-rate")),
    invalid: shareOf(mine, ({ failure }) => failure !== undefined, random.split("invalid")),
  });
  const none = "No judgement is valid";
  const why = (found: Ratings["plain"]) => "absent" in found ? found.absent : none;
  for (const id of ["win-rate", "win-rate-legacy"]) {
    if (!Object.hasOwn(estimates, id)) absent[id] = none;
  }
  if (!rated) absent["rating"] = absent["rank"] = why(plain);
  if (!style) absent["style-win-rate"] = why(styled);
  if (twice.length === 0) absent["flip-rate"] = "No pair has valid verdicts in both orders";
  return { model, estimates, absent };
}

function judgementOf(battle: Battle): Judged["judgements"][number] {
  const { question, model, seed, failure } = battle;
  const preference = failure ? undefined : meanScore(battle);
  return {
    question,
    model,
    ...seeded(seed),
    ...preference === undefined ? {} : { preference },
    ...!failure && both(battle) ? { flipped: turned(battle) } : {},
    ...failure ? { failure: { kind: failure.failure, reason: failure.reason } } : {},
  };
}

/** The mean of what the model scored in the games that have a label. */
function meanScore(battle: Battle): number | undefined {
  const found = scores(battle);
  return found.length === 0
    ? undefined
    : found.reduce((sum, { score }) => sum + score, 0) / found.length;
}

const odds = (covariate: string) => `odds-${covariate.replaceAll(" ", "-")}`;

const ends = (
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  map = (x: number) => x,
) => ({ value: map(value), low: map(low), high: map(high) });
