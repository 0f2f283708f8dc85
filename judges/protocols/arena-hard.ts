import { type Judged, type JudgedEstimate, type Rng } from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Battle } from "./arena-hard-files.ts";
import { separabilities } from "./board.ts";
import { present, rate, shareOf, type Value } from "./estimates.ts";
import { type Game, ofModel, seeded } from "./protocol.ts";

/** Arena-Hard: both games with five labels, ratings with ties and control of style. */

const games = ["baseline first", "model first"] as const;

/** What the model scored in each game that has a label; `weight` counts a decisive one so often. */
export function scores(
  labels: Battle["labels"],
  weight = 1,
): { readonly game: Game; readonly score: number; readonly weight: number }[] {
  return games.flatMap((game) => {
    const verdict = stats.arenaVerdict(labels[game] ?? "");
    if (!verdict) return [];
    const score = ofModel(game, verdict.score);
    return [{ game, score, weight: verdict.decisive ? weight : 1 }];
  });
}

export interface ArenaOptions {
  readonly baseline: string;
  /** Styles of the model's answer and the baseline's, where the answers are known. */
  readonly styles?: (
    model: string,
    seed: number | undefined,
    question: string,
  ) => readonly [stats.Style | undefined, stats.Style | undefined] | undefined;
  /** How ratings count ties; half by default. */
  readonly ties?: stats.Ties;
  /** Resamples of the ratings; 2,000 by default. */
  readonly repetitions?: number;
}

