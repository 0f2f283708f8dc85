import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Method, rng, type Testbed, type Workshop } from "../core/mod.ts";
import { dataset } from "../benchmarks/dataset.ts";
import { baseOf } from "../benchmarks/dataset/checkpoint.ts";
import { encode, sequence } from "../benchmarks/dataset/encode.ts";
import type { DatasetRow } from "../benchmarks/dataset/row.ts";
import { fromBytes, toBytes } from "../benchmarks/dataset/store.ts";
import { cpu } from "../engine/mod.ts";
import { readRun } from "../lab/disk/records.ts";
import { runner } from "../lab/train/run.ts";
import { workshop as labWorkshop } from "../lab/train/workshop.ts";
import dpo from "../methods/dpo.ts";
import ppo from "../methods/ppo.ts";
import { openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const golden = (family: string) =>
  fileURLToPath(new URL(`goldens/models/${family}`, import.meta.url));

/** A copy of a golden checkpoint with these files besides. */
async function copied(family: string, files: { readonly [name: string]: string } = {}) {
  const directory = await temporary();
  for (const { name } of Deno.readDirSync(golden(family))) {
    await Deno.copyFile(join(golden(family), name), join(directory, name));
  }
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(directory, name), text);
  }
  return directory;
}

async function rowsFile(rows: readonly object[]): Promise<string> {
  const file = join(await temporary(), "rows.jsonl");
  await Deno.writeTextFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  return file;
}

/** A workshop that keeps nothing and trains nothing. */
const shop: Workshop = {
  call: () => Promise.reject(new Error("nothing is computed here")),
  train: () => Promise.reject(new Error("nothing is trained here")),
  policy() {
    throw new Error("nothing is asked here");
  },
  cached: (_name, _key, make) => make(),
  progress() {},
};

async function opened(directory: string, rows: readonly object[]) {
  const checkpoint = await openCheckpoint(directory);
  const benchmark = await dataset(await rowsFile(rows), baseOf(checkpoint));
  return {
    checkpoint,
    benchmark,
    testbed: await benchmark.open(null, rng(1), shop),
    plan: await benchmark.describe(shop),
  };
}

const pairs = (n: number) =>
  Array.from({ length: n }, (_, i) => ({
    prompt: `the government of ${i}`,
    chosen: " the people",
    rejected: " zebra",
  }));
const everything = (testbed: Testbed) => [
  ...testbed.examples("pairs", 1000, rng(1)),
  ...testbed.heldOut(),
];

Deno.test("strings stand as they are, in the checkpoint's tokens, and every answer gets one end token", async () => {
  const { checkpoint: { tokenizer }, testbed } = await opened(golden("qwen2"), pairs(8));
  const all = everything(testbed);
  assert.equal(all.length, 8);
  for (const { chosen, rejected } of all) {
    assert.deepEqual(chosen.tokens, [...tokenizer.encode(" the people"), 2]);
    assert.deepEqual(rejected.tokens, [...tokenizer.encode(" zebra"), 2]);
    assert.match(testbed.show(chosen.prompt), /^the government of \d$/);
  }
});

const template = "{{ bos_token }}{% for m in messages %}" +
  "{% if m.role == 'clown' %}{{ raise_exception('no clowns') }}{% endif %}" +
  "[{{ m.role }}]{{ m.content }}{{ eos_token }}\n{% endfor %}" +
  "{% if add_generation_prompt %}[assistant]{% endif %}";
const said = (role: string, content: string) => ({ role, content });

Deno.test("messages go through the chat template, which begins and ends them", async () => {
  const directory = await copied("llama", { "chat_template.jinja": template });
  const asked = (i: number) => said("user", `the people ${i}`);
  const { checkpoint: { tokenizer }, testbed } = await opened(
    directory,
    Array.from({ length: 6 }, (_, i) => ({
      prompt: [asked(i)],
      chosen: [said("assistant", "we must")],
      rejected: [said("assistant", "act now!")],
    })),
  );
  for (const { chosen, rejected } of everything(testbed)) {
    const [i] = testbed.show(chosen.prompt).match(/\d/)!;
    assert.deepEqual(
      chosen.prompt.tokens,
      tokenizer.encode(`<s>[user]the people ${i}</s>\n[assistant]`),
    );
    assert.equal(chosen.prompt.tokens[0], 1);
    assert.deepEqual(chosen.tokens, [...tokenizer.encode("we must"), 2]);
    assert.deepEqual(rejected.tokens, [...tokenizer.encode("act now!"), 2]);
  }
});

