import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type Answer, type Params, type Prompt, rng, type Tensor } from "../core/mod.ts";
import { cpu } from "../engine/mod.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { type Checkpoint, openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { type DataType, readFloats, readHeader } from "../models/checkpoint/safetensors.ts";
import { temporary } from "./fake/directory.ts";

const goldens = fileURLToPath(new URL("goldens/models", import.meta.url));
const families = ["gpt2", "llama", "qwen2"] as const;

interface Expected {
  readonly rows: readonly {
    readonly prompt: string;
    readonly answer: string;
    readonly prompt_ids: readonly number[];
    readonly answer_ids: readonly number[];
    readonly token_logprobs: readonly number[];
    readonly logprob: number;
  }[];
  readonly greedy: { readonly prompt: string; readonly ids: readonly number[] };
}
const json = (...path: string[]) => JSON.parse(Deno.readTextFileSync(join(goldens, ...path)));

const answersOf = ({ tokenizer }: Checkpoint, { rows }: Expected): Answer[] =>
  rows.map(({ prompt, answer }) => {
    const tokens = tokenizer.encodeAnswer(answer);
    return {
      prompt: { id: prompt, tokens: [...tokenizer.opening, ...tokenizer.encode(prompt)] },
      tokens,
      length: tokens.length,
    };
  });

for (const family of families) {
  const expected: Expected = json(family, "expected.json");

  Deno.test(`${family}: texts become the tokens that transformers reads, and back`, async () => {
    const checkpoint = await openCheckpoint(join(goldens, family));
    const { tokenizer } = checkpoint;
    answersOf(checkpoint, expected).forEach((y, i) => {
      const row = expected.rows[i]!;
      assert.deepEqual(y.prompt.tokens, row.prompt_ids);
      assert.deepEqual(y.tokens, row.answer_ids);
      assert.equal(tokenizer.decode(y.tokens), row.answer);
      assert.equal(tokenizer.pieces(y.tokens).join(""), row.answer);
    });
    assert.equal(tokenizer.stop, 2);
    assert.deepEqual(tokenizer.pieces([2, 319]), ["</s>", tokenizer.pieces([319])[0]]);
  });

  Deno.test(`${family}: every token's log-probability is transformers' to 1e-4, in training's pass and in sampling's`, async () => {
    const checkpoint = await openCheckpoint(join(goldens, family));
    const engine = cpu({ threads: 1 });
    const params = await checkpoint.load();
    const model = checkpoint.model({ longest: 12 });
    const calls = { sampling: engine.call, scoring: engine.call };
    const policy = modelPolicy(model, () => params, calls);
    const ys = answersOf(checkpoint, expected);
    const found = await policy.steps(ys);
    const sums = await policy.logp(ys);
    expected.rows.forEach(({ token_logprobs, logprob }, i) => {
      assert.equal(found[i]!.length, token_logprobs.length);
      token_logprobs.forEach((want, t) => assert.ok(Math.abs(found[i]![t]! - want) < 1e-4));
      assert.ok(Math.abs(sums[i]! - logprob) < 1e-4 * Math.abs(logprob));
    });

    // Every prefix of every row goes on by the likeliest token: long ones are read token by token.
    const prefixes = ys.flatMap((y) =>
      y.tokens.map((_, t): Prompt => ({
        id: `${y.prompt.id} ${t}`,
        tokens: [...y.prompt.tokens, ...y.tokens.slice(0, t)],
      }))
    );
    const drawn = await checkpoint.model({ longest: 1 })
      .generate(engine.call, params, prefixes, prefixes.map((_, i) => rng(i)), { temperature: 0 });
    const again = await policy.steps(drawn);
    drawn.forEach(({ logps }, i) => assert.ok(Math.abs(logps[0]! - again[i]![0]!) < 1e-4));
    await engine.close();
  });

  Deno.test(`${family}: greedy sampling goes on as transformers does`, async () => {
    const checkpoint = await openCheckpoint(join(goldens, family));
    const engine = cpu({ threads: 1 });
    const { greedy: { prompt, ids } } = expected;
    const tokens = checkpoint.tokenizer.encode(prompt);
    const [found] = await checkpoint.model({ longest: ids.length }).generate(
      engine.call,
      await checkpoint.load(),
      [{ id: "greedy", tokens }],
      [rng("greedy")],
      { temperature: 0 },
    );
    assert.deepEqual(found!.tokens, ids);
    await engine.close();
  });
}

