import { z } from "zod";
import { type Failure, fingerprint } from "../../../core/mod.ts";
import type { Ask, Game, Line } from "../asks.ts";
import { ofModel, orderEffects } from "../pairings.ts";
import { questionText, type Texts } from "../texts.ts";

/** RewardBench's rows, and how a judge or given scores rank their answers. */

const answers = z.union([z.string(), z.array(z.string()).min(1)]);
/** A row of the first version (a chosen and a rejected answer) or of the second (lists of them). */
export const row = z.looseObject({
  id: z.union([z.int(), z.string().min(1)]),
  prompt: z.string(),
  chosen: answers,
  rejected: answers,
  subset: z.string().min(1),
});
export type RewardRow = z.infer<typeof row>;

/** Scores from elsewhere: by id, chosen answers first. */
export const givenScores = z.union([
  z.looseObject({ id: z.union([z.int(), z.string().min(1)]), scores: z.array(z.number()).min(2) }),
  z.looseObject({
    id: z.union([z.int(), z.string().min(1)]),
    chosen: z.number(),
    rejected: z.number(),
  }),
]);
export type GivenScores = z.infer<typeof givenScores>;

/** What `deno task score --json` prints of rows of chosen and rejected. */
export const scoreDocument = z.looseObject({
  model: z.string().optional(),
  rows: z.array(z.looseObject({
    prompt: z.string(),
    chosen: z.looseObject({
      answer: z.string(),
      logprob: z.number().optional(),
      reward: z.number().optional(),
      tokens: z.int().optional(),
    }),
    rejected: z.looseObject({
      answer: z.string(),
      logprob: z.number().optional(),
      reward: z.number().optional(),
      tokens: z.int().optional(),
    }),
  })),
});
export type ScoreDocument = z.infer<typeof scoreDocument>;

/** The scores of one row's answers, the correct ones first. */
export interface Scored {
  readonly id: string;
  /** Tells rows of one prompt, which are drawn together. */
  readonly prompt: string;
  readonly subset: string;
  readonly correct: number;
  /** Absent where any of them failed. */
  readonly scores?: readonly number[];
  /** P(judge prefers the longer of a pair) is asked of these: characters of each answer. */
  readonly lengths: readonly number[];
  readonly flipped?: boolean;
  /** P(the judge prefers what it is shown first), where it saw both orders. */
  readonly first?: number;
  readonly failure?: Failure;
}

const listOf = (text: string | readonly string[]) => typeof text === "string" ? [text] : text;
const candidates = ({ chosen, rejected }: RewardRow) => [...listOf(chosen), ...listOf(rejected)];

/** A RangeError where an id occurs twice: it names the row in every file. */
export function checkIds(rows: readonly RewardRow[], place: string): void {
  const seen = new Set<string>();
  for (const { id } of rows) {
    if (seen.has(`${id}`)) throw new RangeError(`Cannot judge ${place}: row ${id} is there twice`);
    seen.add(`${id}`);
  }
}

/**
 * What a judge is asked: a grade of every answer, or of pairs which is better, in both orders. Only
 * rows of one chosen and one rejected answer can be compared.
 */
export function asks(
  rows: readonly RewardRow[],
  judge: string,
  by: "grades" | "pairs",
): Ask[] {
  return rows.flatMap((row): Ask[] => {
    const question = { id: `${row.id}`, turns: [row.prompt], category: row.subset };
    const texts = candidates(row);
    if (by === "grades") {
      return texts.map((text, i) => ({
        // The answer's number stands where others have the turn.
        about: { question: question.id, model: judge, turn: i + 1 },
        task: { kind: "grade", grading: { question, answer: [text], turn: 0 } },
      }));
    }
    if (texts.length !== 2) {
      throw new RangeError(
        `Cannot compare the ${texts.length} answers of row ${row.id}: pairs have 2, grade them instead`,
      );
    }
    const [chosen, rejected] = texts.map((text) => [text]);
    return (["model first", "baseline first"] as const).map((game) => ({
      about: { question: question.id, model: judge, turn: 1, game },
      task: {
        kind: "compare",
        comparing: game === "model first"
          ? { question, first: chosen!, second: rejected! }
          : { question, first: rejected!, second: chosen! },
      },
    }));
  });
}

const head = (row: RewardRow) => ({
  id: `${row.id}`,
  prompt: fingerprint(row.prompt),
  subset: row.subset,
  correct: listOf(row.chosen).length,
  lengths: candidates(row).map((text) => [...text].length),
});

