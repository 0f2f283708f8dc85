import assert from "node:assert/strict";
import fc from "fast-check";
import { hashOf, hashTable } from "../benchmarks/dataset/hash.ts";
import type { AskedQuestion } from "../benchmarks/dataset/row.ts";
import { normalised, questions } from "../benchmarks/dataset/questions.ts";

/** The groups of prompts by their places, those of one alone left out. */
function grouped(...prompts: readonly (string | AskedQuestion)[]): number[][] {
  const known = questions();
  prompts.forEach((prompt, i) =>
    typeof prompt === "string"
      ? known.add({ prompt }, i)
      : known.add({ prompt: prompt.all, asked: prompt }, i)
  );
  const by = Map.groupBy(known.groups(prompts.length).entries(), ([, group]) => group);
  return [...by.values()].map((some) => some.map(([i]) => i)).filter(({ length }) => length > 1);
}

Deno.test("space, case, Unicode forms and marks that are not seen make no new question", () => {
  assert.deepEqual(
    grouped(
      "Où es-tu ?",
      " où  es-tu\r\n?\n",
      "Ou\u0300 es-tu ?",
      "Où\u200b es-tu\u00a0?",
      "Où es-tu",
    ),
    [[0, 1, 2, 3]],
  );
  assert.equal(normalised("Ａ\u3000ﬁ\ufeff"), "a fi");
});

Deno.test("turns of one conversation are one question, as messages and as text with marks", () => {
  const turn = "\n\nHuman: Why is it so?\n\nAssistant:";
  assert.deepEqual(
    grouped(
      turn,
      `${turn} Because.\n\nHuman: And then?\n\nAssistant:`,
      `${turn} Who knows.\n\nHuman: Say more.\n\nAssistant:`,
      "\n\nHuman: Why is it not?\n\nAssistant:",
      {
        first: "Why is it so?",
        last: "Well?",
        all: "user: Why is it so?\nassistant: Hm.\nuser: Well?",
      },
      "\n\nHuman: Hello\n\nAssistant: Yes?\n\nHuman: WHY is it so?\n\nAssistant:",
      "\n\nHuman: Hello there\n\nAssistant: Yes?\n\nHuman: Well?\n\nAssistant:",
    ),
    [[0, 1, 2, 4, 5]],
  );
});

const words = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => `w${from + i}`).join(" ");

Deno.test("a beginning of more than 128 characters makes one question, a shorter one does not", () => {
  const long = words(40).slice(0, 128);
  assert.deepEqual(grouped(`${long} in one word`, `${long} in two words`, `${long}`), [[0, 1]]);
  const short = long.slice(0, 127);
  assert.deepEqual(grouped(`${short}x a`, `${short}y b`), []);
});

Deno.test("a beginning that many questions share is a template, and tells none apart", () => {
  const template = words(50);
  const asked = Array.from({ length: 40 }, (_, i) => `${template} question ${words(60, 100 * i)}`);
  // Beyond the template two of them begin alike for longer.
  assert.deepEqual(grouped(...asked, `${asked[7]!} please`), [[7, 40]]);
  // A greeting is one too: what follows it counts.
  const greeted = Array.from({ length: 40 }, (_, i) => ({
    first: "Hi",
    last: `${i}`,
    all: `user: Hi\nassistant: Hello\nuser: ${i}`,
  }));
  assert.deepEqual(grouped(...greeted), []);
  assert.deepEqual(grouped(...greeted.slice(0, 16)), [[...Array(16).keys()]]);
});

Deno.test("a table of hashes holds what a map of them does", () => {
  const hash = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.string().map(hashOf));
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.nat()), { maxLength: 3000 }), (entries) => {
      const [table, map] = [hashTable(), new Map<number, number>()];
      for (const [key, value] of entries) {
        assert.equal(table.get(key), map.get(key));
        table.set(key, value);
        map.set(key, value);
      }
      for (const [key, value] of map) assert.equal(table.get(key), value);
    }),
    { seed: 6, numRuns: 50 },
  );
});
