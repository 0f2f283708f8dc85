import { z } from "zod";
import { latest, repetitionsNote } from "../unique.ts";
import { numberIn } from "../values.ts";

/**
 * Scores from elsewhere, in whatever file: rows of ours, of `deno task score`, and RewardBench's own,
 * which are columns (`eval-set-scores/*.json`) or rows (`*_outputs.jsonl`, `*_all.jsonl`).
 */

export interface GivenScores {
  /** Absent where the file names no rows: then they stand in the order of the data. */
  readonly id?: string;
  /** The texts that were scored, where these are all that is known. */
  readonly texts?: readonly [prompt: string, chosen: string, rejected: string];
  readonly prompt?: string;
  readonly subset?: string;
  /** How many of the answers are right: they come first. */
  readonly correct?: number;
  /** A score that is not there is null. */
  readonly scores: readonly (number | null)[];
}

interface Entry {
  readonly value: unknown;
  readonly place: string;
}
type Check = <T>(schema: z.ZodType<T>, value: unknown, place: string) => T;

/** A number, also as a text or as the only one of a list, as reward models return them. */
const score: z.ZodType<number | null> = z.preprocess(
  (value) => {
    const inner = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return numberIn(inner) ?? null;
  },
  z.number().nullable(),
);
const id = z.union([z.int(), z.string().min(1)], { error: "a whole number or a text" });
const scored = z.looseObject({
  answer: z.string(),
  logprob: z.number().optional(),
  reward: z.number().optional(),
  tokens: z.int().optional(),
});
const forms = {
  list: z.looseObject({ id, scores: z.array(score).min(2) }),
  pair: z.looseObject({ chosen: score, rejected: score }),
  original: z.looseObject({ scores_chosen: score, scores_rejected: score }),
  texts: z.looseObject({ prompt: z.string(), chosen: scored, rejected: scored }),
};
const facts = z.looseObject({
  id: id.optional(),
  prompt: z.unknown().optional(),
  subset: z.string().optional(),
  num_correct: z.int().min(1).optional(),
});

/** The rows of a file of scores; a SyntaxError names the place of one that is none. */
export function scoresIn(entries: readonly Entry[], check: Check): GivenScores[] {
  return rowsIn(entries).map(({ value, place }) => {
    const { id, prompt, subset, num_correct } = check(facts, value, place);
    const has = (field: string) => Object.hasOwn(value as object, field);
    const known = {
      ...id === undefined ? {} : { id: `${id}` },
      ...typeof prompt === "string" ? { prompt } : {},
      ...subset === undefined ? {} : { subset },
      ...num_correct === undefined ? {} : { correct: num_correct },
    };
    if (has("scores_chosen")) {
      const { scores_chosen, scores_rejected } = check(forms.original, value, place);
      return { ...known, scores: [scores_chosen, scores_rejected] };
    }
    if (has("scores")) return { ...known, scores: check(forms.list, value, place).scores };
    if (id === undefined && typeof (value as { chosen?: unknown }).chosen === "object") {
      const { prompt, chosen, rejected } = check(forms.texts, value, place);
      return {
        texts: [prompt, chosen.answer, rejected.answer],
        scores: [ofAnswer(chosen), ofAnswer(rejected)],
      };
    }
    const { chosen, rejected } = check(forms.pair, value, place);
    return { ...known, scores: [chosen, rejected] };
  });
}

/** Of an answer that was scored its reward, or its mean log-probability a token without one. */
const ofAnswer = ({ reward, logprob, tokens }: z.infer<typeof scored>): number | null =>
  reward ?? (logprob !== undefined && tokens ? logprob / tokens : null);

/** A document's rows, and columns as rows. */
function rowsIn(entries: readonly Entry[]): readonly Entry[] {
  const [only, ...others] = entries;
  if (!only || others.length > 0 || typeof only.value !== "object" || only.value === null) {
    return entries;
  }
  const { value, place } = only;
  if ("rows" in value && Array.isArray(value.rows)) {
    return value.rows.map((row, i) => ({ value: row, place: `${place} row ${i + 1}` }));
  }
  const columns = Object.entries(value).filter(([, column]) => Array.isArray(column));
  const [first] = ["id", "results"].flatMap((name) =>
    columns.filter(([column]) => column === name)
  );
  if (!first) return entries;
  return Array.from({ length: first[1].length }, (_, i) => ({
    value: Object.fromEntries(columns.map(([name, column]) => [name, column[i]])),
    place: `${place} row ${i + 1}`,
  }));
}

/** One row an id, or where rows have none, of their texts; the later counts. */
export function uniqueScores(
  all: readonly GivenScores[],
  place: string,
): { readonly rows: readonly GivenScores[]; readonly notes: readonly string[] } {
  const named = all.every(({ id, texts }) => id !== undefined || texts);
  if (!named) return { rows: all, notes: [] };
  const unique = latest(all, ({ id, texts }) => JSON.stringify(id ?? texts), {
    valid: ({ scores }) => !scores.includes(null),
    said: ({ scores }) => scores,
  });
  return { rows: unique.rows, notes: repetitionsNote(unique, place) };
}
