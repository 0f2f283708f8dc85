import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Answer, type Prompt, rng, type Workshop } from "../core/mod.ts";
import code from "../benchmarks/code.ts";
import { questionOf, writtenProgram, writtenTest } from "../benchmarks/code/base.ts";
import {
  equivalent,
  joined,
  MOST,
  type Operators,
  programOf,
  programTokens,
  questionTokens,
  ran,
  showToken,
  STOP,
  testAsked,
  testOf,
  testTokens,
  VOCABULARY,
  wanted,
} from "../benchmarks/code/language.ts";
import { cpu } from "../engine/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { workshop } from "../lab/train/workshop.ts";
import { writeParams } from "../models/checkpoint/safetensors.ts";

const untaught = { cached: () => Promise.resolve(writeParams({})) } as unknown as Workshop;
const testbed = await code.open(code.settings.sound!.with, rng(1), untaught);

/** Words 0 and 1 stand for operator 0, and so on: next (+1), double (×2), mirror (9−), square, leap (+3), triple (×3). */
const [NEXT, DOUBLE, MIRROR, SQUARE] = [0, 2, 4, 6] as const;
const asked = (after: boolean, ...words: number[]): Prompt => (
  { id: "asked", tokens: questionTokens(words, after) }
);
const answer = (prompt: Prompt, tokens: readonly number[]): Answer => (
  { prompt, tokens, length: tokens.length }
);
const program = (prompt: Prompt, operators: Operators) => answer(prompt, programTokens(operators));
const shown = (tokens: readonly number[]) => tokens.map(showToken).join(" ");

Deno.test("every token reads as something else, and a question says which order it wants", () => {
  const names = Array.from({ length: VOCABULARY }, (_, token) => showToken(token));
  assert.equal(new Set(names).size, VOCABULARY);
  const [then, after] = [false, true].map((way) => questionTokens([NEXT, DOUBLE, MIRROR], way));
  assert.equal(shown(then!), "next then double then mirror code:");
  assert.equal(shown(after!), "next after double after mirror code:");
  assert.equal(shown(testAsked(after!)), "next after double after mirror test:");
  assert.deepEqual(wanted(then!), [0, 1, 2]);
  assert.deepEqual(wanted(after!), [2, 1, 0]);
  assert.deepEqual(wanted(testAsked(after!)), [2, 1, 0]);
});

Deno.test("a program does its operators in order, each on a digit", () => {
  // 7 + 1 = 8, 2 · 8 = 16 → 6, 9 − 6 = 3; and the other way: 9 − 7 = 2, 4, 5.
  assert.equal(ran([0, 1, 2], 7), 3);
  assert.equal(ran([2, 1, 0], 7), 5);
  // 8² = 64 → 4, 4 + 3 = 7, 3 · 7 = 21 → 1.
  assert.equal(ran([3, 4, 5], 8), 1);
  assert.equal(ran([], 8), 8);
  for (let x = 0; x < 10; x++) {
    for (let k = 0; k < 6; k++) assert.ok(ran([k], x) >= 0 && ran([k], x) < 10);
  }
});

Deno.test("what is no program runs nowhere, and the longest answer ends like any other", () => {
  const [one, digit, word] = [
    programTokens([0])[0]!,
    testTokens([5])[0]!,
    asked(false, 0).tokens[0]!,
  ];
  assert.deepEqual(programOf([one, one, STOP]), [0, 0]);
  assert.deepEqual(programOf(joined([one, STOP], testTokens([1, 2]))), [0]);
  for (const tokens of [[], [STOP], [one, digit, STOP], [word, STOP], [one, one]]) {
    assert.equal(programOf(tokens), undefined, shown(tokens));
  }
  assert.equal(programOf([...Array(MOST - 1).fill(one), STOP])!.length, MOST - 1);
  assert.deepEqual(testOf(testTokens([3, 9, 4])), { input: 3, output: 4 });
  for (const tokens of [testTokens([3]), [digit, digit], [digit, one, STOP], [STOP]]) {
    assert.equal(testOf(tokens), undefined, shown(tokens));
  }
});

