import assert from "node:assert/strict";
import { type Answer, type Answers, input, rng } from "../core/mod.ts";
import { gradient, interpret } from "../engine/mod.ts";
import { aware, degrading } from "../methods/spo-degree.ts";

const answer = (...tokens: number[]): Answer => (
  { prompt: { id: "p", tokens: [9] }, tokens, length: tokens.length }
);
// 0 ends each; 1 is in all of them and the commonest, 2 in half, 3, 4 and 5 in one each.
const ys = [answer(1, 1, 2, 3, 1, 0), answer(1, 2, 0), answer(4, 1, 0), answer(5, 1, 1, 0)];
const tokens = (y: Answer) => [...y.tokens];

Deno.test("SPO: words of highest tf-idf go first, the commonest takes their places, and the end stays", () => {
  const takeOut = degrading(ys);
  // Five words, of which four at most: 3 weighs log 4, 2 log 2, and the three 1s nothing.
  assert.equal(takeOut(ys[0]!, 1), ys[0]);
  assert.deepEqual(tokens(takeOut(ys[0]!, 0.75)), [1, 1, 2, 1, 1, 0]);
  assert.deepEqual(tokens(takeOut(ys[0]!, 0.5)), [1, 1, 1, 1, 1, 0]);
  assert.deepEqual(tokens(takeOut(ys[2]!, 0.5)), [1, 1, 0]);
  for (const y of ys) assert.equal(takeOut(y, 0).length, y.length);
});

Deno.test("SPO: a word that an answer repeats weighs as often as it stands there", () => {
  // 3 stands in both answers, once each; 2 in one, twice: 2 log 2 against 0.
  const takeOut = degrading([answer(3, 2, 2, 1, 0), answer(3, 1, 1, 1, 0)]);
  assert.deepEqual(tokens(takeOut(answer(3, 2, 2, 1, 0), 0.4)), [3, 1, 1, 1, 0]);
});

Deno.test("SPO: the control takes out as many words, whichever they are, and more of the same by degrees", () => {
  const long = answer(2, 3, 4, 5, 6, 7, 8, 2, 3, 4, 0);
  const takeOut = degrading([long, answer(1, 1, 1, 1, 1, 0)], rng("any"));
  const gone = (left: number) =>
    new Set(
      [...takeOut(long, left).tokens.keys()].filter((i) => takeOut(long, left).tokens[i] === 1),
    );
  assert.deepEqual([1, 0.5, 0].map((left) => gone(left).size), [0, 4, 8]);
  assert.ok(gone(0.5).isSubsetOf(gone(0)));
  const key = degrading([long, answer(1, 1, 1, 1, 1, 0)])(long, 0.5).tokens;
  assert.notDeepEqual(takeOut(long, 0.5).tokens, key);
});

Deno.test("SPO: turns keep what the world said, and what one word long is stays whole", () => {
  const spoken: Answer = { ...answer(4, 8, 8, 5, 0), length: 3, spans: [[0, 1], [3, 5]] };
  assert.deepEqual(tokens(degrading([...ys, spoken])(spoken, 0)), [1, 8, 8, 1, 0]);
  assert.deepEqual(tokens(degrading([answer(3)])(answer(3), 0)), [3]);
});

Deno.test("SPO: its loss is DPO's and γ/2 of each squared error, whose slopes reach the head of both variants", () => {
  const leaf = (name: string) => input(name, [1]);
  const slots = ["chosen", "rejected", "worseChosen", "worseRejected"] as const;
  const ys = Object.fromEntries(
    slots.map((slot): [string, Answers] => [slot, { length: leaf("one"), packed: {} }]),
  );
  const nameOf = (y: Answers) => slots.find((slot) => ys[slot] === y)!;
  const leaves = new Map<string, ReturnType<typeof leaf>>();
  const read = (name: string) => {
    leaves.set(name, leaves.get(name) ?? leaf(name));
    return leaves.get(name)!;
  };
  const scope = {
    ...ys,
    strength: leaf("one"),
    left: leaf("left"),
    pi: { logp: (y: Answers) => read(`pi ${nameOf(y)}`), value: (y: Answers) => read(nameOf(y)) },
    ref: { logp: (y: Answers) => read(`ref ${nameOf(y)}`) },
  };
  const loss = aware(scope as never, { beta: 0.1, gamma: 0.2 });
  // Variants are valued, and never made likelier.
  assert.deepEqual(
    [...leaves.keys()].toSorted(),
    [
      ...slots.slice(2),
      ...["pi", "ref"].flatMap((who) => slots.slice(0, 2).map((y) => `${who} ${y}`)),
    ]
      .toSorted(),
  );
  const asked = ["worseChosen", "worseRejected", "pi chosen"];
  const slopes = gradient(loss, asked.map(read));
  const found = interpret({ loss, ...Object.fromEntries(slopes.map((g, i) => [i, g])) }, {
    "pi chosen": [-5],
    "ref chosen": [-6],
    "pi rejected": [-4],
    "ref rejected": [-4.5],
    worseChosen: [0.7],
    worseRejected: [0.1],
    left: [0.5],
    one: [1],
  });
  // DPO's 0.668460 at the catalogue's pair, and 0.1 · (0.04 + 0.16).
  assert.ok(Math.abs(found.loss![0]! - (0.668460 + 0.02)) < 1e-6);
  [0.2 * 0.2, 0.2 * -0.4, -0.04875026].forEach((slope, i) =>
    assert.ok(Math.abs(found[i]![0]! - slope) < 1e-8, `${found[i]}`)
  );
});
