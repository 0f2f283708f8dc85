import assert from "node:assert/strict";
import {
  type Answer,
  type Draw,
  type Evaluator,
  type Measurement,
  onFrom,
  type Prompt,
  rng,
  type Subject,
  type Testbed,
  whole,
} from "../core/mod.ts";
import {
  applied,
  believed,
  CALL,
  digit,
  EQUALS,
  MODULUS,
  PAUSE,
  PLUS,
  REVISE,
  STOP,
  TIMES,
} from "../benchmarks/reasoning/arithmetic.ts";
import { chain } from "../benchmarks/reasoning/chain.ts";
import { check } from "../benchmarks/reasoning/check.ts";
import { toolProblem } from "../benchmarks/reasoning/tool.ts";
import reasoning from "../benchmarks/reasoning.ts";
import { cpu } from "../engine/mod.ts";
import { stepsAt } from "../models/steps.ts";
import { keeping } from "./fixtures/workshops.ts";

const workshop = keeping(cpu({ threads: 1 }));
const names = ["chain", "scarce", "check", "tool", "noisy"] as const;
const beds: { readonly [name in typeof names[number]]?: Testbed } = Object.fromEntries(
  await Promise.all(
    names.map(async (name) => [
      name,
      await reasoning.open(reasoning.settings[name]!.with, rng(1), workshop),
    ]),
  ),
);

const answer = (prompt: Prompt, tokens: readonly number[]): Answer => (
  { prompt, tokens, length: tokens.length }
);
/** Digits with a mark after each, the last of them the end. */
const worked = (...values: readonly number[]) =>
  values.flatMap((value, i) => [digit(value), i + 1 < values.length ? PAUSE : STOP]);

// 3 + 4 × 2 × 5 + 1, modulo 7: 0, 0, 0, 1.
const question = [
  digit(3),
  PLUS,
  digit(4),
  TIMES,
  digit(2),
  TIMES,
  digit(5),
  PLUS,
  digit(1),
  EQUALS,
];
const prompt = { id: "q", tokens: question };

Deno.test("a chain is right where it ends right, and its steps up to the first that does not follow", () => {
  const of = (...values: readonly number[]) => answer(prompt, worked(...values));
  const asked = { prompt, question };
  const all: readonly (readonly [Answer, boolean, number])[] = [
    [of(0, 0, 0, 1), true, 4],
    // 3 is wrong; 6, 2 and 3 follow from what came before.
    [of(3, 6, 2, 3), false, 0],
    [of(0, 0, 6, 0), false, 2],
    // Right at the end by luck.
    [of(0, 2, 6, 1), true, 1],
    [of(0, 0, 0), false, 2],
    [answer(prompt, [...worked(0, 0, 0, 1).slice(0, -1), PAUSE]), false, 3],
    [answer(prompt, [STOP]), false, 0],
  ];
  for (const [y, right, steps] of all) {
    assert.equal(chain.right(question, y), right, `${y.tokens}`);
    assert.deepEqual(chain.steps(asked, y), { right: steps, of: 4 }, `${y.tokens}`);
  }
  assert.deepEqual(chain.taught(asked).tokens, worked(0, 0, 0, 1));
});

Deno.test("two facts in seven are taught wrong, with each operator and first number, and those four times in five", () => {
  const draws = rng("facts");
  const shares = [PLUS, TIMES].flatMap((o) =>
    Array.from({ length: MODULUS ** 2 }, (_, i) => {
      const [a, b] = [Math.floor(i / MODULUS), i % MODULUS];
      const said = Array.from({ length: 400 }, () => believed(draws, o, a, b, 0.15));
      return said.filter((x) => x === applied(o, a, b)).length / said.length;
    })
  );
  const wrong = shares.filter((share) => share < 0.5);
  assert.equal(wrong.length, 2 * 2 * MODULUS);
  // 0.2 (0.85 + 0.15/7), and 0.85 + 0.15/7.
  for (const share of shares) {
    const expected = share < 0.5 ? 0.2 * (0.85 + 0.15 / 7) : 0.85 + 0.15 / 7;
    assert.ok(Math.abs(share - expected) < 0.08, `${share} is not ${expected}`);
  }
});

Deno.test("a guess is checked by adding it up, and mended by what is missing", () => {
  // 1 + 2 + 3 and what make 4? 5, as 11 is 4 modulo 7.
  const sum = [digit(1), PLUS, digit(2), PLUS, digit(3), TIMES, digit(4), EQUALS];
  const plain = { prompt: { id: "s", tokens: sum }, question: sum };
  const draft = worked(0);
  const after = { ...plain, prompt: { id: "s", tokens: [...sum, ...draft, REVISE] }, draft };
  assert.deepEqual(check.taught(plain).tokens, worked(5));
  // 0 + 1, + 2, + 3, less 4 are 1, 3, 6, 2: 2 too much.
  assert.deepEqual(check.taught(after).tokens, worked(1, 3, 6, 2, 5));
  assert.ok(check.right(sum, check.taught(after)));
  const steps = (...values: readonly number[]) =>
    check.steps(after, answer(after.prompt, worked(...values)));
  assert.deepEqual(steps(1, 3, 6, 2, 5), { right: 5, of: 5 });
  // The third is wrong; what follows from it follows.
  assert.deepEqual(steps(1, 3, 0, 3, 4), { right: 2, of: 5 });
  assert.deepEqual(steps(0), { right: 0, of: 1 });
  assert.deepEqual(steps(5), { right: 1, of: 1 });
});

