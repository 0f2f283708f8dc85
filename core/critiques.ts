import { type Answer, reworded, stepNames } from "./answer.ts";

/** Critiques: answers whose steps are marks, one for each place of a text. */

/** The name of a mark that finds nothing wrong; any other flags its place. */
export const UNFLAGGED = 0;

/** Critiques of one text as one: where `keeps` says so a flag that there is, and else none. */
export function combined(
  critiques: readonly Answer[],
  keeps: (votes: number, place: number) => boolean,
): Answer {
  const marks = critiques.map((y) => stepNames(y)!);
  const [first] = critiques;
  return reworded(
    first!,
    marks[0]!.map((_, place) => {
      const flags = marks.map((names) => names[place]!).filter((name) => name !== UNFLAGGED);
      return keeps(flags.length, place) ? flags[0]! : UNFLAGGED;
    }),
  );
}
