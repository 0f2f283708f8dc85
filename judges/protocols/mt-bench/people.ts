import { z } from "zod";
import { type JudgedAgreement, type JudgedEstimate, type Rng } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { RESAMPLES, share } from "../estimates.ts";
import { soft } from "./figures.ts";
import type { Match } from "./files.ts";
import { fromPairs } from "./recorded.ts";
import type { PairJudgment } from "./rows.ts";

/**
 * How far a judge of pairs agrees with people, and people with each other, as FastChat's
 * compute_agreement.py counts it: verdicts meet on one question, turn and pair of models.
 */

/** A row of FastChat's files of votes, people's and judges' alike; further fields are the user's own. */
export const vote = z.looseObject({
  question_id: z.union([z.int(), z.string().min(1)]),
  model_a: z.string().min(1),
  model_b: z.string().min(1),
  winner: z.string().regex(/^model_[ab]$|^tie/, "model_a, model_b or a tie"),
  judge: z.union([z.string().min(1), z.array(z.string()).min(1)]),
  turn: z.int().min(1),
}).refine(({ model_a, model_b }) => model_a !== model_b, {
  path: ["model_b"],
  message: "another model than model_a",
});
/** A row of votes. */
export type MtVote = z.infer<typeof vote>;

/** What one rater said of one pair; models stand in the order of their names. */
export interface PairVerdict {
  readonly question: string;
  readonly turn: number;
  readonly models: readonly [string, string];
  /** Absent where a judge failed. */
  readonly verdict?: "first" | "second" | "tie";
  readonly by: string;
}

function verdictOf(
  { question, turn, by }: Pick<PairVerdict, "question" | "turn" | "by">,
  [one, other]: readonly [string, string],
  won: "one" | "other" | "tie" | undefined,
): PairVerdict {
  const turned = other < one;
  return {
    question,
    turn,
    by,
    models: turned ? [other, one] : [one, other],
    ...won === undefined
      ? {}
      : { verdict: won === "tie" ? won : (won === "one") !== turned ? "first" : "second" },
  };
}

const by = ({ judge }: MtVote) => [judge].flat().join(" ");

/** Votes as verdicts: whatever begins with "tie" is one. */
export function votesOf(rows: readonly MtVote[]): PairVerdict[] {
  return rows.map((row) =>
    verdictOf(
      { question: `${row.question_id}`, turn: row.turn, by: by(row) },
      [row.model_a, row.model_b],
      row.winner === "model_a" ? "one" : row.winner === "model_b" ? "other" : "tie",
    )
  );
}

/** The authors of a benchmark are no sample of people: FastChat tells theirs by the name, and leaves them out. */
export const isAuthor = ({ by }: PairVerdict): boolean => by.startsWith("author");

/**
 * One verdict of a pair: of two games a tie unless both name the same winner, and none where either
 * failed; the one game's where there is but one.
 */
export function ofMatches(
  matches: readonly Match[],
  against: string,
  by: string,
): PairVerdict[] {
  return matches.map((match) => {
    const { question, turn, model } = match;
    const score = soft(match);
    return verdictOf(
      { question, turn, by },
      [model, against],
      score === undefined ? undefined : score === 1 ? "one" : score === 0 ? "other" : "tie",
    );
  });
}

/** The same of somebody's judgements, whichever pairs of models they are of. */
export function ofJudgments(rows: readonly PairJudgment[]): PairVerdict[] {
  const groups = Map.groupBy(rows, ({ judge, model_2 }) => JSON.stringify([judge, model_2]));
  return [...groups.values()].flatMap((group) => {
    const { judge, model_2 } = group[0]!;
    return ofMatches(fromPairs(group, model_2, new Map()), model_2, judge.join(" "));
  });
}

type JudgedPair = Pick<PairVerdict, "question" | "turn" | "models">;
const cellOf = ({ question, turn, models }: JudgedPair) => JSON.stringify([question, turn, models]);

/** A RangeError where no vote is on anything that is judged. */
export function meet(
  judged: readonly JudgedPair[],
  votes: readonly PairVerdict[],
  files: string,
): void {
  const cells = new Set(judged.map(cellOf));
  if (votes.some((one) => cells.has(cellOf(one)))) return;
  const some = (places: readonly JudgedPair[]) => {
    const pairs = [...new Set(places.map(({ models }) => models.join(" and ")))];
    return `${pairs.slice(0, 3).join(", ")}${pairs.length > 3 ? " and more" : ""}`;
  };
  throw new RangeError(
    votes.length === 0
      ? `Cannot compare a judge with people: there are no votes in ${files}`
      : `Cannot join ${files} with what is judged: no vote is on one of its questions, turns and pairs of models; votes are on ${
        some(votes)
      }, ${judged.length === 0 ? "and there are no pairs judged" : `judged is ${some(judged)}`}`,
  );
}

interface Met {
  readonly prompt: string;
  readonly turn: number;
  readonly a: string;
  readonly b: string;
}