/** Arrays as they stand in a file. */
interface Raw {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
type Arrays = ReadonlyMap<string, Raw>;

function arraysOf(family: string): Map<string, Raw> {
  const bytes = Deno.readFileSync(join(goldens, family, "model.safetensors"));
  const end = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const entries = readHeader(bytes.subarray(8, end), bytes.length, family);
  return new Map(
    [...entries].map(([name, { dtype, shape, from, to }]) => [
      name,
      { dtype, shape, bytes: bytes.subarray(from, to) },
    ]),
  );
}

function file(header: string, data: Uint8Array, length = BigInt(header.length)): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

function written(arrays: Arrays): Uint8Array {
  let at = 0;
  const header = Object.fromEntries(
    [...arrays].map(([name, { dtype, shape, bytes }]) => [
      name,
      { dtype, shape, data_offsets: [at, at += bytes.length] },
    ]),
  );
  const data = new Uint8Array(at);
  at = 0;
  for (const { bytes } of arrays.values()) {
    data.set(bytes, at);
    at += bytes.length;
  }
  return file(JSON.stringify(header), data);
}

/** A copy of a golden checkpoint with other files; undefined for a file that is left out. */
async function copied(
  family: string,
  files: { readonly [name: string]: Uint8Array | string | object | undefined },
): Promise<string> {
  const directory = await temporary();
  const all = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
  for (const name of new Set([...all, ...Object.keys(files)])) {
    const given = files[name];
    const path = join(directory, name);
    if (!(name in files)) await Deno.copyFile(join(goldens, family, name), path);
    else if (given instanceof Uint8Array) await Deno.writeFile(path, given);
    else if (given !== undefined) {
      await Deno.writeTextFile(path, typeof given === "string" ? given : JSON.stringify(given));
    }
  }
  return directory;
}

const same = (a: Params, b: Params, relative = 0, absolute = 0) => {
  assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort());
  for (const [name, { shape, data }] of Object.entries(a)) {
    assert.deepEqual(b[name]!.shape, shape, name);
    const other = b[name]!.data;
    data.forEach((x, i) => {
      assert.ok(Math.abs(x - other[i]!) <= relative * Math.abs(x) + absolute, `${name} ${x}`);
    });
  }
};

Deno.test("half-precision elements are the numbers that their bits spell", () => {
  const read = (dtype: DataType, ...halves: number[]) => {
    const out = new Float32Array(halves.length);
    readFloats(new Uint8Array(Uint16Array.from(halves).buffer), dtype, out);
    return [...out];
  };
  assert.deepEqual(
    read("F16", 0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000),
    [1, -2, 65504, 2 ** -24, -0],
  );
  assert.deepEqual(read("BF16", 0x3f80, 0xc000, 0x4049, 0x0080), [1, -2, 3.140625, 2 ** -126]);
  assert.throws(() => read("I64", 0, 0, 0, 0), {
    name: "RangeError",
    message: "Cannot read I64 as numbers: expected F32,F16,BF16",
  });
});

