import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type Answer,
  type Measurement,
  type Prompt,
  rng,
  type Subject,
  type Workshop,
} from "../core/mod.ts";
import rubric from "../benchmarks/rubric.ts";
import { itemOf, judged } from "../benchmarks/rubric/base.ts";
import {
  gradeIn,
  gradeOf,
  itemTokens,
  judgementTokens,
  marksRight,
  showToken,
  type Sum,
  sumsOf,
  truths,
  VOCABULARY,
} from "../benchmarks/rubric/language.ts";
import { cpu } from "../engine/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { workshop } from "../lab/train/workshop.ts";
import { writeParams } from "../models/checkpoint/safetensors.ts";

const untaught = { cached: () => Promise.resolve(writeParams({})) } as unknown as Workshop;
const testbed = await rubric.open(rubric.settings.plain!.with, rng(1), untaught);

const sum = (a: number, b: number, c: number): Sum => ({ a, b, c });
/** 3 + 5 = 1 and 6 + 6 = 5 are right modulo 7, 2 + 2 = 5 and 0 + 1 = 0 are not. */
const item = itemTokens([sum(3, 5, 1), sum(2, 2, 5), sum(6, 6, 5), sum(0, 1, 0)]);
const prompt: Prompt = { id: "item", tokens: item };
const answer = (tokens: readonly number[]): Answer => ({ prompt, tokens, length: tokens.length });
const shown = (tokens: readonly number[]) => tokens.map(showToken).join(" ");

Deno.test("an item is four sums, and a judgement says of each what it should be, a mark, and a grade at the end", () => {
  const names = Array.from({ length: VOCABULARY }, (_, token) => showToken(token));
  assert.equal(new Set(names).size, VOCABULARY);
  assert.equal(shown(item), "3 5 1 2 2 5 6 6 5 0 1 0 judge:");
  assert.deepEqual(truths(item), [1, 4, 5, 1]);
  assert.equal(gradeOf(item), 2);
  assert.equal(shown(judgementTokens(item, truths(item))), "1 ✓ , 4 ✗ , 5 ✓ , 1 ✗ , 2/4 .");
  // Who takes 2 + 2 for 5 finds three of them right.
  assert.equal(shown(judgementTokens(item, [1, 5, 5, 1])), "1 ✓ , 5 ✓ , 5 ✓ , 1 ✗ , 3/4 .");
  assert.equal(shown(judgementTokens(item, [1, 4, 5, 1], 0)), "1 ✓ , 4 ✗ , 5 ✓ , 1 ✗ , 0/4 .");
});

Deno.test("a grade alone makes a judgement right, marks are right or wrong by themselves, and a fragment grades nothing", async () => {
  const judgements: [number[], number, boolean[]][] = [
    [judgementTokens(item, truths(item)), 1, [true, true, true, true]],
    // Two wrong marks that cancel out.
    [judgementTokens(item, [2, 5, 5, 1]), 1, [false, false, true, true]],
    [judgementTokens(item, [1, 4, 5, 1], 3), 0, [true, true, true, true]],
    // A wrong value beside a right mark.
    [judgementTokens(item, [1, 6, 5, 1]), 1, [true, true, true, true]],
  ];
  for (const [tokens, right, marks] of judgements) {
    assert.deepEqual(await testbed.check!([answer(tokens)]), [{ solved: right }], shown(tokens));
    assert.deepEqual(marksRight(item, tokens), marks);
    assert.equal(testbed.conclusion!(answer(tokens)), gradeIn(tokens));
  }
  const whole = judgementTokens(item, truths(item));
  assert.equal(gradeIn(whole), 2);
  for (
    const tokens of [
      whole.slice(0, -1),
      [...whole, whole.at(-1)!],
      [...whole.slice(0, -2), 1, whole.at(-1)!],
      whole.slice(3),
      [],
    ]
  ) assert.equal(gradeIn(tokens), undefined, shown(tokens));
});

