import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Answer,
  type Graph,
  input,
  type Model,
  type Params,
  type Prompt,
  rng,
  type Tensors,
} from "../core/mod.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { modelPolicy, unnamed } from "../lab/train/policy.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";

const base: TransformerShape = {
  vocabulary: 31,
  layers: 2,
  width: 16,
  heads: 4,
  positions: "rotary",
  context: 40,
  longest: 12,
  valueHead: true,
  stop: 0,
};
const shapes: { readonly [name: string]: TransformerShape } = {
  "rotary, squared ReLU": base,
  "learned positions": { ...base, positions: "learned" },
  "grouped keys": { ...base, keyHeads: 2 },
  "one key for all": { ...base, keyHeads: 1, positions: "learned" },
  "gated SiLU, untied": { ...base, feedForward: "silu", tied: false },
  "as LLaMA, heads of their own width": {
    ...base,
    keyHeads: 2,
    headWidth: 6,
    feedForward: "silu",
    hidden: 20,
    theta: 200,
    epsilon: 1e-2,
    biases: ["query", "key", "value", "output", "gate", "up", "down"],
  },
  "as Qwen2": {
    ...base,
    keyHeads: 1,
    feedForward: "silu",
    hidden: 20,
    tied: false,
    biases: ["query", "key", "value"],
  },
  "as GPT-2": {
    ...base,
    norm: "layer",
    epsilon: 1e-3,
    feedForward: "geluTanh",
    positions: "learned",
    biases: ["query", "key", "value", "output", "up", "down"],
  },
};

/** Parameters large enough that every part matters. */
function loud(shape: TransformerShape): Params {
  const random = rng("loud");
  return Object.fromEntries(
    Object.entries(transformer(shape).init(rng("init"))).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.15 * random.normal()) },
    ]),
  );
}

const random = rng("answers");
const words = (n: number) => Array.from({ length: n }, () => 1 + random.below(30));
const prompts: Prompt[] = Array.from({ length: 9 }, (_, i) => ({
  id: `${i}`,
  tokens: words(1 + i % 4),
}));
const answers: Answer[] = prompts.map((prompt, i) => ({
  prompt,
  tokens: words(1 + (5 * i) % 11),
  length: 1 + (5 * i) % 11,
}));
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