export const measures: Judged["measures"] = {
  "win-rate": { title: "Win-rate, both games", better: "higher" },
  "win-rate-legacy": { title: "Win-rate, decisive verdicts thrice", better: "higher" },
  rating: { title: "Bradley–Terry rating above the baseline", unit: "nats", better: "higher" },
  "style-win-rate": { title: "Win-rate at equal style", better: "higher" },
  rank: { title: "Rank", better: "lower" },
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

/** Fewer questions say too little about four styles. */
const LEAST = 30;

const covariates = ["shown first", ...stats.styles] as const;

/** Win-rates, and ratings of all models together with the baseline at 0. */
export function reduce(
  all: readonly Battle[],
  { baseline, styles, ties = "half", repetitions = 2000 }: ArenaOptions,
  rng: Rng,
): Pick<Judged, "measures" | "rows" | "bias" | "absent" | "judgements"> {
  // A pair with one game alone would count one order more than the other.
  const whole = all.filter(({ failure }) => !failure);
  const fought = whole.flatMap((battle) =>
    scores(battle.labels).map((found) => ({ ...battle, ...found }))
  );
  const rated = fought.length === 0 ? undefined : fitted(fought, undefined);
  const features = styles && styled(fought);
  const controlled = features && "absent" in features
    ? features
    : features
    ? { fit: fitted(fought, features.rows) }
    : { absent: "The answers are unknown: give them for control of style" };

  function fitted(battles: typeof fought, styled: readonly (readonly number[])[] | undefined) {
    return stats.bradleyTerryIntervals(
      battles.map(({ question, model, seed, game, score }, i) => ({
        a: model,
        b: baseline,
        score,
        prompt: question,
        ...seeded(seed),
        covariates: [game === "model first" ? 1 : -1, ...styled ? styled[i]! : []],
      })),
      {
        anchor: baseline,
        ties,
        covariates: styled ? covariates : covariates.slice(0, 1),
        rng: rng.split(styled ? "style" : "ratings"),
        repetitions,
      },
    );
  }

  function styled(battles: typeof fought) {
    const raw: number[][] = [];
    for (const { model, seed, question } of battles) {
      const [own, base] = styles!(model, seed, question) ?? [];
      if (!own || !base) return { absent: `The answers to question ${question} are unknown` };
      raw.push(stats.styleDifference(own, base));
    }
    const questions = new Set(battles.map(({ question }) => question)).size;
    return questions < LEAST
      ? {
        absent: `not identifiable: ${questions} judged questions, and at least ${LEAST} are needed`,
      }
      : { rows: stats.scaled(raw) };
  }

  const styleFit = "fit" in controlled ? controlled.fit : undefined;
  const names = [...new Set(all.map(({ model }) => model))];
  const rows = names.map((model) => {
    const random = rng.split(model);
    const mine = all.filter((battle) => battle.model === model);
    const valid = mine.filter(({ failure }) => !failure);
    const absent: Record<string, string> = {};
    const value = (labels: Battle["labels"], weight: number): number | undefined => {
      const found = scores(labels, weight);
      const total = found.reduce((sum, { weight }) => sum + weight, 0);
      return total === 0
        ? undefined
        : found.reduce((sum, { score, weight }) => sum + score * weight, 0) / total;
    };
    const twice = valid.filter(both);
    const rating = rated && Object.hasOwn(rated.ratings, model) ? rated.ratings[model] : undefined;
    const style = styleFit && Object.hasOwn(styleFit.ratings, model)
      ? styleFit.ratings[model]
      : undefined;
    const estimates = present({
      "win-rate": rate(
        valid.flatMap(({ question, seed, labels }): Value[] => {
          const found = value(labels, 1);
          return found === undefined ? [] : [{ prompt: question, ...seeded(seed), value: found }];
        }),
        random.split("win-rate"),
      ),
      "win-rate-legacy": legacyRate(mine),
      rating: rating && { ...ends(rating), n: valid.length },
      "style-win-rate": style &&
        { ...ends(style, (d) => stats.scoreAt(d, styleFit!)), n: valid.length },
      rank: rating && rated && {
        value: 1 + Object.values(rated.ratings).filter(({ value }) => value > rating.value).length,
        low: rating.rank.best,
        high: rating.rank.worst,
        n: valid.length,
      },
      "flip-rate": shareOf(twice, turned, random.split("flip-rate")),
      invalid: shareOf(mine, ({ failure }) => failure !== undefined, random.split("invalid")),
    });
    for (const id of ["win-rate", "win-rate-legacy", "rating", "rank"]) {
      if (!Object.hasOwn(estimates, id)) absent[id] = "No judgement is valid";
    }
    if (twice.length === 0) absent["flip-rate"] = "No pair has valid verdicts in both orders";
    if (!style) {
      absent["style-win-rate"] = "absent" in controlled
        ? controlled.absent
        : "No judgement is valid";
    }
    return { model, estimates, absent };
  });
  const fit = styleFit ?? rated;
  const board = separabilities(rows, measures, ["win-rate", ...styles ? ["style-win-rate"] : []]);
  const tie = fit?.nu ?? fit?.theta;
  return {
    measures: {
      ...measures,
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
    judgements: all.map(({ question, model, seed, labels, failure }) => {
      const found = scores(labels);
      const one = failure || found.length === 0
        ? {}
        : { preference: found.reduce((sum, { score }) => sum + score, 0) / found.length };
      return {
        question,
        model,
        ...seeded(seed),
        ...one,
        ...!failure && found.length === 2 ? { flipped: turned({ labels }) } : {},
        ...failure ? { failure: { kind: failure.failure, reason: failure.reason } } : {},
      };
    }),
  };
}

const odds = (covariate: string) => `odds-${covariate.replaceAll(" ", "-")}`;

/** As the original scores: the mean of all rows, a decisive verdict being three; nothing of half a pair. */
export function legacyRate(battles: readonly Battle[], weight = 3): JudgedEstimate | undefined {
  const rows = battles.map(({ labels, legacy = labels }) => scores(legacy, weight))
    .filter((found) => found.length === 2);
  const all = rows.flat();
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return undefined;
  return {
    value: all.reduce((sum, { score, weight }) => sum + score * weight, 0) / total,
    n: rows.length,
  };
}

const both = ({ labels }: Pick<Battle, "labels">): boolean => scores(labels).length === 2;

const turned = ({ labels }: Pick<Battle, "labels">): boolean => {
  const [one, other] = scores(labels);
  return one !== undefined && other !== undefined && Math.abs(one.score - other.score) === 1;
};

const ends = (
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  map = (x: number) => x,
) => ({ value: map(value), low: map(low), high: map(high) });
