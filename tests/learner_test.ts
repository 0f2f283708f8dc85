import assert from "node:assert/strict";
import {
  type Answer,
  type Call,
  concat,
  type Example,
  type Expr,
  type Graph,
  input,
  logRatio,
  type Params,
  type Prompt,
  rng,
  type Scope,
  type Series,
  type Shape,
  sigmoid,
  softplus,
  Spent,
  tokenNll,
} from "../core/mod.ts";
import { adamw, cpu, flops, gradient, interpret } from "../engine/mod.ts";
import { Diverged, learner, type LearnerSetup } from "../lab/train/learner.ts";
import { reference } from "../lab/train/reference.ts";
import { ledger, metered } from "../lab/train/ledger.ts";
import { modelPolicy, named, unnamed } from "../lab/train/policy.ts";
import { table } from "../models/table.ts";
import { transformer } from "../models/transformer.ts";

const model = transformer({
  vocabulary: 11,
  layers: 1,
  width: 8,
  heads: 2,
  positions: "rotary",
  context: 16,
  longest: 6,
  valueHead: true,
  stop: 0,
});
const random = rng("learner");
const words = (n: number) => Array.from({ length: n }, () => 1 + random.below(10));
const answer = (prompt: Prompt, n: number): Answer => ({ prompt, tokens: words(n), length: n });
const pair = (): Example<"pairs"> => {
  const prompt = { id: "p", tokens: words(2) };
  return {
    chosen: answer(prompt, 1 + random.below(5)),
    rejected: answer(prompt, 1 + random.below(5)),
    strength: 1,
  };
};
const shaken = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.3 * random.normal()) },
    ]),
  );
const start = shaken(model.init(rng("start")));
const other = shaken(model.init(rng("other")));
const optimiser = { rate: 0.01, warmup: 0, batch: 4, clip: 0.05 };

function learning<F extends Shape>(
  loss: LearnerSetup<F>["loss"],
  call: Call,
  options: Partial<LearnerSetup<F>> = {},
) {
  const calls = { sampling: call, scoring: call };
  return learner<F>({
    model,
    from: start,
    loss,
    reference: reference(modelPolicy(model, () => other, calls)),
    optimiser,
    training: call,
    calls,
    rng: rng("batches"),
    progress: () => 0,
    ...options,
  });
}

const dpo: LearnerSetup<"pairs">["loss"] = ({ pi, ref, chosen, rejected }) =>
  softplus(logRatio(pi, ref, rejected).sub(logRatio(pi, ref, chosen)).mul(0.5)).mean();

Deno.test("a step is the one that separate passes and AdamW in float64 make", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const made = learning<"pairs">(dpo, engine.call);
  await made.step(pairs);

  // The same, the long way round: four passes, each on its own, and nothing cached.
  const values: { [name: string]: ArrayLike<number> } = {};
  const leaves = (who: string, arrays: Params) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { shape, data }]) => {
        values[`${who}/${name}`] = data;
        return [name, input(`${who}/${name}`, shape, data instanceof Int32Array ? "i32" : "f32")];
      }),
    );
  const [pi, ref] = [leaves("pi", start), leaves("ref", other)];
  const logp = (params: typeof pi, slot: "chosen" | "rejected") =>
    model.forward(params, leaves(slot, model.pack(pairs.map((p) => p[slot])).feeds)).steps.sum(1);
  const delta = (slot: "chosen" | "rejected") => logp(pi, slot).sub(logp(ref, slot));
  const loss = softplus(delta("rejected").sub(delta("chosen")).mul(0.5)).mean();
  const gradients = gradient(loss, Object.values(pi));
  const count = Object.values(start).reduce((n, { data }) => n + data.length, 0);
  const theta = concat(
    Object.values(pi).map((x) => x.reshape(x.shape.reduce((a, b) => a * b, 1))),
    0,
  );
  values.zeros = new Float64Array(count);
  const zeros = input("zeros", [count]);
  const scalars = { rate: 0.01, debias1: 1 / (1 - 0.9), debias2: 1 / (1 - 0.999) };
  for (const [name, x] of Object.entries(scalars)) values[name] = [x];
  const want = interpret(
    {
      ...adamw(
        gradients,
        { theta, first: zeros, second: zeros },
        {
          rate: input("rate", []),
          debias1: input("debias1", []),
          debias2: input("debias2", []),
        },
        { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 0.05 },
      ),
    },
    values,
  );
  const got = Object.values(made.policy.params).flatMap(({ data }) => [...data]);
  assert.equal(got.length, count);
  // Adam's first step is the sign of a gradient: where that is nearly 0 the sign is a matter of rounding.
  const moments = want.first!;
  let compared = 0;
  got.forEach((x, i) => {
    if (Math.abs(moments[i]!) < 1e-7) return;
    compared++;
    assert.ok(Math.abs(x - want.theta![i]!) < 1e-4, `${i}: ${x} against ${want.theta![i]}`);
  });
  assert.ok(compared > count / 2);
  await engine.close();
});

