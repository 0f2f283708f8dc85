import { z } from "zod";
import { type Failure, type Judged, type JudgedEstimate, questionIds } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { present } from "../estimates.ts";
import { type Entrant, type Field, lengthOf, onlyModel, seeded, sides } from "../field.ts";
import type { Scoring } from "../noise.ts";
import type { Pairing } from "../pairings.ts";
import { questionText, type Texts } from "../texts.ts";
import { differences, type TraitName } from "./traits.ts";

/** AlpacaEval 2's files, and what a judge said in them. */

/** A row of a file of outputs; further fields are the user's own. */
export const modelOutput = z.looseObject({
  instruction: z.string(),
  output: z.string(),
  generator: z.string().min(1),
  dataset: z.string().nullish(),
});
export type ModelOutput = z.infer<typeof modelOutput>;

/** A row of annotations.json. `output_1` is the baseline's, however the two were shown. */
export const annotation = z.looseObject({
  instruction: z.string(),
  output_1: z.string(),
  generator_1: z.string().min(1),
  output_2: z.string(),
  generator_2: z.string().min(1),
  dataset: z.string().nullish(),
  annotator: z.string().nullish(),
  /** 1 for the baseline, 2 for the model, 1.5 a tie and, in old files, 0; null or −1 where the judge failed. */
  preference: z.union([z.literal(-1), z.literal(0), z.number().min(1).max(2), z.null()]),
});
export type Annotation = z.infer<typeof annotation>;

/** Columns of a leaderboard, by header: their order differs between versions. */
export const leaderboardColumns = [
  "win_rate",
  "standard_error",
  "n_wins",
  "n_wins_base",
  "n_draws",
  "n_total",
  "discrete_win_rate",
  "mode",
  "avg_length",
  "length_controlled_winrate",
  "lc_standard_error",
] as const;

const percent = z.number().min(0).max(100);

/** A row of a published leaderboard, in percent; the versions differ in what they hold. */
export const leaderboardRow = z.looseObject({
  win_rate: percent,
  /** Of the mean over prompts, so a sampling error. */
  standard_error: z.number().min(0).nullish(),
  n_total: z.int().min(1),
  discrete_win_rate: percent.nullish(),
  mode: z.string().nullish(),
  avg_length: z.number().min(0).nullish(),
  length_controlled_winrate: percent.nullish(),
  /** The spread of fitted probabilities, which is no sampling error and often missing. */
  lc_standard_error: z.number().min(0).nullish(),
});

/** The same as estimates: 95 % by the normal distribution where the file has a sampling error. */
export function publishedRow(
  model: string,
  row: z.infer<typeof leaderboardRow>,
): NonNullable<Judged["published"]>["rows"][number] {
  const n = row.n_total;
  const of = (value: number | null | undefined, scale: number): JudgedEstimate | undefined =>
    value === null || value === undefined ? undefined : { value: value / scale, n };
  const around = (found: JudgedEstimate | undefined, stderr: number | null | undefined) =>
    found && stderr ? { ...found, ...interval(found.value, stderr / 100) } : found;
  return {
    model,
    estimates: present({
      "win-rate": around(of(row.win_rate, 100), row.standard_error),
      "discrete-win-rate": of(row.discrete_win_rate, 100),
      "lc-win-rate": of(row.length_controlled_winrate, 100),
      "lc-stderr-published": of(row.lc_standard_error, 100),
      length: of(row.avg_length, 1),
    }),
    ...row.mode ? { mode: row.mode } : {},
  };
}

const interval = (value: number, stderr: number) => ({
  low: Math.max(0, value - 1.959964 * stderr),
  high: Math.min(1, value + 1.959964 * stderr),
});

/** One generator's outputs; a RangeError where there are none or those of several. */
export function entrant(rows: readonly ModelOutput[], place: string): Entrant {
  const model = onlyModel(rows.map(({ generator }) => generator), place, ["generator", "outputs"]);
  const ids = questionIds(rows.map(({ instruction }) => instruction));
  return { model, answers: new Map(rows.map(({ output }, i) => [ids[i]!, [output]])) };
}

export interface Joined {
  readonly field: Field;
  /** By model, ids that it or the baseline alone has. */
  readonly leftover: {
    readonly [model: string]: { readonly own: number; readonly baseline: number };
  };
}

/** Outputs joined with the baseline's by instruction; a RangeError where a model shares none with it. */
export function join(
  baseline: { readonly rows: readonly ModelOutput[]; readonly place: string },
  models: readonly { readonly rows: readonly ModelOutput[]; readonly place: string }[],
): Joined {
  const base = entrant(baseline.rows, baseline.place);
  const ids = questionIds(baseline.rows.map(({ instruction }) => instruction));
  const questions = baseline.rows.map(({ instruction, dataset }, i) => ({
    id: ids[i]!,
    turns: [instruction],
    ...dataset ? { category: dataset } : {},
  }));
  const leftover: Record<string, { own: number; baseline: number }> = {};
  const entrants = models.map(({ rows, place }) => {
    const found = entrant(rows, place);
    if (Object.hasOwn(leftover, found.model)) {
      throw new RangeError(`Cannot judge ${place}: ${found.model} was given already`);
    }
    const shared = ids.filter((id) => found.answers.has(id)).length;
    if (shared === 0) {
      throw new RangeError(
        `Cannot join ${place} with ${baseline.place}: no instruction of the one is in the other`,
      );
    }
    leftover[found.model] = { own: found.answers.size - shared, baseline: ids.length - shared };
    return found;
  });
  return { field: { questions, baseline: base, models: entrants }, leftover };
}

