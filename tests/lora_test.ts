import assert from "node:assert/strict";
import {
  type Answer,
  type Call,
  type Feeds,
  input,
  type Params,
  type Prompt,
  rng,
  type Tensors,
} from "../core/mod.ts";
import { cpu, gradient, interpret, reached } from "../engine/mod.ts";
import { flops } from "../engine/cost.ts";
import { learner } from "../lab/train/learner.ts";
import { reference } from "../lab/train/reference.ts";
import { modelPolicy, named, unnamed } from "../lab/train/policy.ts";
import { copied } from "../lab/train/weights.ts";
import { peftFiles, readPeft } from "../models/export/peft.ts";
import { type Lora, lora, mergedLora, products } from "../models/lora.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";

const shape: TransformerShape = {
  vocabulary: 23,
  layers: 2,
  width: 16,
  heads: 4,
  keyHeads: 2,
  positions: "rotary",
  context: 32,
  longest: 10,
  valueHead: true,
  stop: 0,
};
const base = transformer(shape);
const shapes: { readonly [name: string]: TransformerShape } = {
  "LLaMA-shaped": shape,
  "GPT-2-shaped": {
    ...shape,
    keyHeads: 4,
    positions: "learned",
    norm: "layer",
    feedForward: "geluTanh",
    biases: ["query", "key", "value", "output", "up", "down"],
  },
};

/** Parameters so large that every part matters. */
function loud(params: Params, label: string): Params {
  const random = rng(label);
  return Object.fromEntries(
    Object.entries(params).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.2 * random.normal()) },
    ]),
  );
}
const weights = loud(base.init(rng("init")), "weights");
const options: Lora = { rank: 3, alpha: 6, targets: products(weights) };

const random = rng("answers");
const words = (n: number) => Array.from({ length: n }, () => 1 + random.below(22));
const prompts: Prompt[] = Array.from({ length: 6 }, (_, i) => ({
  id: `${i}`,
  tokens: words(2 + i % 3),
}));
const answers: Answer[] = prompts.map((prompt, i) => {
  const tokens = words(2 + i % 5);
  return { prompt, tokens, length: tokens.length };
});
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

async function withEngine<T>(use: (call: Call) => Promise<T>): Promise<T> {
  const engine = cpu({ threads: 1 });
  try {
    return await use(engine.call);
  } finally {
    await engine.close();
  }
}

for (const [name, shape] of Object.entries(shapes)) {
  const base = transformer(shape);
  const weights = loud(base.init(rng("init")), "weights");
  const options: Lora = { rank: 3, alpha: 6, targets: products(weights) };
  const model = lora(base, weights, options);

  Deno.test(`${name}: adapters at zero are the base bit for bit, and its own arrays`, async () => {
    const params = model.init(rng("adapters"));
    for (const [name, tensor] of Object.entries(weights)) assert.equal(params[name], tensor);
    await withEngine(async (call) => {
      const calls = { sampling: call, scoring: call };
      const [with0, without] = [
        modelPolicy(model, () => params, calls),
        modelPolicy(base, () => weights, calls),
      ];
      assert.deepEqual(await with0.steps(answers), await without.steps(answers));
      assert.deepEqual(await with0.value(answers), await without.value(answers));
      assert.deepEqual(
        await with0.sample(prompts, rng("draw")),
        await without.sample(prompts, rng("draw")),
      );
    });
  });

  Deno.test(`${name}: adapters add alpha/rank · A B to their weights, in training and in sampling`, async () => {
    const params = { ...loud(model.init(rng("adapters")), "loud"), ...weights };
    const sum = mergedLora(params, options);
    assert.deepEqual(Object.keys(sum), Object.keys(weights));
    // One entry by hand: 6/3 of the sum over the rank of three.
    const [w, a, b] = ["", ".lora.a", ".lora.b"].map((x) => params[`1.feed.down${x}`]!);
    const [i, j, columns] = [5, 7, shape.width];
    const update = [0, 1, 2].reduce(
      (total, k) => total + a!.data[3 * i + k]! * b!.data[columns * k + j]!,
      0,
    );
    const want = w!.data[columns * i + j]! + 2 * update;
    assert.ok(Math.abs(sum["1.feed.down"]!.data[columns * i + j]! - want) < 1e-6);

    await withEngine(async (call) => {
      const calls = { sampling: call, scoring: call };
      const [apart, one] = [
        modelPolicy(model, () => params, calls),
        modelPolicy(base, () => sum, calls),
      ];
      const [x, y] = [await apart.logp(answers), await one.logp(answers)];
      assert.ok(
        worst(x, y) < 1e-3 &&
          worst(x, await modelPolicy(base, () => weights, calls).logp(answers)) > 0.1,
      );
      const greedy = { temperature: 0 };
      const [drawn, same] = [
        await apart.sample(prompts, rng("draw"), greedy),
        await one.sample(prompts, rng("draw"), greedy),
      ];
      assert.deepEqual(drawn.map(({ tokens }) => tokens), same.map(({ tokens }) => tokens));
      const fresh = await apart.steps(drawn);
      drawn.forEach(({ logps }, i) => assert.ok(worst(logps, fresh[i]!) < 1e-4));
    });
  });
}

