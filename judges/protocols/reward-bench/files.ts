import { z } from "zod";
import { type Failure, fingerprint } from "../../../core/mod.ts";
import type { Ask, Game, Line } from "../asks.ts";
import { ofModel, orderEffects } from "../pairings.ts";
import { questionText, type Texts } from "../texts.ts";
import type { GivenScores } from "./given.ts";
import { domains, rewardBenchSections } from "./scores.ts";

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
/** A row of the data set. */
export type RewardRow = z.infer<typeof row>;

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
  /** What a pair of equal scores counts: ½ of a judge's verdicts, nothing of scores, which are never equal but by fault. */
  readonly tie: 0 | 0.5;
}

/** Subsets by names that both versions know, whatever their capitals and blanks. */
const names = new Map(
  [...Object.values(rewardBenchSections).flatMap(Object.keys), ...domains]
    .map((name) => [name.toLowerCase(), name]),
);
const known = (subset: string) => names.get(subset.trim().toLowerCase()) ?? subset.trim();

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
  subset: known(row.subset),
  correct: listOf(row.chosen).length,
  lengths: candidates(row).map((text) => [...text].length),
  tie: 0 as 0 | 0.5,
});

/** What a judge of ours said of the rows. In a pair the chosen answer's score is P(it is better). */
export function scoredBy(rows: readonly RewardRow[], lines: readonly Line[]): Scored[] {
  const found = Map.groupBy(lines, ({ about }) => about.question);
  return rows.map((row): Scored => {
    const own = found.get(`${row.id}`) ?? [];
    const failure = own.map(({ outcome }) => outcome).find((outcome) => "failure" in outcome);
    const about = { ...head(row), tie: 0.5 as const };
    if (failure) return { ...about, failure };
    const verdicts = own.flatMap(({ about: { game }, outcome }) =>
      game !== undefined && "preference" in outcome
        ? [{ game: game as Game, preference: outcome.preference }]
        : []
    );
    if (verdicts.length > 0) {
      const chosen = verdicts.map(({ game, preference }) => ofModel(game, preference));
      const mean = chosen.reduce((sum, p) => sum + p, 0) / chosen.length;
      return { ...about, scores: [mean, 1 - mean], ...orderEffects(verdicts) };
    }
    const grades = own.toSorted((a, b) => a.about.turn - b.about.turn)
      .flatMap(({ outcome }) => "grade" in outcome ? [outcome.grade] : []);
    return { ...about, scores: grades };
  });
}

/** Rows with the scores of their answers. */
export interface JoinedScores {
  readonly rows: Scored[];
  /** Rows without scores, and scores without rows. */
  readonly leftover: { readonly rows: number; readonly scores: number };
}

/**
 * Given scores joined by id, by their texts, or where they have neither by their order; a RangeError
 * where none belongs to a row, or one has another number of answers.
 */
export function joinScores(
  rows: readonly RewardRow[],
  given: readonly GivenScores[],
  place: string,
): JoinedScores {
  const of = scoresOf(rows, given, place);
  const out = rows.flatMap((row, i): Scored[] => {
    const scores = of(row, i);
    if (!scores) return [];
    const wanted = candidates(row).length;
    if (scores.length !== wanted) {
      throw new RangeError(
        `Cannot score row ${row.id} by ${place}: it must have ${wanted} scores: found ${scores.length}`,
      );
    }
    return [{ ...head(row), ...whole(scores) }];
  });
  if (out.length === 0) {
    throw new RangeError(`Cannot join ${place} with the rows: no score belongs to any of them`);
  }
  return {
    rows: out,
    leftover: { rows: rows.length - out.length, scores: given.length - out.length },
  };
}

type Scores = GivenScores["scores"];

/** Which scores are a row's. */
function scoresOf(
  rows: readonly RewardRow[],
  given: readonly GivenScores[],
  place: string,
): (row: RewardRow, i: number) => Scores | undefined {
  const byTexts = new Map(
    given.flatMap(({ texts, scores }) => texts ? [[JSON.stringify(texts), scores]] : []),
  );
  const byId = new Map(given.flatMap(({ id, scores }) => id === undefined ? [] : [[id, scores]]));
  if (byTexts.size + byId.size > 0) {
    return ({ id, prompt, chosen, rejected }) =>
      byId.get(`${id}`) ?? byTexts.get(JSON.stringify([prompt, chosen, rejected]));
  }
  if (given.length !== rows.length) {
    throw new RangeError(
      `Cannot join ${place} with the rows by their order, as it names none: it has ${given.length} scores, and there are ${rows.length} rows`,
    );
  }
  const other = rows.findIndex((row, i) =>
    given[i]!.prompt !== undefined && given[i]!.prompt !== row.prompt
  );
  if (other >= 0) {
    throw new RangeError(
      `Cannot join ${place} with the rows by their order: prompt ${other + 1} is another one`,
    );
  }
  return (_, i) => given[i]!.scores;
}

/** Scores that are all there, or a failure. */
function whole(scores: Scores): Pick<Scored, "scores"> | Pick<Scored, "failure"> {
  const found = scores.flatMap((one) => one ?? []);
  return found.length === scores.length
    ? { scores: found }
    : { failure: { failure: "malformed", reason: "A score is missing or no number" } };
}

/** Rows that a file of scores describes by itself, as RewardBench's own do; undefined where it does not. */
export function scoredAlone(given: readonly GivenScores[]): Scored[] | undefined {
  if (given.some(({ id, subset }) => id === undefined || subset === undefined)) return undefined;
  return given.map(({ id, prompt, subset, correct = 1, scores }) => ({
    id: id!,
    prompt: fingerprint(prompt ?? id!),
    subset: known(subset!),
    correct,
    // Nothing is known of the texts.
    lengths: scores.map(() => 0),
    tie: 0,
    ...whole(scores),
  }));
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