/** What a win-rate is computed from: one row a model, seed and instruction. */
export interface Preferred {
  readonly question: string;
  readonly model: string;
  readonly seed?: number;
  /** P(model beats baseline); absent where the judge failed. */
  readonly preference?: number;
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first), where it saw both orders. */
  readonly first?: number;
  readonly failure?: Failure;
  /** Characters of the baseline's answer and of the model's. */
  readonly lengths: readonly [number, number];
  /** The model's traits that are controlled for less the baseline's; absent where none are. */
  readonly traits?: readonly number[];
}

/** Pairings with the lengths and traits of what was compared. */
export function preferred(
  pairs: readonly Pairing[],
  field: Field,
  traits?: readonly TraitName[],
): Preferred[] {
  return pairs.map(({ question, model, seed, preference, flipped, first, failure }) => {
    const { own, base } = sides(field, { model, seed });
    return {
      question,
      model,
      ...seeded(seed),
      ...preference === undefined ? {} : { preference },
      ...flipped === undefined ? {} : { flipped },
      ...first === undefined ? {} : { first },
      ...failure ? { failure } : {},
      ...seen(base.get(question)![0]!, own.get(question)![0]!, traits),
    };
  });
}

const seen = (baseline: string, model: string, traits: readonly TraitName[] | undefined) => ({
  lengths: [lengthOf(baseline), lengthOf(model)] as const,
  ...traits ? { traits: differences(traits, baseline, model) } : {},
});

/** Somebody's annotations as rows; a RangeError where baselines differ. */
export function fromAnnotations(
  rows: readonly Annotation[],
  place: string,
  traits?: readonly TraitName[],
): { readonly baseline: string; readonly rows: Preferred[] } {
  const [baseline, ...others] = new Set(rows.map(({ generator_1 }) => generator_1));
  if (baseline === undefined) throw new RangeError(`Cannot recompute ${place}: it holds no rows`);
  if (others.length > 0) {
    throw new RangeError(
      `Cannot recompute ${place}: field "generator_1" must be one baseline: found ${
        [baseline, ...others].join(", ")
      }`,
    );
  }
  const byModel = Map.groupBy(rows, ({ generator_2 }) => generator_2);
  return {
    baseline,
    rows: [...byModel].flatMap(([model, own]) => {
      const ids = questionIds(own.map(({ instruction }) => instruction));
      return own.map((row, i): Preferred => ({
        question: ids[i]!,
        model,
        ...row.preference === null || row.preference === -1
          ? { failure: { failure: "malformed", reason: "The file has no preference here" } }
          : { preference: stats.fromAlpacaPreference(row.preference) },
        ...seen(row.output_1, row.output_2, traits),
      }));
    }),
  };
}

/** The original's annotations of what was judged: one row a model and instruction. */
export function annotations(
  pairs: readonly Pairing[],
  field: Field,
  annotator: string,
): Annotation[] {
  const known = new Map(field.questions.map((question) => [question.id, question]));
  return pairs.map(({ question, model, seed, preference, games }) => {
    const { own, base } = sides(field, { model, seed });
    const { turns, category } = known.get(question)!;
    const raw = games.flatMap(({ outcome }) => outcome.raw === undefined ? [] : [outcome.raw]);
    return {
      dataset: category ?? null,
      instruction: turns[0]!,
      output_1: base.get(question)![0]!,
      generator_1: field.baseline.model,
      output_2: own.get(question)![0]!,
      generator_2: seed === undefined ? model : `${model}#${seed}`,
      annotator,
      preference: preference === undefined ? null : 1 + preference,
      ...raw.length === 0 ? {} : { preference_raw_completion: raw },
    };
  });
}

/** Somebody's preferences, whatever orders they are of. */
export const scoringsOf = (rows: readonly Preferred[]): Scoring[] =>
  rows.flatMap(({ question, model, seed, preference }) =>
    preference === undefined ? [] : [{ question, model, ...seeded(seed), value: preference }]
  );

/** Instructions and both outputs; of rows of several models each output of the baseline once. */
export function textsOf(rows: readonly Annotation[]): Texts {
  const questions = new Map<string, Texts["questions"][number]>();
  const answers = new Map<string, Texts["answers"][number]>();
  for (const own of Map.groupBy(rows, ({ generator_2 }) => generator_2).values()) {
    const ids = questionIds(own.map(({ instruction }) => instruction));
    own.forEach((row, i) => {
      const question = ids[i]!;
      questions.set(
        question,
        questionText({
          id: question,
          turns: [row.instruction],
          ...row.dataset ? { category: row.dataset } : {},
        }),
      );
      for (
        const [model, text] of [
          [row.generator_1, row.output_1],
          [row.generator_2, row.output_2],
        ] as const
      ) {
        answers.set(JSON.stringify([question, model, text]), { question, model, turns: [text] });
      }
    });
  }
  return { questions: [...questions.values()], answers: [...answers.values()] };
}