const model = lora(base, weights, options);
const start = model.init(rng("adapters"));
const adapters = Object.keys(start).filter((name) => name.includes(".lora."));

/** A loss of a batch in double precision, as a function of one parameter. */
function traced(params: Params) {
  const packed = model.pack(answers, true);
  const leaves: { [name: string]: Feeds[string] } = {};
  const arrays: Tensors = { ...named("pi", params), ...packed.feeds };
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    leaves[name] = input(name, shape, data instanceof Int32Array ? "i32" : "f32");
  }
  const forward = model.forward(unnamed("pi", leaves), leaves);
  const loss = forward.steps.sum().add(forward.value().sum());
  return { loss, leaves: unnamed("pi", leaves), arrays };
}

Deno.test("gradients reach adapters and the value head alone, and are the slopes", () => {
  const params = { ...loud(start, "loud"), ...weights };
  const { loss, leaves, arrays } = traced(params);
  const found = reached(loss, Object.values(leaves));
  const moving = Object.keys(leaves).filter((name) => found.has(leaves[name]!));
  assert.deepEqual(moving.sort(), [...adapters, "value.bias", "value.weight"].sort());

  const values = Object.fromEntries(
    Object.entries(arrays).map(([name, { data }]) => [name, Float64Array.from(data)]),
  );
  const slopes = gradient(loss, moving.map((name) => leaves[name]!));
  const exact = interpret(Object.fromEntries(moving.map((name, i) => [name, slopes[i]!])), values);
  const at = (name: string, i: number, x: number) => {
    const moved = values[`pi/${name}`]!.slice();
    moved[i]! += x;
    return interpret({ loss }, { ...values, [`pi/${name}`]: moved }).loss![0]!;
  };
  for (const name of moving) {
    const i = exact[name]!.length >> 1;
    const slope = (at(name, i, 1e-4) - at(name, i, -1e-4)) / 2e-4;
    assert.ok(Math.abs(slope - exact[name]![i]!) < 1e-5 * Math.max(1, Math.abs(slope)), name);
  }
});

Deno.test("a gradient through adapters costs less than one through the weights", () => {
  const small = lora(base, weights, { ...options, rank: 1 });
  const cost = (model: typeof base, params: Params, names: readonly string[]) => {
    const packed = model.pack(answers);
    const leaves: { [name: string]: Feeds[string] } = {};
    for (const [name, x] of Object.entries({ ...named("pi", params), ...packed.feeds })) {
      leaves[name] = input(name, x.shape, x.data instanceof Int32Array ? "i32" : "f32");
    }
    const loss = model.forward(unnamed("pi", leaves), leaves).steps.sum();
    return flops([loss, ...gradient(loss, names.map((name) => leaves[`pi/${name}`]!))]);
  };
  const learned = Object.keys(weights).filter((name) => !name.startsWith("value."));
  const full = cost(base, weights, learned);
  const thin = cost(small, small.init(rng(1)), adapters);
  assert.ok(thin < 0.95 * full, `${thin} against ${full}`);
});

Deno.test("a learner moves adapters alone, keeps moments of no more, and copies share the base", async () => {
  await withEngine(async (call) => {
    const shapes: number[] = [];
    const calls = { sampling: call, scoring: call };
    const policy = modelPolicy(model, () => start, calls);
    const learning = learner<"demonstrations">({
      model,
      from: start,
      loss: ({ pi, answer }) => pi.logp(answer).mean().neg(),
      reference: reference(policy),
      optimiser: { rate: 0.02, warmup: 1, batch: answers.length, clip: 1 },
      training(graph, feeds, options) {
        shapes.push(feeds.theta!.shape[0]!, feeds.first!.shape[0]!, feeds.second!.shape[0]!);
        return call(graph, feeds, options);
      },
      calls,
      rng: rng("learner"),
      progress: () => 0,
    });
    const before = await policy.logp(answers);
    for (let step = 0; step < 20; step++) {
      await learning.step(answers.map((answer) => ({ answer })));
    }
    const count = adapters.reduce((sum, name) => sum + start[name]!.data.length, 0);
    assert.deepEqual(new Set(shapes), new Set([count]));
    const { params } = learning.policy;
    for (const name of Object.keys(weights)) assert.equal(params[name], weights[name], name);
    for (const name of adapters) assert.notDeepEqual(params[name]!.data, start[name]!.data, name);
    const after = await learning.policy.logp(answers);
    after.forEach((x, i) => assert.ok(x > before[i]! + 0.1, `answer ${i}`));
    // The reference is where it was.
    assert.deepEqual(await policy.logp(answers), before);

    const copy = copied(params, start);
    for (const name of Object.keys(weights)) assert.equal(copy[name], weights[name]);
    for (const name of adapters) {
      assert.notEqual(copy[name]!.data, params[name]!.data);
      assert.deepEqual(copy[name]!.data, params[name]!.data);
    }
  });
});