Deno.test("messages that a checkpoint cannot read are named by line and field", async () => {
  const talk = (role: string) => ({
    prompt: [said("user", "a")],
    chosen: [said(role, "b")],
    rejected: [said("assistant", "c")],
  });
  const without = await openCheckpoint(golden("llama"));
  const file = await rowsFile([talk("assistant"), talk("assistant")]);
  await assert.rejects(() => dataset(file, baseOf(without)), {
    name: "SyntaxError",
    message: new RegExp(
      `^${file}:1: field "chosen" must be a string: .*llama has no chat template for messages\n`,
    ),
  });
  const rows = await rowsFile([talk("assistant"), talk("clown")]);
  const strict = await openCheckpoint(
    await copied("llama", { "chat_template.jinja": template }),
  );
  await assert.rejects(() => dataset(rows, baseOf(strict)), {
    message: `${rows}:2: field "chosen" must suit the chat template: no clowns`,
  });
  const fickle = await openCheckpoint(
    await copied("llama", { "chat_template.jinja": "{{ messages | length }} messages" }),
  );
  await assert.rejects(() => dataset(rows, baseOf(fickle)), {
    message: /:1: field "chosen" must go on from its prompt/,
  });
});

Deno.test("a template that loses an answer or its calls is refused, one that loses a system's words noted", async () => {
  const call = [{ type: "function", function: { name: "look_up", arguments: '{"q": "x"}' } }];
  const rows = await rowsFile(Array.from({ length: 4 }, (_, i) => ({
    prompt: [said("system", "Be kind."), said("user", `Who is ${i}?`)],
    chosen: [{ ...said("assistant", "Let me see."), tool_calls: call }],
    rejected: [said("assistant", "<think>Hm.</think>No idea.")],
  })));
  const open = async (template: string) =>
    baseOf(await openCheckpoint(await copied("llama", { "chat_template.jinja": template })));
  const each = (body: string) => `{% for m in messages %}[{{ m.role }}]${body}{% endfor %}`;
  const reply = "{% if add_generation_prompt %}[assistant]{% endif %}";
  await assert.rejects(dataset(rows, await open("hi")), {
    message: /:1: field "chosen" must suit the chat template: it leaves out what "assistant" says/,
  });
  await assert.rejects(dataset(rows, await open(each("{{ m.content }}") + reply)), {
    message: /:1: field "chosen" must suit the chat template: it leaves out calls of tools/,
  });
  const calls =
    "{% for c in m.tool_calls or [] %}{{ c.function.name }}({{ c.function.arguments.q }})" +
    "{% endfor %}";
  const whole = await dataset(rows, await open(each(`{{ m.content }}${calls}`) + reply));
  assert.deepEqual(whole.remarks, []);
  const deaf = "{% if m.role != 'system' %}{{ m.content }}{% endif %}";
  const noted = await dataset(rows, await open(each(deaf + calls) + reply));
  assert.deepEqual(noted.remarks, [
    '4 rows with what "system" says in their prompt, which the chat template leaves out',
  ]);
});

Deno.test("prompts and answers have half of the model's context each, and what is cut is said", async () => {
  const long = "zebra quartz ".repeat(40);
  for (const [family, each] of [["gpt2", 32], ["llama", 64]] as const) {
    const rows = [...pairs(4), { prompt: long, chosen: long, rejected: "a" }];
    const { checkpoint, testbed, plan } = await opened(golden(family), rows);
    assert.equal(testbed.longest, each);
    const whole = checkpoint.tokenizer.encode(long);
    const cut = everything(testbed).find(({ chosen }) => chosen.prompt.tokens.length === each)!;
    assert.deepEqual(cut.chosen.prompt.tokens, whole.slice(-each));
    assert.deepEqual(cut.chosen.tokens, whole.slice(0, each));
    assert.ok(
      plan.notes.includes(
        `Of its context of ${checkpoint.context} tokens, prompts may fill ${each} and answers ${each}`,
      ),
    );
    assert.ok(plan.notes.includes(`1 pair had its prompt cut to the last ${each} tokens`));
    assert.ok(plan.notes.includes(`1 answer cut to the first ${each} tokens`));
    assert.deepEqual(plan.model, {
      directory: golden(family),
      sha256: await checkpoint.fingerprint(),
    });
  }
});

