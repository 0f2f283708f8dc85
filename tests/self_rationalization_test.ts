import assert from "node:assert/strict";
import { type Answer, type Example, type Lab, majority, type Policy, rng } from "../core/mod.ts";
import selfConsistency from "../methods/self-consistency.ts";
import selfRationalization, {
  balanced,
  contrasted,
  type GradedPair,
} from "../methods/self-rationalization.ts";
import { checked, isRight, rightTo } from "./fake/checked.ts";
import { lending, played } from "./fake/lab.ts";

type Pair = Example<"pairs">;

const prompt = { id: "item", tokens: [0] };
/** A judgement that gives this grade; which one it is can be told. */
const judgement = (grade: number, place: number): Answer => (
  { prompt, tokens: [grade, place], length: 2 }
);
const gradeOf = (y: Answer) => y.tokens[0]!;

Deno.test("what most are is the first of equals, and nothing where none is anything", () => {
  assert.equal(majority([2, 3, 3, 2, 3]), 3);
  assert.equal(majority([2, 3, 3, 2]), 2);
  assert.equal(majority([undefined, undefined, 4]), 4);
  assert.equal(majority([undefined, 0]), 0);
  assert.equal(majority([undefined, undefined]), undefined);
  assert.equal(majority([]), undefined);
});

Deno.test("self-rationalization: a right judgement meets one whose grade is off by the margin or that gives none, and each is used once", () => {
  // The item deserves 2: places 1, 3 and 5 are right, place 4 gives no grade.
  const grades = [3, 2, 0, 2, undefined, 2];
  const judged = grades.map((grade, i) => (
    { answer: judgement(grade ?? 9, i), grade, right: grade === 2 }
  ));
  const places = (margin: number) =>
    contrasted(judged, margin).map(({ chosen, rejected, strength, grade }) => {
      assert.deepEqual([strength, grade], [1, 2]);
      return [chosen.tokens[1], rejected.tokens[1]];
    });
  assert.deepEqual(places(1), [[1, 0], [3, 2], [5, 4]]);
  assert.deepEqual(places(2), [[1, 2], [3, 4]]);
  assert.deepEqual(places(3), [[1, 4]]);
  assert.deepEqual(contrasted(judged.filter(({ right }) => right), 1), []);
});

Deno.test("self-rationalization: no grade has more than an even share of the pairs", () => {
  const pairs = [2, 2, 1, 2, 2, 1, 2, 0].map((grade, i): GradedPair => (
    { chosen: judgement(grade, i), rejected: judgement(9, i), strength: 1, grade }
  ));
  // Three grades of eight pairs: three of each at most, the first that came.
  assert.deepEqual(balanced(pairs).map(({ chosen }) => chosen.tokens[1]), [0, 1, 2, 3, 5, 7]);
  assert.deepEqual(balanced([]), []);
});

const budget = { flops: 4e5, queries: 4096 };

Deno.test("self-rationalization: in each round right judgements of the last one's policy meet wrong ones of the same item, and it is the reference", async () => {
  const { lab: own, account } = checked(budget);
  const { lab, lent, drawers } = lending(own);
  await played(selfRationalization.run(lab, { ...selfRationalization.hyper, margin: 2 }));
  assert.equal(lent.length, 2);
  let before = lab.reference;
  for (const { made, options, lists } of lent) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    assert.equal(lists.length, 1);
    const pairs = lists[0] as readonly Pair[];
    const taken = new Map<number, number>();
    for (const { chosen, rejected } of pairs) {
      assert.ok(isRight(chosen) && chosen.prompt === rejected.prompt);
      assert.ok(Math.abs(gradeOf(chosen) - gradeOf(rejected)) >= 2);
      for (const y of [chosen, rejected]) assert.equal(drawers.get(y), before);
      const grade = rightTo(chosen.prompt);
      taken.set(grade, (taken.get(grade) ?? 0) + 1);
    }
    assert.equal(taken.size, 4);
    before = made.policy;
  }
  assert.equal(account.spent.queries, account.spent.asked!.checks);
  assert.ok(account.spent.queries > budget.queries / 2);
});

Deno.test("self-rationalization: by vote it asks nobody, and what most say is right to it", async () => {
  const { lab: own, account } = checked(budget);
  const { lab, lent } = lending(own);
  await played(selfRationalization.run(lab, { ...selfRationalization.hyper, vote: 1, samples: 9 }));
  assert.equal(account.spent.queries, 0);
  const pairs = lent[0]!.lists[0] as readonly Pair[];
  for (const { chosen, rejected } of pairs) assert.notEqual(gradeOf(chosen), gradeOf(rejected));
  // Whom most agree with is wrong at times.
  assert.ok(pairs.some(({ chosen }) => !isRight(chosen)));
});

Deno.test("self-consistency answers with the first of its samples that comes to what most do", async () => {
  const grades = [4, 1, 3, 1, 3, 3];
  const policy = {
    sample: (xs: readonly unknown[]) =>
      Promise.resolve(xs.map((_, i) => judgement(grades[i % 6]!, i))),
  } as unknown as Policy;
  const lab = {
    offline: () => [],
    learner: () => ({ policy, step: () => Promise.resolve() }),
    progress: 0,
    conclusion: (y: Answer) => y.tokens[0] === 4 ? undefined : y.tokens[0],
    answering: (_: Policy, sample: Policy["sample"]) => ({ sample }),
  } as unknown as Lab;
  const ask = async (n: number) => {
    const { value } = await selfConsistency.run(lab, { n }).next();
    const ys = await (value as Policy).sample([prompt, prompt], rng("votes"));
    return ys.map((y) => y.tokens[1]);
  };
  assert.deepEqual(await ask(6), [2, 8]);
  // The first half has one vote for 1 and one for 3, the second half one for 1 and two for 3.
  assert.deepEqual(await ask(3), [1, 4]);
  // Where it comes to nothing, that is the answer.
  assert.deepEqual(await ask(1), [0, 1]);
});