for (const [dtype, digits] of [["F16", 2 ** -11], ["BF16", 2 ** -7]] as const) {
  Deno.test(`a checkpoint in ${dtype} is the one in F32 up to rounding`, async () => {
    const halved = (x: number) => {
      if (dtype === "F16") return new Uint16Array(Float16Array.of(x).buffer)[0]!;
      return new Uint32Array(Float32Array.of(x).buffer)[0]! >>> 16;
    };
    const arrays = new Map(
      [...arraysOf("qwen2")].map(([name, { shape, bytes }]) => {
        const numbers = new Float32Array(bytes.slice().buffer);
        const data = new Uint8Array(Uint16Array.from(numbers, halved).buffer);
        return [name, { dtype, shape, bytes: data }];
      }),
    );
    const half = await openCheckpoint(
      await copied("qwen2", { "model.safetensors": written(arrays) }),
    );
    const whole = await openCheckpoint(join(goldens, "qwen2"));
    assert.equal(half.count, whole.count);
    // Beside the digits, half the smallest number there is.
    same(await whole.load(), await half.load(), digits, dtype === "F16" ? 2 ** -25 : 0);
  });
}

Deno.test("a sharded checkpoint is the one in a single file", async () => {
  const arrays = [...arraysOf("llama")];
  const parts = [0, 1, 2].map((k) => new Map(arrays.filter((_, i) => i % 3 === k)));
  const name = (k: number) => `model-0000${k + 1}-of-00003.safetensors`;
  const weight_map = Object.fromEntries(
    parts.flatMap((part, k) => [...part.keys()].map((array) => [array, name(k)])),
  );
  const index = { metadata: { total_size: 1 }, weight_map };
  const shards = Object.fromEntries(parts.map((part, k) => [name(k), written(part)]));
  const INDEX = "model.safetensors.index.json";
  const sharded = await copied("llama", {
    "model.safetensors": undefined,
    [INDEX]: index,
    ...shards,
  });
  const [one, three] = [
    await openCheckpoint(join(goldens, "llama")),
    await openCheckpoint(sharded),
  ];
  same(await one.load(), await three.load());
  assert.notEqual(await one.fingerprint(), await three.fingerprint());

  const refused = async (change: object, message: RegExp) => {
    const directory = await copied("llama", {
      "model.safetensors": undefined,
      [INDEX]: index,
      ...shards,
      ...change,
    });
    await assert.rejects(() => openCheckpoint(directory), { name: "SyntaxError", message });
  };
  const first = Object.keys(weight_map)[0]!;
  const moved = (to: string) => ({ [INDEX]: { weight_map: { ...weight_map, [first]: to } } });
  await refused({ [name(1)]: undefined }, /00002-of-00003\.safetensors: there is no such file/);
  await refused(
    moved(name(1)),
    /holds model\.embed_tokens\.weight, which .* places in model-00002/,
  );
  await refused(moved("../other.safetensors"), /must lie in a \.safetensors file beside it/);
  await refused(
    { [INDEX]: { weight_map: { ...weight_map, ghost: name(0) } } },
    /00001-of-00003\.safetensors: it lacks ghost/,
  );
});

Deno.test("arrays larger than a piece are read whole, turned or not", async () => {
  // An embedding of 5 MB is read in five pieces.
  const config = {
    ...json("llama", "config.json"),
    vocab_size: 40_000,
    tie_word_embeddings: false,
  };
  const numbers = Float32Array.from({ length: 40_000 * 32 }, (_, i) => i);
  const big: Raw = {
    dtype: "F32",
    shape: [40_000, 32],
    bytes: new Uint8Array(numbers.buffer),
  };
  const arrays = new Map([...arraysOf("llama"), ["model.embed_tokens.weight", big]]);
  arrays.set("lm_head.weight", big);
  const directory = await copied("llama", {
    "config.json": config,
    "model.safetensors": written(arrays),
  });
  const params = await (await openCheckpoint(directory)).load();
  assert.deepEqual(params.embed!.data, numbers);
  assert.deepEqual(params.head!.data, numbers);
  const turned = params["0.feed.down"]!;
  const { bytes } = arrays.get("model.layers.0.mlp.down_proj.weight")!;
  const straight = new Float32Array(bytes.slice().buffer);
  assert.deepEqual(turned.shape, [64, 32]);
  for (const [r, c] of [[0, 0], [3, 5], [63, 31]] as const) {
    assert.equal(turned.data[r * 32 + c], straight[c * 64 + r]);
  }
});