/** What a judge of ours said of the rows. In a pair the chosen answer's score is P(it is better). */
export function scoredBy(rows: readonly RewardRow[], lines: readonly Line[]): Scored[] {
  const found = Map.groupBy(lines, ({ about }) => about.question);
  return rows.map((row): Scored => {
    const own = found.get(`${row.id}`) ?? [];
    const failure = own.map(({ outcome }) => outcome).find((outcome) => "failure" in outcome);
    if (failure) return { ...head(row), failure };
    const verdicts = own.flatMap(({ about: { game }, outcome }) =>
      game !== undefined && "preference" in outcome
        ? [{ game: game as Game, preference: outcome.preference }]
        : []
    );
    if (verdicts.length > 0) {
      const chosen = verdicts.map(({ game, preference }) => ofModel(game, preference));
      const mean = chosen.reduce((sum, p) => sum + p, 0) / chosen.length;
      return { ...head(row), scores: [mean, 1 - mean], ...orderEffects(verdicts) };
    }
    const grades = own.toSorted((a, b) => a.about.turn - b.about.turn)
      .flatMap(({ outcome }) => "grade" in outcome ? [outcome.grade] : []);
    return { ...head(row), scores: grades };
  });
}

export interface JoinedScores {
  readonly rows: Scored[];
  /** Rows without scores, and scores without rows. */
  readonly leftover: { readonly rows: number; readonly scores: number };
}

/** Given scores joined by id; a RangeError where none belongs to a row, or one has another number of answers. */
export function joinScores(
  rows: readonly RewardRow[],
  given: readonly GivenScores[],
  place: string,
): JoinedScores {
  const found = new Map(given.map((one) => {
    const scores = "scores" in one ? one.scores as number[] : [one.chosen, one.rejected];
    return [`${one.id}`, scores as readonly number[]];
  }));
  return joined(rows, (row) => found.get(`${row.id}`), found.size, place);
}

/** Scores of `deno task score` joined by their texts: rewards, or mean log-probabilities a token without them. */
export function joinDocument(
  rows: readonly RewardRow[],
  document: ScoreDocument,
  place: string,
): JoinedScores {
  const key = (prompt: string, chosen: string, rejected: string) =>
    JSON.stringify([prompt, chosen, rejected]);
  const scoreOf = ({ reward, logprob, tokens }: ScoreDocument["rows"][number]["chosen"]) =>
    reward ?? (logprob !== undefined && tokens ? logprob / tokens : undefined);
  const found = new Map(document.rows.flatMap(({ prompt, chosen, rejected }) => {
    const [own, other] = [scoreOf(chosen), scoreOf(rejected)];
    return own === undefined || other === undefined
      ? []
      : [[key(prompt, chosen.answer, rejected.answer), [own, other]] as const];
  }));
  return joined(
    rows,
    ({ prompt, chosen, rejected }) =>
      typeof chosen === "string" && typeof rejected === "string"
        ? found.get(key(prompt, chosen, rejected))
        : undefined,
    found.size,
    place,
  );
}

function joined(
  rows: readonly RewardRow[],
  of: (row: RewardRow) => readonly number[] | undefined,
  given: number,
  place: string,
): JoinedScores {
  const out = rows.flatMap((row): Scored[] => {
    const scores = of(row);
    if (!scores) return [];
    const wanted = candidates(row).length;
    if (scores.length !== wanted) {
      throw new RangeError(
        `Cannot score row ${row.id} by ${place}: it must have ${wanted} scores: found ${scores.length}`,
      );
    }
    return [{ ...head(row), scores }];
  });
  if (out.length === 0) {
    throw new RangeError(`Cannot join ${place} with the rows: no score belongs to any of them`);
  }
  return { rows: out, leftover: { rows: rows.length - out.length, scores: given - out.length } };
}

/** Prompts, and answers by what the rows call them: "chosen" and "rejected", numbered where several. */
export function textsOf(rows: readonly RewardRow[]): Texts {
  return {
    questions: rows.map(({ id, prompt, subset }) =>
      questionText({ id: `${id}`, turns: [prompt], category: subset })
    ),
    answers: rows.flatMap(({ id, chosen, rejected }) =>
      Object.entries({ chosen, rejected }).flatMap(([name, texts]) =>
        [texts].flat().map((text, i, { length }) => ({
          question: `${id}`,
          model: length > 1 ? `${name} ${i + 1}` : name,
          turns: [text],
        }))
      )
    ),
  };
}
