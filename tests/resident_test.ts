import assert from "node:assert/strict";
import {
  type Answer,
  type Call,
  type Feeds,
  onDevice,
  rng,
  type Tensor,
  type Tensors,
  toHost,
  tokenNll,
} from "../core/mod.ts";
import { cpu, type Engine, engine, web } from "../engine/mod.ts";
import { learner } from "../lab/train/learner.ts";
import { reference } from "../lab/train/reference.ts";
import { weightedMean } from "../lab/train/mean.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { copied } from "../lab/train/weights.ts";
import { lora, products } from "../models/lora.ts";
import { table } from "../models/table.ts";
import { transformer } from "../models/transformer.ts";
import { crossings, onGpu } from "./fixtures/gpu.ts";
import { shapes, trained } from "./fixtures/training.ts";

const vector = (...values: number[]): Tensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});
const add = ({ x, y }: Feeds): Feeds => ({ sum: x!.add(y!), total: x!.add(y!).sum() });
const keep = ["sum"];

onGpu("a kept array stays on the device until it is disposed of", async () => {
  const { call, close } = engine(await web("webgpu"));
  const first = await call(add, { x: vector(1, 2), y: vector(10, 20) }, { keep });
  assert.throws(() => first.sum!.data, /^TypeError: Cannot read an array of \[2\]: it was kept/);
  assert.deepEqual([...first.total!.data], [33]);
  const second = await call(add, { x: first.sum!, y: vector(100, 200) }, { keep });
  assert.deepEqual([...second.total!.data], [333]);
  const third = await call(add, { x: first.sum!, y: second.sum! }, { keep });
  assert.deepEqual([...third.total!.data], [366]);
  first.sum![Symbol.dispose]!();
  await assert.rejects(
    call(add, { x: first.sum!, y: vector(1, 1) }, { keep }),
    /^TypeError: Cannot feed an array of \[2\]: it was disposed of/,
  );
  const fourth = await call(add, { x: second.sum!, y: vector(1, 1) }, { keep });
  assert.deepEqual([...fourth.total!.data], [335]);
  await close();
});

onGpu("a shared array is there until its last hold ends, however often one is ended", async () => {
  const { call, close, place } = engine(await web("webgpu"));
  const { x } = await place({ x: vector(1, 2, 3) });
  const other = x!.share!();
  x![Symbol.dispose]!();
  x![Symbol.dispose]!();
  assert.throws(() => x!.share!(), /^TypeError: Cannot feed an array of \[3\]: it was disposed of/);
  const found = await toHost(call, { other, here: vector(7) });
  assert.deepEqual([...found.other!.data], [1, 2, 3]);
  assert.deepEqual([...found.here!.data], [7]);
  other[Symbol.dispose]!();
  await assert.rejects(toHost(call, { other }), /^TypeError: Cannot feed an array of \[3\]/);
  await close();
});

Deno.test("on the CPU arrays are where the engine computes, and none is copied", async () => {
  const { call, close, place } = cpu({ threads: 1 });
  const arrays = { x: vector(1, 2) };
  assert.equal(await place(arrays), arrays);
  assert.equal(await toHost(call, arrays), arrays);
  assert.ok(!onDevice(arrays.x));
  await close();
});

/** An engine that writes down, for each call of a kind, which of its arrays were on the host. */
function watched(on: Engine) {
  const sent: { [what: string]: string[][] } = { token: [], step: [], score: [] };
  const came: { [what: string]: string[][] } = { token: [], step: [], score: [] };
  const host = (arrays: Tensors) => Object.keys(arrays).filter((name) => !onDevice(arrays[name]!));
  const call: Call = async (f, feeds, options) => {
    const results = await on.call(f, feeds, options);
    const what = "key0" in feeds
      ? "token"
      : "rate" in feeds
      ? "step"
      : "pi/embed" in feeds && "out" in results
      ? "score"
      : undefined;
    if (what) {
      sent[what]!.push(host(feeds));
      came[what]!.push(host(results));
    }
    return results;
  };
  return { call, place: on.place, sent, came };
}

