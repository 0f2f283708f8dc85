/**
 * What is added to three numbers to make a fourth: `b + c + d − t =`. The first answer is a guess;
 * after it as a draft the guess can be checked step by step, and mended by what is missing.
 */
import { type Answer, type Rng, rng } from "../../core/mod.ts";
import { inSteps } from "../../models/steps.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import {
  digit,
  EQUALS,
  modulo,
  MODULUS,
  PAUSE,
  PLUS,
  REVISE,
  STOP,
  TIMES,
  valueOf,
  VOCABULARY,
  worked,
} from "./arithmetic.ts";
import type { Problem } from "./problem.ts";

const SLIP = 0.08;
/** How often a draft is checked where answers are demonstrated; else it is given again. */
const CHECKED = 0.35;
const CHECKS = 5;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 48,
  longest: 2 * CHECKS + 2,
  stop: STOP,
  pauses: [PAUSE],
} as const;
const model = inSteps(transformer(shape), [PAUSE]);

/** The three numbers, and their sum with what is asked for; the mark before that one stands for minus. */
const numbersOf = (question: readonly number[]) =>
  [0, 2, 4, 6].map((i) => valueOf(question[i])!) as [number, number, number, number];

function rootOf(question: readonly number[]): number {
  const [b, c, d, t] = numbersOf(question);
  return modulo(t - b - c - d);
}

/** The guess plus each number, how far that is off the sum, and the guess less that: each from the value before as it was said. */
function checked(
  question: readonly number[],
  guess: number,
  say: (value: number) => number,
): number[] {
  const [b, c, d, t] = numbersOf(question);
  const found: number[] = [];
  let value = guess;
  for (const more of [b, c, d, -t]) found.push(value = say(modulo(value + more)));
  return [...found, say(modulo(guess - value))];
}

/** The number that an answer ends with. */
const endOf = (tokens: readonly number[]): number | undefined =>
  tokens.at(-1) === STOP ? valueOf(tokens.at(-2)) : undefined;

export const check: Problem = {
  model,
  longest: 2 * CHECKS + 2,
  drafts: true,
  price: Math.ceil(CHECKS * Math.log2(MODULUS)),
  start: (workshop) =>
    taught({
      name: "reasoning check",
      model,
      shape,
      schedule: { steps: 3000, rate: 5e-3, rows: ROWS },
      demonstrations,
    }, workshop),
  question(draws) {
    const number = () => digit(draws.below(MODULUS));
    return [number(), PLUS, number(), PLUS, number(), TIMES, number(), EQUALS];
  },
  shown(question) {
    const [b, c, d, t] = numbersOf(question);
    return `? + ${b} + ${c} + ${d} = ${t}`;
  },
  demonstrated(draws, asked) {
    const { question, draft } = asked;
    if (!draft) return worked(asked.prompt, [draws.below(MODULUS)]);
    const guess = endOf(draft) ?? draws.below(MODULUS);
    if (draws.uniform() >= CHECKED) return worked(asked.prompt, [guess]);
    const slipping = (value: number) => draws.uniform() < SLIP ? draws.below(MODULUS) : value;
    return worked(asked.prompt, checked(question, guess, slipping));
  },
  taught(asked) {
    const { question, draft } = asked;
    if (!draft) return worked(asked.prompt, [rootOf(question)]);
    return worked(asked.prompt, checked(question, endOf(draft) ?? 0, (value) => value));
  },
  right: (question, { tokens }) => endOf(tokens) === rootOf(question),
  steps({ question, draft }, y) {
    const { tokens } = y;
    const guess = draft && endOf(draft);
    if (tokens.length <= 2 || guess === undefined) {
      return { right: check.right(question, y) ? 1 : 0, of: 1 };
    }
    const [b, c, d, t] = numbersOf(question);
    let value = guess;
    const follows = [b, c, d, -t].map((more) => () => modulo(value + more));
    const all = [...follows, () => modulo(guess - value)];
    for (const [i, next] of all.entries()) {
      const found = valueOf(tokens[2 * i]);
      const mark = i + 1 < CHECKS ? PAUSE : STOP;
      if (found !== next() || tokens[2 * i + 1] !== mark) return { right: i, of: CHECKS };
      value = found;
    }
    return { right: CHECKS, of: CHECKS };
  },
};

const ROWS = 64;
/** Two batches in three follow a draft. */
function demonstrations(step: number): Answer[] {
  const draws: Rng = rng("reasoning").split("check").split("demonstrations").split(step);
  return Array.from({ length: ROWS }, () => {
    const question = check.question(draws);
    const prompt = { id: "demonstration", tokens: question };
    const guess = check.demonstrated(draws, { prompt, question });
    if (step % 3 === 0) return guess;
    const draft = guess.tokens;
    const tokens = [...question, ...draft, REVISE];
    return check.demonstrated(draws, { prompt: { ...prompt, tokens }, question, draft });
  });
}