Deno.test("GPT-2's own file has no prefix, and masks that old versions saved are not read", async () => {
  const arrays = new Map(
    [...arraysOf("gpt2")].map(([name, raw]) => [name.replace(/^transformer\./, ""), raw]),
  );
  const mask = { dtype: "U8", shape: [1, 1, 64, 64], bytes: new Uint8Array(4096) };
  arrays.set("h.0.attn.bias", mask);
  const bare = await openCheckpoint(
    await copied("gpt2", { "model.safetensors": written(arrays) }),
  );
  const own = await openCheckpoint(join(goldens, "gpt2"));
  same(await own.load(), await bare.load());
  assert.equal(bare.count, own.count);
});

const entry = (from: number, to: number, shape: readonly number[] = [(to - from) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [from, to],
});
const data = new Uint8Array(16);
const hostile: readonly [string, Uint8Array, RegExp][] = [
  ["an empty file", new Uint8Array(0), /it has 0 bytes/],
  [
    "a header beyond the file",
    file("{}", data, 1000n),
    /must end within its 26 bytes: it says 1008/,
  ],
  ["a header of 2⁶³ bytes", file("{}", data, 2n ** 63n), /must be at most 100000000 bytes/],
  ["a header that is no JSON", file("{]", data), /its header is not JSON/],
  ["a header that is a list", file("[]", data), /its header must be an object/],
  ["an array beyond the data", file(JSON.stringify({ x: entry(0, 20) }), data), /it is cut off/],
  ["bytes after the arrays", file(JSON.stringify({ x: entry(0, 12) }), data), /something follows/],
  [
    "arrays that overlap",
    file(JSON.stringify({ x: entry(0, 12), y: entry(8, 16) }), data),
    /y must begin where the array before it ends, at 12: it begins at 8/,
  ],
  [
    "a gap between arrays",
    file(JSON.stringify({ x: entry(0, 4), y: entry(8, 16) }), data),
    /y must begin where the array before it ends, at 4: it begins at 8/,
  ],
  [
    "a shape that does not fit",
    file(JSON.stringify({ x: entry(0, 16, [5]) }), data),
    /x of shape \[5\] in F32 needs 20 bytes: it lies from 0 to 16/,
  ],
  [
    "an absurd shape",
    file(JSON.stringify({ x: entry(0, 16, [2 ** 40, 2 ** 40]) }), data),
    /needs 4\.83.*e\+24 bytes/,
  ],
  [
    "a negative size",
    file(JSON.stringify({ x: entry(0, 16, [-2, -2]) }), data),
    /x: ✖ Too small/,
  ],
  [
    "offsets the wrong way round",
    file(JSON.stringify({ x: entry(16, 0, [4]) }), data),
    /needs 16 bytes: it lies from 16 to 0/,
  ],
  [
    "an unknown element type",
    file('{"x":{"dtype":"F12","shape":[4],"data_offsets":[0,16]}}', data),
    /must have a known element type: current value is F12/,
  ],
  [
    "an array twice",
    file(
      `{"x":${JSON.stringify(entry(0, 16))},"\\u0078":${JSON.stringify(entry(0, 16))}}`,
      data,
    ),
    /its header has "x" twice/,
  ],
  [
    "a field twice",
    file('{"x":{"dtype":"F32","shape":[9],"shape":[4],"data_offsets":[0,16]}}', data),
    /its header has "shape" twice/,
  ],
];
for (const [what, bytes, message] of hostile) {
  Deno.test(`${what} is refused by name`, async () => {
    const directory = await copied("llama", { "model.safetensors": bytes });
    await assert.rejects(() => openCheckpoint(directory), {
      name: "SyntaxError",
      message: new RegExp(
        `^Cannot read ${directory}/model\\.safetensors: [^]*${message.source}`,
      ),
    });
  });
}

