import type { Answer, Example, Kind } from "../core/mod.ts";

/** A comparison of two answers that the start policy gave, as labelled. */
export interface Labelled {
  readonly winner: Answer;
  readonly loser: Answer;
}
export type Readings = {
  readonly [K in Kind]?: (labelled: Labelled, elsewhere: (y: Answer) => Answer) => Example<K>[];
};

/**
 * How a labelled comparison reads as each kind of feedback; `elsewhere` gives an answer to another
 * prompt, to be read after this one. `scored` is the one-sample estimate of how often an answer
 * beats the start policy: 1 for the winner and 0 for the loser.
 */
export const readings: Readings = {
  pairs: ({ winner, loser }) => [{ chosen: winner, rejected: loser, strength: 1 }],
  points: ({ winner, loser }, elsewhere) => [
    { answer: winner, unrelated: elsewhere(winner), good: 1 },
    { answer: loser, unrelated: elsewhere(loser), good: 0 },
  ],
  scored: ({ winner, loser }) => [{ answer: winner, score: 1 }, { answer: loser, score: 0 }],
  demonstrations: ({ winner }) => [{ answer: winner }],
};

/** The kinds of feedback that a labelled comparison can be read as. */
export const feedback = Object.keys(readings) as readonly Kind[];

/** The reader of one kind; RangeError where `name` offers no such feedback, or `n` is no count. */
export function readingOf<K extends Kind>(
  kind: K,
  n: number,
  name: string,
): NonNullable<Readings[K]> {
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot draw ${n} comparisons: it must be a whole number from 0`);
  }
  const read: Readings[K] = readings[kind];
  if (!read) {
    throw new RangeError(
      `Cannot draw ${kind} from ${name} as it offers only ${feedback.join(", ")}`,
    );
  }
  return read;
}
