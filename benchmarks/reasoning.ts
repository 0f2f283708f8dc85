import {
  type Answer,
  type Benchmark,
  type Prompt,
  rng,
  spansOf,
  stepNames,
  type Testbed,
  whole,
  type Workshop,
} from "../core/mod.ts";
import {
  gain,
  gainBy,
  passAt4,
  solved,
  stepAccuracy,
  stepAccuracyBy,
} from "../evaluators/verified.ts";
import { checked, commonMeasures, questionsOf } from "./checked.ts";
import { EQUALS, REVISE, showToken } from "./reasoning/arithmetic.ts";
import { chain } from "./reasoning/chain.ts";
import { check } from "./reasoning/check.ts";
import type { Posed, Problem } from "./reasoning/problem.ts";
import { toolProblem } from "./reasoning/tool.ts";
import { wordByWord } from "./taught.ts";
import { verifiedOffers, type Verifier } from "./verified.ts";

const tool = toolProblem(0);
const offers = verifiedOffers;

/**
 * A tiny transformer works problems out in steps, and a program says whether it ends right. It
 * learned from demonstrations that err in two ways: slips, at random, and misconceptions, which are
 * two of every seven facts, taught wrong four times in five. So neither taking
 * the likeliest answer nor imitating what came out right is enough.
 *
 * Answers that labels compare are demonstrations as well, so nothing is sampled to open this. Nor
 * does it depend on the seed but for labels.
 */
const reasoning: Benchmark<Problem> = {
  id: "reasoning",
  summary:
    "A tiny transformer works out sums and products modulo 7 step by step, taught by whoever " +
    "slips and holds misconceptions; a program says whether the result is right.",
  family: "steps",
  settings: {
    chain: {
      summary: "Four operations in a row; the value after each is said.",
      offers,
      with: chain,
    },
    scarce: {
      summary: "As chain, but with a tenth of the labels.",
      offers,
      budget: { queries: 2000 },
      with: chain,
    },
    check: {
      summary: "A number is guessed, and may be checked and mended where the guess is a draft.",
      offers,
      with: check,
    },
    tool: {
      summary: "Three operations in a row, each worked out by a tool that is called.",
      offers,
      budget: { queries: 12_000 },
      with: tool,
    },
    noisy: {
      summary: "As tool, but one of the tool's replies in ten is wrong.",
      offers,
      budget: { queries: 12_000 },
      with: toolProblem(0.1),
    },
  },
  measures: [solved, ...commonMeasures, passAt4, stepAccuracy, gain],
  headline: "solved",
  budget: { flops: 1e11, queries: 20_000 },
  stages: [[
    {
      title: "Policy of reasoning in steps",
      settings: ["chain", "scarce"],
      make: chain.start,
    },
    { title: "Policy of reasoning that checks", settings: ["check"], make: check.start },
    {
      title: "Policy of reasoning with a tool",
      settings: ["tool", "noisy"],
      make: tool.start,
    },
  ]],
  open: async (problem, _rng, workshop) => await testbed(problem, workshop),
};
export default reasoning;

async function testbed(problem: Problem, workshop: Workshop): Promise<Testbed> {
  const { model, longest, drafts } = problem;
  const start = await problem.start(workshop);
  const draws = rng("reasoning").split("tasks");
  const questions = questionsOf("reasoning", problem.question, draws);
  const asked = readBy([...questions.train, ...questions.test]);
  const verifier: Verifier = {
    right: (y) => problem.right(asked(y.prompt).question, whole(y)) ? 1 : 0,
    steps(y) {
      const { right, of } = problem.steps(asked(y.prompt), whole(y));
      return right / of;
    },
  };
  const draftOf = (prompt: Prompt): Answer | undefined => {
    const { question, draft } = asked(prompt);
    return draft &&
      { prompt: { id: prompt.id, tokens: question }, tokens: draft, length: draft.length };
  };
  return {
    ...checked({
      name: "reasoning",
      questions,
      verifier,
      demonstrated: (prompt, from) =>
        problem.demonstrated(from, { prompt, question: prompt.tokens }),
      draws,
    }),
    model,
    start,
    evaluators: [
      solved,
      ...commonMeasures,
      passAt4,
      stepAccuracyBy(verifier.steps),
      gainBy(draftOf),
    ],
    longest,
    ...drafts ? { told: toldBy(asked) } : {},
    prices: { demonstrations: problem.price },
    demonstrate: async (prompt) => await problem.taught(asked(prompt)),
    show: (prompt) => problem.shown(asked(prompt).question),
    showSteps: (y) => wordByWord(stepNames(y)!, showToken),
    ...model.world ? { said: saidAfter } : {},
    tells(prompt) {
      const { draft } = asked(prompt);
      return draft ? [`draft: ${draft.map(showToken).join(" ")}`] : [];
    },
  };
}

/** The question with a draft behind it. */
const toldBy =
  (asked: (prompt: Prompt) => Posed): NonNullable<Testbed["told"]> => (prompt, telling) =>
    "draft" in telling && telling.draft
      ? { id: prompt.id, tokens: [...asked(prompt).question, ...telling.draft.tokens, REVISE] }
      : undefined;

/** What the tool said after each token of the policy's own; "" where it said nothing. */
const saidAfter = (y: Answer): string[] =>
  spansOf(y).flatMap(([from, to], i, all) => {
    const [next] = all[i + 1] ?? [y.tokens.length];
    const words = y.tokens.slice(to, next).map((token) => ` ${showToken(token)}`).join("");
    return [...Array<string>(Math.max(0, to - from - 1)).fill(""), words];
  });

/** Takes prompts apart by the question that their id names: what stands behind it is a draft. */
function readBy(prompts: readonly Prompt[]): (prompt: Prompt) => Posed {
  const byId = new Map(prompts.map((prompt) => [prompt.id, prompt.tokens]));
  return (prompt) => {
    const question = byId.get(prompt.id);
    if (!question) {
      throw new RangeError(
        `Cannot read prompt "${prompt.id}": reasoning has no such question`,
      );
    }
    const { tokens } = prompt.begun?.prompt ?? prompt;
    if (tokens.at(-1) === EQUALS) return { prompt, question };
    return { prompt, question, draft: tokens.slice(question.length, -1) };
  };
}
