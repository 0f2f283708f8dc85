import {
  type Answer,
  type Benchmark,
  type Comparison,
  nameOf,
  type Prompt,
  type Rng,
  rng,
  spansOf,
  stepNames,
  type Testbed,
  whole,
  type Workshop,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import {
  gain,
  gainBy,
  passAt4,
  solved,
  stepAccuracy,
  stepAccuracyBy,
} from "../evaluators/verified.ts";
import { EQUALS, REVISE, showToken } from "./reasoning/arithmetic.ts";
import { chain } from "./reasoning/chain.ts";
import { check } from "./reasoning/check.ts";
import type { Asked, Problem } from "./reasoning/problem.ts";
import { toolProblem } from "./reasoning/tool.ts";
import { dealt, readVerified, verifiedCosts, verifiedOffers, type Verifier } from "./verified.ts";

const TRAIN = 512;
const TEST = 96;
/** Most held-out comparisons a test prompt, and answers that are drawn to find them. */
const HELD = 2;
const TRIED = 12;

/** A right answer's gold reward is 1, so "solved" says it better. */
const common = evaluators.filter(({ id }) => id !== "reward");
const tool = toolProblem(0);
const offers = verifiedOffers;

/**
 * A tiny transformer works problems out in steps, and a program says whether it ends right. It
 * learned from demonstrations that err in two ways: slips, at random, and misconceptions, which are
 * a fixed three tenths of what is to be known, taught wrong four times in five. So neither taking
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
  measures: [solved, ...common, passAt4, stepAccuracy, gain],
  headline: "solved",
  budget: { flops: 1e11, queries: 20_000 },
  stages: [[
    { title: "Policy of reasoning in steps", make: chain.start },
    { title: "Policy of reasoning that checks", make: check.start },
    { title: "Policy of reasoning with a tool", make: tool.start },
  ]],
  open: async (problem, _rng, workshop) => await testbed(problem, workshop),
};
export default reasoning;

async function testbed(problem: Problem, workshop: Workshop): Promise<Testbed> {
  const { model, longest, drafts } = problem;
  const start = await problem.start(workshop);
  const draws = rng("reasoning").split("tasks");
  const prompts = promptsOf(problem, draws);
  const asked = readBy([...prompts.train, ...prompts.test]);
  const verifier: Verifier = {
    right(y) {
      const { question } = asked(y.prompt);
      return problem.right(question, whole(y)) ? 1 : 0;
    },
    steps(y) {
      const { right, of } = problem.steps(asked(y.prompt), whole(y));
      return right / of;
    },
  };
  const { right } = verifier;
  const label = (a: Answer, b: Answer, from: Rng): boolean =>
    right(a) === right(b) ? from.uniform() < 0.5 : right(a) === 1;
  const held = heldOut(problem, prompts.test, draws.split("held"), right);
  const reward = async (ys: readonly Answer[]) => await Float64Array.from(ys, right);

  return {
    model,
    start,
    optimiser: { rate: 3e-4, warmup: 10, batch: 32, clip: 1 },
    oracle: {
      id: "reasoning truth",
      prefer: async (a, b) => await (1 + right(a) - right(b)) / 2,
    },
    evaluators: [
      solved,
      ...common,
      passAt4,
      stepAccuracyBy(verifier.steps),
      gainBy((prompt) => {
        const { question, draft } = asked(prompt);
        return draft && answerTo({ id: prompt.id, tokens: question }, draft);
      }),
    ],
    longest,
    prompts: (split) => prompts[split],
    ...drafts ? { told: toldBy(asked) } : {},
    label: async (a, b, from) => await label(a, b, from),
    costs: verifiedCosts,
    examples: (kind, n, from) =>
      readVerified(
        kind,
        n,
        "reasoning",
        verifier,
        (askings) => demonstrations(problem, prompts.train, askings, from),
      ),
    check: async (ys) => await ys.map((y) => ({ solved: right(y) })),
    demonstrate: async (prompt) => await problem.taught(asked(prompt)),
    heldOut: () => held,
    reward,
    show: ({ tokens }) => tokens.map(showToken).join(" "),
    showSteps: (y) =>
      stepNames(y)!.map((token, i) => i === 0 ? showToken(token) : ` ${showToken(token)}`),
    ...model.world ? { said: saidAfter } : {},
    tells(prompt) {
      const { draft } = asked(prompt);
      return draft ? [`draft: ${draft.map(showToken).join(" ")}`] : [];
    },
    truth: { temperature: 0 },
  };
}

/** The question with a draft behind it. */
const toldBy =
  (asked: (prompt: Prompt) => Asked): NonNullable<Testbed["told"]> => (prompt, telling) =>
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

const answerTo = (prompt: Prompt, tokens: readonly number[]): Answer => (
  { prompt, tokens, length: tokens.length }
);

/** Train and test questions, the same for every seed; none is in both. */
function promptsOf({ question }: Problem, draws: Rng): { train: Prompt[]; test: Prompt[] } {
  const seen = new Set<string>();
  const make = (split: "train" | "test", n: number): Prompt[] => {
    const found: Prompt[] = [];
    for (let i = 0; found.length < n; i++) {
      const tokens = question(draws.split(split).split(i));
      if (seen.has(`${tokens}`)) continue;
      seen.add(`${tokens}`);
      found.push({ id: `reasoning/${split}/${found.length}`, tokens });
    }
    return found;
  };
  return { train: make("train", TRAIN), test: make("test", TEST) };
}

/** Takes prompts apart by the question that their id names: what stands behind it is a draft. */
function readBy(prompts: readonly Prompt[]): (prompt: Prompt) => Asked {
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

/** A right answer against a wrong one, as far as a few demonstrations of a question give some. */
function heldOut(
  problem: Problem,
  test: readonly Prompt[],
  draws: Rng,
  right: (y: Answer) => number,
): Comparison[] {
  return test.flatMap((prompt, i) => {
    const from = draws.split(i);
    const all = Array.from(
      { length: TRIED },
      () => problem.demonstrated(from, { prompt, question: prompt.tokens }),
    );
    const good = all.filter((y) => right(y));
    const bad = all.filter((y) => !right(y));
    return good.slice(0, HELD).flatMap((chosen, k): Comparison[] => {
      const rejected = bad[k];
      return rejected && nameOf(chosen) !== nameOf(rejected)
        ? [{ chosen, rejected, strength: 1 }]
        : [];
    });
  });
}

/** Demonstrated answers to train questions. */
function* demonstrations(
  problem: Problem,
  train: readonly Prompt[],
  n: number,
  from: Rng,
) {
  const answers = from.split("answers");
  const others = from.split("unrelated");
  const shuffled = (round: number) => from.split("order").split(round).shuffle(train);
  for (const [prompt, i] of dealt(train, n, shuffled)) {
    const draws = answers.split(i);
    const ask = (to: Prompt, chance: Rng) =>
      problem.demonstrated(chance, { prompt: to, question: to.tokens });
    yield {
      answer: () => ask(prompt, draws),
      elsewhere: () => ask(others.pick(train), others),
    };
  }
}