Deno.test("marks-right is the share of right marks over draws, as likely as each is", async () => {
  const evaluator = testbed.evaluators.find(({ id }) => id === "marks-right")!;
  const draw = (p: Prompt, weights: readonly number[], ...said: (readonly number[])[]) => ({
    prompt: p,
    answers: said.map((x) => answer(judgementTokens(item, x))),
    weights,
    exact: false,
  });
  const subject = {
    draws: () =>
      Promise.resolve([
        draw(prompt, [0.5, 0.5], [1, 4, 5, 1], [2, 5, 5, 1]),
        draw(prompt, [1], [1, 5, 5, 1]),
      ]),
  } as unknown as Subject;
  const { value, each } = await evaluator.measure(subject) as Measurement;
  assert.deepEqual([value, each], [0.75, [0.75, 0.75]]);
});

Deno.test("demonstrations hold misconceptions of sums, slip, and grade carelessly; a teacher does not", async () => {
  const draws = rng("judgements");
  const n = 3000;
  const items = Array.from({ length: n }, () => itemOf(draws));
  const sound = items.map((x) => gradeOf(x) / 4).reduce((a, b) => a + b) / n;
  assert.ok(Math.abs(sound - 0.6) < 0.02, `${sound} of the sums are right`);
  /** How often a sum is said to be what it is, by its terms. */
  const outcomes = new Map<string, boolean[]>();
  let careless = 0;
  for (const one of items) {
    const tokens = judged(draws, one);
    const said = sumsOf(one).map((_, i) => tokens[3 * i]! - 1);
    if (gradeIn(tokens) !== gradeIn(judgementTokens(one, said))) careless++;
    sumsOf(one).forEach(({ a, b }, i) => {
      const key = `${a} ${b}`;
      outcomes.set(key, [...outcomes.get(key) ?? [], said[i] === truths(one)[i]]);
    });
  }
  // One grade in five is right by luck.
  assert.ok(Math.abs(careless / n - 0.15 * 4 / 5) < 0.025, `${careless} of ${n}`);
  const shares = [...outcomes.values()].map((all) => all.filter(Boolean).length / all.length);
  assert.equal(shares.length, 49);
  // Either four in five are wrong, or nine in ten right and some by luck: nothing between.
  const wrong = shares.filter((share) => share < 0.4).length;
  assert.ok(shares.every((share) => share < 0.4 || share > 0.75), `${shares}`);
  assert.ok(wrong >= 9 && wrong <= 21, `${wrong} misconceptions`);
  const taught = await testbed.demonstrate!(prompt, draws);
  assert.equal(shown(taught.tokens), "1 ✓ , 4 ✗ , 5 ✓ , 1 ✗ , 2/4 .");
});

Deno.test("there is something to learn that neither imitation nor the likeliest judgement knows", async () => {
  const folder = fileURLToPath(new URL("../.cache", import.meta.url));
  const shop = workshop({
    engine: cpu({ threads: 1 }),
    cached: cache(folder, () => {}),
    progress: () => {},
  });
  const { model, start, prompts, reward, demonstrate } = await rubric.open(
    rubric.settings.plain!.with,
    rng(1),
    shop,
  );
  const policy = shop.policy(model, start);
  const test = prompts("test");
  const four = test.flatMap((x) => Array<Prompt>(4).fill(x));
  const mean = (xs: ArrayLike<number>) => Array.from(xs).reduce((a, b) => a + b) / xs.length;
  const drawn = await policy.sample(four, rng("draws"));
  const solved = mean(await reward!(drawn));
  assert.ok(solved > 0.2 && solved < 0.45, `the start policy solves ${solved}`);
  const likeliest = mean(await reward!(await policy.sample(test, rng("x"), { temperature: 0 })));
  assert.ok(likeliest < 0.6, `its likeliest judgements solve ${likeliest}`);
  const taught = await Promise.all(test.map((x) => demonstrate!(x, rng("teacher"))));
  assert.equal(mean(await reward!(taught)), 1);
  const marks = mean(
    drawn.map((y) => marksRight(y.prompt.tokens, y.tokens).filter(Boolean).length / 4),
  );
  // A coin has half of them right, and who marks all as right three fifths.
  assert.ok(marks > 0.68 && marks < 0.85, `${marks} of its marks are right`);
});
