import {
  type Answer,
  type Benchmark,
  rng,
  type Testbed,
  type Workshop,
  written,
} from "../core/mod.ts";
import { passAt4, solved } from "../evaluators/verified.ts";
import { checked, commonMeasures, questionsOf } from "./checked.ts";
import { base, model, questionOf, writtenProgram, writtenTest } from "./code/base.ts";
import {
  equivalent,
  joined,
  MOST,
  OPERATORS,
  PARTS,
  programOf,
  programTokens,
  ran,
  showToken,
  STOP,
  testAsked,
  testOf,
  wanted,
  wantsTest,
} from "./code/language.ts";
import { verifiedOffers } from "./verified.ts";

interface CodeSetting {
  /** How often a step of a test that the start policy learned from is any digit. */
  readonly slip: number;
}
const settings = {
  sound: { slip: 0.11 },
  doubtful: { slip: 0.2 },
} as const;

/**
 * A tiny transformer writes programs of operators on a digit. A question names three, by words that
 * stand for one each, and says whether they come in this order (`then`) or the last one first
 * (`after`), which the demonstrations that the policy imitates have wrong most of the time. It writes
 * tests as well, if told so: a digit, and what becomes of it step by step, in the right order. A
 * program is right if it does to all ten digits what was asked for.
 */
const code: Benchmark<CodeSetting> = {
  id: "code",
  summary: "A tiny transformer writes programs of three operators on a digit, and tests of them " +
    "where it is told to; a program is right if it does what was asked to all ten digits.",
  family: "code",
  settings: {
    sound: {
      summary: "A quarter of the tests that it writes are wrong.",
      offers: verifiedOffers,
      with: settings.sound,
    },
    doubtful: {
      summary: "Four in ten of the tests that it writes are wrong.",
      offers: verifiedOffers,
      with: settings.doubtful,
    },
  },
  measures: [solved, ...commonMeasures, passAt4],
  headline: "solved",
  budget: { flops: 1e11, queries: 8000 },
  stages: [
    Object.entries(settings).map(([name, { slip }]) => ({
      title: `Policy of code/${name}`,
      settings: [name],
      make: (workshop: Workshop) => base(slip, workshop),
    })),
  ],
  open: async (setting, _rng, workshop) => await testbed(setting, workshop),
};
export default code;

async function testbed({ slip }: CodeSetting, workshop: Workshop): Promise<Testbed> {
  const start = await base(slip, workshop);
  const draws = rng("code tasks");
  return {
    ...checked({
      name: "code",
      questions: questionsOf("code", questionOf, draws),
      verifier: { right, steps },
      demonstrated: (prompt, from) => written(prompt, writtenProgram(from, prompt.tokens)),
      draws,
    }),
    model,
    start,
    evaluators: [solved, ...commonMeasures, passAt4],
    longest: MOST,
    told: ({ id, tokens }, telling) =>
      "test" in telling ? { id, tokens: testAsked(tokens) } : undefined,
    prices: { demonstrations: Math.ceil(PARTS * Math.log2(OPERATORS)) },
    demonstrate: async (prompt, from) =>
      await written(
        prompt,
        wantsTest(prompt.tokens)
          ? writtenTest(from, prompt.tokens, 0)
          : programTokens(wanted(prompt.tokens)),
      ),
    tried(program, test) {
      const [code, expected] = [programOf(program.tokens), testOf(test.tokens)];
      return {
        both: written(program.prompt, joined(program.tokens, test.tokens)),
        passed: code !== undefined && expected !== undefined &&
          ran(code, expected.input) === expected.output,
      };
    },
    show: ({ tokens }) => tokens.map(showToken).join(" "),
    showSteps: ({ tokens }) =>
      tokens.map((token, t) =>
        t === 0 || token === STOP ? showToken(token) : ` ${showToken(token)}`
      ),
  };
}

/** Whether an answer is a program that does what was asked to every digit: 1 or 0. */
function right({ prompt, tokens }: Answer): number {
  const program = programOf(tokens);
  return program && equivalent(program, wanted(prompt.tokens)) ? 1 : 0;
}

/** The share of the operators that come before the first one which was not asked for there; all of a right program's. */
function steps(y: Answer): number {
  const program = programOf(y.tokens) ?? [];
  const first = wanted(y.prompt.tokens).findIndex((operator, i) => program[i] !== operator);
  return right(y) || first < 0 ? 1 : first / PARTS;
}