Deno.test("no damage to a header goes unnoticed and none breaks the reader", async () => {
  const whole = Deno.readFileSync(join(goldens, "llama", "model.safetensors"));
  const directory = await copied("llama", {});
  const path = join(directory, "model.safetensors");
  const end = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  // Spaces pad the header, and metadata are free text.
  const from = whole.indexOf("}".charCodeAt(0)) + 2;
  const to = whole.lastIndexOf("}".charCodeAt(0), end) + 1;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: from, max: to - 1 }),
      fc.integer({ min: 33, max: 126 }),
      async (at, byte) => {
        fc.pre(whole[at] !== byte);
        const damaged = whole.slice();
        damaged[at] = byte;
        await Deno.writeFile(path, damaged);
        await assert.rejects(
          () => openCheckpoint(directory),
          (error) => error instanceof SyntaxError || error instanceof RangeError,
        );
      },
    ),
    { seed: 3, numRuns: 150 },
  );
});

Deno.test("arrays that are missing, too many or of another shape are refused by name", async () => {
  const refused = async (change: (arrays: Map<string, Raw>) => void, message: RegExp) => {
    const arrays = arraysOf("qwen2");
    change(arrays);
    const directory = await copied("qwen2", { "model.safetensors": written(arrays) });
    await assert.rejects(() => openCheckpoint(directory), { message });
  };
  await refused((all) => all.delete("model.norm.weight"), /: model\.norm\.weight is missing$/);
  await refused(
    (all) => all.set("model.layers.0.mlp.up_proj.bias", all.get("model.norm.weight")!),
    /: model\.layers\.0\.mlp\.up_proj\.bias is not part of the model that config\.json describes$/,
  );
  await refused(
    (all) => all.set("model.norm.weight", { ...all.get("model.norm.weight")!, shape: [4, 8] }),
    /model\.norm\.weight must have shape \[32\]: it has \[4,8\]$/,
  );
  await refused(
    (all) => all.set("model.norm.weight", { ...all.get("model.norm.weight")!, dtype: "I32" }),
    /model\.norm\.weight must be one of F32, F16, BF16, .*: it is I32$/,
  );
});

const wrongConfigs: readonly [string, object, RegExp][] = [
  [
    "llama",
    { model_type: "mistral", architectures: ["MistralForCausalLM"] },
    /"MistralForCausalLM", and supported are LlamaForCausalLM, ArceeForCausalLM, Qwen2ForCausalLM, GPT2LMHeadModel$/,
  ],
  [
    "llama",
    { model_type: "constructor", architectures: null },
    /its architecture is "constructor"/,
  ],
  [
    "llama",
    { architectures: ["LlamaForSequenceClassification"] },
    /"LlamaForSequenceClassification"/,
  ],
  [
    "llama",
    { rope_scaling: { rope_type: "llama3", factor: 8 } },
    /"rope_scaling\.rope_type" must be default, as scaled rotary positions are not supported: current value is "llama3"/,
  ],
  ["llama", { rope_parameters: { rope_type: "yarn" } }, /"rope_parameters\.rope_type"/],
  [
    "llama",
    { rope_parameters: { full_attention: { rope_theta: 5 } } },
    /"rope_parameters" must be flat, as angles that differ by layer/,
  ],
  ["llama", { hidden_act: "gelu" }, /"hidden_act" must be silu/],
  ["llama", { quantization_config: { bits: 4 } }, /quantised weights are not supported/],
  ["llama", { hidden_size: "32" }, /Cannot read .*config\.json: field "hidden_size": /],
  ["llama", { num_hidden_layers: 1e9 }, /field "num_hidden_layers": /],
  [
    "llama",
    { vocab_size: 1e9 },
    /embed_tokens\.weight must have shape \[1000000000,32\]: it has \[320,32\]/,
  ],
  ["llama", { num_attention_heads: 5, head_dim: null }, /Cannot split width 32 into 5 heads/],
  ["qwen2", { use_sliding_window: true }, /sliding windows are not supported/],
  [
    "qwen2",
    { layer_types: ["full_attention", "sliding_attention"] },
    /"layer_types" must be full_attention/,
  ],
  ["gpt2", { activation_function: "relu" }, /"activation_function" must be gelu or gelu_new or/],
  ["gpt2", { scale_attn_by_inverse_layer_idx: true }, /attention scaled by layer/],
];
for (const [family, change, message] of wrongConfigs) {
  Deno.test(`${family} with ${JSON.stringify(change)} is refused by name`, async () => {
    const config = { ...json(family, "config.json"), ...change };
    const directory = await copied(family, { "config.json": config });
    await assert.rejects(() => openCheckpoint(directory), { message });
  });
}