Deno.test("Adam's first step moves each parameter by the rate against its gradient's sign", async () => {
  const engine = cpu({ threads: 1 });
  const small = table({ contexts: 1, actions: 3 });
  const from = small.init(rng(0));
  const calls = { sampling: engine.call, scoring: engine.call };
  const made = learner<"demonstrations">({
    model: small,
    from,
    loss: ({ pi, answer }) => tokenNll(pi, answer),
    reference: reference(modelPolicy(small, () => from, calls)),
    optimiser: { rate: 0.1, warmup: 2, batch: 1, clip: 10 },
    training: engine.call,
    calls,
    rng: rng(0),
    progress: () => 0,
  });
  await made.step([{ answer: { prompt: { id: "x", tokens: [0] }, tokens: [1], length: 1 } }]);
  // Warm-up over two steps: the first has half the rate. Gradient: p − onehot = (1/3, −2/3, 1/3).
  const got = [...made.policy.params.logits!.data].map((x) => Math.round(x * 1e5) / 1e5);
  assert.deepEqual(got, [-0.05, 0.05, -0.05]);
  assert.ok(Math.abs(made.loss - Math.log(3)) < 1e-6);
  await engine.close();
});

/** A call that counts. */
function counted() {
  const engine = cpu({ threads: 1 });
  const account = ledger({ flops: 1e15, queries: 1e9 });
  return { engine, account, call: metered(engine, account, "training") };
}

Deno.test("answers the loss only looks at get no backward pass", async () => {
  const { engine, account, call } = counted();
  const points = [1, 2, 3, 4].map((): Example<"points"> => {
    const prompt = { id: "p", tokens: words(2) };
    return { answer: answer(prompt, 4), unrelated: answer(prompt, 4), good: 1 };
  });
  const cost = async (stopped: boolean) => {
    const before = account.spent.flops;
    const made = learning<"points">(
      ({ pi, ref, answer, unrelated, good }) => {
        const anchor = logRatio(pi, ref, unrelated).mean();
        return sigmoid(logRatio(pi, ref, answer).sub(stopped ? anchor.stop() : anchor)).mul(good)
          .mean();
      },
      call,
      {
        reference: reference(
          modelPolicy(model, () => other, { sampling: engine.call, scoring: engine.call }),
        ),
      },
    );
    await made.step(points);
    return account.spent.flops - before;
  };
  const [through, stopped] = [await cost(false), await cost(true)];
  assert.ok(stopped < 0.8 * through, `${stopped} against ${through}`);
  await engine.close();
});

Deno.test("what is billed is the cost of the graph at the size that ran, free axes included", async () => {
  const { engine, account, call } = counted();
  const graph: Graph = (feeds) => ({ steps: model.forward(unnamed("pi", feeds), feeds).steps });
  for (const n of [3, 5, 2]) {
    const ys = [answer({ id: "p", tokens: words(2) }, n), answer({ id: "q", tokens: words(3) }, 1)];
    const packed = model.pack(ys);
    const feeds = { ...named("pi", start), ...packed.feeds };
    const before = account.spent.flops;
    await call(graph, feeds, { free: [packed.free] });
    const leaves = Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        input(name, shape, data instanceof Int32Array ? "i32" : "f32"),
      ]),
    );
    assert.equal(account.spent.flops - before, flops(Object.values(graph(leaves))));
  }
  await engine.close();
});

Deno.test("a list of two answers is a pair: same loss, same parameters", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const lists = pairs.map(({ chosen, rejected }) => ({
    answers: [chosen, rejected],
    scores: [1, 0],
  }));
  const two = learning<"pairs">(dpo, engine.call);
  const list = learning<"lists">(
    ({ answers: [chosen, rejected], scores: [s, t], ...scope }) =>
      dpo({ ...scope, chosen: chosen!, rejected: rejected!, strength: s!.sub(t!) }) as Expr,
    engine.call,
  );
  for (let i = 0; i < 2; i++) {
    await two.step(pairs);
    await list.step(lists);
  }
  assert.equal(list.loss, two.loss);
  assert.deepEqual(list.policy.params, two.policy.params);
  await engine.close();
});

