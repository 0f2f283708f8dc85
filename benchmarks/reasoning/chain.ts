/** Four sums and products in a row: `a ∘ b ∘ c ∘ d ∘ e =`, answered by each value on the way. */
import { type Answer, type Rng, rng } from "../../core/mod.ts";
import { inSteps } from "../../models/steps.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import {
  applied,
  asWritten,
  believed,
  MODULUS,
  operationsOf,
  PAUSE,
  REVISE,
  STOP,
  valueOf,
  VOCABULARY,
  worked,
} from "./arithmetic.ts";
import type { Problem } from "./problem.ts";

const OPERATIONS = 4;
const SLIP = 0.15;
/** Prompt and answer advance in equal strides, so that an operand is always as far back: a model this small finds no other. */
const ANSWER = 2 * OPERATIONS;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 48,
  longest: ANSWER + 2,
  stop: STOP,
  pauses: [PAUSE],
} as const;
const model = inSteps(transformer(shape), [PAUSE]);

/** The value after each operation, each from the one before as `next` says it. */
function values(
  question: readonly number[],
  next: (operator: number, a: number, b: number) => number,
): number[] {
  const found: number[] = [];
  let value = valueOf(question[0])!;
  for (let i = 0; i < OPERATIONS; i++) {
    value = next(question[1 + 2 * i]!, value, valueOf(question[2 + 2 * i])!);
    found.push(value);
  }
  return found;
}

const whole = ({ tokens }: Answer): boolean => tokens.length === ANSWER && tokens.at(-1) === STOP;

export const chain: Problem = {
  model,
  longest: ANSWER + 2,
  drafts: true,
  price: Math.ceil(OPERATIONS * Math.log2(MODULUS)),
  start: (workshop) =>
    taught({
      name: "reasoning chain",
      model,
      shape,
      schedule: { steps: 2400, rate: 5e-3, rows: ROWS },
      demonstrations,
    }, workshop),
  question: (draws) => operationsOf(draws, OPERATIONS),
  shown: asWritten,
  // A draft says nothing that working it out again does not: it goes unheeded.
  demonstrated: (draws, asked) =>
    worked(asked.prompt, values(asked.question, (o, a, b) => believed(draws, o, a, b, SLIP))),
  taught: (asked) => worked(asked.prompt, values(asked.question, applied)),
  right: (question, y) => whole(y) && valueOf(y.tokens.at(-2)) === values(question, applied).at(-1),
  steps({ question }, { tokens }) {
    let before = valueOf(question[0])!;
    for (let i = 0; i < OPERATIONS; i++) {
      const value = valueOf(tokens[2 * i]);
      const true_ = applied(question[1 + 2 * i]!, before, valueOf(question[2 + 2 * i])!);
      const mark = i + 1 < OPERATIONS ? PAUSE : STOP;
      if (value !== true_ || tokens[2 * i + 1] !== mark) return { right: i, of: OPERATIONS };
      before = value;
    }
    return { right: OPERATIONS, of: OPERATIONS };
  },
};

const ROWS = 64;
/** Every second batch follows a draft. */
function demonstrations(step: number): Answer[] {
  const draws: Rng = rng("reasoning").split("chain").split("demonstrations").split(step);
  return Array.from({ length: ROWS }, () => {
    const question = chain.question(draws);
    const prompt = { id: "demonstration", tokens: question };
    const plain = { prompt, question };
    if (step % 2 === 0) return chain.demonstrated(draws, plain);
    const draft = chain.demonstrated(draws, plain).tokens;
    const tokens = [...question, ...draft, REVISE];
    return chain.demonstrated(draws, { prompt: { ...prompt, tokens }, question, draft });
  });
}