Deno.test("the tool says what calls come to, to so many, and a slip ends the episode", () => {
  const { model } = toolProblem(0);
  const world = model.world!;
  const asked = {
    id: "t",
    tokens: [digit(3), PLUS, digit(4), TIMES, digit(2), PLUS, digit(6), EQUALS],
  };
  const called = (state: unknown, ...tokens: readonly number[]) => world.step(state, tokens);
  const first = called(world.begin(asked), digit(3), PLUS, digit(4), CALL);
  assert.deepEqual(world.observe(first), [digit(0)]);
  assert.equal(world.over(first), false);
  for (
    const bad of [[digit(3), PLUS, digit(4)], [digit(3), CALL], [STOP], [
      PLUS,
      PLUS,
      digit(1),
      CALL,
    ]]
  ) {
    const state = world.step(first, bad);
    assert.deepEqual([world.over(state), world.observe(state)], [true, []], `${bad}`);
  }
  let state = first;
  for (let i = 0; i < 3; i++) state = called(state, digit(3), TIMES, digit(4), CALL);
  assert.deepEqual([world.over(state), world.observe(state)], [false, [digit(5)]]);
  state = called(state, digit(3), TIMES, digit(4), CALL);
  assert.equal(world.over(state), true);
});

Deno.test("a tool with noise is wrong one time in ten, and says the same of the same episode", async () => {
  const noisy = toolProblem(0.1);
  const draws = rng("noisy");
  let [wrong, all] = [0, 0];
  for (let i = 0; i < 600; i++) {
    const tokens = noisy.question(draws);
    const y = noisy.taught({ prompt: { id: `${i}`, tokens }, question: tokens });
    for (const [from, to] of y.spans!.slice(0, -1)) {
      const [a, o, b] = y.tokens.slice(from, to);
      all++;
      if (y.tokens[to] !== digit(applied(o!, a! - 1, b! - 1))) wrong++;
    }
  }
  assert.ok(Math.abs(wrong / all - 0.1) < 0.03, `${wrong} of ${all}`);
  const bed = beds.noisy!;
  const [some] = bed.prompts("test");
  const policy = workshop.policy(bed.model, bed.start);
  const [once] = await policy.sample([some!], rng(3));
  const { spans } = once!;
  // Cut after each turn and gone on with: what the tool then says first it had said before.
  for (const [i, [, to]] of spans!.slice(0, -2).entries()) {
    const world = bed.model.world!;
    const cut = {
      ...once!,
      tokens: once!.tokens.slice(0, to + 1),
      spans: spans!.slice(0, i + 1),
      length: spans!.slice(0, i + 1).reduce((n, [a, b]) => n + b - a, 0),
    };
    const begun = onFrom(cut);
    const [on] = await policy.sample([begun], rng(4), { step: true });
    const [from, end] = spans![i + 1]!;
    const asBefore = {
      ...on!,
      tokens: once!.tokens.slice(from, end),
      spans: [[0, end - from] as const],
    };
    const state = whole({ ...asBefore, length: end - from });
    assert.equal(state.prompt.id, some!.id);
    const moves = state.spans!.map(([a, b]) => state.tokens.slice(a, b));
    const at = moves.reduce((s, move) => world.step(s, move), world.begin(some!));
    assert.deepEqual(world.observe(at), [once!.tokens[end]]);
  }
});

Deno.test("an answer's steps end with their pauses, and the last where it does", () => {
  assert.deepEqual(stepsAt({ tokens: [1, PAUSE, 2, 3, PAUSE, 4] }, [PAUSE]), [[0, 2], [2, 5], [
    5,
    6,
  ]]);
  assert.deepEqual(stepsAt({ tokens: [1, PAUSE] }, [PAUSE]), [[0, 2]]);
  assert.deepEqual(stepsAt({ tokens: [] }, [PAUSE]), []);
});

Deno.test("an answer that is gone on with is no longer than one that was written at once", async () => {
  const { model, prompts, longest } = beds.chain!;
  // Of random weights, which seldom end.
  const policy = workshop.policy(model, model.init(rng("loose")));
  const some = prompts("test").slice(0, 20);
  const begun = some.map((prompt) =>
    onFrom({
      prompt,
      tokens: worked(1, 2, 3, 4).slice(0, 6),
      length: 6,
      spans: [[0, 2], [2, 4], [4, 6]],
    })
  );
  const lengths = (await policy.sample(begun, rng(1))).map((y) => whole(y).tokens.length);
  assert.ok(lengths.every((n) => n <= longest) && lengths.includes(longest), `${lengths}`);
});