Deno.test("a field may be called what the optimiser calls a moment", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const plain = learning<"pairs">(dpo, engine.call);
  const weighted = learning<"pairs">(
    (scope) => (dpo(scope) as Expr).mul((scope as unknown as { first: Expr }).first.mean()),
    engine.call,
  );
  for (let i = 0; i < 2; i++) {
    await plain.step(pairs);
    await weighted.step(pairs.map((one) => ({ ...one, first: 1 })));
  }
  assert.equal(weighted.loss, plain.loss);
  await engine.close();
});

Deno.test("a list's numbers are one an answer, and a list of another length is refused", async () => {
  const engine = cpu({ threads: 1 });
  const ys = [3, 1, 2].map((n) => answer({ id: "p", tokens: words(2) }, n));
  const made = learning<"lists">(
    ({ pi, answers, scores }) =>
      answers.map((y, i) => pi.logp(y).mul(scores[i]!)).reduce((a, b) => a.add(b)).mean(),
    engine.call,
  );
  const logps = await made.policy.logp(ys);
  await made.step([{ answers: ys, scores: [1, 0.5, 0.25] }]);
  const want = logps[0]! + logps[1]! / 2 + logps[2]! / 4;
  assert.ok(Math.abs(made.loss - want) < 1e-5, `${made.loss} against ${want}`);
  await assert.rejects(() => made.step([{ answers: ys.slice(1), scores: [1, 0] }]), {
    name: "RangeError",
    message: "Cannot read 2 answers in one example and 3 in another",
  });
  await engine.close();
});

Deno.test("marks weigh the steps of the answer that they are named after", async () => {
  const engine = cpu({ threads: 1 });
  const prompt = { id: "p", tokens: words(2) };
  const [chosen, rejected] = [answer(prompt, 2), answer(prompt, 5)];
  const [chosenMarks, rejectedMarks] = [[0, 1], [1, 0, 0, 3, 0]];
  interface Marked {
    readonly chosen: Answer;
    readonly rejected: Answer;
    readonly chosenMarks: Series;
    readonly rejectedMarks: Series;
  }
  const made = learning<Marked>(
    // Only the chosen answer is differentiated, so the two are laid out in different widths.
    ({ pi, chosen, rejected, chosenMarks, rejectedMarks }) =>
      pi.steps(chosen).mul(chosenMarks).sum(1)
        .sub(pi.steps(rejected).stop().mul(rejectedMarks).sum(1)).mean(),
    engine.call,
  );
  const [c, r] = await made.policy.steps([chosen, rejected]) as [Float64Array, Float64Array];
  await made.step([{ chosen, rejected, chosenMarks, rejectedMarks }]);
  const want = c[1]! - r[0]! - 3 * r[3]!;
  assert.ok(Math.abs(made.loss - want) < 1e-5, `${made.loss} against ${want}`);
  await engine.close();
});

Deno.test("the reference reads each answer once", async () => {
  const { engine, account, call } = counted();
  const billed = metered(engine, account, "reference");
  const frozen = reference(modelPolicy(model, () => other, { sampling: billed, scoring: billed }));
  const pairs = [pair(), pair(), pair(), pair()];
  const made = learning<"pairs">(dpo, call, { reference: frozen });
  await made.step(pairs);
  const once = account.spent.by.reference;
  assert.ok(once > 0);
  await made.step(pairs);
  assert.equal(account.spent.by.reference, once);
  await engine.close();
});

Deno.test("a ledger refuses what does not fit before it is spent, and adds up by activity", () => {
  const account = ledger({ flops: 10, queries: 2 });
  account.charge({ flops: 6, queries: 2 }, "training");
  account.charge({ flops: 3 }, "sampling");
  assert.throws(() => account.charge({ flops: 2 }, "sampling"), (error: Error) => {
    assert.ok(error instanceof Spent);
    assert.equal(error.axis, "flops");
    assert.equal(error.message, "Cannot spend 2 flops on sampling: 1 of 10 are left");
    return true;
  });
  assert.throws(() => account.charge({ queries: 1 }, "training"), { axis: "queries" });
  assert.deepEqual(account.spent, {
    flops: 9,
    queries: 2,
    by: { training: 6, reference: 0, sampling: 3, "reward model": 0 },
  });
});

Deno.test("a loss that is no scalar is refused, and a step that is not finite is a divergence", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair()];
  const vector = learning<"pairs">(({ pi, chosen }) => pi.logp(chosen), engine.call);
  await assert.rejects(() => vector.step(pairs), {
    name: "RangeError",
    message: /^Cannot train on a loss of shape \[3\]: it must be a scalar/,
  });
  const wild = learning<"pairs">(
    ({ pi, chosen }) => pi.logp(chosen).mul(1e30).square().mean(),
    engine.call,
  );
  await assert.rejects(() => wild.step(pairs), (error: Error) => error instanceof Diverged);
  await engine.close();
});