Deno.test("what a directory lacks is said", async () => {
  const without = async (name: string, message: RegExp) => {
    const directory = await copied("llama", { [name]: undefined });
    await assert.rejects(() => openCheckpoint(directory), { message });
  };
  await without("config.json", /config\.json: there is no such file$/);
  await without("tokenizer.json", /tokenizer\.json: there is no such file$/);
  await without("model.safetensors", /no such file, and weights in other formats are not read$/);
  await assert.rejects(() => openCheckpoint("nowhere/at-all"), {
    name: "RangeError",
    message: /^Cannot load nowhere\/at-all: .* there is no such directory$/,
  });
});

Deno.test("the token that ends an answer is the tokenizer's, or else the config's", async () => {
  const stop = async (tokenizer: object, config: object) => {
    const directory = await copied("llama", {
      "tokenizer_config.json": tokenizer,
      "config.json": { ...json("llama", "config.json"), ...config },
    });
    return (await openCheckpoint(directory)).tokenizer.stop;
  };
  assert.equal(await stop({ eos_token: { content: "<s>" } }, { eos_token_id: 2 }), 1);
  assert.equal(await stop({}, { eos_token_id: [0, 2] }), 0);
  await assert.rejects(() => stop({}, { eos_token_id: null }), { message: /neither names one$/ });
  await assert.rejects(() => stop({}, { eos_token_id: 320 }), { message: /it is 320$/ });
});

Deno.test("a tokenizer that begins texts with a token says so, and one with more tokens than the model is refused", async () => {
  const tokenizer = json("llama", "tokenizer.json");
  const single = [{ SpecialToken: { id: "<s>", type_id: 0 } }, {
    Sequence: { id: "A", type_id: 0 },
  }];
  const special_tokens = { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } };
  const opening = { ...tokenizer.post_processor, single, special_tokens };
  const directory = await copied("llama", {
    "tokenizer.json": { ...tokenizer, post_processor: opening },
  });
  const found = (await openCheckpoint(directory)).tokenizer;
  assert.deepEqual(found.opening, [1]);
  assert.ok(!found.encode("the").includes(1));
  assert.deepEqual(found.encode("<s>the").slice(0, 1), [1]);

  const added = [...tokenizer.added_tokens, {
    ...tokenizer.added_tokens[0],
    id: 320,
    content: "<x>",
  }];
  const larger = await copied("llama", { "tokenizer.json": { ...tokenizer, added_tokens: added } });
  await assert.rejects(() => openCheckpoint(larger), {
    message: /its largest token is 320, and the model knows tokens below 320$/,
  });
});

