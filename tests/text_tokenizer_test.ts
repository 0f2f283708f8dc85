import assert from "node:assert/strict";
import { Tokenizer as Reader } from "@huggingface/tokenizers";
import fc from "fast-check";
import { learnMerges, type Merge } from "../benchmarks/text/bpe.ts";
import { reviews } from "../benchmarks/text/corpora.ts";
import { learnTokenizer, readTokenizer } from "../benchmarks/text/tokenizer.ts";

const bytes = (text: string) => [...new TextEncoder().encode(text)];
const learn = (words: Record<string, number>, merges: number) =>
  learnMerges(Object.entries(words).map(([word, count]) => [bytes(word), count]), merges);
const [a, b, c, d] = bytes("abcd") as [number, number, number, number];

const sentences = (await reviews()).map(({ text }) => text);
const json = learnTokenizer(sentences.map((text) => [text, 1]), 700);
const small = readTokenizer(json);

Deno.test("merges join the commonest pair, then the commonest of what is left", () => {
  // ab: 5 + 2, bc: 5, then [ab]c: 5.
  assert.deepEqual(learn({ abc: 5, ab: 2, d: 9 }, 2), [[a, b], [256, c]]);
});

Deno.test("equally common pairs go by the smaller left id, then by the smaller right id", () => {
  assert.deepEqual(learn({ cd: 3, ab: 3 }, 2), [[a, b], [c, d]]);
  assert.deepEqual(learn({ ad: 3, ac: 3 }, 2), [[a, c], [a, d]]);
});

Deno.test("merges end where no pair occurs twice", () => {
  assert.deepEqual(learn({ ab: 2, cd: 1 }, 9), [[a, b]]);
});

/** The same by counting everything anew at each step. */
function recounted(words: readonly (readonly number[])[], merges: number): Merge[] {
  let spelled = words;
  const learned: Merge[] = [];
  while (learned.length < merges) {
    const counts = new Map<string, { pair: Merge; count: number }>();
    for (const ids of spelled) {
      ids.slice(1).forEach((right, i) => {
        const pair: Merge = [ids[i]!, right];
        const found = counts.get(pair.join()) ?? { pair, count: 0 };
        counts.set(pair.join(), { pair, count: found.count + 1 });
      });
    }
    const [best] = [...counts.values()].sort((x, y) =>
      y.count - x.count || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1]
    );
    if (!best || best.count < 2) break;
    spelled = spelled.map((ids) => merged(ids, best.pair, 256 + learned.length));
    learned.push(best.pair);
  }
  return learned;
}

function merged(ids: readonly number[], [left, right]: Merge, id: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    const found = ids[i] === left && ids[i + 1] === right;
    out.push(found ? id : ids[i]!);
    if (found) i++;
  }
  return out;
}

Deno.test("incremental counts give the merges that counting anew gives", () => {
  const word = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      assert.deepEqual(
        learnMerges(words.map((ids) => [ids, 1]), 20),
        recounted(words, 20),
      );
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("training twice gives the same tokenizer.json byte for byte", () => {
  assert.equal(learnTokenizer(sentences.map((text) => [text, 1]), 700), json);
});

Deno.test("a weight counts a text that many times", () => {
  const [once, other] = ["the cat sat on the mat", "a dog"];
  assert.equal(
    learnTokenizer([[once, 3], [other, 1]], 290),
    learnTokenizer([[once, 1], [other, 1], [once, 1], [once, 1]], 290),
  );
});

Deno.test("a tokenizer is as large as asked, its stop token last", () => {
  assert.equal(small.size, 700);
  assert.equal(small.stop, 699);
  assert.throws(() => learnTokenizer([["text", 1]], 256), {
    name: "RangeError",
    message: "Cannot learn 256 tokens: the bytes and the stop token alone are 257",
  });
});

Deno.test("any text decodes to itself", () => {
  const whole = fc.string({ unit: "binary", maxLength: 60 });
  const odd = fc.constantFrom(
    "",
    " ",
    "\n\n \t",
    "\uFEFFbom",
    "a\u0000b",
    "naïve 🙂👩‍👩‍👧",
    "it's  don't",
  );
  fc.assert(
    fc.property(fc.oneof(whole, fc.string({ unit: "grapheme" }), odd), (text) => {
      const tokens = small.encode(text);
      assert.equal(small.decode(tokens), text);
      assert.ok(!tokens.includes(small.stop));
    }),
    { seed: 5, numRuns: 1000 },
  );
});

Deno.test("the library encodes as merges applied one by one in the order learned", () => {
  const file = JSON.parse(json) as {
    model: { vocab: Record<string, number>; merges: [string, string][] };
  };
  const id = (token: string) => file.model.vocab[token]!;
  const merges = file.model.merges.map(([l, r]) => [id(l), id(r), id(l + r)] as const);
  // ASCII letters stand for their own bytes, and Ġ for the space.
  for (const text of ["The", " service", "disappointed", " overpriced", "aaaa", "zzzxq"]) {
    let ids = [...text.replaceAll(" ", "Ġ")].map(id);
    for (const [left, right, whole] of merges) ids = merged(ids, [left, right], whole);
    assert.deepEqual(small.encode(text), ids, text);
  }
  assert.ok(small.encode(" service").length < 8);
});

Deno.test("the file as it stands encodes reviews alike and reads the stop token's name", () => {
  const standard = new Reader(JSON.parse(json), { clean_up_tokenization_spaces: false });
  for (const text of sentences.slice(0, 50)) {
    assert.deepEqual(standard.encode(text).ids, small.encode(text));
  }
  assert.deepEqual(standard.encode("<|end|>").ids, [small.stop]);
});

Deno.test("a text that spells the stop token's name is text", () => {
  const tokens = small.encode("stop <|end|> here");
  assert.ok(!tokens.includes(small.stop));
  assert.equal(small.decode(tokens), "stop <|end|> here");
});

Deno.test("pieces are the tokens' own texts, and the stop token gives its name", () => {
  const tokens = [...small.encode("Good food."), small.stop];
  const pieces = small.pieces(tokens);
  assert.equal(pieces.join(""), "Good food.<|end|>");
  assert.equal(pieces.length, tokens.length);
  assert.equal(small.decode(tokens), "Good food.");
  assert.equal(small.decode([small.stop]), "");
  assert.deepEqual(small.pieces(small.encode("é").slice(0, 1)), ["�"]);
});

Deno.test("a token that does not exist is named", () => {
  assert.throws(() => small.decode([700]), {
    name: "RangeError",
    message: "Cannot decode token 700: expected a whole number below 700",
  });
});
