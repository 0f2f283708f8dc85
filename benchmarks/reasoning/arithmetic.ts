/** Sums and products modulo 7 as tokens, and what whoever demonstrates them believes of them. */
import { type Answer, type Prompt, type Rng, rng, written } from "../../core/mod.ts";
import { stepsAt } from "../../models/steps.ts";

export const MODULUS = 7;
/** From 0 to 6. */
export const numbers: readonly number[] = Array.from({ length: MODULUS }, (_, value) => value);

/** Tokens: the end, the digits, two operators, and marks. */
export const STOP = 0;
export const PLUS = 8;
export const TIMES = 9;
export const EQUALS = 10;
/** Ends a step of working. */
export const PAUSE = 11;
/** Stands between a draft and its revision. */
export const REVISE = 12;
/** Asks the tool what comes before it. */
export const CALL = 13;
export const VOCABULARY = 14;

const marks = [".", ...Array.from({ length: MODULUS }, (_, d) => `${d}`), ..."+×=,", "⟲", "?"];
export const showToken = (token: number): string => marks[token] ?? `⟨${token}⟩`;

/** Tokens as they stand. */
export const asWritten = (tokens: readonly number[]): string => tokens.map(showToken).join(" ");

export const digit = (value: number): number => 1 + value;
/** The value of a digit's token; undefined of any other. */
export const valueOf = (token: number | undefined): number | undefined =>
  token !== undefined && token >= 1 && token <= MODULUS ? token - 1 : undefined;
export const modulo = (x: number): number => ((x % MODULUS) + MODULUS) % MODULUS;

/** a + b or a × b. */
export const applied = (operator: number, a: number, b: number): number =>
  modulo(operator === PLUS ? a + b : a * b);
const operatorOf = (draws: Rng): number => draws.uniform() < 0.5 ? PLUS : TIMES;

/** Of the seven facts that begin alike, so many are taught wrong; and how often such a one is then said. */
const MISCONCEIVED = 2;
export const BELIEVED = 0.8;

/**
 * What is believed of a fact in place of the truth, by `key`. As many with each operator and first
 * number, since values are not all alike common: so no draw of them makes the problems much harder
 * than another would.
 */
const misconceptions: ReadonlyMap<string, number> = (() => {
  const draws = rng("reasoning").split("misconceptions");
  const wrong = new Map<string, number>();
  for (const operator of [PLUS, TIMES]) {
    for (const a of numbers) {
      for (const b of draws.shuffle(numbers).slice(0, MISCONCEIVED)) {
        const off = 1 + draws.below(MODULUS - 1);
        wrong.set(key(operator, a, b), modulo(applied(operator, a, b) + off));
      }
    }
  }
  return wrong;
})();
function key(operator: number, a: number, b: number): string {
  return `${operator} ${a} ${b}`;
}

/**
 * A fact as whoever demonstrates says it: a misconception four times in five where there is one, else
 * the truth but for slips. Errors at random alone would be gone by taking the likeliest answer.
 */
export function believed(
  draws: Rng,
  operator: number,
  a: number,
  b: number,
  slip: number,
): number {
  const wrong = misconceptions.get(key(operator, a, b));
  if (wrong !== undefined && draws.uniform() < BELIEVED) return wrong;
  return draws.uniform() < slip ? draws.below(MODULUS) : applied(operator, a, b);
}

/** Values with a mark after each, the last of them the end: an answer in as many steps. */
export function worked(prompt: Prompt, values: readonly number[]): Answer {
  const tokens = values.flatMap((value, i) => [digit(value), i + 1 < values.length ? PAUSE : STOP]);
  return { ...written(prompt, tokens), spans: stepsAt({ tokens }, [PAUSE]) };
}

/** A number, and so many operations with another each. */
export function operationsOf(draws: Rng, n: number): number[] {
  const tokens = [digit(draws.below(MODULUS))];
  for (let i = 0; i < n; i++) tokens.push(operatorOf(draws), digit(draws.below(MODULUS)));
  return [...tokens, EQUALS];
}