onGpu("no parameter crosses for a step, a sampled token or a score", async () => {
  const on = engine(await web("webgpu"));
  for (const shape of Object.values(shapes)) {
    const { sent, came, ...watching } = watched(on);
    await trained(shape, watching);
    const batch = ["trained/", "reference/", "length/"];
    const schedule = ["field/strength", "rate", "debias1", "debias2", "progress"];
    const other = sent.step!.map((names) =>
      names.filter((name) => !schedule.includes(name) && !batch.some((x) => name.startsWith(x)))
    );
    // The moments' zeros, once.
    assert.deepEqual(other, [["first", "second"], []]);
    assert.deepEqual(came.step, [["loss", "norm"], ["loss", "norm"]]);
    assert.ok(sent.token!.length > 3);
    const place = shape.positions === "learned" ? ["at"] : ["cos", "sin"];
    for (const names of sent.token!) assert.deepEqual(names, [...place, "uniform", "tokens"]);
    for (const names of came.token!) assert.deepEqual(names, ["token", "logp"]);
    assert.ok(sent.score!.length >= 2);
    for (const names of sent.score!) {
      assert.deepEqual(names.filter((name) => name.startsWith("pi/")), []);
    }
  }
  await on.close();
});

const [contexts, actions] = [64, 256];
const answers = Array.from({ length: 8 }, (_, i): Answer => ({
  prompt: { id: `${i}`, tokens: [i] },
  tokens: [3 * i],
  length: 1,
}));

/** A table of 64 KiB that learns some answers by heart. */
async function student({ call, place }: Engine) {
  const model = table({ contexts, actions });
  const start = await place(model.init(rng(0)));
  const calls = { sampling: call, scoring: call };
  const policy = modelPolicy(model, () => start, calls);
  const learning = learner<"demonstrations">({
    model,
    from: copied(start, start),
    loss: ({ pi, answer }) => tokenNll(pi, answer),
    reference: reference(policy),
    optimiser: { rate: 0.1, warmup: 1, batch: answers.length, clip: 10 },
    training: call,
    calls,
    rng: rng(0),
    progress: () => 0,
  });
  return {
    model,
    start,
    calls,
    learning,
    step: () => learning.step(answers.map((answer) => ({ answer }))),
  };
}

onGpu(
  "a step on WebGPU moves its batch and eight bytes of results, whatever the model's size",
  async () => {
    using seen = crossings();
    const on = engine(await web("webgpu"));
    const { step, learning } = await student(on);
    for (let i = 0; i < 3; i++) await step();
    const before = seen.so();
    for (let i = 0; i < 10; i++) await step();
    const after = seen.so();
    assert.equal(after.down - before.down, 10 * 8);
    const up = (after.up - before.up) / 10;
    // Contexts, actions and lengths of 8 answers, four scalars: 112 bytes, in pieces of 16 or more.
    assert.ok(
      up >= 112 && up < 4096,
      `${up} bytes a step, a parameter array is ${4 * contexts * actions}`,
    );
    assert.ok(learning.loss < Math.log(actions));
    await on.close();
  },
);

onGpu("200 steps hold no more on the device than 5, and a learner's end frees it", async () => {
  using seen = crossings();
  const on = engine(await web("webgpu"));
  const { step, learning } = await student(on);
  for (let i = 0; i < 5; i++) await step();
  const early = seen.so().held;
  // After every step, as the collector may hide a leak later.
  let most = 0;
  for (let i = 5; i < 200; i++) {
    await step();
    most = Math.max(most, seen.so().held);
  }
  const array = 4 * contexts * actions;
  assert.ok(early < 16 * array, `${early} bytes after 5 steps, of arrays of ${array}`);
  assert.ok(most < early + array, `up to ${most} bytes in 200 steps, ${early} after 5`);
  const { logits } = learning.policy.params;
  learning[Symbol.dispose]();
  assert.throws(() => logits!.share!(), /it was disposed of/);
  await on.close();
});