Deno.test("each example is dealt once before any comes again, in an order of the seed's", async () => {
  const engine = cpu({ threads: 1 });
  const small = table({ contexts: 6, actions: 2 });
  const seen: number[] = [];
  const call: Call = (f, feeds, options) => {
    const contexts = feeds["trained/contexts"];
    if (contexts) seen.push(...contexts.data);
    return engine.call(f, feeds, options);
  };
  const from = small.init(rng(0));
  const calls = { sampling: engine.call, scoring: engine.call };
  const made = learner<"demonstrations">({
    model: small,
    from,
    loss: ({ pi, answer }) => tokenNll(pi, answer),
    reference: reference(modelPolicy(small, () => from, calls)),
    optimiser: { rate: 0.1, warmup: 0, batch: 2, clip: 1 },
    training: call,
    calls,
    rng: rng(0),
    progress: () => 0,
  });
  const examples = Array.from({ length: 6 }, (_, i) => ({
    answer: { prompt: { id: `${i}`, tokens: [i] }, tokens: [0], length: 1 },
  }));
  for (let i = 0; i < 6; i++) await made.step(examples);
  const all = [0, 1, 2, 3, 4, 5];
  assert.deepEqual(seen.slice(0, 6).toSorted(), all);
  assert.deepEqual(seen.slice(6).toSorted(), all);
  assert.notDeepEqual(seen.slice(0, 6), seen.slice(6));
  await engine.close();
});

/** Steps of a loss over three demonstrations in batches of two, without a gradient of its own. */
async function losses(
  loss: LearnerSetup<"demonstrations">["loss"],
  memory: { readonly [name: string]: number } = {},
  seed = 0,
): Promise<{ losses: number[]; seen: number[] }> {
  const engine = cpu({ threads: 1 });
  const small = table({ contexts: 3, actions: 2 });
  const from = small.init(rng(0));
  const calls = { sampling: engine.call, scoring: engine.call };
  const seen: number[] = [];
  const made = learner<"demonstrations">({
    model: small,
    from,
    loss,
    memory,
    reference: reference(modelPolicy(small, () => from, calls)),
    optimiser: { rate: 0.1, warmup: 0, batch: 2, clip: 1 },
    training: (f, feeds, options) => {
      seen.push(...feeds["trained/contexts"]!.data);
      return engine.call(f, feeds, options);
    },
    calls,
    rng: rng(seed),
    progress: () => 0,
  });
  const examples = [0, 1, 2].map((c) => ({
    answer: { prompt: { id: `${c}`, tokens: [c] }, tokens: [0], length: 1 },
  }));
  const found: number[] = [];
  for (let i = 0; i < 4; i++) {
    await made.step(examples);
    found.push(made.loss);
  }
  await engine.close();
  return { losses: found, seen };
}

Deno.test("what a loss returns as its memory is what it reads at the next step", async () => {
  const found = await losses(({ pi, answer, memory: { last, steps } }) => ({
    loss: tokenNll(pi, answer).mul(0).add(last!).add(steps!.mul(100)),
    memory: { last: last!.mul(0.5), steps: steps!.add(1) },
  }), { last: 8, steps: 0 });
  assert.deepEqual(found.losses, [8, 104, 202, 301]);
});

Deno.test("a memory must hold the names that the method declares, and scalars", async () => {
  const keeps = (memory: (x: Expr) => { readonly [name: string]: Expr }) => () =>
    losses(
      ({ pi, answer }) => ({ loss: tokenNll(pi, answer), memory: memory(pi.logp(answer)) }),
      { mean: 0 },
    );
  await assert.rejects(keeps(() => ({})), {
    name: "TypeError",
    message: "Cannot train on a loss that keeps []: its method's memory is [mean]",
  });
  await assert.rejects(keeps((logp) => ({ mean: logp.mean(), more: logp.mean() })), TypeError);
  await assert.rejects(keeps((logp) => ({ mean: logp })), {
    name: "RangeError",
    message: /^Cannot train on a mean of shape \[3\]/,
  });
  await assert.rejects(keeps((logp) => ({ mean: logp.mean().div(0) })), Diverged);
});

