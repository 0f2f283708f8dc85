import assert from "node:assert/strict";
import {
  type Answer,
  type Expr,
  type Graph,
  input,
  type Model,
  type Params,
  type Prompt,
  rng,
  type Scope,
  type Tensors,
} from "../core/mod.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { learner, type LearnerSetup } from "../lab/train/learner.ts";
import { modelPolicy, named, unnamed } from "../lab/train/policy.ts";
import { reference } from "../lab/train/reference.ts";
import gpm from "../methods/gpm.ts";
import { agent } from "../models/agent.ts";
import { linear } from "../models/linear.ts";
import { lora } from "../models/lora.ts";
import { table } from "../models/table.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";

const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const array = (shape: readonly number[], ...values: number[]) => (
  { shape, data: Float32Array.from(values) }
);
const cell = (c: number, a: number): Answer => (
  { prompt: { id: `${c}`, tokens: [c] }, tokens: [a], length: 1 }
);
const cells = [0, 1].flatMap((c) => [0, 1, 2].map((a) => cell(c, a)));
const small = table({ contexts: 2, actions: 3 });
const rows = async (model: Model, params: Params, ys: readonly Answer[]) =>
  (await modelPolicy(model, () => params, calls).vectors(ys)).map((row) => [...row]);

Deno.test("a table's vectors are the rows of its answers, context by context", async () => {
  const vector = array([6, 2], ...Array.from({ length: 12 }, (_, i) => i));
  const found = await rows(small, { ...small.init(rng(0)), vector }, [cell(1, 2), cell(0, 1)]);
  assert.deepEqual(found, [[10, 11], [2, 3]]);
});

Deno.test("a linear model's vectors are linear in the features, of all contexts or of each", async () => {
  const features = array([6, 2], 1, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, -1);
  const common = { contexts: 2, actions: 3, width: 2 };
  const shared = linear({ ...common, shared: true });
  const each = linear({ ...common, shared: false });
  const [one, two] = [[1, 2, 3, 4, 5, 6], [0, 0, 1, -1, 7, 2]];
  // Weights [2, 3] times the features of each answer.
  assert.deepEqual(
    await rows(shared, { ...shared.init(rng(0)), features, vector: array([2, 3], ...one) }, cells),
    [[1, 2, 3], [4, 5, 6], [5, 7, 9], [2, 4, 6], [0, 0, 0], [-4, -5, -6]],
  );
  const vector = array([4, 3], ...one, ...two);
  assert.deepEqual(
    (await rows(each, { ...each.init(rng(0)), features, vector }, cells)).slice(3),
    [[0, 0, 2], [0, 0, 0], [1, -7, -2]],
  );
});

const base: TransformerShape = {
  vocabulary: 31,
  layers: 2,
  width: 16,
  heads: 4,
  positions: "rotary",
  context: 40,
  longest: 12,
  stop: 0,
};
const shapes: { readonly [name: string]: TransformerShape } = {
  "RMSNorm": base,
  "LayerNorm": { ...base, norm: "layer", positions: "learned", feedForward: "gelu" },
};
const random = rng("vectors");
const words = (n: number) => Array.from({ length: n }, () => 1 + random.below(30));
const prompts: Prompt[] = Array.from(
  { length: 5 },
  (_, i) => ({ id: `${i}`, tokens: words(1 + i % 3) }),
);
const answers: Answer[] = prompts.map((prompt, i) => {
  const tokens = words(1 + (5 * i) % 7);
  return { prompt, tokens, length: tokens.length };
});
/** Parameters large enough that every part matters. */
const loud = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.15 * random.normal()) },
    ]),
  );