Deno.test("a tokenizer that puts a space before every text does not put one before an answer", async () => {
  const tokens = ["<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "▁b", "<0x0A>"];
  const tokenizer = {
    version: "1.0",
    added_tokens: [],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [["▁", "a"], ["▁", "b"]],
    },
  };
  const directory = await copied("llama", { "tokenizer.json": tokenizer });
  const { tokenizer: found } = await openCheckpoint(directory);
  const spelled = (ids: readonly number[]) => ids.map((id) => tokens[id]);
  assert.deepEqual(spelled(found.encode("a b")), ["▁a", "▁b"]);
  assert.deepEqual(spelled(found.encodeAnswer("a b")), ["a", "▁b"]);
  assert.deepEqual(spelled(found.encodeAnswer(" a b")), ["▁a", "▁b"]);
  assert.deepEqual(found.pieces(found.encodeAnswer(" a b")), [" a", " b"]);
});

Deno.test("messages go through the checkpoint's own template, which sees no clock", async () => {
  const template =
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}" +
    "{% if add_generation_prompt %}<assistant>{% endif %}{% if strftime_now is defined %}late{% endif %}";
  const config = json("llama", "tokenizer_config.json");
  const messages = [{ role: "user", content: "Hi" }];
  const chat = async (files: object) =>
    (await openCheckpoint(await copied("llama", files as never))).chat;
  const written = await chat({ "tokenizer_config.json": { ...config, chat_template: template } });
  assert.equal(written!(messages, true), "<s><user>Hi</s><assistant>");
  assert.equal(written!(messages, false), "<s><user>Hi</s>");
  const named = [{ name: "tool_use", template: "no" }, { name: "default", template }];
  const listed = await chat({ "tokenizer_config.json": { ...config, chat_template: named } });
  assert.equal(listed!(messages, false), "<s><user>Hi</s>");
  // A file of its own comes first; a line break at its start stays.
  const own = await chat({
    "chat_template.jinja": "\n{{ messages[0].content }}",
    "tokenizer_config.json": { ...config, chat_template: template },
  });
  assert.equal(own!(messages, true), "\nHi");
  const strict = await chat({
    "chat_template.jinja": "{{ raise_exception('roles must alternate') }}",
  });
  assert.throws(() => strict!(messages, true), /roles must alternate/);
  assert.equal(await chat({}), undefined);
  await assert.rejects(() => chat({ "chat_template.jinja": "{% if %}" }), {
    name: "SyntaxError",
    message: /^Cannot read the chat template of /,
  });
});

Deno.test("a fingerprint changes with a single number, a template or the stop token", async () => {
  const bytes = Deno.readFileSync(join(goldens, "llama", "model.safetensors"));
  const last = bytes.slice();
  last[bytes.length - 1]! ^= 1;
  const config = json("llama", "tokenizer_config.json");
  const directories = await Promise.all([
    copied("llama", {}),
    copied("llama", { "model.safetensors": last }),
    copied("llama", { "chat_template.jinja": "x" }),
    copied("llama", { "tokenizer_config.json": { ...config, eos_token: "<s>" } }),
  ]);
  const found = await Promise.all(
    directories.map(async (directory) => (await openCheckpoint(directory)).fingerprint()),
  );
  assert.equal(new Set(found).size, 4);
  assert.equal(found[0], await (await openCheckpoint(join(goldens, "llama"))).fingerprint());
});

Deno.test("a model reads no more than its checkpoint can, and counts its parameters", async () => {
  const checkpoint = await openCheckpoint(join(goldens, "gpt2"));
  assert.equal(checkpoint.context, 64);
  assert.throws(() => checkpoint.model({ context: 65, longest: 1 }), {
    message: /^Cannot read 65 tokens with .*: its context is 64$/,
  });
  const params: { [name: string]: Tensor } = { ...await checkpoint.load() };
  const model = checkpoint.model({ context: 32, longest: 8 });
  assert.throws(
    () => model.pack([{ prompt: { id: "p", tokens: [1] }, tokens: Array(40).fill(3), length: 40 }]),
    /the model's context is 32/,
  );
  const count = Object.values(params).reduce((sum, { data }) => sum + data.length, 0);
  assert.equal(count, checkpoint.count);
});