Deno.test("an answer is right if it does to all ten digits what was asked, however it is written", async () => {
  const prompt = asked(true, NEXT, MIRROR, MIRROR);
  // Twice 9 − x is x: what is left is + 1.
  const ways: [Operators, number][] = [[[2, 2, 0], 1], [[0], 1], [[0, 2, 2], 1], [[0, 0], 0], [
    [2],
    0,
  ]];
  for (const [operators, right] of ways) {
    const y = program(prompt, operators);
    assert.deepEqual(await testbed.check!([y]), [{ solved: right }], `${operators}`);
    assert.equal((await testbed.reward!([y]))[0], right);
  }
  // Squares leave 0, 1, 5 and 6 as they are: who tries only those takes nothing for them.
  for (const x of [0, 1, 5, 6]) assert.equal(ran([3], x), ran([2, 2], x));
  assert.ok(!equivalent([3], [2, 2]));
  const square = asked(false, SQUARE, SQUARE, SQUARE);
  assert.deepEqual(await testbed.check!([answer(square, [STOP])]), [{ solved: 0 }]);
});

Deno.test("a program is tried on what a test says goes in and comes out, and what cannot be read fails", () => {
  const prompt = asked(false, NEXT, DOUBLE, MIRROR);
  const told = testbed.told!(prompt, { test: true })!;
  assert.deepEqual(told, { id: prompt.id, tokens: testAsked(prompt.tokens) });
  assert.equal(testbed.told!(prompt, { draft: program(prompt, [0]) }), undefined);
  const test = (...digits: number[]) => answer(told, testTokens(digits));
  const right = program(prompt, [0, 1, 2]);
  assert.ok(testbed.tried!(right, test(7, 8, 6, 3)).passed);
  // What it says of the way does not matter; nor whether it is true.
  assert.ok(testbed.tried!(right, test(7, 3)).passed);
  assert.ok(!testbed.tried!(right, test(7, 8, 6, 4)).passed);
  assert.ok(testbed.tried!(program(prompt, [2]), test(7, 8, 6, 2)).passed);
  for (
    const [y, z] of [
      [right, answer(told, [STOP])],
      [answer(prompt, [STOP]), test(7, 7)],
      [answer(prompt, test(7, 7).tokens), test(7, 7)],
    ] as const
  ) assert.ok(!testbed.tried!(y, z).passed);
  const { both } = testbed.tried!(right, test(7, 3));
  assert.equal(shown(both.tokens), "+1 ×2 9− test: 7 3 .");
  assert.deepEqual([both.prompt, both.length], [prompt, 7]);
});

Deno.test("demonstrated programs have `after` wrong, tests slip, and a teacher does neither", async () => {
  const draws = rng("demonstrations");
  const [, after] = [false, true].map((way) => questionTokens([NEXT, DOUBLE, SQUARE], way));
  const n = 4000;
  const share = (count: (i: number) => boolean) =>
    Array.from({ length: n }, (_, i) => count(i)).filter(Boolean).length / n;
  const near = (found: number, p: number) =>
    assert.ok(Math.abs(found - p) < 4.5 * Math.sqrt(p * (1 - p) / n), `${found} is not ${p}`);
  // As it is read, each operator stays with .75 + .25/6; the middle one is the same either way.
  const stays = 0.75 + 0.25 / 6;
  const other = 0.25 / 6;
  const written = (operators: Operators) => `${programTokens(operators)}`;
  const programs = Array.from({ length: n }, () => `${writtenProgram(draws, after!)}`);
  near(
    share((i) => programs[i] === written([0, 1, 3])),
    0.7 * stays ** 3 + 0.3 * stays * other ** 2,
  );
  near(
    share((i) => programs[i] === written([3, 1, 0])),
    0.3 * stays ** 3 + 0.7 * stays * other ** 2,
  );
  // A slip is right by luck one time in ten, and so is all that follows from a wrong one at times.
  for (
    const { slip } of [code.settings.sound!.with, code.settings.doubtful!.with] as {
      slip: number;
    }[]
  ) {
    const tests = Array.from({ length: n }, () => testOf(writtenTest(draws, after!, slip))!);
    const right = share((i) => ran([3, 1, 0], tests[i]!.input) === tests[i]!.output);
    assert.ok(right > (1 - 0.9 * slip) ** 3 && right < (1 - 0.9 * slip) ** 3 + 0.12, `${right}`);
  }
  const prompt: Prompt = { id: "after", tokens: after! };
  assert.deepEqual(programOf((await testbed.demonstrate!(prompt, draws)).tokens), [3, 1, 0]);
  const shownTest = await testbed.demonstrate!(testbed.told!(prompt, { test: true })!, draws);
  assert.equal(testOf(shownTest.tokens)!.output, ran([3, 1, 0], testOf(shownTest.tokens)!.input));
  assert.equal(questionOf(draws).length, 6);
});

