import type { NoiseKind, Scoring } from "../noise.ts";
import { accuracy } from "./figures.ts";
import type { Scored } from "./files.ts";
import { TIES } from "./scores.ts";

/** The verdicts that RewardBench's accuracy is the mean of, and how they differ when asked for again. */

export const noise: { readonly [measure: string]: NoiseKind } = {
  accuracy: {
    title: "Rows judged otherwise when asked again",
    half: 0.01,
    order: "A row's verdict is of all orders together",
    changed: (first, again) => first !== again,
  },
};

/** Whether each row's chosen answer won; rows of ties are counted in another way. */
export const scoringsOf = (rows: readonly Scored[], judge: string): Scoring[] =>
  rows.flatMap(({ id, subset, scores, correct, tie }) =>
    scores === undefined || subset === TIES
      ? []
      : [{ question: id, model: judge, value: accuracy({ scores, correct, tie }) }]
  );
