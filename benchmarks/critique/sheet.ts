/** A critique as a reader sees it: the text with its flags, beside what is wrong in truth. */
import type { Answer, Mark, Picture } from "../../core/mod.ts";
import { FLAWED, flawsOf, LENGTH, showToken, SOUND } from "./language.ts";

const TEXT_INK = 6;

/**
 * A place after the other: a circle where there is a flaw, a box where there is none; a plus is a flaw
 * that is flagged, a cross a flag where there is none.
 */
export function sheetOf({ prompt, tokens }: Answer): Picture {
  const marks = flawsOf(prompt).flatMap((flaws, i): Mark[] => {
    const [x, y] = [i + 0.5, 0.5];
    const flawed = flaws.length > 0;
    const truth: Mark = flawed
      ? { kind: "disc", at: [x, y, 0.35], ink: 1, faint: true }
      : { kind: "box", at: [x, y, 0.6, 0.6], ink: 0, faint: true };
    const flag: Mark = { kind: flawed ? "plus" : "cross", at: [x, y, 0.2], ink: TEXT_INK };
    return tokens[i] === FLAWED ? [truth, flag] : [truth];
  });
  return { view: [LENGTH, 1], marks };
}

/** What stands at each place, and an exclamation mark behind what is flagged. */
export const wordsOf = ({ prompt, tokens }: Answer): string[] =>
  tokens.map((token, i) => {
    const word = showToken(prompt.tokens[1 + i]!);
    const mark = token === FLAWED ? "!" : token === SOUND ? "" : ` ${showToken(token)}`;
    return `${i === 0 ? "" : " "}${word}${mark}`;
  });
