import type { Failure } from "../../../core/mod.ts";
import { answersIn, type Flaws } from "../answers.ts";
import type { Line } from "../asks.ts";
import { type Entrant, type Field, onlyModel, seeded } from "../field.ts";
import type { Pairing } from "../pairings.ts";
import type { MtAnswer, Winner } from "./rows.ts";

/** MT-Bench's answers, and what a judge said of them. */

/** One model's answers; a RangeError where a file holds several models, a question twice or no text. */
export function entrant(
  rows: readonly MtAnswer[],
  place: string,
  keepThoughts = false,
): Entrant & { readonly flaws: Flaws } {
  const model = onlyModel(rows.map(({ model_id }) => model_id), place);
  const seen = new Set<string>();
  for (const { question_id } of rows) {
    if (seen.has(`${question_id}`)) {
      throw new RangeError(`Cannot judge ${place}: question ${question_id} is answered twice`);
    }
    seen.add(`${question_id}`);
  }
  const { answers, flaws } = answersIn(
    rows.map(({ question_id, choices: [first] }) => ({
      id: `${question_id}`,
      turns: first?.turns ?? [],
      cut: first?.finish_reason === "length",
    })),
    keepThoughts,
  );
  if (answers.size === 0) {
    throw new RangeError(`Cannot judge ${place}: none of its ${rows.length} answers is a text`);
  }
  return { model, answers, flaws };
}

/** A grade of one turn of an answer. */
export interface Grade {
  readonly question: string;
  readonly category?: string;
  readonly model: string;
  readonly seed?: number;
  readonly turn: number;
  /** From 1 to 10; absent where there is no valid one. */
  readonly grade?: number;
  /** What the original's parser made of it; −1 and absent are failures. */
  readonly legacy?: number;
  readonly failure?: Failure;
}

/** Winners of two games; of one that failed nothing is known. */
export type Winners = readonly [Winner | undefined, Winner | undefined];

/** Two games of a model against another on one turn. */
export interface Match {
  readonly question: string;
  readonly category?: string;
  readonly model: string;
  /** Whom it met, where that is no one baseline. */
  readonly opponent?: string;
  readonly seed?: number;
  readonly turn: number;
  /** Who won the game in which the model was shown first, and the other; absent where it failed. */
  readonly games: Winners;
  /** What several judges' verdicts come to for the model in both games, where they are put together. */
  readonly pooled?: readonly [number, number];
  /** As the original's parser has them; the same by default. */
  readonly legacy?: readonly [Winner, Winner];
  readonly failure?: Failure;
}

/** The category of a question as a field, where it has one. */
export const categoryOf = (
  question: string,
  categories: ReadonlyMap<string, string>,
): { readonly category?: string } => {
  const category = categories.get(question);
  return category === undefined ? {} : { category };
};

/** What a judge of ours graded. */
export function gradesOf(lines: readonly Line[], categories: ReadonlyMap<string, string>): Grade[] {
  return lines.filter(({ about }) => about.game === undefined).map(({ about, outcome }) => ({
    question: about.question,
    ...categoryOf(about.question, categories),
    model: about.model,
    ...seeded(about.seed),
    turn: about.turn,
    ..."grade" in outcome
      ? { grade: outcome.grade, legacy: outcome.grade }
      : { failure: outcome as Failure },
  }));
}

/** What a judge of ours made of pairs: above ½ is a win. */
export function matchesOf(
  pairs: readonly Pairing[],
  categories: ReadonlyMap<string, string>,
): Match[] {
  return pairs.map(({ question, model, seed, turn, games, failure }) => {
    const won = (wanted: string): Winner | undefined => {
      const outcome = games.find(({ game }) => game === wanted)?.outcome;
      if (!outcome || !("preference" in outcome)) return undefined;
      if (outcome.preference === 0.5) return "tie";
      return outcome.preference > 0.5 === (wanted === "model first") ? "model_1" : "model_2";
    };
    return {
      question,
      ...categoryOf(question, categories),
      model,
      ...seeded(seed),
      turn,
      games: [won("model first"), won("baseline first")],
      ...failure ? { failure } : {},
    };
  });
}

/** The original's files of what was judged. */
export function exported(
  lines: readonly Line[],
  field: Field,
  judge: string,
  prompts: string,
): { readonly single: object[]; readonly pair: object[] } {
  const by: [string, string] = [judge, prompts];
  const grouped = Map.groupBy(
    lines.filter(({ about }) => about.game !== undefined),
    ({ about: { model, seed, question, turn } }) => JSON.stringify([model, seed, question, turn]),
  );
  const named = ({ model, seed }: { model: string; seed?: number }) =>
    seed === undefined ? model : `${model}#${seed}`;
  return {
    single: lines.filter(({ about }) => about.game === undefined).map(({ about, outcome }) => ({
      question_id: about.question,
      model: named(about),
      judge: by,
      judgment: outcome.raw ?? null,
      score: "grade" in outcome ? outcome.grade : -1,
      turn: about.turn,
    })),
    pair: [...grouped.values()].map((group) => {
      const { about } = group[0]!;
      const game = (wanted: string) => group.find((line) => line.about.game === wanted)?.outcome;
      const won = (wanted: string): Winner => {
        const outcome = game(wanted);
        if (!outcome || !("preference" in outcome)) return "error";
        if (outcome.preference === 0.5) return "tie";
        return outcome.preference > 0.5 === (wanted === "model first") ? "model_1" : "model_2";
      };
      return {
        question_id: about.question,
        model_1: named(about),
        model_2: field.baseline.model,
        g1_winner: won("model first"),
        g2_winner: won("baseline first"),
        judge: by,
        g1_judgment: game("model first")?.raw ?? null,
        g2_judgment: game("baseline first")?.raw ?? null,
        turn: about.turn,
      };
    }),
  };
}
