import assert from "node:assert/strict";
import { join } from "node:path";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  DynamicCache,
  env,
  Tensor,
} from "@huggingface/transformers";
import { type Params, type Prompt, rng } from "../core/mod.ts";
import { learnTokenizer, readTokenizer } from "../benchmarks/text/tokenizer.ts";
import { cpu } from "../engine/mod.ts";
import { writeExport } from "../lab/checkpoints/export.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { hubFiles } from "../models/export/files.ts";
import { hub } from "../models/export/hub.ts";
import { openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { writeParams } from "../models/checkpoint/safetensors.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";
import { temporary } from "./fake/directory.ts";

env.allowRemoteModels = false;

const texts = [
  "The food was great, and the waiter was not bad either.",
  "We waited for an hour; nobody came. Crème brûlée…",
  "I would go there again for the soup alone.",
];
const tokenizer = readTokenizer(learnTokenizer(texts.map((text) => [text, 5]), 300));
const base: TransformerShape = {
  vocabulary: tokenizer.size,
  layers: 2,
  width: 32,
  heads: 4,
  positions: "rotary",
  context: 64,
  longest: 20,
  valueHead: true,
  stop: tokenizer.stop,
};
const shapes: { readonly [name: string]: TransformerShape } = {
  "squared ReLU, tied head": base,
  "gated SiLU, grouped keys, own head": {
    ...base,
    keyHeads: 2,
    feedForward: "silu",
    tied: false,
    valueHead: false,
  },
  "gated SiLU with biases as Qwen2 has them": {
    ...base,
    feedForward: "silu",
    hidden: 40,
    biases: ["query", "key", "value"],
    epsilon: 1e-6,
    theta: 500,
  },
  "squared ReLU with all biases and wide heads": {
    ...base,
    headWidth: 12,
    biases: ["query", "key", "value", "output", "up", "down"],
  },
  "GPT-2's norms and learned positions": {
    ...base,
    positions: "learned",
    norm: "layer",
    feedForward: "geluTanh",
    biases: ["query", "key", "value", "output", "up", "down"],
  },
  "GPT-2's, with the exact GELU and a head of its own": {
    ...base,
    positions: "learned",
    norm: "layer",
    feedForward: "gelu",
    biases: ["query", "key", "value", "output", "up", "down"],
    tied: false,
    hidden: 40,
  },
};

/** Parameters so large that every part matters and texts differ. */
function loud(shape: TransformerShape): Params {
  const random = rng("loud");
  return Object.fromEntries(
    Object.entries(transformer(shape).init(rng("init"))).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.3 * random.normal()) },
    ]),
  );
}

const openings = ["The food", "We", "I would go", "nobody came. Crème", "soup"];

/** The files of a policy in a directory of their own, which transformers.js then calls "policy". */
async function written(shape: TransformerShape, params: Params): Promise<void> {
  const directory = await temporary();
  await writeExport(join(directory, "policy"), hubFiles(shape, params, tokenizer));
  env.localModelPath = directory;
}

const numbers = ({ data }: Tensor): number[] => [...data as BigInt64Array].map(Number);

