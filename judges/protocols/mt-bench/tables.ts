import { clusteredStandardError, mean } from "../../../stats/average.ts";
import { enough } from "../../../stats/enough.ts";
import { tQuantile } from "../../../stats/quantiles.ts";
import type { Interval } from "../../../stats/significance.ts";

/** A grade of one answer at one turn; without `grade` the judge failed. */
export interface TurnGrade {
  readonly question: string;
  readonly category: string;
  /** From 1. */
  readonly turn: number;
  /** From 1 to 10. */
  readonly grade?: number;
}

/** A mean over n rows; the standard error goes by clusters of questions. */
export interface ClusteredMean extends Partial<Interval> {
  readonly value: number;
  /** Absent, as the 95 % interval is, where the questions are too few to tell. */
  readonly stderr?: number;
  readonly n: number;
}

/** The mean grades of a model. */
export interface GradeTable {
  /** As FastChat's tables: over all rows of both turns. */
  readonly average: ClusteredMean;
  /** Every category at every turn counts the same, however many of its rows are valid. */
  readonly balanced: ClusteredMean;
  readonly turns: readonly (ClusteredMean & { readonly turn: number })[];
  readonly categories: readonly (ClusteredMean & { readonly category: string })[];
  readonly failed: number;
}

/** MT-Bench's table of single grades. A RangeError where no grade is valid. */
export function gradeTable(grades: readonly TurnGrade[]): GradeTable {
  const valid = grades.flatMap(({ grade, ...row }) =>
    grade === undefined ? [] : [{ ...row, grade }]
  );
  enough("a table of grades", valid, 1);
  const wrong = valid.find(({ grade }) => !(grade >= 1 && grade <= 10));
  if (wrong) {
    throw new RangeError(
      `Cannot average grade ${wrong.grade} of question ${wrong.question}: expected 1 to 10`,
    );
  }
  const over = (rows: typeof valid) =>
    clusteredMean(rows.map(({ grade, question }) => ({ value: grade, cluster: question })));
  const groups = <K>(key: (row: typeof valid[number]) => K) => [...Map.groupBy(valid, key)];
  return {
    average: over(valid),
    balanced: balanced(valid),
    turns: groups(({ turn }) => turn).sort(([a], [b]) => a - b)
      .map(([turn, rows]) => ({ turn, ...over(rows) })),
    categories: groups(({ category }) => category)
      .map(([category, rows]) => ({ category, ...over(rows) })),
    failed: grades.length - valid.length,
  };
}

/** The mean of values whose clusters stand or fall together, with Student's interval over clusters. */
export function clusteredMean(
  rows: readonly { readonly value: number; readonly cluster: string }[],
): ClusteredMean {
  const values = rows.map(({ value }) => value);
  const clusters = rows.map(({ cluster }) => cluster);
  const df = new Set(clusters).size - 1;
  const value = mean(values);
  if (df < 1) return { value, n: rows.length };
  return { ...around(value, clusteredStandardError(values, clusters), df), n: rows.length };
}

function around(value: number, stderr: number, df: number) {
  const half = tQuantile(0.975, df) * stderr;
  return { value, stderr, low: value - half, high: value + half };
}

/**
 * The mean of the cells' means. Questions are drawn within their category, so what differs between
 * categories is no error; a category of one question leaves the error unknown.
 */
function balanced(rows: readonly (TurnGrade & { readonly grade: number })[]): ClusteredMean {
  const cellOf = ({ category, turn }: TurnGrade) => JSON.stringify([category, turn]);
  const cells = Map.groupBy(rows, cellOf);
  const means = new Map([...cells].map(([cell, some]) => [cell, mean(some.map((r) => r.grade))]));
  const value = mean([...means.values()]);
  let [variance, df] = [0, 0];
  for (const some of Map.groupBy(rows, ({ category }) => category).values()) {
    const questions = [...Map.groupBy(some, ({ question }) => question).values()];
    if (questions.length < 2) return { value, n: rows.length };
    const influence = questions.map((graded) =>
      graded.reduce((sum, row) => {
        const cell = cellOf(row);
        return sum + (row.grade - means.get(cell)!) / cells.get(cell)!.length / cells.size;
      }, 0)
    );
    const { length } = questions;
    variance += length / (length - 1) * influence.reduce((sum, x) => sum + x * x, 0);
    df += length - 1;
  }
  return { ...around(value, Math.sqrt(variance), df), n: rows.length };
}

/** What one game said of the model against its opponent. */
export type GameOutcome = "win" | "tie" | "loss";
/** Both orders of one comparison; a game without an outcome failed. */
export interface Games {
  readonly question: string;
  readonly first?: GameOutcome;
  readonly second?: GameOutcome;
}

/** Games of a model against its baseline. */
export interface GameTable {
  /** Both games won; anything but twice the same is a tie, as FastChat has it. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Comparisons both of whose games are valid. */
  readonly n: number;
  readonly failed: number;
  readonly winRate: number;
  readonly lossRate: number;
  /** (wins + ties / 2) / n. */
  readonly adjusted: number;
  /** The mean of both games' scores of 1, ½ and 0: half a verdict is not thrown away. */
  readonly score: ClusteredMean;
  /** The share of comparisons whose games differ, and of those that differ by a whole win. */
  readonly inconsistent: number;
  readonly flipped: number;
}

const worth: { readonly [outcome in GameOutcome]: number } = { win: 1, tie: 0.5, loss: 0 };

/** MT-Bench's table of pairs. A RangeError where no comparison has two valid games. */
export function gameTable(games: readonly Games[]): GameTable {
  const valid = games.flatMap(({ question, first, second }) =>
    first && second ? [{ question, first, second }] : []
  );
  enough("a table of games", valid, 1);
  const n = valid.length;
  const twice = (outcome: GameOutcome) =>
    valid.filter(({ first, second }) => first === outcome && second === outcome).length;
  const [wins, losses] = [twice("win"), twice("loss")];
  const ties = n - wins - losses;
  return {
    wins,
    losses,
    ties,
    n,
    failed: games.length - n,
    winRate: wins / n,
    lossRate: losses / n,
    adjusted: (wins + ties / 2) / n,
    score: clusteredMean(valid.map(({ question, first, second }) => ({
      value: (worth[first] + worth[second]) / 2,
      cluster: question,
    }))),
    inconsistent: mean(valid.map(({ first, second }) => first === second ? 0 : 1)),
    flipped: mean(
      valid.map(({ first, second }) => Math.abs(worth[first] - worth[second]) === 1 ? 1 : 0),
    ),
  };
}