onGpu("a copy on the device stays as it was while the learner goes on", async () => {
  const on = engine(await web("webgpu"));
  const { model, start, calls, learning, step } = await student(on);
  for (let i = 0; i < 2; i++) await step();
  const copy = copied(learning.policy.params, start);
  const frozen = modelPolicy(model, () => copy, calls);
  const then = await frozen.logp(answers);
  assert.deepEqual(await learning.policy.logp(answers), then);
  for (let i = 0; i < 2; i++) await step();
  assert.deepEqual(await frozen.logp(answers), then);
  const now = await learning.policy.logp(answers);
  now.forEach((x, i) => assert.ok(x > then[i]! + 0.05, `answer ${i}`));
  // Rebased on it, the learner disposes of it with itself.
  learning.rebase(reference(frozen));
  learning[Symbol.dispose]();
  await assert.rejects(frozen.logp(answers), /^TypeError: Cannot feed an array/);
  const uniform = await modelPolicy(model, () => start, calls).logp(answers);
  uniform.forEach((x) => assert.ok(Math.abs(x + Math.log(actions)) < 1e-4));
  await on.close();
});

onGpu("adapters on the device sample as those on the host do", async () => {
  const random = rng("adapters");
  const loud = (arrays: Tensors): Tensors =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => [
        name,
        { shape, data: Float32Array.from(data, (x) => x + 0.1 * random.normal()) },
      ]),
    );
  for (const shape of Object.values(shapes)) {
    const base = transformer(shape);
    const weights = loud(base.init(random.split("base")));
    const model = lora(base, weights, { rank: 2, alpha: 8, targets: products(weights) });
    const params = loud(model.init(random.split("adapters")));
    const prompts = [3, 5, 5].map((n, i) => ({ id: `${i}`, tokens: Array<number>(n).fill(7 + i) }));
    const drawn = async (on: Engine, params: Tensors) => {
      const answers = await model.generate(
        on.call,
        await on.place(params),
        prompts,
        prompts.map((_, i) => rng("draw").split(i)),
      );
      await on.close();
      return answers.map(({ tokens }) => tokens);
    };
    const want = await drawn(cpu({ threads: 1 }), params);
    assert.deepEqual(await drawn(engine(await web("webgpu")), params), want);
    const bare = Object.fromEntries(
      Object.entries(params).map(([name, array]) => [
        name,
        name.endsWith(".b") ? { ...array, data: new Float32Array(array.data.length) } : array,
      ]),
    );
    assert.notDeepEqual(await drawn(cpu({ threads: 1 }), bare), want);
  }
});

onGpu(
  "a merged policy stays on the device, is searched there, and has the CPU's numbers",
  async () => {
    const model = transformer({ ...Object.values(shapes)[0]!, longest: 3 });
    const [a, b] = [model.init(rng("a")), model.init(rng("b"))];
    const prompts = [1, 2].map((token) => ({ id: `${token}`, tokens: [token, 3] }));
    const found = async (on: Engine) => {
      const mixed = await weightedMean(
        on.call,
        [await on.place(a), await on.place(b)],
        ([first]) => [0.25, 0.5 + first![1]! / (first![0]! + 1)],
      );
      const away = Object.values(mixed).map(onDevice);
      const policy = modelPolicy(model, () => mixed, { sampling: on.call, scoring: on.call });
      const answers = await policy.sample(prompts, rng("search"), { beams: 3 });
      const host = await toHost(on.call, mixed);
      await on.close();
      return { away: new Set(away), answers, host };
    };
    const [gpu, here] = [
      await found(engine(await web("webgpu"))),
      await found(cpu({ threads: 1 })),
    ];
    assert.deepEqual([gpu.away, here.away], [new Set([true]), new Set([false])]);
    for (const [name, { data }] of Object.entries(here.host)) {
      data.forEach((x, i) => assert.ok(Math.abs(x - gpu.host[name]!.data[i]!) < 1e-5, name));
    }
    assert.deepEqual(
      gpu.answers.map(({ tokens }) => tokens),
      here.answers.map(({ tokens }) => tokens),
    );
  },
);
