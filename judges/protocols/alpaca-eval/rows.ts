import { z } from "zod";
import { type Judged, type JudgedEstimate, questionIds } from "../../../core/mod.ts";
import { present } from "../estimates.ts";
import { numberIn } from "../values.ts";

/** Rows of AlpacaEval 2's files. */

/** What a question is known by: the instruction, and the input where there is one. */
export const questionOf = (
  { instruction, input }: {
    readonly instruction: string;
    readonly input?: string | null | undefined;
  },
): string => input ? `${instruction}\n\n${input}` : instruction;

/** Ids of the questions of these rows, as all protocols make them. */
export const idsOf = (
  rows: readonly { readonly instruction: string; readonly input?: string | null | undefined }[],
): string[] => questionIds(rows.map(questionOf));

/** A row of a file of outputs; further fields are the user's own. */
export const modelOutput = z.looseObject({
  instruction: z.string(),
  /** What the instruction is about, where that stands by itself. */
  input: z.string().nullish(),
  output: z.string().nullable(),
  generator: z.string().min(1),
  dataset: z.string().nullish(),
  finish_reason: z.unknown().optional(),
});
/** A row of a file of outputs. */
export type ModelOutput = z.infer<typeof modelOutput>;

/** A row of annotations.json. `output_1` is the baseline's, however the two were shown. */
export const annotation = z.looseObject({
  instruction: z.string(),
  input: z.string().nullish(),
  output_1: z.string(),
  generator_1: z.string().min(1),
  output_2: z.string(),
  generator_2: z.string().min(1),
  dataset: z.string().nullish(),
  annotator: z.string().nullish(),
  /** 1 for the baseline, 2 for the model, 1.5 a tie and, in old files, 0; null or −1 where the judge failed. */
  preference: z.preprocess(
    numberIn,
    z.union([z.literal(-1), z.literal(0), z.number().min(1).max(2), z.null()], {
      error: "a number from 1 to 2, 0, or where there is none −1 or null",
    }),
  ),
});
/** A row of annotations. */
export type Annotation = z.infer<typeof annotation>;

/** Columns of a published leaderboard, by header: their order differs between versions. */
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
  n_wins: z.number().min(0).nullish(),
  n_draws: z.number().min(0).nullish(),
  n_total: z.int().min(1),
  discrete_win_rate: percent.nullish(),
  mode: z.string().nullish(),
  avg_length: z.number().min(0).nullish(),
  length_controlled_winrate: percent.nullish(),
  /** The spread of fitted probabilities, which is no sampling error and often missing. */
  lc_standard_error: z.number().min(0).nullish(),
});

/** A row of a published leaderboard. */
export type LeaderboardRow = z.infer<typeof leaderboardRow>;

/** The same as estimates: 95 % by the normal distribution where the file has a sampling error. */
export function publishedRow(
  model: string,
  row: LeaderboardRow,
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
