import assert from "node:assert/strict";
import fc from "fast-check";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

const words = (text: string) => text.split(" ");
const pair = (candidate: string, ...references: string[]) => ({
  candidate: words(candidate),
  references: references.map(words),
});
const cat = pair("the cat sat on the mat today", "the cat is sitting on the mat today");
const fox = pair(
  "the quick brown fox jumps over the dog",
  "the quick brown fox jumped over the lazy dog",
);

Deno.test("G7 BLEU-4 of two sentences and of both together", () => {
  close(100 * stats.bleu([cat]), 42.38365628);
  close(stats.bleu([cat]), .86687789975 * (6 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** .25);
  close(100 * stats.bleu([cat], { smoothing: "add-1" }), 51.27984735);
  close(100 * stats.bleu([fox]), 37.70794597);
  close(stats.bleu([fox]), .88249690258 * (7 / 8 * 4 / 7 * 2 / 6 * 1 / 5) ** .25);
  close(100 * stats.bleu([cat, fox]), 39.87562004);
  close(stats.bleu([cat, fox]), .87517331904 * (13 / 15 * 8 / 13 * 4 / 11 * 2 / 9) ** .25);
});

Deno.test("G8 ROUGE-L by the longest common subsequence, balanced and leaning to recall", () => {
  const first = stats.rougeL(cat);
  assert.equal(stats.commonSubsequence(cat.candidate, cat.references[0]!), 6);
  allClose([first.precision, first.recall, first.f], [.857142857, .75, .8]);
  close(stats.rougeL(cat, 1.2).f, .79049676);
  const second = stats.rougeL(fox);
  assert.equal(stats.commonSubsequence(fox.candidate, fox.references[0]!), 7);
  allClose([second.precision, second.recall, second.f], [.875, .777777778, .82352941]);
  close(stats.rougeL(fox, 1.2).f, .81488550);
});

Deno.test("G9 Self-BLEU-4", () => {
  const texts = ["a b a b c", "a b c d e", "f g h i j"].map(words);
  const each = stats.selfBleu(texts, { smoothing: "exp" });
  allClose(each.map((x) => 100 * x), [39.76353644, 39.76353644, 0]);
  close(100 * stats.mean(each), 26.50902429);
});

Deno.test("BLEU of equals is 1, of strangers 0, and clips what is repeated", () => {
  assert.equal(stats.bleu([pair("a b c d", "a b c d")]), 1);
  for (const smoothing of ["none", "exp", "add-1"] as const) {
    assert.equal(stats.bleu([pair("a b c d", "e f g h")], { smoothing }), 0);
  }
  // "the" seven times: one match of seven, as the reference has it once.
  const the = pair("the the the the the the the", "the cat is on a mat today");
  assert.equal(stats.bleu([the]), 0);
  // Precisions 1/7, then 1/2 of 1/6, 1/4 of 1/5, 1/8 of 1/4.
  close(stats.bleu([the], { smoothing: "exp" }), (1 / 7 / 12 / 20 / 32) ** .25, 1e-12);
});

Deno.test("texts below four tokens: 0, or the orders that they have", () => {
  const short = pair("a b", "a b c");
  assert.equal(stats.bleu([short]), 0);
  close(stats.bleu([short], { effectiveOrder: true }), Math.exp(1 - 3 / 2), 1e-12);
  assert.equal(stats.bleu([pair("a b", "a b")], { effectiveOrder: true }), 1);
  const empty = { candidate: [], references: [["a"]] };
  for (const effectiveOrder of [false, true]) {
    assert.equal(stats.bleu([empty], { effectiveOrder, smoothing: "exp" }), 0);
  }
  assert.deepEqual(stats.rougeL(empty), { precision: 0, recall: 0, f: 0 });
});

Deno.test("brevity is held against the nearest reference, and of two as near the shorter", () => {
  const four = "a b c d";
  close(stats.bleu([pair(four, "a b c d e", "a b c d e f g h")]), Math.exp(1 - 5 / 4), 1e-12);
  assert.equal(stats.bleu([pair(four, "a b c", "a b c d e")]), 1);
  // The best of several references is counted for each n-gram, and ROUGE takes the best of them.
  assert.equal(stats.bleu([pair("a a b b", "a a x x", "x b b x", "a a b b")]), 1);
  assert.equal(stats.rougeL(pair("a b", "c d", "a b", "a c")).f, 1);
});

Deno.test("a common subsequence is symmetric, bounded, and whole for a text within another", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const common = stats.commonSubsequence(a, b);
      assert.equal(common, stats.commonSubsequence(b, a));
      assert.ok(common <= Math.min(a.length, b.length));
      assert.equal(stats.commonSubsequence(a, [...b, ...a]), a.length);
      assert.equal(common, stats.commonSubsequence(a.toReversed(), b.toReversed()));
    }),
    { seed: 20250101, numRuns: 200 },
  );
});

Deno.test("Self-BLEU does not depend on the order of texts, and is 1 for copies", () => {
  const texts = ["a b c d e", "a b c x y", "b c d e f", "q r"].map(words);
  const each = stats.selfBleu(texts);
  assert.deepEqual(stats.selfBleu(texts.toReversed()), each.toReversed());
  assert.deepEqual(stats.selfBleu([texts[0]!, texts[0]!, texts[0]!]), [1, 1, 1]);
  assert.throws(() => stats.selfBleu([texts[0]!]), RangeError);
  assert.throws(() => stats.bleu([]), RangeError);
  assert.throws(() => stats.bleu([{ candidate: ["a"], references: [] }]), RangeError);
  assert.throws(() => stats.rougeL({ candidate: ["a"], references: [] }), RangeError);
});

Deno.test("ROUGE's words are lower case, without punctuation, in any script", () => {
  assert.deepEqual(stats.rougeTokens("It's 3 PM — Ünïcode, 漢字!"), [
    "it",
    "s",
    "3",
    "pm",
    "ünïcode",
    "漢字",
  ]);
  assert.deepEqual(stats.rougeTokens("…!"), []);
});