for (const [name, shape] of Object.entries(shapes)) {
  const model = transformer(shape);
  const params = loud({ ...model.init(rng("init")), ...model.vectorHead!(4, rng("head")) });

  Deno.test(`${name}: a vector of one number is the value head's, without its bias`, async () => {
    const valued = transformer({ ...shape, valueHead: true });
    const weight = array([16, 1], ...words(16).map((x) => x / 30));
    const both = {
      ...params,
      "value.weight": weight,
      "value.bias": array([1], 0),
      "vector.weight": weight,
    };
    const values = await modelPolicy(valued, () => both, calls).value(answers);
    (await rows(valued, both, answers)).forEach(([x], i) =>
      assert.ok(Math.abs(x! - values[i]!) < 1e-5, `${x}, ${values[i]}`)
    );
  });

  Deno.test(`${name}: an answer's vector depends on neither batch nor padding`, async () => {
    const together = await rows(model, params, answers);
    for (const [i, y] of answers.entries()) {
      const [alone] = await rows(model, params, [y]);
      alone!.forEach((x, d) => assert.ok(Math.abs(x - together[i]![d]!) < 1e-5));
    }
  });

  Deno.test(`${name}: ONNX Runtime and the interpreter agree on vectors and every gradient, and those are slopes`, async () => {
    const packed = model.pack(answers.slice(0, 4), true);
    const names = Object.keys(params);
    // The score of two answers over two others, which every number of their vectors is part of.
    const graph: Graph = (feeds) => {
      const weights = unnamed("pi", feeds);
      const vectors = model.forward(weights, feeds).vector!();
      const loss = gpmLoss(vectors.slice(0, 0, 2), vectors.slice(0, 2, 4));
      const slopes = gradient(loss, names.map((n) => weights[n]!));
      return { loss, vectors, ...Object.fromEntries(names.map((n, i) => [n, slopes[i]!])) };
    };
    const feeds: Tensors = { ...named("pi", params), ...packed.feeds };
    const { outputs, values } = symbolic(graph, feeds);
    const want = interpret(outputs, values);
    const got = await engine.call(graph, feeds, { free: [packed.free] });
    for (const [n, exact] of Object.entries(want)) {
      const scale = Math.max(1, ...exact.map(Math.abs));
      exact.forEach((x, i) => assert.ok(Math.abs(x - got[n]!.data[i]!) <= 1e-4 * scale, n));
    }
    for (const n of ["vector.weight", "norm", "1.feed.down", "0.attention.query", "embed"]) {
      const direction = Float64Array.from(params[n]!.data, () => random.normal());
      const along = (step: number) => {
        const moved = Float64Array.from(params[n]!.data, (x, i) => x + step * direction[i]!);
        const there = { ...values, [`pi/${n}`]: moved };
        return interpret({ loss: outputs.loss! }, there).loss![0]!;
      };
      const slope = direction.reduce((sum, x, i) => sum + x * want[n]![i]!, 0);
      const measured = (along(1e-6) - along(-1e-6)) / 2e-6;
      assert.ok(Math.abs(slope - measured) <= 1e-5 * Math.max(1, Math.abs(slope)), n);
    }
  });
}

const gpmLoss = (chosen: Expr, rejected: Expr) =>
  gpm.loss({ pi: { vector: (x: unknown) => x }, chosen, rejected } as never, gpm.hyper);

function symbolic(graph: Graph, feeds: Tensors) {
  const values: { [name: string]: ArrayLike<number> } = Object.fromEntries(
    Object.entries(feeds).map(([n, { data }]) => [n, data]),
  );
  const leaves = Object.fromEntries(
    Object.entries(feeds).map(([n, { shape, data }]) => [
      n,
      input(n, shape, data instanceof Int32Array ? "i32" : "f32"),
    ]),
  );
  return { outputs: graph(leaves), values };
}

