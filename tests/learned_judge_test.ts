import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rng } from "../core/mod.ts";
import { openLearned } from "../commands/learned.ts";
import { baseOf } from "../benchmarks/dataset/checkpoint.ts";
import { dataset } from "../benchmarks/dataset.ts";
import { evaluate, makeReward, rewardReader } from "../lab/judging/reward.ts";
import { readRewardFile } from "../lab/judging/reward-file.ts";
import { openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const golden = fileURLToPath(new URL("goldens/models/llama", import.meta.url));

/** Rows in which an answer is chosen for a word that it holds. */
async function rowsFile(n: number, row: (i: number) => object = choice): Promise<string> {
  const file = join(await temporary(), "rows.jsonl");
  const rows = Array.from({ length: n }, (_, i) => JSON.stringify(row(i)));
  await Deno.writeTextFile(file, rows.join("\n"));
  return file;
}
const choice = (i: number) => ({
  prompt: `the government of ${i}`,
  chosen: ` the people of ${i % 7}`,
  rejected: ` zebra of ${i % 7}`,
});

/** The checkpoint's rate is made for large models: these are tiny. */
async function made(file: string, epochs = 4) {
  const base = { ...baseOf(await openCheckpoint(golden)), rate: 3e-3 };
  return await makeReward({
    benchmark: await dataset(file, base),
    seed: 1,
    epochs,
    cache: await temporary(),
    threads: 1,
    note() {},
    progress() {},
  });
}

Deno.test("a reward that is fitted to rows orders rows that it never saw, and is calibrated", async () => {
  const { evaluation, scale, rows, epochs } = await made(await rowsFile(240));
  assert.deepEqual(rows, { training: 216, calibration: 12 });
  assert.equal(evaluation.rows, 12);
  assert.equal(evaluation.accuracy.value, 1);
  // Wilson of 12 out of 12: 12 / (12 + 1.96²).
  assert.ok(Math.abs(evaluation.accuracy.low - 0.757506) < 1e-5, `${evaluation.accuracy.low}`);
  assert.equal(epochs.nll.length, 4);
  assert.ok(scale > 0 && Number.isFinite(scale));
  assert.ok(evaluation.nll.value < 0.2, `${evaluation.nll.value}`);
});

Deno.test("labels of a coin are refused or give an accuracy whose interval holds a half", async () => {
  const coin = rng("coin");
  const file = await rowsFile(240, (i) => {
    const { prompt, chosen, rejected } = choice(i);
    return coin.uniform() < 0.5
      ? { prompt, chosen, rejected }
      : { prompt, chosen: rejected, rejected: chosen };
  });
  try {
    const { evaluation: { accuracy } } = await made(file, 1);
    assert.ok(accuracy.low < 0.5 && accuracy.high > 0.5);
  } catch (error) {
    assert.match((error as Error).message, /orders answers no better than chance/);
  }
});

Deno.test("few rows, and rows that are no pairs, are errors", async () => {
  await assert.rejects(made(await rowsFile(20)), {
    name: "RangeError",
    message: /by 2 held-out rows: at least 8/,
  });
  const file = await rowsFile(
    20,
    (i) => ({ prompt: `${i}`, completion: " a", label: i % 2 === 0 }),
  );
  const out = join(await temporary(), "judge");
  const { code, stderr } = await cli(
    ["judge-train", "--data", file, "--model", golden, "--out", out],
    undefined,
    ["--allow-ffi=node_modules"],
  );
  assert.equal(code, 1);
  assert.match(stderr, /its rows must be pairs/);
});

Deno.test("figures of an evaluation are those of its margins", () => {
  const found = evaluate([2, -1, 0, 3], ["a", "b", "c", "d"], 0.5, rng("x"));
  assert.equal(found.accuracy.value, 0.625);
  // Means of ln(1 + e^(−m/2)) and of (1 − σ(m/2))², m = 2, −1, 0, 3.
  const p = [1, -0.5, 0, 1.5].map((x) => 1 / (1 + Math.exp(-x)));
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  assert.ok(Math.abs(found.nll.value - mean(p.map((x) => -Math.log(x)))) < 1e-12);
  assert.ok(Math.abs(found.brier.value - mean(p.map((x) => (1 - x) ** 2))) < 1e-12);
  assert.equal(found.prompts, 4);
  // Rows of one prompt count once.
  const same = evaluate([2, -1, 0, 3], ["a", "a", "b", "b"], 0.5, rng("x"));
  assert.ok(same.accuracy.high - same.accuracy.low > found.accuracy.high - found.accuracy.low);
});

Deno.test("judge-train saves a judge that judges as it did when it was learned", async () => {
  const directory = await temporary();
  const [file, out] = [await rowsFile(240), join(directory, "judge")];
  const { code, stdout, stderr } = await cli(
    ["judge-train", "--data", file, "--model", golden, "--out", out, "--json", "--epochs", "1"],
    directory,
    ["--allow-ffi=node_modules"],
  );
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout);
  const saved = await readRewardFile(out);
  assert.equal(said.scale, saved.scale);
  assert.deepEqual([...Deno.readDirSync(out)].map(({ name }) => name).sort(), [
    "config.json",
    "judge.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "value_head.safetensors",
  ]);

  // The same training in this process, whose parameters never were on disk.
  const base = baseOf(await openCheckpoint(golden));
  const own = await makeReward({
    benchmark: await dataset(file, base),
    seed: 1,
    epochs: 1,
    cache: await temporary(),
    threads: navigator.hardwareConcurrency,
    note() {},
    progress() {},
  });
  const { tokenizer } = await openCheckpoint(golden);
  const model = (await openCheckpoint(golden)).model({ longest: 1, valueHead: true });
  const reader = rewardReader(model, own.params, 1);
  const encode = (prompt: string, answer: string) => ({
    prompt: { id: "", tokens: tokenizer.encode(prompt) },
    tokens: [...tokenizer.encode(answer), tokenizer.stop],
    length: tokenizer.encode(answer).length + 1,
  });
  const { judge, close } = await openLearned(out);
  const answers = [" the people", " zebra", " the people of the government", ""];
  for (const first of answers) {
    for (const second of answers) {
      const question = { id: "q", turns: ["the government of 3"] };
      const found = await judge.compare({ question, first: [first], second: [second] });
      const [a, b] = await Promise.all(
        [first, second].map((text) => reader.reward(encode("the government of 3", text))),
      );
      assert.ok("preference" in found);
      const expected = 1 / (1 + Math.exp(-own.scale * (a! - b!)));
      assert.ok(Math.abs(found.preference - expected) < 1e-6, `${first} ${second}`);
    }
  }
  // Two turns go through the chat template, or a plain one.
  const talk = await judge.grade!({
    question: { id: "q", turns: ["the government", "of what?"] },
    answer: [" the people", " zebra"],
    turn: 1,
  });
  assert.ok("grade" in talk && talk.grade >= 1 && talk.grade <= 10);
  await close();
  await reader.close();
});