for (const [name, shape] of Object.entries(shapes)) {
  Deno.test(`${name}: transformers.js reads the files and goes on with the same greedy text`, async () => {
    const params = loud(shape);
    await written(shape, params);
    const theirs = await AutoTokenizer.from_pretrained("policy");
    const model = await AutoModelForCausalLM.from_pretrained("policy");

    const engine = cpu({ threads: 1 });
    const prompts = openings.map((text): Prompt => ({ id: text, tokens: tokenizer.encode(text) }));
    const ours = await transformer(shape).generate(
      engine.call,
      params,
      prompts,
      prompts.map(({ id }) => rng(id)),
      { temperature: 0 },
    );
    await engine.close();
    assert.ok(new Set(ours.flatMap(({ tokens }) => tokens)).size > 20, "texts are of one mind");

    for (const [i, text] of openings.entries()) {
      const inputs = theirs(text);
      assert.deepEqual(numbers(inputs.input_ids), prompts[i]!.tokens);
      const all = numbers(await model.generate({ ...inputs, do_sample: false }) as Tensor);
      const tokens = all.slice(prompts[i]!.tokens.length);
      assert.deepEqual(tokens, ours[i]!.tokens, text);
      assert.equal(
        theirs.decode(tokens, { skip_special_tokens: true }),
        tokenizer.decode(ours[i]!.tokens),
      );
    }
    // All at once, the shorter ones padded from the left.
    const batch = theirs([...openings], { padding: true });
    const [, width] = batch.input_ids.dims as [number, number];
    const rows = numbers(await model.generate({ ...batch, do_sample: false }) as Tensor);
    const length = rows.length / openings.length;
    openings.forEach((text, i) => {
      const { tokens } = ours[i]!;
      const from = i * length + width;
      assert.deepEqual(rows.slice(from, from + tokens.length), tokens, text);
    });
    await model.dispose();
  });

  Deno.test(`${name}: our own loader reads the files back bit for bit`, async () => {
    const params = loud(shape);
    await written(shape, params);
    const checkpoint = await openCheckpoint(join(env.localModelPath, "policy"));
    const back = await checkpoint.load();
    const kept = Object.entries(params).filter(([name]) => !name.startsWith("value."));
    assert.deepEqual(new Set(Object.keys(back)), new Set(kept.map(([name]) => name)));
    for (const [name, tensor] of kept) assert.deepEqual(back[name], tensor, name);
    const { valueHead: _, ...same } = shape;
    const found = checkpoint.shape({ longest: shape.longest });
    assert.deepEqual({ ...found, ...same }, found);
    assert.equal(checkpoint.tokenizer.stop, shape.stop);
    assert.deepEqual(checkpoint.tokenizer.encode(texts[0]!), tokenizer.encode(texts[0]!));
  });
}

Deno.test("the model's log-probabilities are the policy's, read at once or a part at a time", async () => {
  const shape = shapes["gated SiLU, grouped keys, own head"]!;
  const params = loud(shape);
  await written(shape, params);
  const model = await AutoModelForCausalLM.from_pretrained("policy");
  const engine = cpu({ threads: 1 });
  const calls = { sampling: engine.call, scoring: engine.call };
  const policy = modelPolicy(transformer(shape), () => params, calls);
  const tokens = tokenizer.encode(texts[1]!).slice(0, 24);
  const [want] = await policy.steps([{
    prompt: { id: "p", tokens: tokens.slice(0, 1) },
    tokens: tokens.slice(1),
    length: tokens.length - 1,
  }]);
  await engine.close();

  const fed = (ids: readonly number[], length: number) => ({
    input_ids: new Tensor("int64", ids.map(BigInt), [1, ids.length]),
    attention_mask: new Tensor("int64", Array<bigint>(length).fill(1n), [1, length]),
  });
  const logps = ({ data }: Tensor, from: number) =>
    tokens.slice(from + 1, from + 1 + data.length / shape.vocabulary).map((id, t) => {
      const row = (data as Float32Array).subarray(t * shape.vocabulary, (t + 1) * shape.vocabulary);
      return row[id]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    });
  const whole = await model(fed(tokens, tokens.length));
  const first = await model(fed(tokens.slice(0, 9), 9));
  const cache = Object.fromEntries(
    Object.entries(first).flatMap(([name, x]) =>
      name.startsWith("present") ? [[name.replace("present", "past_key_values"), x]] : []
    ),
  );
  const past = new DynamicCache(cache as { [name: string]: Tensor });
  const rest = await model({ ...fed(tokens.slice(9), tokens.length), past_key_values: past });
  const parts = [...logps(first.logits, 0), ...logps(rest.logits, 9)];
  for (const found of [logps(whole.logits, 0), parts]) {
    assert.equal(found.length, want!.length);
    found.forEach((x, t) => assert.ok(Math.abs(x - want![t]!) < 1e-4, `token ${t}`));
  }
  await model.dispose();
});

