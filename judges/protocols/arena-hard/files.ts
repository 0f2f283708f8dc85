import type { Failure } from "../../../core/mod.ts";
import { answersIn, type Flaws } from "../answers.ts";
import type { Game } from "../asks.ts";
import { type Entrant, type Field, onlyModel, seeded } from "../field.ts";
import type { Pairing } from "../pairings.ts";
import { FIVE } from "../verdicts.ts";
import type { ArenaAnswer } from "./rows.ts";

/** Arena-Hard's answers, and what a judge said of them. */

/** One model's answers; a RangeError where a file holds several models, a question twice or no text. */
export function entrant(
  rows: readonly ArenaAnswer[],
  place: string,
  keepThoughts = false,
): Entrant & { readonly flaws: Flaws; readonly rows: readonly ArenaAnswer[] } {
  const model = onlyModel(rows.map(({ model }) => model), place);
  const seen = new Set<string>();
  for (const { uid } of rows) {
    if (seen.has(uid)) {
      throw new RangeError(`Cannot judge ${place}: question ${uid} is answered twice`);
    }
    seen.add(uid);
  }
  const { answers, flaws } = answersIn(
    rows.map(({ uid, text, cut }) => ({ id: uid, turns: [text], cut })),
    keepThoughts,
  );
  if (answers.size === 0) {
    throw new RangeError(`Cannot judge ${place}: none of its ${rows.length} answers is a text`);
  }
  return { model, answers, flaws, rows };
}

/** Both games of one model on one question. */
export interface Battle {
  readonly question: string;
  readonly category?: string;
  readonly model: string;
  readonly seed?: number;
  /** In each game what the label says of who was shown first, from "A>>B" to "B>>A". */
  readonly labels: { readonly [game in Game]?: string };
  /** As the original's parser read them. */
  readonly legacy?: { readonly [game in Game]?: string };
  /** What several judges' labels come to in each game, for who was shown first, where they are put together. */
  readonly pooled?: { readonly [game in Game]?: number };
  readonly failure?: Failure;
}

/** What a judge of ours said; one that only prefers is given the label nearest to that. */
export function battlesOf(
  pairs: readonly Pairing[],
  categories: ReadonlyMap<string, string> = new Map(),
): Battle[] {
  return pairs.map(({ question, model, seed, games, failure }) => ({
    question,
    ...categories.has(question) ? { category: categories.get(question)! } : {},
    model,
    ...seeded(seed),
    labels: Object.fromEntries(games.flatMap(({ game, outcome }) => {
      if (!("preference" in outcome)) return [];
      const label = FIVE.kind === "choice" && FIVE.labels.includes(outcome.label ?? "")
        ? outcome.label!
        : labelOf(outcome.preference);
      return [[game, label]];
    })),
    ...failure ? { failure } : {},
  }));
}

/** The label of a mere preference for who was shown first. */
export const labelOf = (preference: number): string =>
  preference === 0.5 ? "A=B" : preference > 0.5 ? "A>B" : "B>A";

/** The original's file of what was judged. */
export function exported(
  pairs: readonly Pairing[],
  { questions, baseline }: Field,
  judge: string,
): object[] {
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