/**
 * The judge's single verdict beside each vote, and every two votes on one pair beside each other; in
 * all and, where there are several, by turn. `cast` holds the authors' votes as well, which are only
 * counted. A RangeError where a pair was judged twice or no vote meets a verdict.
 */
export function agreementWith(
  judged: readonly PairVerdict[],
  cast: readonly PairVerdict[],
  files: string,
  rng: Rng,
): JudgedAgreement {
  const known = new Map<string, PairVerdict>();
  for (const one of judged) {
    const cell = cellOf(one);
    if (known.has(cell)) {
      throw new RangeError(
        `Cannot compare a judge with people: question ${one.question}, turn ${one.turn}, ${
          one.models.join(" against ")
        } is judged twice, by ${known.get(cell)!.by} and ${one.by}`,
      );
    }
    known.set(cell, one);
  }
  const votes = cast.filter((one) => !isAuthor(one));
  meet(judged, votes, files);
  const place = ({ question, turn }: JudgedPair) => ({ prompt: question, turn });
  const joined = votes.filter((one) => known.has(cellOf(one)));
  const withJudge = joined.flatMap((one): Met[] => {
    const { verdict } = known.get(cellOf(one))!;
    return verdict ? [{ ...place(one), a: verdict, b: one.verdict! }] : [];
  });
  const amongPeople = [...Map.groupBy(votes, cellOf).values()].flatMap((cell) =>
    cell.flatMap((one, i) =>
      cell.slice(i + 1).map((other): Met => ({
        ...place(one),
        a: one.verdict!,
        b: other.verdict!,
      }))
    )
  );
  const voted = new Set(votes.map(cellOf));
  const turns = [...new Set(votes.map(({ turn }) => turn))].sort((a, b) => a - b);
  return {
    files,
    people: new Set(votes.map(({ by }) => by)).size,
    votes: votes.length,
    joined: joined.length,
    authors: cast.length - votes.length,
    judged: judged.length,
    failed: judged.filter(({ verdict }) => verdict === undefined).length,
    voted: judged.filter((one) => voted.has(cellOf(one))).length,
    rows: (["judge", "people"] as const).flatMap((who) => {
      const met = who === "judge" ? withJudge : amongPeople;
      return [undefined, ...turns.length > 1 ? turns : []].flatMap((turn) =>
        [true, false].map((ties) => {
          const some = met.filter((one) =>
            (turn === undefined || one.turn === turn) &&
            (ties || one.a !== "tie" && one.b !== "tie")
          );
          return {
            who,
            ...turn === undefined ? {} : { turn },
            ties,
            pairs: some.length,
            ...measured(some, ties, who === "people", rng.split(`${who} ${turn ?? 0} ${ties}`)),
          };
        })
      );
    }),
  };
}

/** Questions from which resamples of them are an interval. */
const FEWEST = 10;

function measured(
  pairs: readonly Met[],
  ties: boolean,
  alike: boolean,
  rng: Rng,
): Pick<JudgedAgreement["rows"][number], "estimates" | "absent"> {
  if (pairs.length === 0) {
    return { estimates: {}, absent: { observed: "No two verdicts are on one pair" } };
  }
  const categories = ["first", "second", ...ties ? ["tie"] : []];
  const n = new Set(pairs.map(({ prompt }) => prompt)).size;
  const of = (
    some: readonly Met[],
    rng: Rng,
  ): stats.Agreement & Partial<stats.AgreementIntervals> =>
    n < FEWEST ? stats.agreement(some, categories) : stats.agreementIntervals(
      some.map(({ prompt, a, b }) => ({ prompt, a, b })),
      { rng, repetitions: RESAMPLES, categories },
    );
  const found = of(pairs, rng);
  // Which of two people comes first says nothing: κ is of both orders, the others know no order.
  const either = alike
    ? of([...pairs, ...pairs.map(({ a, b, ...rest }) => ({ ...rest, a: b, b: a }))], rng)
    : found;
  const estimates: Record<string, JudgedEstimate> = {};
  const absent: Record<string, string> = {};
  for (const measure of ["observed", "kappa", "alpha", "ac1"] as const) {
    const { [measure]: value, intervals } = measure === "kappa" ? either : found;
    const interval = intervals?.[measure];
    if (value === undefined) absent[measure] = "All verdicts are the same";
    else if (measure === "observed" && n >= FEWEST && (value === 0 || value === 1)) {
      // Where all are alike resampling sees no spread, and Wilson's interval over questions does.
      estimates[measure] = share(value * n, n)!;
    } else {
      // Nor is an interval what has no width, or stands on few of the resamples.
      const sound = interval && interval.low < interval.high &&
        interval.resamples >= 0.9 * RESAMPLES;
      estimates[measure] = {
        value,
        ...sound ? { low: interval.low, high: interval.high } : {},
        n,
      };
    }
  }
  return { estimates, absent };
}
