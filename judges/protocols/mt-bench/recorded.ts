import type { Failure } from "../../../core/mod.ts";
import { type Jury, together, verdictOf } from "../panel.ts";
import { latest, repetitionsNote } from "../unique.ts";
import { GRADES, PAIR, reread } from "../verdicts.ts";
import { scoreOf } from "./figures.ts";
import { categoryOf, type Grade, type Match } from "./files.ts";
import type { PairJudgment, SingleJudgment, Winner } from "./rows.ts";

/** Somebody's judgements, as MT-Bench's figures take them. */

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

/** Every pair from both sides, where no model is in all of them: each is against all that it met. */
export const roundRobin = (
  rows: readonly PairJudgment[],
  categories: ReadonlyMap<string, string>,
): Match[] =>
  rows.flatMap((row) =>
    [row.model_2, row.model_1].flatMap((opponent) =>
      fromPairs([row], opponent, categories).map((match) => ({ ...match, opponent }))
    )
  );

/** What a document says whom models met where that is no one baseline. */
export const EACH_OTHER = "each other";

/** The pairs that count, against whom, and what a user is told of the others. */
export interface Met {
  readonly baseline: string;
  readonly rows: readonly PairJudgment[];
  readonly notes: readonly string[];
}

/**
 * The rows against a baseline: the one that is named, else the one model that every row is against,
 * or of two the one that always comes second, as the original writes its baseline. Where there is
 * none all rows count, from both sides.
 */
export function metIn(rows: readonly PairJudgment[], named?: string): Met {
  if (rows.length === 0) return { baseline: "none", rows, notes: [] };
  if (named !== undefined) {
    const own = rows.filter(({ model_1, model_2 }) => model_1 === named || model_2 === named);
    if (own.length === 0) {
      throw new RangeError(`Cannot recompute pairs against ${named}: it is in none of them`);
    }
    const left = rows.length - own.length;
    return {
      ...{ baseline: named, rows: own },
      notes: left === 0 ? [] : [`${left} of ${rows.length} pairs are of other models: left out`],
    };
  }
  const everywhere = [...new Set(rows.flatMap(({ model_1, model_2 }) => [model_1, model_2]))]
    .filter((model) =>
      rows.every(({ model_1, model_2 }) => model_1 === model || model_2 === model)
    );
  const second = everywhere.filter((model) => rows.every(({ model_2 }) => model_2 === model));
  const [only, ...others] = everywhere.length > 1 ? second : everywhere;
  if (only !== undefined && others.length === 0) return { baseline: only, rows, notes: [] };
  return {
    ...{ baseline: EACH_OTHER, rows },
    notes: [
      "No one model is the baseline: each is against all that it met; --baseline chooses one",
    ],
  };
}

