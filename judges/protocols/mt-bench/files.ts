import { z } from "zod";
import type { Failure, Question } from "../../../core/mod.ts";
import type { Line } from "../asks.ts";
import { type Entrant, type Field, onlyModel, seeded } from "../field.ts";
import type { Pairing } from "../pairings.ts";
import { GRADES, PAIR, reread } from "../verdicts.ts";

/** MT-Bench's files, and what a judge said in them. */

const id = z.union([z.int(), z.string().min(1)]);

export const question = z.looseObject({
  question_id: id,
  category: z.string().min(1),
  turns: z.array(z.string()).min(1),
});
export const answer = z.looseObject({
  question_id: id,
  answer_id: z.string().optional(),
  model_id: z.string().min(1),
  /** The first is judged, as the original does. */
  choices: z.array(z.looseObject({ index: z.int().optional(), turns: z.array(z.string()).min(1) }))
    .min(1),
  tstamp: z.number().optional(),
});
const by = z.tuple([z.string(), z.string()]);
export const singleJudgment = z.looseObject({
  question_id: id,
  model: z.string().min(1),
  judge: by,
  user_prompt: z.string().nullish(),
  judgment: z.string().nullish(),
  /** −1 where the judge failed. */
  score: z.number(),
  turn: z.int().min(1),
  tstamp: z.number().optional(),
});
const winner = z.enum(["model_1", "model_2", "tie", "error"]);
export type Winner = z.infer<typeof winner>;
export const pairJudgment = z.looseObject({
  question_id: id,
  model_1: z.string().min(1),
  model_2: z.string().min(1),
  g1_winner: winner,
  g2_winner: winner,
  judge: by,
  g1_user_prompt: z.string().nullish(),
  g1_judgment: z.string().nullish(),
  g2_user_prompt: z.string().nullish(),
  g2_judgment: z.string().nullish(),
  turn: z.int().min(1),
  tstamp: z.number().optional(),
});
export type MtQuestion = z.infer<typeof question>;
export type MtAnswer = z.infer<typeof answer>;
export type SingleJudgment = z.infer<typeof singleJudgment>;
export type PairJudgment = z.infer<typeof pairJudgment>;

/** Questions as judges are shown them; `references` are answers in the same file format. */
export function questionsOf(
  rows: readonly MtQuestion[],
  references: readonly MtAnswer[] = [],
): Question[] {
  const known = new Map(references.map((row) => [`${row.question_id}`, row.choices[0]!.turns]));
  return rows.map(({ question_id, category, turns }) => {
    const found = known.get(`${question_id}`);
    return { id: `${question_id}`, category, turns, ...found ? { references: found } : {} };
  });
}

/** One model's answers; a RangeError where a file holds several models or a question twice. */
export function entrant(rows: readonly MtAnswer[], place: string): Entrant {
  const model = onlyModel(rows.map(({ model_id }) => model_id), place);
  const answers = new Map<string, readonly string[]>();
  for (const { question_id, choices } of rows) {
    if (answers.has(`${question_id}`)) {
      throw new RangeError(`Cannot judge ${place}: question ${question_id} is answered twice`);
    }
    answers.set(`${question_id}`, choices[0]!.turns);
  }
  return { model, answers };
}

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

export interface Match {
  readonly question: string;
  readonly category?: string;
  readonly model: string;
  readonly seed?: number;
  readonly turn: number;
  /** Who won the game in which the model was shown first, and the other; absent where it failed. */
  readonly games: Winners;
  /** As the original's parser has them; the same by default. */
  readonly legacy?: readonly [Winner, Winner];
  readonly failure?: Failure;
}

const malformed = (reason: string, raw?: string | null): Failure => ({
  failure: "malformed",
  reason,
  ...raw ? { raw } : {},
});