Deno.test("weights go out as [out, in] under the hub's names, the value head stays behind", () => {
  const shape: TransformerShape = {
    vocabulary: 3,
    layers: 1,
    width: 2,
    heads: 1,
    positions: "rotary",
    context: 8,
    longest: 4,
    valueHead: true,
    stop: 0,
  };
  const params = transformer(shape).init(rng("names"));
  params["0.feed.up"]!.data.set([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18]);
  const { params: named, left, config } = hub(shape, params);
  assert.deepEqual(left, ["value.weight", "value.bias"]);
  assert.deepEqual(Object.entries(named).map(([name, { shape }]) => [name, [...shape]]), [
    ["model.embed_tokens.weight", [3, 2]],
    ["model.layers.0.input_layernorm.weight", [2]],
    ["model.layers.0.self_attn.q_proj.weight", [2, 2]],
    ["model.layers.0.self_attn.k_proj.weight", [2, 2]],
    ["model.layers.0.self_attn.v_proj.weight", [2, 2]],
    ["model.layers.0.self_attn.o_proj.weight", [2, 2]],
    ["model.layers.0.post_attention_layernorm.weight", [2]],
    ["model.layers.0.mlp.up_proj.weight", [8, 2]],
    ["model.layers.0.mlp.down_proj.weight", [2, 8]],
    ["model.norm.weight", [2]],
  ]);
  assert.deepEqual([...named["model.layers.0.mlp.up_proj.weight"]!.data], [
    ...[1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17, 8, 18],
  ]);
  assert.deepEqual(named["model.embed_tokens.weight"], params.embed);
  assert.equal(config.intermediate_size, 8);
  assert.equal(config.tie_word_embeddings, true);
});

Deno.test("safetensors hold a header as long as they say, then the numbers as little-endian floats", () => {
  const bytes = writeParams({
    a: { shape: [2], data: Float32Array.of(1, -2) },
    b: { shape: [1, 1], data: Float32Array.of(0.5) },
  }, { format: "pt" });
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  assert.equal(length % 8, 0);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), {
    __metadata__: { format: "pt" },
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    b: { dtype: "F32", shape: [1, 1], data_offsets: [8, 12] },
  });
  assert.equal(bytes.length, 8 + length + 12);
  assert.deepEqual([0, 4, 8].map((at) => view.getFloat32(8 + length + at, true)), [1, -2, 0.5]);
});

Deno.test("what no layout has is refused by name", () => {
  const refused = (change: Partial<TransformerShape>, message: RegExp) => {
    const shape = { ...base, ...change };
    assert.throws(() => hubFiles(shape, transformer(shape).init(rng(1)), tokenizer), {
      name: "RangeError",
      message,
    });
  };
  refused({ positions: "learned" }, /^Cannot export a transformer with learned positions and no/);
  refused({ norm: "layer" }, /with a layer norm and rotary positions: expected what LlamaFor/);
  refused({ norm: "layer", positions: "learned" }, /with a layer norm and squaredRelu: /);
  const gpt2 = { norm: "layer", positions: "learned", feedForward: "gelu" } as const;
  refused({ ...gpt2, keyHeads: 1 }, /with a layer norm and shared keys: /);
  refused({ ...gpt2, biases: ["up"] }, /with a layer norm and not every bias: /);
  refused({ feedForward: "gelu" }, /with gelu and no layer norm: /);
  refused({ biases: ["up"] }, /with biases on up alone: /);
  refused({ patches: { count: 2, numbers: 3 } }, /with patches of an image: expected what Llama/);
  refused({ stop: 7 }, /^Cannot export a tokenizer without its stop token: expected 7 among/);
  const params = { ...loud(base), nose: { shape: [1], data: Float32Array.of(1) } };
  assert.throws(
    () => hub(base, params),
    /^RangeError: Cannot export parameter nose: expected embed, 0\.attention\.norm, /,
  );
  const { norm: _, ...headless } = loud(base);
  assert.throws(
    () => hub(base, headless),
    /^RangeError: Cannot export norm as model\.norm\.weight: expected 32 numbers, found none/,
  );
});