Deno.test("a reward does not depend on the rewards that are asked for beside it", async () => {
  const checkpoint = await openCheckpoint(golden);
  const draws = rng("head");
  const head = {
    "value.weight": {
      shape: [checkpoint.width, 1],
      data: Float32Array.from({ length: checkpoint.width }, () => draws.normal()),
    },
    "value.bias": { shape: [1], data: new Float32Array(1) },
  };
  const reader = rewardReader(
    checkpoint.model({ longest: 1, valueHead: true }),
    { ...await checkpoint.load(), ...head },
    1,
  );
  const words = "the people of the government are not zebra and some of them never were".split(" ");
  const ys = words.map((_, i) => {
    const tokens = checkpoint.tokenizer.encode(words.slice(0, i + 1).join(" "));
    return { prompt: { id: "", tokens: tokens.slice(0, 1) }, tokens, length: tokens.length };
  });
  const together = await Promise.all(ys.map(reader.reward));
  for (const [i, y] of ys.entries()) {
    const alone = await reader.reward(y);
    assert.ok(Math.abs(alone - together[i]!) < 1e-6 * Math.max(1, Math.abs(alone)));
  }
  assert.ok(new Set(together.map((r) => r.toFixed(3))).size > 10);
  await reader.close();
});

Deno.test("a directory that holds no learned judge is an error that says how to make one", async () => {
  await assert.rejects(
    openLearned(golden),
    /it has no judge\.json; deno task judge-train makes one/,
  );
});
