/** The words of `sequences`, the attributes of an answer, and how a prompt says more than its question. */
import type { Answer, Telling } from "../../core/mod.ts";

/** Five kinds of words, three words each. */
export const KINDS = 5;
export const WORDS = 3;
const ALL = KINDS * WORDS;
/** Attributes of an answer: how much it has of each kind, and how long it is. */
export const ATTRIBUTES = KINDS + 1;
export const LENGTH = KINDS;
/** Most words of an answer; a stop token follows. */
export const MOST = 6;
export const GOALS = 8;
/** Steps between the two directions that want one objective alone. */
export const ANGLES = 8;

// Where each class of tokens begins; a word may be said, shown as liked, or shown as disliked.
export const STOP = 0;
const SAID = 1;
const LIKED = SAID + ALL;
const DISLIKED = LIKED + ALL;
const MORE = DISLIKED + ALL;
const LESS = MORE + ATTRIBUTES;
const GOAL = LESS + ATTRIBUTES;
const DIRECTION = GOAL + GOALS;
const ASK = DIRECTION + ANGLES + 1;
const WHY = ASK + 1;
const DRAFT = WHY + 1;
export const VOCABULARY = DRAFT + 1;

/** A word's kind, 0 to 4. */
export const kindOf = (word: number): number => Math.floor((word - SAID) / WORDS);
export const wordOf = (kind: number, which: number): number => SAID + kind * WORDS + which;

/** How many words of each kind an answer has, and how many in all. */
export function counts(tokens: readonly number[]): number[] {
  const found = Array<number>(ATTRIBUTES).fill(0);
  for (const token of tokens) {
    if (token < SAID || token >= SAID + ALL) continue;
    found[kindOf(token)]!++;
    found[LENGTH]!++;
  }
  return found;
}

/** The attributes' levels in [−1, 1]: three words of a kind are all that counts of it. */
export const levels = (tokens: readonly number[]): number[] =>
  thirds(tokens).map((third) => third / 3);

/** Levels weighed and summed; in whole thirds, so that equal answers are exactly equal. */
export const weighed = (weights: readonly number[], tokens: readonly number[]): number =>
  thirds(tokens).reduce((sum, third, k) => sum + weights[k]! * third, 0) / 3;

const thirds = (tokens: readonly number[]): number[] =>
  counts(tokens).map((n, k) => k === LENGTH ? Math.min(n, MOST) - 3 : 2 * Math.min(n, 3) - 3);

/** What a question wishes: more of a word's kind that it shows as liked, less where disliked. */
export function wishOf(question: readonly number[]): number[] {
  const weights = Array<number>(ATTRIBUTES).fill(0);
  for (const token of question) {
    if (token >= LIKED && token < DISLIKED) weights[kindOf(token - LIKED + SAID)]! += 1;
    if (token >= DISLIKED && token < MORE) weights[kindOf(token - DISLIKED + SAID)]! -= 1;
  }
  return weights;
}
export const likedWord = (word: number): number => word - SAID + LIKED;
export const dislikedWord = (word: number): number => word - SAID + DISLIKED;

/** One attribute, wanted (1) or unwanted (−1). */
export const criterionToken = (attribute: number, sign: number): number =>
  (sign > 0 ? MORE : LESS) + attribute;

const words = (y: Answer): readonly number[] => y.tokens.filter((token) => token !== STOP);
const judged = (chosen: Answer, rejected: Answer): number[] => [
  ...words(chosen).map(likedWord),
  ...words(rejected).map(dislikedWord),
];

/** What may be said beside a question: here nobody writes tests. */
export type Heard = Exclude<Telling, { readonly test: true }>;
/** The tokens that say something beside a question; they stand before it. */
export function tellingTokens(telling: Heard): number[] {
  if ("criterion" in telling) {
    return [criterionToken(telling.criterion.attribute, telling.criterion.sign)];
  }
  if ("shots" in telling) {
    return telling.shots.flatMap(({ chosen, rejected }) => judged(chosen, rejected));
  }
  if ("goal" in telling) {
    return [GOAL + Math.min(GOALS - 1, Math.max(0, Math.floor(telling.goal * GOALS)))];
  }
  if ("weights" in telling) {
    const [first, second] = telling.weights;
    return [DIRECTION + Math.round(Math.atan2(second, first) / (Math.PI / 2) * ANGLES)];
  }
  return [DRAFT, ...words(telling.draft)];
}

/** A question, and what is to be done: answer it, or say why one answer is better. */
export const askTokens = (question: readonly number[]): number[] => [...question, ASK];
export const whyAsked = (question: readonly number[], chosen: Answer, rejected: Answer) => [
  ...question,
  ...judged(chosen, rejected),
  WHY,
];

const letters = "abcdef";
/** A token as a reader sees it: word a1 to e3, +a1 liked, −a1 disliked, and what is told in brackets. */
export function showToken(token: number): string {
  const word = (i: number) => `${letters[Math.floor(i / WORDS)]}${i % WORDS + 1}`;
  const attribute = (k: number) => k === LENGTH ? "length" : letters[k]!;
  const classes: readonly (readonly [number, (i: number) => string])[] = [
    [DRAFT, () => "[draft]"],
    [WHY, () => "[why]"],
    [ASK, () => "?"],
    [DIRECTION, (i) => `[${Math.round(90 * i / ANGLES)}°]`],
    [GOAL, (i) => `[goal ${i + 1} of ${GOALS}]`],
    [LESS, (k) => `[less ${attribute(k)}]`],
    [MORE, (k) => `[more ${attribute(k)}]`],
    [DISLIKED, (i) => `−${word(i)}`],
    [LIKED, (i) => `+${word(i)}`],
    [SAID, word],
    [STOP, () => "."],
  ];
  const [from, name] = classes.find(([from]) => token >= from)!;
  return name(token - from);
}