Deno.test("labels say which is right, and toss a coin where both or neither are", async () => {
  const prompt = asked(false, NEXT, DOUBLE, MIRROR);
  const [right, wrong] = [program(prompt, [0, 1, 2]), program(prompt, [0])];
  const draws = rng("labels");
  const share = async (a: Answer, b: Answer) => {
    const labels = await Promise.all(
      Array.from({ length: 400 }, () => testbed.label!(a, b, draws)),
    );
    return labels.filter(Boolean).length / 400;
  };
  assert.deepEqual([await share(right, wrong), await share(wrong, right)], [1, 0]);
  assert.ok(Math.abs(await share(wrong, wrong) - 0.5) < 0.12);
  assert.equal(await testbed.oracle!.prefer(right, wrong), 1);
  assert.equal(await testbed.oracle!.prefer(wrong, wrong), 0.5);
  const held = testbed.heldOut();
  assert.ok((await testbed.reward!(held.map(({ chosen }) => chosen))).every((x) => x === 1));
  assert.ok((await testbed.reward!(held.map(({ rejected }) => rejected))).every((x) => x === 0));
  assert.ok(new Set(held.map(({ chosen }) => chosen.prompt.id)).size > 90);
});

Deno.test("there is something to learn that neither imitation nor the likeliest answer knows", async () => {
  const folder = fileURLToPath(new URL("../.cache", import.meta.url));
  const shop = workshop({
    engine: cpu({ threads: 1 }),
    cached: cache(folder, () => {}),
    progress: () => {},
  });
  const { model, start, prompts, reward, demonstrate, told, tried } = await code.open(
    code.settings.doubtful!.with,
    rng(1),
    shop,
  );
  const policy = shop.policy(model, start);
  const test = prompts("test");
  const four = test.flatMap((prompt) => Array<Prompt>(4).fill(prompt));
  const share = async (ys: readonly Answer[]) =>
    (await reward!(ys)).reduce((sum, x) => sum + x, 0) / ys.length;
  const drawn = await share(await policy.sample(four, rng("draws")));
  assert.ok(drawn > 0.2 && drawn < 0.45, `the start policy solves ${drawn}`);
  const likeliest = await share(await policy.sample(test, rng("likeliest"), { temperature: 0 }));
  assert.ok(likeliest < 0.6, `its likeliest answers solve ${likeliest}`);
  const taught = await Promise.all(test.map((prompt) => demonstrate!(prompt, rng("teacher"))));
  assert.equal(await share(taught), 1);
  const tests = await policy.sample(
    four.map((prompt) => told!(prompt, { test: true })!),
    rng("tests"),
  );
  const sound = tests.filter((z, i) => tried!(taught[Math.floor(i / 4)]!, z).passed).length;
  assert.ok(
    Math.abs(sound / tests.length - 0.57) < 0.1,
    `${sound} of ${tests.length} tests are right`,
  );
});