for (const [name, shape] of Object.entries(shapes)) {
  const model = transformer(shape);
  const params = loud(shape);

  Deno.test(`${name}: an answer's log-probability depends on neither batch nor padding`, async () => {
    const engine = cpu({ threads: 1 });
    const policy = modelPolicy(model, () => params, {
      sampling: engine.call,
      scoring: engine.call,
    });
    const together = await policy.logp(answers);
    for (const [i, y] of answers.entries()) {
      const [alone] = await policy.logp([y]);
      const [beside] = await policy.logp([y, answers[8]!, answers[2]!]);
      for (const found of [alone!, beside!]) {
        assert.ok(
          Math.abs(found - together[i]!) <= 1e-6 * Math.max(1, Math.abs(found)),
          `answer ${i}`,
        );
      }
    }
    await engine.close();
  });

  Deno.test(`${name}: sampling's log-probabilities are those of a fresh pass`, async () => {
    const engine = cpu({ threads: 1 });
    const policy = modelPolicy(model, () => params, {
      sampling: engine.call,
      scoring: engine.call,
    });
    const drawn = await policy.sample(prompts, rng("draw"));
    const fresh = await policy.steps(drawn);
    drawn.forEach((y, i) => {
      assert.equal(y.length, y.tokens.length);
      assert.ok(worst(y.logps, fresh[i]!) < 1e-4);
      const stops = y.tokens.indexOf(shape.stop);
      assert.ok(stops === y.length - 1 || (stops < 0 && y.length === shape.longest));
    });
    assert.ok(new Set(drawn.map(({ length }) => length)).size > 1);
    await engine.close();
  });

  Deno.test(`${name}: a draw does not depend on its neighbours, and the seed decides it`, async () => {
    const engine = cpu({ threads: 1 });
    const rngs = (label: string) => prompts.map(({ id }) => rng(label).split(id));
    const draw = (which: readonly number[], label = "a") =>
      model.generate(
        engine.call,
        params,
        which.map((i) => prompts[i]!),
        which.map((i) => rngs(label)[i]!),
      );
    const all = await draw([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const some = await draw([7, 2, 4]);
    assert.deepEqual(some.map(({ tokens }) => tokens), [7, 2, 4].map((i) => all[i]!.tokens));
    const others = await draw([0, 1, 2, 3, 4, 5, 6, 7, 8], "b");
    assert.notDeepEqual(others.map(({ tokens }) => tokens), all.map(({ tokens }) => tokens));
    await engine.close();
  });

  Deno.test(`${name}: answers are the same in a chunk that shrinks as they end, and past its room`, async () => {
    const engine = cpu({ threads: 1 });
    const endless = transformer({ ...shape, context: 64, longest: 50, stop: -1 });
    const { positions } = endless.init(rng("long"));
    const weights = { ...params, ...positions ? { positions } : {} };
    const some = Array.from({ length: 40 }, (_, i) => prompts[i % prompts.length]!);
    const stream = (i: number) => rng("shrink").split(i);
    const drawn = async (model: Model) =>
      await model.generate(engine.call, weights, some, some.map((_, i) => stream(i)));
    // What comes often ends an answer, so that they end one after the other.
    const often = Map.groupBy((await drawn(endless)).flatMap(({ tokens }) => tokens), (t) => t);
    const [[stop]] = [...often].sort(([, a], [, b]) => b.length - a.length) as [[number, number[]]];
    const long = transformer({ ...shape, context: 64, longest: 50, stop });
    const all = await drawn(long);
    const lengths = all.map(({ length }) => length);
    const longest = lengths.indexOf(Math.max(...lengths));
    // Half of them end well before the last, and rows then change places.
    assert.ok(lengths.filter((n) => n < lengths[longest]! - 10).length > 20, `${lengths}`);
    for (const i of [0, 8, 17, 39, longest]) {
      const [alone] = await long.generate(engine.call, weights, [some[i]!], [stream(i)]);
      assert.deepEqual(alone!.tokens, all[i]!.tokens);
      assert.ok(worst(alone!.logps, all[i]!.logps) < 1e-4);
    }
    await engine.close();
  });

  Deno.test(`${name}: ONNX Runtime and the interpreter agree on steps, values, loss and every gradient`, async () => {
    const packed = model.pack(answers.slice(0, 4), true);
    const names = Object.keys(params);
    const graph: Graph = (feeds) => {
      const weights = unnamed("pi", feeds);
      const forward = model.forward(weights, feeds);
      const loss = forward.steps.sum().add(forward.value().square().sum()).add(
        forward.values().exp().sum(),
      );
      const slopes = gradient(loss, names.map((n) => weights[n]!));
      return {
        loss,
        steps: forward.steps,
        value: forward.value(),
        ...Object.fromEntries(names.map((n, i) => [n, slopes[i]!])),
      };
    };
    const feeds: Tensors = {
      ...Object.fromEntries(names.map((n) => [`pi/${n}`, params[n]!])),
      ...packed.feeds,
    };
    const { outputs, values } = symbolic(graph, feeds);
    const want = interpret(outputs, values);
    for (const threads of [1, 2]) {
      const engine = cpu({ threads });
      const got = await engine.call(graph, feeds, { free: [packed.free] });
      for (const [n, exact] of Object.entries(want)) {
        const scale = Math.max(1, ...exact.map(Math.abs));
        assert.ok(worst(exact, got[n]!.data) <= 1e-4 * scale, n);
      }
      await engine.close();
    }
  });
}

function symbolic(graph: Graph, feeds: Tensors) {
  const values = Object.fromEntries(Object.entries(feeds).map(([n, { data }]) => [n, data]));
  const leaves = Object.fromEntries(
    Object.entries(feeds).map(([n, { shape, data }]) => [
      n,
      input(n, shape, data instanceof Int32Array ? "i32" : "f32"),
    ]),
  );
  return { outputs: graph(leaves), values };
}

Deno.test("top-k, top-p and temperature cut as they say", async () => {
  const engine = cpu({ threads: 1 });
  const model = transformer(base);
  const params = loud(base);
  const many = Array.from({ length: 64 }, () => prompts[3]!);
  const streams = () => many.map((_, i) => rng("cut").split(i));
  const first = async (options: Parameters<typeof model.generate>[4]) =>
    new Set(
      (await model.generate(engine.call, params, many, streams(), options)).map(({ tokens }) =>
        tokens[0]
      ),
    );
  const greedy = await first({ temperature: 0 });
  assert.equal(greedy.size, 1);
  assert.deepEqual(await first({ topK: 1 }), greedy);
  assert.deepEqual(await first({ topP: 1e-9 }), greedy);
  assert.equal((await first({ topK: 2 })).size, 2);
  assert.ok((await first({})).size > 3);
  assert.ok((await first({ temperature: 0.05 })).size <= 3);
  for (const wrong of [{ topK: -1 }, { topP: 0 }, { temperature: -1 }, { temperature: NaN }]) {
    await assert.rejects(() => first(wrong), { name: "RangeError", message: /^Cannot sample/ });
  }
  await engine.close();
});

Deno.test("log-probabilities of all continuations sum to 1 and contain the token's own", async () => {
  const engine = cpu({ threads: 1 });
  const model = transformer(base);
  const params = loud(base);
  const packed = model.pack(answers);
  const graph: Graph = (feeds) => {
    const { logp, fold } = model.forward(unnamed("pi", feeds), feeds).next!;
    return { mass: fold(logp.exp().sum(1)) };
  };
  const feeds = {
    ...Object.fromEntries(Object.entries(params).map(([n, x]) => [`pi/${n}`, x])),
    ...packed.feeds,
  };
  const { mass } = await engine.call(graph, feeds, { free: [packed.free] });
  answers.forEach((y, b) => {
    for (let t = 0; t < packed.steps; t++) {
      const want = t < y.length ? 1 : 0;
      assert.ok(Math.abs(mass!.data[b * packed.steps + t]! - want) < 1e-5);
    }
  });
  await engine.close();
});

Deno.test("KL and entropy are exact sums over the vocabulary at each visited prefix", async () => {
  const engine = cpu({ threads: 1 });
  const model = transformer(base);
  const [p, q] = [loud(base), model.init(rng("q"))];
  const calls = { sampling: engine.call, scoring: engine.call };
  const [pi, ref] = [modelPolicy(model, () => p, calls), modelPolicy(model, () => q, calls)];
  const y = answers[3]!;
  const { kl, entropy } = await pi.against(ref, [y, answers[0]!]);
  let [wantKl, wantEntropy] = [0, 0];
  for (let t = 0; t < y.length; t++) {
    const every = Array.from({ length: base.vocabulary }, (_, v): Answer => ({
      prompt: y.prompt,
      tokens: [...y.tokens.slice(0, t), v],
      length: t + 1,
    }));
    const [a, b] = [await pi.steps(every), await ref.steps(every)];
    every.forEach((_, v) => {
      const [logp, logq] = [a[v]![t]!, b[v]![t]!];
      wantKl += Math.exp(logp) * (logp - logq);
      wantEntropy -= Math.exp(logp) * logp;
    });
  }
  assert.ok(Math.abs(kl[0]! - wantKl) < 1e-4 * wantKl);
  assert.ok(Math.abs(entropy[0]! - wantEntropy) < 1e-4 * wantEntropy);
  const same = await pi.against(pi, [y]);
  assert.ok(Math.abs(same.kl[0]!) < 1e-6);
  await engine.close();
});

Deno.test("norm, epsilon, angles, biases and widths are what the shape says", async () => {
  const engine = cpu({ threads: 1 });
  const logp = async (shape: TransformerShape, params: Params) =>
    await modelPolicy(transformer(shape), () => params, {
      sampling: engine.call,
      scoring: engine.call,
    })
      .logp(answers);
  const gpt = shapes["as GPT-2"]!;
  const params = loud(gpt);
  const start = await logp(gpt, params);
  const differs = (found: Float64Array, what: string) =>
    assert.ok(worst(start, found) > 1e-3, what);
  differs(await logp({ ...gpt, epsilon: 0.5 }, params), "epsilon");
  differs(await logp({ ...gpt, feedForward: "squaredRelu" }, params), "activation");
  // The two forms of GELU differ by less than 1e-3 everywhere.
  const exact = await logp({ ...gpt, feedForward: "gelu" }, params);
  assert.ok(worst(start, exact) > 0 && worst(start, exact) < 0.05);
  for (const name of Object.keys(params).filter((name) => /\.(bias|shift)$/.test(name))) {
    // A bias on keys moves all scores of a query alike, so softmax does not see it.
    if (name.startsWith("value") || name.includes("key")) continue;
    const { shape, data } = params[name]!;
    const random = rng(name);
    const moved = { shape, data: data.map(() => random.normal()) };
    differs(await logp(gpt, { ...params, [name]: moved }), name);
  }
  const llama = shapes["as LLaMA, heads of their own width"]!;
  const weights = loud(llama);
  assert.deepEqual(weights["0.attention.query"]!.shape, [16, 24]);
  assert.deepEqual(weights["0.attention.key"]!.shape, [16, 12]);
  assert.deepEqual(weights["0.attention.output"]!.shape, [24, 16]);
  assert.deepEqual(weights["0.feed.gate"]!.shape, [16, 20]);
  const turned = await logp({ ...llama, theta: 5 }, weights);
  assert.ok(worst(await logp(llama, weights), turned) > 1e-3, "theta");
  await engine.close();
});

Deno.test("in a long sequence, too, no token sees what comes after it", async () => {
  const engine = cpu({ threads: 1 });
  for (const keyHeads of [4, 2]) {
    const shape = { ...base, keyHeads, context: 512 };
    const params = loud(shape);
    const policy = modelPolicy(transformer(shape), () => params, {
      sampling: engine.call,
      scoring: engine.call,
    });
    const whole = words(480);
    const read = async (n: number, last = whole.slice(0, n)) =>
      (await policy.steps([{ prompt: prompts[0]!, tokens: last, length: n }]))[0]!;
    const [long, short] = [await read(480), await read(100)];
    assert.ok(worst(short, long) < 1e-4);
    // What comes before is seen: a change of the first token moves the last.
    const other = await read(480, [whole[0]! % 30 + 1, ...whole.slice(1)]);
    assert.ok(worst(other.slice(1), long.slice(1)) > 1e-4);
  }
  await engine.close();
});

Deno.test("long sequences are rounded by at most an eighth, short ones to eights", () => {
  const model = transformer({ ...base, context: 1024 });
  const steps = (n: number) =>
    model.pack([
      { prompt: { id: "p", tokens: words(n - 1) }, tokens: words(2), length: 2 },
      { prompt: { id: "q", tokens: words(1) }, tokens: words(1), length: 1 },
    ]).feeds.tokens!.shape[0];
  const sizes = [[3, 8], [64, 64], [65, 72], [121, 128], [129, 144], [300, 320], [513, 576]];
  for (const [n, rounded] of sizes) assert.equal(steps(n!), rounded);
  assert.equal(steps(1000), 1024);
});

Deno.test("what does not fit the model is refused by name", () => {
  const model = transformer(base);
  const prompt = { id: "long", tokens: words(39) };
  assert.throws(() => model.pack([{ prompt, tokens: words(9), length: 9 }]), {
    name: "RangeError",
    message: "Cannot read 47 tokens of prompt and answer: the model's context is 40",
  });
  assert.throws(
    () => model.pack([{ prompt, tokens: [], length: 0 }]),
    /Cannot read an answer to long: it is empty/,
  );
  assert.throws(
    () => model.pack([{ prompt: { id: "e", tokens: [] }, tokens: [1], length: 1 }]),
    /it has no tokens/,
  );
  assert.throws(() => transformer({ ...base, heads: 3 }), /Cannot split width 16 into 3 heads/);
  assert.throws(
    () => transformer({ ...base, headWidth: 5 }),
    /Cannot turn heads of width 5: rotary positions need an even width/,
  );
  assert.throws(
    () => transformer({ ...base, biases: ["gate"] }),
    /Cannot add a bias to the gate: only "silu" has a gate/,
  );
});

Deno.test("any mix of lengths lays out and back", () => {
  const model = transformer(base);
  const lengths = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 })),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(lengths, fc.boolean(), (sizes, ends) => {
      const ys = sizes.map(([before, after], i): Answer => ({
        prompt: { id: `${i}`, tokens: words(before) },
        tokens: words(after),
        length: after,
      }));
      const { feeds, steps } = model.pack(ys, ends);
      const { tokens, targets, rows, fold, foldBack, ends: last } = feeds;
      const batch = ys.length;
      ys.forEach((y, b) => {
        const all = [...y.prompt.tokens, ...y.tokens];
        y.tokens.forEach((token, j) => {
          const n = fold ? fold.data[b * steps + j]! : (y.prompt.tokens.length - 1 + j) * batch + b;
          assert.equal(targets!.data[n], token);
          if (foldBack) assert.equal(foldBack.data[n], b * steps + j);
          const row = rows ? rows.data[n]! : n;
          assert.equal(tokens!.data[row], all[y.prompt.tokens.length - 1 + j]);
          assert.equal(row % batch, b);
        });
        if (last) assert.equal(tokens!.data[last.data[b]!], all.at(-1));
      });
    }),
    { seed: 5 },
  );
});