Deno.test("noise is the seed's, new at each step, and shifts no other draw", async () => {
  const still: LearnerSetup<"demonstrations">["loss"] = ({ pi, answer }) => tokenNll(pi, answer);
  const noisy: typeof still = ({ pi, answer, noise }) =>
    tokenNll(pi, answer).mul(0).add(noise.mean());
  const first = await losses(noisy);
  assert.deepEqual(await losses(noisy), first);
  assert.notDeepEqual((await losses(noisy, {}, 1)).losses, first.losses);
  assert.equal(new Set(first.losses).size, 4);
  assert.ok(first.losses.every((x) => x > 0 && x < 1));
  assert.deepEqual(first.seen, (await losses(still)).seen);
});

Deno.test("a step may take its gradient at another policy, and moves its own", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const loss = ({ pi, chosen }: Scope<"pairs">) => tokenNll(pi, chosen);
  const there = modelPolicy(model, () => other, { sampling: engine.call, scoring: engine.call });
  const [moved, alone] = [
    learning<"pairs">(loss, engine.call),
    learning<"pairs">(loss, engine.call),
  ];
  await moved.step(pairs, there);
  await alone.step(pairs);
  // The same loss and gradient as a learner has that stands there, taken from where this one is.
  const standing = learning<"pairs">(loss, engine.call, { from: other });
  await standing.step(pairs);
  assert.equal(moved.loss, standing.loss);
  assert.notEqual(moved.loss, alone.loss);
  const change = (made: typeof moved, from: Params, name: string) =>
    made.policy.params[name]!.data.map((x, i) => x - from[name]!.data[i]!);
  for (const name of Object.keys(start).filter((name) => !name.startsWith("value."))) {
    const [a, b] = [change(moved, start, name), change(standing, other, name)];
    a.forEach((x, i) => assert.ok(Math.abs(x - b[i]!) < 1e-6, `${name}: ${x}, ${b[i]}`));
  }
  await engine.close();
});

Deno.test("a learner that rejoins another goes on as that one does, and leaves it as it is", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const loss = ({ pi, chosen }: Scope<"pairs">) => tokenNll(pi, chosen);
  const make = () =>
    learning<"pairs">(loss, engine.call, { optimiser: { ...optimiser, warmup: 8 } });
  const taken = async (made: ReturnType<typeof make>, n: number) => {
    for (let k = 0; k < n; k++) await made.step(pairs);
  };
  const flat = ({ policy }: ReturnType<typeof make>) =>
    Object.values(policy.params).flatMap(({ data }) => [...data]);
  const [one, begun, fresh] = [make(), make(), make()];
  await taken(one, 3);
  await taken(begun, 5);
  await begun.rejoin(one);
  await fresh.rejoin(one);
  const there = flat(one);
  for (const made of [begun, fresh]) {
    assert.equal(made.standing.steps, 3);
    assert.deepEqual(flat(made), there);
  }
  await taken(begun, 2);
  await taken(fresh, 2);
  assert.deepEqual(flat(one), there);
  // Parameters, moments and warm-up: the next steps are the same to the last bit.
  await taken(one, 2);
  assert.deepEqual(flat(begun), flat(one));
  assert.deepEqual(flat(fresh), flat(one));
  const heads = learning<"pairs">(({ pi, chosen }) => pi.value(chosen).mean(), engine.call);
  await heads.step(pairs);
  await assert.rejects(heads.rejoin(one), { name: "RangeError", message: /^Cannot join/ });
  await engine.close();
});

Deno.test("a learner that continues another has its moments and steps, and parameters of its own", async () => {
  const engine = cpu({ threads: 1 });
  const pairs = [pair(), pair(), pair(), pair()];
  const loss = ({ pi, chosen }: Scope<"pairs">) => tokenNll(pi, chosen);
  const slow = { optimiser: { ...optimiser, clip: 1, warmup: 8 } };
  const first = learning<"pairs">(loss, engine.call, slow);
  for (let k = 0; k < 6; k++) await first.step(pairs);
  const moved = async (more: { readonly continues?: typeof first }) => {
    const made = learning<"pairs">(
      loss,
      engine.call,
      { ...slow, from: other, ...more } as typeof slow,
    );
    assert.deepEqual(made.policy.params, other);
    await made.step(pairs);
    const { embed } = made.policy.params;
    assert.equal(made.steps, 1);
    return Math.max(...embed!.data.map((x, i) => Math.abs(x - other.embed!.data[i]!)));
  };
  const [fresh, going] = [await moved({}), await moved({ continues: first })];
  // Adam's first step is the rate, an eighth of it in the warm-up; the seventh is at seven eighths.
  assert.ok(Math.abs(fresh - optimiser.rate / 8) < 1e-5, `${fresh}`);
  assert.ok(going > 3 * fresh, `${going} after ${fresh}`);
  await engine.close();
});
