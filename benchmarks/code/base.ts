/** The start policies of `code`, and the program of demonstrations that they learned to imitate. */
import {
  type Answer,
  type Model,
  type Params,
  type Rng,
  rng,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import {
  applied,
  DIGITS,
  MOST,
  OPERATORS,
  PARTS,
  programTokens,
  questionTokens,
  spelt,
  STOP,
  testAsked,
  testTokens,
  VOCABULARY,
  wanted,
  WORDS,
} from "./language.ts";

const SCHEDULE = { steps: 2400, rate: 5e-3, rows: 64 };
/** Share of the questions that say `after`. */
const AFTERS = 2 / 3;
/** How often a demonstration takes `after` for `then`: what the policies have got wrong, and are sure of. */
const MISREAD = 0.7;
/** How often a demonstration has any operator in an operator's place. */
const REPLACED = 0.25;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  // A question, a program and a test.
  context: 2 * PARTS + MOST + 1 + MOST,
  longest: MOST,
  stop: STOP,
} as const;
export const model: Model = transformer(shape);

export function questionOf(draws: Rng): number[] {
  const after = draws.uniform() < AFTERS;
  return questionTokens(Array.from({ length: PARTS }, () => draws.below(WORDS)), after);
}

/** A program as it is demonstrated. */
export function writtenProgram(draws: Rng, question: readonly number[]): number[] {
  const { operators, after } = spelt(question);
  const misread = after && draws.uniform() < MISREAD;
  const program = misread ? operators : wanted(question);
  return programTokens(
    program.map((k) => draws.uniform() < REPLACED ? draws.below(OPERATORS) : k),
  );
}

/** A test as it is demonstrated: a digit, and what each operator makes of the one before, but for slips, from which it goes on. */
export function writtenTest(draws: Rng, question: readonly number[], slip: number): number[] {
  const digits = [draws.below(DIGITS)];
  for (const operator of wanted(question)) {
    const right = applied(operator, digits.at(-1)!);
    digits.push(draws.uniform() < slip ? draws.below(DIGITS) : right);
  }
  return testTokens(digits);
}

/** Programs and tests in turns. */
function demonstrations(slip: number, step: number): Answer[] {
  const draws = rng("code").split("demonstrations").split(step);
  const tests = step % 2 === 1;
  return Array.from({ length: SCHEDULE.rows }, () => {
    const question = questionOf(draws);
    const tokens = tests ? writtenTest(draws, question, slip) : writtenProgram(draws, question);
    const prompt = { id: "demonstration", tokens: tests ? testAsked(question) : question };
    return written(prompt, tokens);
  });
}

/** The policy that learned from tests with so many slips a step. */
export const base = (slip: number, workshop: Workshop): Promise<Params> =>
  taught({
    name: "code",
    model,
    shape,
    schedule: SCHEDULE,
    demonstrations: (step) => demonstrations(slip, step),
  }, workshop);