/** Somebody's grades: `grade` is read again from the reply, `legacy` is the file's own score. */
export function fromSingle(
  rows: readonly SingleJudgment[],
  categories: ReadonlyMap<string, string>,
): Grade[] {
  return rows.map((row) => {
    const question = `${row.question_id}`;
    // Without the reply all there is to go by is the number.
    const grade = row.judgment
      ? reread(row.judgment, GRADES) as number | undefined
      : row.score >= 1 && row.score <= 10
      ? row.score
      : undefined;
    return {
      question,
      ...categoryOf(question, categories),
      model: row.model,
      turn: row.turn,
      legacy: row.score,
      ...grade === undefined
        ? { failure: malformed("The judgement has no grade from 1 to 10", row.judgment) }
        : { grade },
    };
  });
}

/** Somebody's pairs against one baseline, which is model_2 or model_1 of every row. */
export function fromPairs(
  rows: readonly PairJudgment[],
  baseline: string,
  categories: ReadonlyMap<string, string>,
): Match[] {
  return rows.map((row) => {
    const question = `${row.question_id}`;
    const turned = row.model_1 === baseline;
    const read = (text: string | null | undefined, given: Winner, first: "model_1" | "model_2") => {
      if (!text) return given === "error" ? undefined : given;
      const label = reread(text, PAIR);
      if (label === undefined) return undefined;
      const other = first === "model_1" ? "model_2" : "model_1";
      return label === "C" ? "tie" : label === "A" ? first : other;
    };
    const seen = (winner: Winner | undefined): Winner | undefined =>
      !turned || winner === undefined || !winner.startsWith("model")
        ? winner
        : winner === "model_1"
        ? "model_2"
        : "model_1";
    const [g1, g2] = [
      seen(read(row.g1_judgment, row.g1_winner, "model_1")),
      seen(read(row.g2_judgment, row.g2_winner, "model_2")),
    ];
    const legacy = [seen(row.g1_winner)!, seen(row.g2_winner)!] as const;
    // The game in which the model stood first is the second where it is model_2.
    const order = <T>(a: T, b: T): readonly [T, T] => turned ? [b, a] : [a, b];
    return {
      question,
      ...categoryOf(question, categories),
      model: turned ? row.model_2 : row.model_1,
      turn: row.turn,
      games: order(g1, g2),
      legacy: order(...legacy),
      ...g1 === undefined || g2 === undefined
        ? { failure: malformed("A game has no verdict of A, B or C") }
        : {},
    };
  });
}

/**
 * The one model that every row is against; of two, the one that always comes second, as the original
 * writes its baseline. A RangeError where there is none, or which of them cannot be told.
 */
export function baselineOf(rows: readonly PairJudgment[], named?: string): string {
  const everywhere = inEvery(rows);
  const found = chosen(rows, everywhere, named);
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot tell the baseline of these pairs: ${
      named !== undefined
        ? `${named} is not in every one`
        : everywhere.length === 0
        ? "no model is in every one"
        : `${everywhere.join(" and ")} are in every one, name it with --baseline`
    }`,
  );
}

/** The same, and undefined where no model is in every row. */
export const commonBaseline = (
  rows: readonly PairJudgment[],
  named?: string,
): string | undefined =>
  named === undefined && (rows.length === 0 || inEvery(rows).length === 0)
    ? undefined
    : baselineOf(rows, named);

const inEvery = (rows: readonly PairJudgment[]): string[] =>
  [...new Set(rows.flatMap(({ model_1, model_2 }) => [model_1, model_2]))]
    .filter((model) =>
      rows.every(({ model_1, model_2 }) => model_1 === model || model_2 === model)
    );

function chosen(
  rows: readonly PairJudgment[],
  everywhere: readonly string[],
  named: string | undefined,
): string | undefined {
  if (named !== undefined) return everywhere.find((model) => model === named);
  const second = everywhere.filter((model) => rows.every(({ model_2 }) => model_2 === model));
  const [only, ...others] = everywhere.length > 1 ? second : everywhere;
  return others.length === 0 ? only : undefined;
}

const categoryOf = (question: string, categories: ReadonlyMap<string, string>) => {
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
): { readonly single: SingleJudgment[]; readonly pair: PairJudgment[] } {
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
