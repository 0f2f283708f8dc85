import { seeded } from "../field.ts";
import { type NoiseKind, type Scoring, winRate } from "../noise.ts";
import { scoreOf } from "./figures.ts";
import type { Grade, Match } from "./files.ts";

/** The verdicts that MT-Bench's headlines are means of, and how they differ when asked for again. */

export const noise: { readonly [measure: string]: NoiseKind } = {
  grade: {
    title: "Grades that differ when asked again",
    half: 0.1,
    order: "Answers are graded one by one",
    changed: (first, again) => first !== again,
  },
  "win-rate": winRate,
};

export const ofGrades = (grades: readonly Grade[]): Scoring[] =>
  grades.flatMap(({ question, model, seed, turn, grade }) =>
    grade === undefined ? [] : [{ question, model, ...seeded(seed), turn, value: grade }]
  );

/** 0, ½ or 1 in each game, on each turn. */
export const ofMatches = (matches: readonly Match[]): Scoring[] =>
  matches.filter(({ failure }) => !failure).flatMap(
    ({ question, model, opponent, seed, turn, games, pooled }) => {
      const played = (["model first", "baseline first"] as const).flatMap((game, i) => {
        const winner = games[i];
        return winner === undefined ? [] : [{ game, value: pooled?.[i] ?? scoreOf(winner) }];
      });
      return played.map(({ game, value }) => ({
        // Against each opponent it is another thing that was asked.
        question: opponent === undefined ? question : `${question} against ${opponent}`,
        model,
        ...seeded(seed),
        turn,
        ...played.length > 1 ? { game } : {},
        value,
      }));
    },
  );