Deno.test("a prompt that is cut keeps the tokens that open a text, and ids beyond 65,535 are kept apart", async () => {
  const rows = ["aaaa", "b", "", "c"].map((prompt): DatasetRow => ({
    kind: "unpaired",
    prompt,
    completion: "xy",
    label: true,
    repaired: false,
    ...prompt === "c" ? { templated: true } : {},
  }));
  const wide = 2 ** 16;
  const data = await encode(ReadableStream.from(rows), {
    // b is a, 65,536 tokens on.
    encode: (text) => [...text].map((c) => ({ a: 7, b: 7 + wide, c: 9 })[c] ?? 1),
    encodeAnswer: (text) => [...text].map(() => wide + 3),
    opening: [5],
    stop: 0,
    size: 2 * wide,
    crosses: true,
  }, { prompt: 3, answer: 8 });
  for (const found of [data, fromBytes(toBytes(data))]) {
    assert.deepEqual(
      rows.map((_, i) => sequence(found.prompts, found.promptOf[i]!)),
      [[5, 7, 7], [5, 7 + wide], [5], [9]],
    );
    assert.deepEqual(sequence(found.answers, 0), [wide + 3, wide + 3, 0]);
  }
  assert.equal(data.facts.cutPrompts, 1);
});

for (const family of ["gpt2", "llama", "qwen2"]) {
  Deno.test(`${family}: methods start from the checkpoint and move it`, async () => {
    const checkpoint = await openCheckpoint(golden(family));
    const benchmark = await dataset(await rowsFile(pairs(40)), baseOf(checkpoint));
    const engine = cpu({ threads: 1 });
    const run = runner(
      engine,
      labWorkshop({ engine, cached: shop.cached, progress: shop.progress }),
    );
    const ran = () => ({ at: "", seconds: 0, commit: "", host: "" });
    const record = (method: Method) =>
      run({
        method,
        benchmark,
        setting: "rows",
        seed: 1,
        budget: { flops: 1e9, queries: 40 },
        progress() {},
        ran,
      });
    const learned = await record(dpo);
    assert.equal(learned.outcome, "ok", learned.reason);
    assert.ok(learned.steps >= 2);
    assert.equal(learned.start.kl!.value, 0);
    assert.ok(learned.measures.kl!.value > 0);
    assert.ok(learned.measures.nll!.value < Math.LN2);
    // A value head is there for methods that need one.
    const critic = await record(ppo);
    assert.equal(critic.outcome, "ok", critic.reason);
    await engine.close();
  });
}

Deno.test("bench --model records which checkpoint it was, and does not resume on another", async () => {
  const [directory, model] = [await temporary(), await copied("llama")];
  const file = await rowsFile(pairs(20));
  const args = ["--dataset", file, "--model", model, "--methods", "sft", "--seeds", "1"];
  const out = join(directory, "run");
  const { code, stderr } = await cli(["bench", ...args, "--flops", "3e8", "--out", out]);
  assert.equal(code, 0, stderr);
  const { plan, records } = await readRun(out);
  assert.equal(plan.dataset!.model!.directory, model);
  assert.match(plan.command, new RegExp(` --dataset ${file} --model ${model}$`));
  assert.deepEqual(records.map(({ outcome }) => outcome), ["ok"]);
  assert.equal((await cli(["bench", "--resume", out])).code, 0);

  const weights = join(model, "model.safetensors");
  const bytes = await Deno.readFile(weights);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(weights, bytes);
  const again = await cli(["bench", "--resume", out]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^error: Cannot go on with .* as the checkpoint in .* has changed/m);
});

Deno.test("bench --model says why no other testbed starts from it", async () => {
  const file = await rowsFile(pairs(20));
  const refused = async (args: readonly string[], message: RegExp) => {
    const directory = await temporary();
    const out = join(directory, "run");
    const { code, stdout, stderr } = await cli(["bench", ...args, "--out", out]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  };
  const own = ["--model", golden("llama")];
  await refused(
    own,
    /Cannot train .*llama on bandit, .*game, .*text: each of these testbeds has its own start policy/,
  );
  await refused(
    [...own, "--dataset", file, "--benchmarks", "all"],
    /Cannot train .* on bandit, .*game, .*text, vision: /,
  );
  await refused(
    ["--model", "./nowhere", "--dataset", file],
    /Cannot load .*nowhere: .*there is no such directory/,
  );
});