const start = small.init(rng("start"));
function learning<F extends "pairs">(
  loss: LearnerSetup<F>["loss"],
  options: Partial<LearnerSetup<F>> = {},
) {
  const { model = small, from = start } = options;
  return learner<F>({
    model,
    from,
    loss,
    reference: reference(modelPolicy(model, () => from, calls)),
    optimiser: { rate: 0.01, warmup: 0, batch: 4, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("batches"),
    progress: () => 0,
    ...options,
  });
}
const pairs = [{ chosen: cell(0, 1), rejected: cell(0, 2), strength: 1 }];
const scores = (scope: Scope<"pairs">) => gpm.loss(scope, gpm.hyper);

Deno.test("a head of vectors comes with the first step of a loss that reads one, and goes with its learner alone", async () => {
  const plain = learning<"pairs">(({ pi, chosen }) => pi.logp(chosen).mean());
  const made = learning<"pairs">(scores);
  await assert.rejects(made.policy.vectors(cells), {
    name: "TypeError",
    message: /no vector head/,
  });
  for (const one of [plain, made]) await one.step(pairs);
  assert.deepEqual(Object.keys(plain.policy.params), ["logits"]);
  assert.deepEqual(Object.keys(start), ["logits"]);
  const { logits, vector } = made.policy.params;
  assert.deepEqual([logits, vector!.shape], [start.logits, [6, 4]]);
  // Adam moves what was compared, in both directions of each plane, and leaves the rest where it began.
  const begun = small.vectorHead!(4, rng("batches").split("vector head")).vector!.data;
  const moved = [...vector!.data].map((x, i) => Math.abs(x - begun[i]!) > 5e-3);
  assert.deepEqual(moved, [0, 1, 1, 0, 0, 0].flatMap((row) => Array(4).fill(row === 1)));
});

Deno.test("vectors begin with a length of about 1, on tables, features and transformers", async () => {
  const features = {
    shape: [400, 8],
    data: Float32Array.from({ length: 3200 }, () => random.normal()),
  };
  const flat = linear({ contexts: 20, actions: 20, width: 8, shared: true });
  const wide = table({ contexts: 20, actions: 20 });
  const some = Array.from({ length: 200 }, (_, i) => cell(i % 20, i % 19));
  const deep = transformer(base);
  const many = Array.from({ length: 200 }, (): Answer => (
    { prompt: prompts[0]!, tokens: words(1), length: 1 }
  ));
  for (
    const [model, more, ys] of [[wide, {}, some], [flat, { features }, some], [
      deep,
      {},
      many,
    ]] as const
  ) {
    const params = { ...model.init(rng(1)), ...more, ...model.vectorHead!(6, rng(2)) };
    const squares = (await rows(model, params, ys)).map((v) =>
      v.reduce((sum, x) => sum + x * x, 0)
    );
    const mean = squares.reduce((a, b) => a + b) / squares.length;
    assert.ok(mean > 0.6 && mean < 1.6, `${model.id}: ${mean}`);
  }
});

Deno.test("a learner from a policy with vectors goes on with them, and one that joins another takes its", async () => {
  const first = learning<"pairs">(scores);
  for (let k = 0; k < 3; k++) await first.step(pairs);
  const there = [...first.policy.params.vector!.data];
  const still = ({ pi, chosen }: Scope<"pairs">) => pi.vector(chosen, 4).sum().mul(0);
  const next = learning<"pairs">(still, { from: first.policy.params });
  const [fresh, begun] = [
    learning<"pairs">(scores),
    learning<"pairs">(scores, { rng: rng("other") }),
  ];
  await assert.rejects(begun.step(pairs).then(() => begun.rejoin(fresh)), {
    name: "RangeError",
    message: /before its first step/,
  });
  await fresh.rejoin(first);
  await begun.rejoin(first);
  await next.step(pairs);
  for (const one of [next, fresh, begun]) {
    assert.deepEqual([...one.policy.params.vector!.data], there);
  }
  await assert.rejects(
    learning<"pairs">(({ pi, chosen }) => pi.vector(chosen, 2).sum(), { from: first.policy.params })
      .step(pairs),
    { name: "RangeError", message: /2 numbers: that of pi has 4/ },
  );
});

Deno.test("vectors of two sizes in one loss, and of a model that can have none, are refused", async () => {
  const sizes = ({ pi, chosen, rejected }: Scope<"pairs">) =>
    pi.vector(chosen, 2).sum().add(pi.vector(rejected, 4).sum());
  await assert.rejects(learning<"pairs">(sizes).step(pairs), {
    name: "RangeError",
    message: /expected 2/,
  });
  const half = ({ pi, chosen }: Scope<"pairs">) => pi.vector(chosen, 1.5).sum();
  await assert.rejects(learning<"pairs">(half).step(pairs), { message: /whole number/ });
  const world = {
    begin: () => 0,
    step: (state: number) => state + 1,
    observe: () => [1],
    over: () => false,
  };
  const model = agent(world as never, { moves: 3, observed: 1, horizon: 2, width: 4, layers: 1 });
  const alone = learning<"pairs">(scores, { model, from: model.init(rng(1)) });
  await assert.rejects(alone.step(pairs), { name: "TypeError", message: /agent .* no head/ });
});

Deno.test("beside adapters a head of vectors is learned as it is", async () => {
  const whole = transformer(base);
  const weights = whole.init(rng("init"));
  const model = lora(whole, weights, { rank: 2, alpha: 2, targets: ["0.attention.query"] });
  const [chosen, rejected] = [answers[0]!, { ...answers[1]!, prompt: prompts[0]! }];
  const made = learning<"pairs">(scores, { model, from: model.init(rng("lora")) });
  await made.step([{ chosen, rejected, strength: 1 }]);
  const { learned } = made.standing;
  assert.deepEqual(
    [...learned!.names].toSorted(),
    ["0.attention.query.lora.a", "0.attention.query.lora.b", "vector.weight"],
  );
});
