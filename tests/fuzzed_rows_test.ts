import assert from "node:assert/strict";
import fc from "fast-check";
import { glance } from "../benchmarks/dataset/images.ts";
import { readDataset, readScorables } from "../benchmarks/dataset/read.ts";
import { layouts } from "./fixtures/layouts.ts";

/** Rows of this many files are read; `FUZZ=200` reads 100,000 rows. */
const files = Number(Deno.env.get("FUZZ") ?? 10);
const PER_FILE = 500;

const columns = [
  ...new Set([
    ...layouts.flatMap(({ rows }) => rows("q", "a", "b", false).flatMap((row) => Object.keys(row))),
    "tools",
    "system",
    "history",
    "margin",
    "score",
    "Prompt",
    "x y",
    "__proto__",
    "constructor",
  ]),
];
const word = fc.constantFrom(
  "a",
  "",
  "\n\nHuman: a\n\nAssistant: b",
  "[",
  '[{"role":"user"}]',
  "\ud83d",
);
const number = fc.constantFrom(0, 1, -1, 3, 1e308, "1", "0.5");
const message = fc.record(
  {
    role: fc.oneof(fc.constantFrom("user", "assistant", "system", "tool"), fc.anything()),
    content: fc.oneof(word, fc.anything(), fc.array(fc.record({ type: word, text: word }))),
    from: word,
    value: word,
    tool_calls: fc.anything({ maxDepth: 3 }),
  },
  { requiredKeys: [] },
);
const item = fc.record(
  {
    answer: word,
    text: word,
    rank: number,
    response: word,
    overall_score: number,
    completion: word,
  },
  { requiredKeys: [] },
);
const value = fc.oneof(
  word,
  number,
  fc.boolean(),
  fc.constant(null),
  message,
  fc.array(fc.oneof(message, item, word, number), { maxLength: 4 }),
  fc.anything({ maxDepth: 4 }),
);
/** Some known columns with some values; or a row of a known layout with one of them another. */
const row = fc.oneof(
  fc.dictionary(fc.constantFrom(...columns), value, { maxKeys: 7 }),
  fc.tuple(fc.constantFrom(...layouts), fc.constantFrom(...columns), value, fc.nat()).map(
    ([layout, column, changed, at]) => {
      const [known = {}] = layout.rows("q", "a", "b", at % 2 === 0);
      const own = Object.keys(known);
      return { ...known, [at % 3 === 0 ? column : own[at % own.length]!]: changed };
    },
  ),
);

Deno.test("whatever a row holds, it is read or refused, and nothing else is thrown", async () => {
  const file = await Deno.makeTempFile({ suffix: ".jsonl" });
  const outcomes = { read: 0, refused: 0 };
  try {
    for (let k = 0; k < files; k++) {
      const rows = fc.sample(row, { seed: k, numRuns: PER_FILE });
      const lines = rows.map((one) =>
        JSON.stringify(one, (_, x: unknown) => typeof x === "bigint" ? `${x}` : x) ?? "null"
      );
      await Deno.writeTextFile(file, lines.join("\n"));
      for (const all of [readDataset(file, { look: glance }), readScorables(file, {})]) {
        try {
          for await (const _ of all) outcomes.read++;
        } catch (error) {
          const known = error instanceof SyntaxError || error instanceof RangeError;
          assert.ok(known && /^(Cannot use )?\/.*\.jsonl:/m.test(`${error.message}`), `${error}`);
          outcomes.refused++;
        }
      }
      // Each by itself, as the first bad one of a file hides what comes of the others.
      if (k > 2) continue;
      for (const line of lines) {
        await Deno.writeTextFile(file, line);
        try {
          for await (const { prompt } of readDataset(file, { look: glance })) {
            assert.equal(typeof prompt, "string");
          }
          outcomes.read++;
        } catch (error) {
          assert.ok(
            error instanceof SyntaxError || error instanceof RangeError,
            `${line}\n${error}`,
          );
          outcomes.refused++;
        }
      }
    }
  } finally {
    await Deno.remove(file);
  }
  assert.ok(outcomes.read > 100 && outcomes.refused > 100, JSON.stringify(outcomes));
});
