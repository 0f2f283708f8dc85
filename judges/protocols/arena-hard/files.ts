import { z } from "zod";
import type { Failure, Question } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import type { Game } from "../asks.ts";
import { type Entrant, type Field, onlyModel, seeded } from "../field.ts";
import type { Pairing } from "../pairings.ts";
import { FIVE, legacyLabel, reread } from "../verdicts.ts";

/** Arena-Hard's files, what a judge said in them, and the style of answers. */

export const question = z.looseObject({
  uid: z.string().min(1),
  category: z.string().optional(),
  subcategory: z.string().optional(),
  prompt: z.string(),
});
const counts = z.record(z.string(), z.int().min(0));
export const metadata = z.looseObject({
  token_len: z.int().min(0),
  header_count: counts,
  list_count: counts,
  bold_count: counts,
});
export const answer = z.looseObject({
  uid: z.string().min(1),
  ans_id: z.string().optional(),
  model: z.string().min(1),
  messages: z.array(z.looseObject({
    role: z.string(),
    content: z.union([z.string(), z.looseObject({ answer: z.string() })]),
  })).min(1),
  tstamp: z.number().optional(),
  metadata: metadata.optional(),
});
const game = z.looseObject({
  score: z.string().nullable(),
  /** The reply: a text, or in newer files an object that holds it. */
  judgment: z.union([z.string(), z.looseObject({ answer: z.string() })]).nullish(),
}).nullable();
export const judgment = z.looseObject({
  uid: z.string().min(1),
  category: z.string().optional(),
  judge: z.string(),
  model: z.string().min(1),
  baseline: z.string().min(1),
  /** The baseline as A, then the model as A. */
  games: z.tuple([game, game]),
});
export type ArenaQuestion = z.infer<typeof question>;
export type ArenaAnswer = z.infer<typeof answer>;
export type ArenaJudgment = z.infer<typeof judgment>;

export const questionsOf = (rows: readonly ArenaQuestion[]): Question[] =>
  rows.map(({ uid, category, prompt }) => ({
    id: uid,
    turns: [prompt],
    ...category === undefined ? {} : { category },
  }));

/** An answer's style, as files have it or counted here; a token is then a word or a sign. */
export function styleOf(text: string, known?: z.infer<typeof metadata>): stats.Style {
  if (!known) {
    return { length: [...text.matchAll(/\w+|[^\w\s]/gu)].length, ...stats.markdown(text) };
  }
  const sum = (of: { readonly [name: string]: number }) =>
    Object.values(of).reduce((a, b) => a + b, 0);
  return {
    length: known.token_len,
    headers: sum(known.header_count),
    lists: sum(known.list_count),
    bold: sum(known.bold_count),
  };
}

/** One model's answers and their styles; a RangeError where a file holds several models or a question twice. */
export function entrant(
  rows: readonly ArenaAnswer[],
  place: string,
): Entrant & { readonly styles: ReadonlyMap<string, stats.Style> } {
  const model = onlyModel(rows.map(({ model }) => model), place);
  const answers = new Map<string, readonly string[]>();
  const styles = new Map<string, stats.Style>();
  for (const { uid, messages, metadata } of rows) {
    if (answers.has(uid)) {
      throw new RangeError(`Cannot judge ${place}: question ${uid} is answered twice`);
    }
    const { content } = messages.at(-1)!;
    const text = typeof content === "string" ? content : content.answer;
    answers.set(uid, [text]);
    styles.set(uid, styleOf(text, metadata));
  }
  return { model, answers, styles };
}

/** Both games of one model on one question. */
export interface Battle {
  readonly question: string;
  readonly model: string;
  readonly seed?: number;
  /** In each game what the label says of who was shown first, from "A>>B" to "B>>A". */
  readonly labels: { readonly [game in Game]?: string };
  /** As the original's parser read them. */
  readonly legacy?: { readonly [game in Game]?: string };
  readonly failure?: Failure;
}

const textOf = (reply: string | { answer: string } | null | undefined) =>
  typeof reply === "string" ? reply : reply?.answer;

/** Somebody's judgements: labels are read again from the replies, `legacy` are the file's own. */
export function fromJudgments(rows: readonly ArenaJudgment[]): Battle[] {
  return rows.map(({ uid, model, games }) => {
    const read = (found: ArenaJudgment["games"][number]) => {
      const text = textOf(found?.judgment);
      const given = found?.score;
      return {
        label: text
          ? reread(text, FIVE) as string | undefined
          : given
          ? legacyLabel(`[[${given}]]`)
          : undefined,
        legacy: given ? legacyLabel(`[[${given}]]`) : undefined,
      };
    };
    const [g1, g2] = games.map(read);
    return {
      question: uid,
      model,
      labels: {
        ...g1!.label === undefined ? {} : { "baseline first": g1!.label },
        ...g2!.label === undefined ? {} : { "model first": g2!.label },
      },
      legacy: {
        ...g1!.legacy === undefined ? {} : { "baseline first": g1!.legacy },
        ...g2!.legacy === undefined ? {} : { "model first": g2!.legacy },
      },
      ...g1!.label === undefined || g2!.label === undefined
        ? {
          failure: { failure: "malformed" as const, reason: "A game has none of the five labels" },
        }
        : {},
    };
  });
}

/** What a judge of ours said; one that only prefers is given the label nearest to that. */
export function battlesOf(pairs: readonly Pairing[]): Battle[] {
  return pairs.map(({ question, model, seed, games, failure }) => ({
    question,
    model,
    ...seeded(seed),
    labels: Object.fromEntries(games.flatMap(({ game, outcome }) => {
      if (!("preference" in outcome)) return [];
      const label = FIVE.kind === "choice" && FIVE.labels.includes(outcome.label ?? "")
        ? outcome.label!
        : outcome.preference === 0.5
        ? "A=B"
        : outcome.preference > 0.5
        ? "A>B"
        : "B>A";
      return [[game, label]];
    })),
    ...failure ? { failure } : {},
  }));
}

/** The original's file of what was judged. */
export function exported(
  pairs: readonly Pairing[],
  { questions, baseline }: Field,
  judge: string,
): ArenaJudgment[] {
  const known = new Map(questions.map((question) => [question.id, question]));
  return pairs.map((pair) => {
    const { question, model, seed, games: played } = pair;
    const { labels } = battlesOf([pair])[0]!;
    const category = known.get(question)?.category;
    const game = (wanted: Game) => {
      const outcome = played.find(({ game }) => game === wanted)?.outcome;
      return outcome ? { score: labels[wanted] ?? null, judgment: outcome.raw ?? null } : null;
    };
    return {
      uid: question,
      ...category === undefined ? {} : { category },
      judge,
      model: seed === undefined ? model : `${model}#${seed}`,
      baseline: baseline.model,
      games: [game("baseline first"), game("model first")],
    };
  });
}