/** Judgements of either kind by the model that judged. */
export interface ByJudge<Row> {
  readonly judge: string;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

const keyOf = (row: SingleJudgment | PairJudgment): string =>
  JSON.stringify([
    `${row.question_id}`,
    row.turn,
    ..."model" in row ? [row.model] : [row.model_1, row.model_2].sort(),
  ]);
const valid = (row: SingleJudgment | PairJudgment): boolean =>
  "score" in row ? row.score !== -1 : row.g1_winner !== "error" && row.g2_winner !== "error";
const said = (row: SingleJudgment | PairJudgment): unknown =>
  "score" in row
    ? [row.score, row.judgment]
    : [row.model_1, row.g1_winner, row.g2_winner, row.g1_judgment, row.g2_judgment];

/**
 * One row a judge, question, turn and model or pair. A RangeError where a judge was asked about one of
 * them in two wordings, which are two judges.
 */
export function byJudge<Row extends SingleJudgment | PairJudgment>(
  all: readonly Row[],
): ByJudge<Row>[] {
  return [...Map.groupBy(all, ({ judge: [judge] }) => judge)].map(([judge, rows]) => {
    for (const some of Map.groupBy(rows, keyOf).values()) {
      const [one, other] = new Set(some.map(({ judge: [, wording] }) => wording));
      if (other === undefined) continue;
      const { question_id, turn } = some[0]!;
      throw new RangeError(
        `Cannot recompute MT-Bench: ${judge} judged question ${question_id}, turn ${turn} in two wordings, ${one} and ${other}: they are two judges, each for a call of its own`,
      );
    }
    const unique = latest(rows, keyOf, { valid, said });
    const { rows: kept, dropped } = withReplies(unique.rows);
    return {
      ...{ judge, rows: kept },
      notes: [
        ...repetitionsNote(unique, judge),
        ...dropped ? [`${judge}: no reply holds a verdict: the file's own count`] : [],
      ],
    };
  });
}

/** Rows without their replies, where no reply holds a verdict and the file does: they were not kept. */
function withReplies<Row extends SingleJudgment | PairJudgment>(
  rows: readonly Row[],
): { readonly rows: readonly Row[]; readonly dropped: boolean } {
  const replies = (row: Row) =>
    ("score" in row ? [row.judgment] : [row.g1_judgment, row.g2_judgment]).filter((text) => !!text);
  const read = (row: Row) =>
    replies(row).some((text) =>
      reread(text as string, "score" in row ? GRADES : PAIR) !== undefined
    );
  const dropped = rows.some((row) => replies(row).length > 0 && valid(row)) && !rows.some(read);
  return {
    dropped,
    rows: dropped
      ? rows.map((row) => ({ ...row, judgment: null, g1_judgment: null, g2_judgment: null }))
      : rows,
  };
}

/** How many grades are read otherwise than the file has them. */
export function otherwise(grades: readonly Grade[], judge: string): string[] {
  const other = grades.filter(({ grade, legacy }) => legacy !== -1 && grade !== legacy).length;
  return other === 0 ? [] : [
    `${judge}: ${other} of ${grades.length} grades are read otherwise than the file has them, or are in doubt`,
  ];
}

const absent: Failure = {
  failure: "not recorded",
  reason: "A judge of the jury has no verdict",
};

/** What several judges say together of answers that all of them graded. */
export function juryOfGrades(kind: Jury, judges: readonly (readonly Grade[])[]): Grade[] {
  const { all } = together(
    judges,
    ({ question, model, turn }) => JSON.stringify([question, model, turn]),
  );
  return all.map(([first, ...others]): Grade => {
    const rows = [first!, ...others];
    const { question, category, model, turn } = first!;
    const found = rows.flatMap(({ grade }) => grade ?? []);
    const grade = verdictOf(kind, found, "grade");
    return {
      ...{ question, model, turn },
      ...category === undefined ? {} : { category },
      ...found.length === rows.length ? { grade, legacy: grade } : { failure: absent },
    };
  });
}

/** The same of pairs that all of them compared. */
export function juryOfMatches(kind: Jury, judges: readonly (readonly Match[])[]): Match[] {
  const { all } = together(
    judges,
    ({ question, model, opponent, turn }) => JSON.stringify([question, model, opponent, turn]),
  );
  return all.map((rows): Match => {
    const { legacy: _, failure: __, ...head } = rows[0]!;
    const games = [0, 1].map((i) => rows.flatMap(({ games }) => games[i] ?? []));
    if (rows.some(({ failure }) => failure) || games.some((one) => one.length < rows.length)) {
      return { ...head, games: [undefined, undefined], failure: absent };
    }
    const [one, other] = games.map((winners) => verdictOf(kind, winners.map(scoreOf)));
    const winner = (p: number): Winner => p === 0.5 ? "tie" : p > 0.5 ? "model_1" : "model_2";
    return {
      ...head,
      games: [winner(one!), winner(other!)],
      ...kind === "mean" ? { pooled: [one!, other!] } : {},
    };
  });
}
