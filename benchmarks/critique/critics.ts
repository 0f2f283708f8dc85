/** Who marks texts on `critique`, and who mends them by the marks. */
import { type Answer, type Prompt, type Rng, rng, written } from "../../core/mod.ts";
import { type Flaw, FLAWED, FLAWS, flawsOf, sameDigits, SOUND } from "./language.ts";

interface Critic {
  /** How often it flags a place with such a flaw; of one with two the larger. */
  readonly sees: { readonly [flaw in Flaw]: number };
  /** How often it flags a place that is sound. */
  readonly errs: number;
  /** How often a digit that is the same as the one before, which is sound as well. */
  readonly misled: number;
}
/** Whom the start policy learned from: not sure of much, and mistaken about digits. */
export const apprentice: Critic = {
  sees: { forbidden: 0.6, repeated: 0.4, falling: 0.3 },
  errs: 0.3,
  misled: 0.7,
};

const [SEES, ERRS] = [0.7, 0.2];
/** One for each kind of flaw, to which it is blind: there it does as where all is sound. */
export const critics: readonly Critic[] = FLAWS.map((blind) => {
  const sees = { forbidden: SEES, repeated: SEES, falling: SEES, [blind]: ERRS };
  return { sees, errs: ERRS, misled: ERRS };
});

/** A critique: a mark for each place. */
export function criticised(prompt: Prompt, { sees, errs, misled }: Critic, draws: Rng): Answer {
  const again = sameDigits(prompt);
  const tokens = flawsOf(prompt).map((flaws, i) => {
    const chance = flaws.length > 0
      ? Math.max(...flaws.map((flaw) => sees[flaw]))
      : again[i]
      ? misled
      : errs;
    return draws.uniform() < chance ? FLAWED : SOUND;
  });
  return written(prompt, tokens);
}

const REVISERS = 3;
/** How often a reviser mends a flagged flaw, and spoils a flagged place that was sound. */
const [MENDS, SPOILS] = [0.9, 0.3];

/**
 * What a text has gained, on average, after each of three revisers has done what a critique says: flaws
 * mended less places spoiled. Chance is the critique's own, as they are a program.
 */
export function mended({ prompt, tokens }: Answer): number {
  const draws = rng("critique revisers").split(prompt.id).split(`${tokens}`);
  let gained = 0;
  flawsOf(prompt).forEach((flaws, i) => {
    if (tokens[i] !== FLAWED) return;
    for (let k = 0; k < REVISERS; k++) {
      const does = draws.uniform() < (flaws.length > 0 ? MENDS : SPOILS);
      gained += does ? flaws.length > 0 ? 1 : -1 : 0;
    }
  });
  return gained / REVISERS;
}
/** Labels that a check costs: one a reviser. */
export const PRICE = REVISERS;