Deno.test("what cannot be adapted is refused by name", () => {
  const refused = (change: Partial<Lora>, message: RegExp) =>
    assert.throws(() => lora(base, weights, { ...options, ...change }), {
      name: "RangeError",
      message,
    });
  refused({ rank: 0 }, /^Cannot adapt at rank 0: it must be a whole number above 0$/);
  refused({ rank: 1.5 }, /^Cannot adapt at rank 1\.5/);
  refused({ alpha: NaN }, /^Cannot adapt with alpha NaN/);
  refused({ targets: ["embed"] }, /^Cannot adapt embed: expected some of 0\.attention\.query, /);
  refused({ targets: ["2.feed.up"] }, /^Cannot adapt 2\.feed\.up: /);
  refused({ targets: [] }, /^Cannot adapt nothing: /);
  refused({ whole: ["nose"] }, /^Cannot learn nose as it is: /);
  refused({ whole: ["0.feed.up"] }, /^Cannot adapt 0\.feed\.up: it is to be learned as it is$/);
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const read = (files: { readonly [path: string]: Uint8Array }, change: object = {}) =>
  readPeft(
    {
      config: JSON.stringify({ ...JSON.parse(text(files["adapter_config.json"]!)), ...change }),
      model: files["adapter_model.safetensors"]!.slice(),
    },
    shape,
    weights,
  );

Deno.test("adapters go out under PEFT's names and come back the same", () => {
  const some: Lora = {
    rank: 2,
    alpha: 5,
    targets: ["0.attention.query", "1.attention.query", "1.feed.down"],
  };
  const params = { ...loud(lora(base, weights, some).init(rng("out")), "loud"), ...weights };
  const files = peftFiles(shape, params, some, "models/base");
  const config = JSON.parse(text(files["adapter_config.json"]!));
  assert.equal(config.peft_type, "LORA");
  assert.equal(config.base_model_name_or_path, "models/base");
  assert.deepEqual([config.r, config.lora_alpha], [2, 5]);
  assert.deepEqual(config.target_modules, ["q_proj", "model.layers.1.mlp.down_proj"]);
  const header = text(files["adapter_model.safetensors"]!.subarray(8));
  const arrays = JSON.parse(header.slice(0, header.indexOf("}}") + 2));
  const at = "base_model.model.model.layers";
  assert.deepEqual(
    Object.entries(arrays).slice(1).map(([name, x]) => [name, (x as { shape: number[] }).shape]),
    [
      [`${at}.0.self_attn.q_proj.lora_A.weight`, [2, 16]],
      [`${at}.0.self_attn.q_proj.lora_B.weight`, [16, 2]],
      [`${at}.1.self_attn.q_proj.lora_A.weight`, [2, 16]],
      [`${at}.1.self_attn.q_proj.lora_B.weight`, [16, 2]],
      [`${at}.1.mlp.down_proj.lora_A.weight`, [2, 64]],
      [`${at}.1.mlp.down_proj.lora_B.weight`, [16, 2]],
    ],
  );
  const { options: back, params: adapters } = read(files);
  assert.deepEqual(back, some);
  for (const [name, tensor] of Object.entries(adapters)) assert.deepEqual(tensor, params[name]);
  assert.equal(Object.keys(adapters).length, 6);
  assert.equal(read(files, { use_rslora: true }).options.alpha, 5 * Math.SQRT2);
});

Deno.test("adapters of another kind, size or model are refused by name", () => {
  const params = model.init(rng("out"));
  const files = peftFiles(shape, params, options, "base");
  const refused = (change: object, message: RegExp) =>
    assert.throws(() => read(files, change), { name: "SyntaxError", message });
  refused({ peft_type: "IA3" }, /^adapter_config\.json: .*LORA[^]*peft_type/);
  refused({ use_dora: true }, /use_dora/);
  refused({ modules_to_save: ["lm_head"] }, /modules_to_save/);
  refused(
    { target_modules: ["k_proj"] },
    /q_proj\.lora_A\.weight adapts .*q_proj, which "target_mod/,
  );
  refused({ target_modules: "(a+)+$" }, /field "target_modules" must be names: it is \(a\+\)\+\$/);
  refused({ rank_pattern: { q_proj: 4 } }, /rank_pattern/);
  refused({ layer_replication: [[0, 2]] }, /layer_replication/);
  refused({ r: 4 }, /q_proj\.lora_A\.weight must have shape \[4,16\]: it has \[3,16\]$/);
  assert.throws(
    () => readPeft({ config: "{", model: new Uint8Array() }, shape, weights),
    /^SyntaxError: adapter_config\.json: not JSON/,
  );
  const deeper = transformer({ ...shape, layers: 3 }).init(rng("deep"));
  const many = peftFiles(
    { ...shape, layers: 3 },
    lora(base, deeper, { ...options, targets: products(deeper) }).init(rng(1)),
    { ...options, targets: products(deeper) },
    "base",
  );
  assert.throws(() => read(many), /layers\.2\.self_attn\.q_proj\.lora_A\.weight adapts nothing of/);
  assert.throws(
    () => peftFiles(shapes["GPT-2-shaped"]!, params, options),
    /^RangeError: Cannot name adapters of GPT2LMHeadModel as PEFT does: its queries, keys and values are one module/,
  );
});
