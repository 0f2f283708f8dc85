/** The words and the operators of `code`, its programs and the tests of them. */

/** Operators on a digit, which is what the remainder by ten is. */
const operators: readonly { readonly name: string; readonly does: (x: number) => number }[] = [
  { name: "+1", does: (x) => x + 1 },
  { name: "×2", does: (x) => 2 * x },
  { name: "9−", does: (x) => 9 - x },
  { name: "²", does: (x) => x * x },
  { name: "+3", does: (x) => x + 3 },
  { name: "×3", does: (x) => 3 * x },
];
export const OPERATORS = operators.length;
/** Two words an operator. */
const words = "next step double twice mirror flip square power leap jump triple thrice".split(" ");
export const WORDS = words.length;
export const DIGITS = 10;
/** Words of a question, and operators of a program that is right. */
export const PARTS = 3;
/** Most tokens of an answer. */
export const MOST = 12;

// Where each class of tokens begins.
export const STOP = 0;
const DIGIT = 1;
const OPERATOR = DIGIT + DIGITS;
const WORD = OPERATOR + OPERATORS;
const THEN = WORD + WORDS;
const AFTER = THEN + 1;
const CODE = AFTER + 1;
const TEST = CODE + 1;
export const VOCABULARY = TEST + 1;

/** Operators by number. */
export type Operators = readonly number[];

/** A question: words from 0, to be done in this order or, with `after`, from the last to the first. */
export const questionTokens = (asked: readonly number[], after: boolean): number[] => [
  ...asked.flatMap((word, i) => i === 0 ? [WORD + word] : [after ? AFTER : THEN, WORD + word]),
  CODE,
];
/** The same question, where a test is wanted. */
export const testAsked = (question: readonly number[]): number[] => [
  ...question.slice(0, -1),
  TEST,
];
export const wantsTest = (question: readonly number[]): boolean => question.at(-1) === TEST;

/** What the words of a question say. */
export interface Spelt {
  /** The operators in the order of their words. */
  readonly operators: Operators;
  readonly after: boolean;
}
export const spelt = (question: readonly number[]): Spelt => ({
  operators: question.filter((token) => token >= WORD && token < THEN)
    .map((token) => Math.floor((token - WORD) / 2)),
  after: question.includes(AFTER),
});
/** The program that a question asks for. */
export function wanted(question: readonly number[]): Operators {
  const { operators, after } = spelt(question);
  return after ? operators.toReversed() : operators;
}

export const programTokens = (program: Operators): number[] => [
  ...program.map((k) => OPERATOR + k),
  STOP,
];
export const testTokens = (digits: readonly number[]): number[] => [
  ...digits.map((d) => DIGIT + d),
  STOP,
];

/** One operator, on a digit. */
export const applied = (operator: number, x: number): number => operators[operator]!.does(x) % 10;
/** What a program makes of a digit. There are no loops, so a program ends with its last operator. */
export const ran = (program: Operators, x: number): number =>
  program.reduce((value, operator) => applied(operator, value), x);

/** Whether two programs do the same to every digit. */
export const equivalent = (a: Operators, b: Operators): boolean =>
  Array.from({ length: DIGITS }, (_, x) => ran(a, x) === ran(b, x)).every(Boolean);

/** What an answer says of a program: all before a test, or before it stops. */
const code = (tokens: readonly number[]): readonly number[] => {
  const end = tokens.findIndex((token) => token === STOP || token === TEST);
  return end < 0 ? tokens : tokens.slice(0, end);
};
/** The program that an answer is: operators, at least one; undefined where it is anything else, or has no end. */
export function programOf(tokens: readonly number[]): Operators | undefined {
  const written = code(tokens);
  const ends = written.length < tokens.length;
  const all = written.every((token) => token >= OPERATOR && token < WORD);
  return ends && all && written.length > 0 ? written.map((token) => token - OPERATOR) : undefined;
}

/** What goes into a program and what should come out, the digits between them unread; undefined where an answer is no test. */
export function testOf(
  tokens: readonly number[],
): { readonly input: number; readonly output: number } | undefined {
  const digits = tokens.slice(0, -1);
  if (tokens.at(-1) !== STOP || digits.length < 2) return undefined;
  if (!digits.every((token) => token >= DIGIT && token < OPERATOR)) return undefined;
  return { input: digits[0]! - DIGIT, output: digits.at(-1)! - DIGIT };
}

/** A program and a test after it, as one answer. */
export const joined = (program: readonly number[], test: readonly number[]): number[] => [
  ...code(program),
  TEST,
  ...test,
];

/** A token as a reader sees it. */
export function showToken(token: number): string {
  const classes: readonly (readonly [number, (i: number) => string])[] = [
    [TEST, () => "test:"],
    [CODE, () => "code:"],
    [AFTER, () => "after"],
    [THEN, () => "then"],
    [WORD, (i) => words[i]!],
    [OPERATOR, (i) => operators[i]!.name],
    [DIGIT, String],
    [STOP, () => "."],
  ];
  const [from, name] = classes.find(([from]) => token >= from)!;
  return name(token - from);
}
