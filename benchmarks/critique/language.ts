/** The texts of `critique`, what may be wrong with them, and the marks of those who say so. */
import type { Answer, Prompt, Rng } from "../../core/mod.ts";

/** Words and digits in turns; a text has so many of both. */
export const LENGTH = 8;
const [KINDS, WORDS, DIGITS] = [4, 3, 10];
/** How often a place is made wrong, where it can be. */
const WRONG = 0.25;

// The tokens, in this order: marks, kinds that are forbidden, words by their kinds, digits, an end.
export const [SOUND, FLAWED] = [0, 1] as const;
const forbidden = (kind: number): number => 2 + kind;
const wordToken = (kind: number, word: number): number => 2 + KINDS + WORDS * kind + word;
const digitToken = (digit: number): number => 2 + KINDS + KINDS * WORDS + digit;
export const JUDGE = digitToken(DIGITS);
export const VOCABULARY = JUDGE + 1;

const kindNames = ["a", "b", "c", "d"];
export function showToken(token: number): string {
  if (token === SOUND) return ".";
  if (token === FLAWED) return "!";
  if (token === JUDGE) return "?";
  if (token >= digitToken(0)) return `${token - digitToken(0)}`;
  if (token < wordToken(0, 0)) return `no ${kindNames[token - forbidden(0)]}:`;
  const word = token - wordToken(0, 0);
  return `${kindNames[Math.floor(word / WORDS)]}${word % WORDS + 1}`;
}

/** What may be wrong at a place: a word of the forbidden kind, the word before once more, a digit below the one before. */
export const FLAWS = ["forbidden", "repeated", "falling"] as const;
export type Flaw = (typeof FLAWS)[number];

/** The flaws of each place of a question's text; a place may have two. */
export function flawsOf({ tokens }: Prompt): Flaw[][] {
  const [kind, text] = [tokens[0]! - forbidden(0), tokens.slice(1, 1 + LENGTH)];
  return text.map((token, i) => {
    const before = text[i - 2];
    if (i % 2 === 1) return before !== undefined && token < before ? ["falling"] : [];
    const found: Flaw[] = [];
    if (Math.floor((token - wordToken(0, 0)) / WORDS) === kind) found.push("forbidden");
    if (token === before) found.push("repeated");
    return found;
  });
}

/** Where a text has a digit that is the same as the one before: no flaw. */
export const sameDigits = ({ tokens }: Prompt): boolean[] =>
  tokens.slice(1, 1 + LENGTH).map((token, i, text) => i % 2 === 1 && token === text[i - 2]);

/** A kind that is forbidden, a text, and the call to judge it. */
export function questionOf(draws: Rng): number[] {
  const kind = draws.below(KINDS);
  const text: number[] = [];
  while (text.length < LENGTH) {
    const before = text.at(-2);
    const wrong = draws.uniform() < WRONG;
    text.push(
      text.length % 2 === 0 ? wordOf(kind, before, wrong, draws) : digitOf(before, wrong, draws),
    );
  }
  return [forbidden(kind), ...text, JUDGE];
}

function wordOf(kind: number, before: number | undefined, wrong: boolean, draws: Rng): number {
  if (wrong && before !== undefined && draws.uniform() < 0.5) return before;
  if (wrong) return wordToken(kind, draws.below(WORDS));
  const sound = (token: number) => token !== before;
  const others = Array.from({ length: KINDS }, (_, k) => k).filter((k) => k !== kind);
  const words = others.flatMap((k) => Array.from({ length: WORDS }, (_, w) => wordToken(k, w)));
  return draws.pick(words.filter(sound));
}

function digitOf(before: number | undefined, wrong: boolean, draws: Rng): number {
  if (before === undefined) return digitToken(draws.below(4));
  const last = before - digitToken(0);
  if (wrong && last > 0) return digitToken(draws.below(last));
  return digitToken(Math.min(DIGITS - 1, last + draws.below(3)));
}

/** How a critique's marks fare: flaws that it found, flags that stand at none, flaws that it missed. */
export interface Marked {
  readonly found: number;
  readonly wrong: number;
  readonly missed: number;
}
export function marked({ prompt, tokens }: Answer): Marked {
  let [found, wrong, missed] = [0, 0, 0];
  flawsOf(prompt).forEach((flaws, i) => {
    const flagged = tokens[i] === FLAWED;
    if (flaws.length === 0) wrong += flagged ? 1 : 0;
    else if (flagged) found++;
    else missed++;
  });
  return { found, wrong, missed };
}