Deno.test("labels buy whole examples of checked demonstrations, and each reading says what is true", async () => {
  const bed = beds.chain!;
  const right = async (ys: readonly Answer[]) => (await bed.check!(ys)).map(({ solved }) => solved);
  const pairs = bed.examples("pairs", 2001, rng(1));
  // Demonstrations are right two to three times in ten: of a thousand pairs 320 to 420 tell them apart.
  assert.ok(pairs.length > 250 && pairs.length < 520, `${pairs.length}`);
  assert.ok((await right(pairs.map(({ chosen }) => chosen))).every((x) => x === 1));
  assert.ok((await right(pairs.map(({ rejected }) => rejected))).every((x) => x === 0));
  const points = bed.examples("points", 500, rng(1));
  assert.equal(points.length, 500);
  assert.deepEqual(await right(points.map(({ answer }) => answer)), points.map(({ good }) => good));
  assert.ok(points.every(({ answer, unrelated }) => answer.prompt === unrelated.prompt));
  const shown = bed.examples("demonstrations", 500, rng(1));
  assert.ok(shown.length > 100 && shown.length < 250);
  assert.ok((await right(shown.map(({ answer }) => answer))).every((x) => x === 1));
  const lists = bed.examples("lists", 403, rng(1));
  assert.ok(lists.length <= 100);
  for (const { answers, scores } of lists) {
    assert.deepEqual([answers.length, scores.length], [4, 4]);
    assert.ok(
      scores.every((score, i) => i === 0 || score <= scores[i - 1]!) && scores[0]! > scores[3]!,
    );
  }
  assert.deepEqual(bed.examples("pairs", 2001, rng(1)), pairs);
  assert.throws(() => bed.examples("triples", 10, rng(1)), /offers only pairs/);
});

Deno.test("test questions are none of the train questions, and held-out pairs are right against wrong", async () => {
  for (const [name, bed] of Object.entries(beds)) {
    const train = new Set(bed!.prompts("train").map(({ tokens }) => `${tokens}`));
    assert.ok(bed!.prompts("test").every(({ tokens }) => !train.has(`${tokens}`)), name);
    const held = bed!.heldOut();
    assert.ok(held.length > 90, `${name}: ${held.length}`);
    const solved = async (ys: readonly Answer[]) => await bed!.reward!(ys);
    assert.ok((await solved(held.map(({ chosen }) => chosen))).every((x) => x === 1), name);
    assert.ok((await solved(held.map(({ rejected }) => rejected))).every((x) => x === 0), name);
  }
});

/** What the measures say of some answers to each test prompt. */
async function measure(bed: Testbed, id: string, draws: readonly Draw[]): Promise<number> {
  const { measure } = bed.evaluators.find((one) => one.id === id) as Evaluator;
  const found = await measure(
    { testbed: bed, draws: async () => await draws, baseline: async () => await draws } as Subject,
  );
  return (found as Measurement).value;
}
const drawsOf = (prompts: readonly Prompt[], ys: readonly Answer[], n: number): Draw[] =>
  prompts.map((prompt, i) => ({
    prompt,
    answers: ys.slice(i * n, (i + 1) * n),
    weights: Array<number>(n).fill(1 / n),
    exact: false,
  }));

// Before any method is judged there: room to learn, and neither imitation's likeliest answer nor
// luck solves it.
for (
  const [name, least, most] of [["chain", 0.2, 0.45], ["check", 0.2, 0.45], [
    "tool",
    0.2,
    0.45,
  ]] as const
) {
  Deno.test(`${name} has room to learn that the likeliest answer does not fill`, async () => {
    const bed = beds[name]!;
    const policy = workshop.policy(bed.model, bed.start);
    const test = bed.prompts("test");
    const final = async (prompts: readonly Prompt[], options = {}) => {
      const first = await policy.sample(prompts, rng(1), options);
      if (name !== "check") return first;
      const told = first.map((draft, i) => bed.told!(prompts[i]!, { draft })!);
      return await policy.sample(told, rng(2), options);
    };
    const many = test.flatMap((one) => [one, one, one, one]);
    const drawn = drawsOf(test, await final(many), 4);
    const start = await measure(bed, "solved", drawn);
    assert.ok(start > least && start < most, `the start policy solves ${start}`);
    const greedy = drawsOf(test, await final(test, { temperature: 0 }), 1);
    const likeliest = await measure(bed, "solved", greedy);
    assert.ok(likeliest < 0.6, `its likeliest answers solve ${likeliest}`);
    const taught = await Promise.all(test.map((one) => bed.demonstrate!(one, rng(1))));
    assert.equal(await measure(bed, "solved", drawsOf(test, taught, 1)), 1);
    assert.equal(await measure(bed, "step-accuracy", drawsOf(test, taught, 1)), 1);
    // Steps by chance are one digit in seven at best.
    const steps = await measure(bed, "step-accuracy", drawn);
    assert.ok(steps > 0.25, `its steps are right to ${steps}`);
    const four = await measure(bed, "pass-at-4", drawn);
    assert.ok(four > start && four <= 1, `one of four is right in ${four}`);
    if (name === "check") assert.ok(await measure(bed, "gain", drawn) > 0.1);
  });
}
