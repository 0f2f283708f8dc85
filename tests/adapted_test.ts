import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AutoModelForCausalLM, AutoTokenizer, env, type Tensor } from "@huggingface/transformers";
import {
  type Method,
  type Params,
  type Plan,
  rng,
  type RunRecord,
  type Testbed,
} from "../core/mod.ts";
import { adapted } from "../benchmarks/dataset/adapted.ts";
import { baseOf } from "../benchmarks/dataset/checkpoint.ts";
import { type Base, dataset } from "../benchmarks/dataset.ts";
import { cpu } from "../engine/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { createRun } from "../lab/disk/records.ts";
import { runner } from "../lab/train/run.ts";
import { workshop } from "../lab/train/workshop.ts";
import dpo from "../methods/dpo.ts";
import ppo from "../methods/ppo.ts";
import { openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { loadAdapted, readPeft } from "../models/export/peft.ts";
import { products } from "../models/lora.ts";
import { base } from "./fake/base.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

env.allowRemoteModels = false;

const golden = (family: string) =>
  fileURLToPath(new URL(`goldens/models/${family}`, import.meta.url));

async function rowsFile(): Promise<string> {
  const file = join(await temporary(), "rows.jsonl");
  const rows = Array.from({ length: 60 }, (_, i) => ({
    prompt: `the government of ${i}`,
    chosen: " the people",
    rejected: " zebra",
  }));
  await Deno.writeTextFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  return file;
}

const budget = { flops: 4e8, queries: 40 };

async function trained(file: string, base: Base, method: Method = dpo, flops = budget.flops) {
  const engine = cpu({ threads: 1 });
  const store = await temporary();
  let end: { testbed: Testbed; params: Params } | undefined;
  const run = runner(engine, workshop({ engine, cached: cache(store, () => {}), progress() {} }));
  const record = await run({
    method,
    benchmark: await dataset(file, base),
    setting: "rows",
    seed: 1,
    budget: { ...budget, flops },
    progress() {},
    ran: () => ({ at: "then", seconds: 1, commit: "", host: "" }),
    trained: (testbed, params) => void (end = { testbed, params }),
  });
  await engine.close();
  assert.equal(record.outcome, "ok", `${record.reason}`);
  return { record, ...end! };
}

Deno.test("rows learned by adapters: the start is the base's exactly, the end another, its weights the same arrays", async () => {
  const file = await rowsFile();
  const [whole, thin] = [
    await trained(file, base),
    await trained(file, adapted(base, { rank: 2, alpha: 4 })),
  ];
  assert.deepEqual(thin.record.start, whole.record.start);
  assert.ok(thin.record.measures.margin!.value > 0.01);
  const { testbed: { start }, params } = thin;
  const weights = Object.keys(start).filter((name) => !name.includes(".lora."));
  assert.deepEqual(weights, Object.keys(whole.params));
  for (const name of weights) assert.equal(params[name], start[name], name);
  assert.notDeepEqual(params["0.feed.up.lora.b"], start["0.feed.up.lora.b"]);
});

Deno.test("a value head, which no adapter can stand for, is learned beside them", async () => {
  const rows = await rowsFile();
  const { params, testbed: { start } } = await trained(
    rows,
    adapted(base, { rank: 2, alpha: 4 }),
    ppo,
    4e9,
  );
  assert.ok(start["value.weight"]!.data.every((x) => x === 0));
  assert.ok(params["value.weight"]!.data.some((x) => x !== 0));
  assert.equal(params.embed, start.embed);
});

Deno.test("deno task export writes a checkpoint's adapters, merged and as PEFT's files", async () => {
  const directory = golden("qwen2");
  const checkpoint = await openCheckpoint(directory);
  const file = await rowsFile();
  const lora = { rank: 2, alpha: 6 };
  const own = adapted(baseOf(checkpoint), lora);
  const { record, params } = await trained(file, own);
  const store = await temporary();
  const described = await (await dataset(file, own)).describe({
    call: () => Promise.reject(new Error("nothing is computed here")),
    train: () => Promise.reject(new Error("nothing is trained here")),
    policy: () => assert.fail(),
    cached: cache(store, () => {}),
    progress() {},
  });
  assert.deepEqual(described.lora, lora);
  const plan: Plan = {
    schema: 1,
    command: "deno task bench",
    preset: "quick",
    methods: ["dpo"],
    cells: [{ benchmark: "dataset", setting: "rows", summary: "rows", budget }],
    seeds: [1],
    device: "cpu",
    dataset: described,
    versions: {},
    ran: { at: "then", host: "here" },
  };
  const place = await temporary();
  {
    await using run = await createRun(join(place, "run"), plan);
    await run.append(JSON.parse(JSON.stringify(record)) as RunRecord);
  }
  const args = ["run", "--method", "dpo", "--out", "made", "--cache", store, "--json"];
  const { code, stdout, stderr } = await cli(["export", ...args], place, [
    "--allow-ffi=node_modules",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Training dpo on dataset\/rows, seed 1 again$/m);
  assert.match(stderr, /^Its record is the run's, bit for bit/m);
  const said = JSON.parse(stdout);
  const made = join(place, "made");
  assert.equal(said.difference, null);
  assert.deepEqual(said.left, ["value.weight", "value.bias"]);
  for (const path of said.files) assert.ok((await Deno.stat(path)).isFile);

  // The adapters are those that the run ended with.
  const weights = await checkpoint.load();
  const back = readPeft(
    {
      config: await Deno.readTextFile(join(made, "adapter", "adapter_config.json")),
      model: await Deno.readFile(join(made, "adapter", "adapter_model.safetensors")),
    },
    checkpoint.shape({ longest: 1 }),
    weights,
  );
  assert.deepEqual(back.options, { ...lora, targets: products(weights) });
  for (const [name, tensor] of Object.entries(back.params)) {
    assert.deepEqual([...tensor.data], [...params[name]!.data], name);
  }

  // Our loader and transformers.js read the merged model alike.
  const merged = await openCheckpoint(made);
  assert.equal(merged.context, checkpoint.context);
  const text = "the government of";
  const prompt = { id: "p", tokens: merged.tokenizer.encode(text) };
  assert.deepEqual(await loadAdapted(checkpoint, join(made, "adapter")), await merged.load());
  const scored = async (...args: string[]) => {
    const data = ["--data", file, "--reference", directory, "--json"];
    const { code, stdout, stderr } = await cli(["score", ...args, ...data], place, [
      "--allow-ffi=node_modules",
    ]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).rows;
  };
  const beside = await scored("--model", directory, "--adapter", "made/adapter");
  assert.ok(beside.some(({ margin }: { margin: number }) => margin !== 0));
  assert.deepEqual(beside, await scored("--model", made));
  const engine = cpu({ threads: 1 });
  const [ours] = await merged.model({ longest: 12 }).generate(
    engine.call,
    await merged.load(),
    [prompt],
    [rng("greedy")],
    { temperature: 0 },
  );
  await engine.close();
  env.localModelPath = place;
  const tokenizer = await AutoTokenizer.from_pretrained("made");
  const model = await AutoModelForCausalLM.from_pretrained("made");
  const inputs = tokenizer(text, { add_special_tokens: false });
  const options = { ...inputs, do_sample: false, max_new_tokens: 12 };
  const out = await model.generate(options) as Tensor;
  const tokens = [...out.data as BigInt64Array].map(Number).slice(prompt.tokens.length);
  assert.deepEqual(tokens, ours!.tokens);
  await model.dispose();
});

Deno.test("bench refuses adapters without rows, and ranks that are none", async () => {
  const bench = (...args: string[]) => cli(["bench", "--methods", "dpo", ...args]);
  const bare = await bench("--lora", "8");
  assert.equal(bare.code, 1);
  assert.match(bare.stderr, /^error: Cannot learn by adapters without rows of your own: give them/);
  for (const wrong of ["0", "1.5", "8,0", "8,", "8,1,2"]) {
    const { code, stderr } = await bench("--lora", wrong);
    assert.equal(code, 1, wrong);
    assert.match(stderr, /'--lora <rank\[,alpha\]>' argument '.*' is invalid/);
  }
});
