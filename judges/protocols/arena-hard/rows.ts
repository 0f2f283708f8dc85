import { z } from "zod";
import type { Question } from "../../../core/mod.ts";

/**
 * Rows of Arena-Hard's files. Those of 2024 call a question `question_id`, hold texts as turns as
 * MT-Bench does, and do not say the baseline; all of them become the rows of version 2.
 */

const id = z.union([z.string().min(1), z.int()], { error: "a text or a whole number" });
/** A text, or an object that holds one under any of the names in use. */
const said = z.union([
  z.string(),
  z.looseObject({ answer: z.string() }),
  z.looseObject({ content: z.string() }),
], { error: "a text, or an object with answer or content" });
const textOf = (one: z.infer<typeof said>): string =>
  typeof one === "string" ? one : "answer" in one ? one.answer as string : one.content as string;

/** What a row is about, by its new name or its old one. */
function named<Row extends { readonly uid?: unknown; readonly question_id?: unknown }>(
  { uid, question_id }: Row,
  context: z.RefinementCtx,
): string {
  const found = uid ?? question_id;
  if (found === undefined) {
    context.addIssue({ code: "custom", path: ["uid"], message: "a text (or question_id)" });
  }
  return `${found}`;
}

/** One of two fields; which is missing is said of the first. */
function either<T>(
  context: z.RefinementCtx,
  [name, one]: readonly [string, T | undefined],
  [other, two]: readonly [string, T | undefined],
): T {
  const found = one ?? two;
  if (found === undefined) {
    context.addIssue({ code: "custom", path: [name], message: `there, or "${other}"` });
  }
  return found!;
}

/** The schema of a row of questions, of either version. */
export const question = z.looseObject({
  uid: id.optional(),
  question_id: id.optional(),
  category: z.string().nullish(),
  subcategory: z.string().nullish(),
  prompt: z.string().optional(),
  turns: z.array(said).min(1).optional(),
}).transform((row, context): ArenaQuestion => ({
  uid: named(row, context),
  ...row.category ? { category: row.category } : {},
  ...row.subcategory ? { subcategory: row.subcategory } : {},
  prompt: either(
    context,
    ["prompt", row.prompt],
    ["turns", row.turns && textOf(row.turns[0]!)],
  ),
}));
/** A question, as version 2 has it. */
export interface ArenaQuestion {
  readonly uid: string;
  readonly category?: string;
  readonly subcategory?: string;
  readonly prompt: string;
}

const counts = z.record(z.string(), z.int().min(0));
/** The schema of what the original counted in an answer. */
export const metadata = z.looseObject({
  token_len: z.int().min(0),
  header_count: counts,
  list_count: counts,
  bold_count: counts,
});
/** What the original counted in an answer. */
export type Metadata = z.infer<typeof metadata>;

const choice = z.looseObject({
  turns: z.array(said.nullable()).min(1),
  finish_reason: z.unknown().optional(),
});
/** The schema of a row of answers, of either version. */
export const answer = z.looseObject({
  uid: id.optional(),
  question_id: id.optional(),
  model: z.string().min(1).optional(),
  model_id: z.string().min(1).optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: said.nullable() })).min(1)
    .optional(),
  choices: z.array(choice).min(1).optional(),
  finish_reason: z.unknown().optional(),
  // What is not as it should be is counted in the text.
  metadata: metadata.optional().catch(undefined),
  conv_metadata: metadata.optional().catch(undefined),
}).transform((row, context): ArenaAnswer => {
  const text = either(
    context,
    ["messages", row.messages && [row.messages.at(-1)!.content]],
    ["choices", row.choices && [row.choices[0]!.turns.at(-1)!]],
  )?.[0];
  const known = row.metadata ?? row.conv_metadata;
  const ends = [row.finish_reason, row.choices?.[0]?.finish_reason];
  return {
    uid: named(row, context),
    model: either(context, ["model", row.model], ["model_id", row.model_id]),
    text: text === null || text === undefined ? null : textOf(text),
    cut: ends.includes("length"),
    ...known ? { metadata: known } : {},
  };
});
/** An answer, as version 2 has it. */
export interface ArenaAnswer {
  readonly uid: string;
  readonly model: string;
  /** Null where the model gave none. */
  readonly text: string | null;
  readonly cut: boolean;
  readonly metadata?: Metadata;
}

const game = z.looseObject({
  score: z.string().nullish(),
  /** The reply: a text, or in newer files an object that holds it. */
  judgment: said.nullish(),
}).nullable().transform((found): ArenaGame | null =>
  found && { score: found.score ?? null, judgment: found.judgment ? textOf(found.judgment) : null }
);
/** One game: its label and the reply. */
export interface ArenaGame {
  readonly score: string | null;
  readonly judgment: string | null;
}

/** The schema of a row of judgements, of either version. */
export const judgment = z.looseObject({
  uid: id.optional(),
  question_id: id.optional(),
  category: z.string().nullish(),
  judge: z.string(),
  model: z.string().min(1).optional(),
  model_id: z.string().min(1).optional(),
  baseline: z.string().min(1).nullish(),
  /** The baseline as A, then the model as A; one that was not played is a failure. */
  games: z.array(game).max(2),
}).transform((row, context): ArenaJudgment => ({
  uid: named(row, context),
  ...row.category ? { category: row.category } : {},
  judge: row.judge,
  model: either(context, ["model", row.model], ["model_id", row.model_id]),
  ...row.baseline ? { baseline: row.baseline } : {},
  games: [row.games[0] ?? null, row.games[1] ?? null],
}));
/** A judgement, as version 2 has it. */
export interface ArenaJudgment {
  readonly uid: string;
  readonly category?: string;
  readonly judge: string;
  readonly model: string;
  readonly baseline?: string;
  readonly games: readonly [ArenaGame | null, ArenaGame | null];
}

/** Questions as all protocols have them. */
export const questionsOf = (rows: readonly ArenaQuestion[]): Question[] =>
  rows.map(({ uid, category, prompt }) => ({
    id: uid,
    turns: [prompt],
    ...category === undefined ? {} : { category },
  }));
