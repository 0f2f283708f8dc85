import type { Rng } from "../../../core/mod.ts";
import * as stats from "../../../stats/mod.ts";
import { seeded } from "../field.ts";
import { scores } from "./battles.ts";
import type { Battle } from "./files.ts";

/** Ratings of all models together with the baseline at 0, plain and at equal style. */

export interface ArenaOptions {
  readonly baseline: string;
  /** Styles of the model's answer and the baseline's, where the answers are known. */
  readonly styles?: (
    model: string,
    seed: number | undefined,
    question: string,
  ) => readonly [stats.Style | undefined, stats.Style | undefined] | undefined;
  /** How ratings count ties; half by default. */
  readonly ties?: stats.Ties;
  /** Resamples of the ratings; 2,000 by default. */
  readonly repetitions?: number;
  /** Battles that the original's own rate counts, where these are a jury's: those of all its judges. */
  readonly legacy?: readonly Battle[];
}

/** Ratings of all models together with the baseline at 0. */
export interface Ratings {
  /** Or why there are none. */
  readonly plain: stats.BradleyTerryIntervals | { readonly absent: string };
  /** The same at equal style, or why there are none. */
  readonly styled: stats.BradleyTerryIntervals | { readonly absent: string };
}

/** A battle with what the model scored in one of its games. */
type Fought = Battle & ReturnType<typeof scores>[number];

/** Fewer questions say too little about four styles. */
const LEAST = 30;

const covariates = ["shown first", ...stats.styles] as const;

/** Ratings of battles whose games all have a label. */
export function ratings(whole: readonly Battle[], options: ArenaOptions, rng: Rng): Ratings {
  const fought = whole.flatMap((battle): Fought[] =>
    scores(battle).map((found) => ({ ...battle, ...found }))
  );
  const of = (unit: (battle: Fought) => unknown) => new Set(fought.map(unit)).size;
  const plain = fought.length === 0
    ? { absent: "No judgement is valid" }
    : of(({ question }) => question) < 2 && of(({ seed }) => seed) < 2
    ? { absent: "One question says nothing of how far ratings vary" }
    : fitted(fought, options, rng.split("ratings"));
  const styled = styleDifferences(fought, options.styles);
  return {
    plain,
    styled: "absent" in styled ? styled : fitted(fought, options, rng.split("style"), styled.rows),
  };
}

function fitted(
  battles: readonly Fought[],
  { baseline, ties = "half", repetitions = 2000 }: ArenaOptions,
  rng: Rng,
  styled?: readonly (readonly number[])[],
): stats.BradleyTerryIntervals {
  return stats.bradleyTerryIntervals(
    battles.map(({ question, model, seed, game, score }, i) => ({
      a: model,
      b: baseline,
      score,
      prompt: question,
      ...seeded(seed),
      covariates: [game === "model first" ? 1 : -1, ...styled ? styled[i]! : []],
    })),
    {
      anchor: baseline,
      ties,
      covariates: styled ? covariates : covariates.slice(0, 1),
      rng,
      repetitions,
    },
  );
}

/** How the styles of both answers differ in each battle, or why that cannot be controlled for. */
function styleDifferences(
  battles: readonly Fought[],
  styles: ArenaOptions["styles"],
): { readonly rows: number[][] } | { readonly absent: string } {
  if (!styles) return { absent: "The answers are unknown: give them for control of style" };
  const raw: number[][] = [];
  for (const { model, seed, question } of battles) {
    const [own, base] = styles(model, seed, question) ?? [];
    if (!own || !base) return { absent: `The answers to question ${question} are unknown` };
    raw.push(stats.styleDifference(own, base));
  }
  const questions = new Set(battles.map(({ question }) => question)).size;
  return questions < LEAST
    ? {
      absent: `not identifiable: ${questions} judged questions, and at least ${LEAST} are needed`,
    }
    : { rows: stats.scaled(raw) };
}
