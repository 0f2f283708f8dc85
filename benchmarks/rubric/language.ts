/** Items of `rubric`, four sums modulo 7 each, and judgements of them, as tokens. */
import { digit, modulo, MODULUS, valueOf } from "../reasoning/arithmetic.ts";

/** Sums of an item. */
export const SUMS = 4;
/** Tokens of a judgement: for each sum what it should be, a mark and a comma; then the grade and the end. */
export const JUDGEMENT = 3 * SUMS + 2;

// The end is 0, and digits follow.
export const STOP = 0;
const JUDGE = 1 + MODULUS;
const RIGHT = JUDGE + 1;
const FLAWED = RIGHT + 1;
const COMMA = FLAWED + 1;
const GRADE = COMMA + 1;
export const VOCABULARY = GRADE + SUMS + 1;

/** a + b = c, as it is claimed. */
export interface Sum {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}
export const itemTokens = (sums: readonly Sum[]): number[] => [
  ...sums.flatMap(({ a, b, c }) => [digit(a), digit(b), digit(c)]),
  JUDGE,
];
export const sumsOf = (item: readonly number[]): Sum[] =>
  Array.from({ length: SUMS }, (_, i) => {
    const [a, b, c] = item.slice(3 * i, 3 * i + 3).map((token) => valueOf(token)!);
    return { a: a!, b: b!, c: c! };
  });
/** What each sum should be. */
export const truths = (item: readonly number[]): number[] =>
  sumsOf(item).map(({ a, b }) => modulo(a + b));

/** A judgement by what each sum is said to be, and which grade is given. */
export const judgementTokens = (
  item: readonly number[],
  said: readonly number[],
  grade = count(item, said),
): number[] => [
  ...sumsOf(item).flatMap(({ c }, i) => [digit(said[i]!), said[i] === c ? RIGHT : FLAWED, COMMA]),
  GRADE + grade,
  STOP,
];
/** How many sums are as they are said to be. */
const count = (item: readonly number[], said: readonly number[]): number =>
  sumsOf(item).filter(({ c }, i) => said[i] === c).length;

/** The grade that an item deserves: how many of its sums are right. */
export const gradeOf = (item: readonly number[]): number => count(item, truths(item));
/** The grade that a judgement gives; undefined where it is none from beginning to end. */
export function gradeIn(judgement: readonly number[]): number | undefined {
  const grade = judgement[JUDGEMENT - 2]! - GRADE;
  const whole = judgement.length === JUDGEMENT && judgement.at(-1) === STOP;
  return whole && grade >= 0 && grade <= SUMS ? grade : undefined;
}
/** Of each sum, whether it is marked as it deserves. */
export const marksRight = (item: readonly number[], judgement: readonly number[]): boolean[] =>
  truths(item).map((truth, i) =>
    judgement[3 * i + 1] === (truth === sumsOf(item)[i]!.c ? RIGHT : FLAWED)
  );

/** A token as a reader sees it; grades are out of four. */
export function showToken(token: number): string {
  if (token >= GRADE) return `${token - GRADE}/${SUMS}`;
  return { [STOP]: ".", [JUDGE]: "judge:", [RIGHT]: "✓", [FLAWED]: "✗", [COMMA]: "," }[token] ??
    `${valueOf(token)}`;
}
