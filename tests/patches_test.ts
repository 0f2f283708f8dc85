import assert from "node:assert/strict";
import {
  type Answer,
  type Benchmark,
  type Environment,
  type Evaluator,
  type Example,
  type Graph,
  input,
  type Method,
  type Model,
  onFrom,
  type Params,
  type Prompt,
  rng,
  type Tensor,
  type Tensors,
  Unsuited,
} from "../core/mod.ts";
import { cpu, flops, gradient, interpret } from "../engine/mod.ts";
import { ledger, metered } from "../lab/train/ledger.ts";
import { modelPolicy, named, unnamed } from "../lab/train/policy.ts";
import { runner } from "../lab/train/run.ts";
import { workshop } from "../lab/train/workshop.ts";
import dpo from "../methods/dpo.ts";
import sft from "../methods/sft.ts";
import { denoiser } from "../models/denoiser.ts";
import { inWorld } from "../models/episodes.ts";
import { table } from "../models/table.ts";
import { transformer, type TransformerShape } from "../models/transformer.ts";

const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };

/** Token 0 ends an answer, 1 holds a patch's place, 2 to 5 name a place, 6 and 7 ask. */
const [STOP, PATCH, FIRST, ASK] = [0, 1, 2, 6];
const image = { count: 4, numbers: 3 };
const words: TransformerShape = {
  vocabulary: 8,
  layers: 1,
  width: 32,
  heads: 2,
  positions: "rotary",
  context: 12,
  longest: 2,
  valueHead: true,
  stop: STOP,
};
const sizes: { readonly [name: string]: TransformerShape } = {
  "rotary": { ...words, patches: image, longest: 6 },
  "learned positions, layer norm": {
    ...words,
    positions: "learned",
    norm: "layer",
    patches: image,
    longest: 6,
  },
};

/** A prompt whose image is noise but for one patch, which is bright. */
function asked(id: string, bright: number, asks = [ASK]): Prompt {
  const draws = rng("images").split(id);
  const patches = Float32Array.from(
    { length: image.count * image.numbers },
    (_, i) => 0.3 * draws.normal() + (Math.floor(i / image.numbers) === bright ? 1.5 : 0),
  );
  return { id, tokens: [...Array<number>(image.count).fill(PATCH), ...asks], patches };
}
const naming = (prompt: Prompt, place: number): Answer => (
  { prompt, tokens: [FIRST + place, STOP], length: 2 }
);
const prompts = Array.from(
  { length: 9 },
  (_, i) => asked(`${i}`, i % 4, i % 2 === 0 ? [ASK] : [ASK, ASK + 1]),
);
const draws = rng("answers");
const answers = prompts.map((prompt, i): Answer => {
  const length = 1 + i % 5;
  return { prompt, tokens: Array.from({ length }, () => draws.below(8)), length };
});

/** Parameters large enough that every part matters. */
function loud(shape: TransformerShape): Params {
  const random = rng("loud");
  return Object.fromEntries(
    Object.entries(transformer(shape).init(rng("init"))).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data, (x) => x + 0.3 * random.normal()) },
    ]),
  );
}
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));
const policyOf = (model: Model, params: Params) => modelPolicy(model, () => params, calls);
const leavesOf = (feeds: Tensors) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      input(name, shape, data instanceof Int32Array ? "i32" : "f32"),
    ]),
  );

for (const [name, shape] of Object.entries(sizes)) {
  const model = transformer(shape);
  const params = loud(shape);
  const policy = policyOf(model, params);

  Deno.test(`${name}: an answer is as likely alone as beside others, and its own image decides`, async () => {
    const together = await policy.logp(answers);
    for (const [i, y] of answers.entries()) {
      const [alone] = await policy.logp([y]);
      assert.ok(Math.abs(alone! - together[i]!) < 1e-5, `answer ${i}`);
      const { patches } = prompts[(i + 1) % prompts.length]!;
      const [elsewhere] = await policy.logp([{ ...y, prompt: { ...y.prompt, patches: patches! } }]);
      assert.ok(Math.abs(elsewhere! - alone!) > 1e-3, `answer ${i} to another image`);
    }
  });

  Deno.test(`${name}: what holds a patch's place is not read`, async () => {
    const other = answers.map((y): Answer => ({
      ...y,
      prompt: { ...y.prompt, tokens: y.prompt.tokens.map((t, i) => i < image.count ? 7 : t) },
    }));
    assert.deepEqual(await policy.steps(other), await policy.steps(answers));
  });

  Deno.test(`${name}: sampled, greedy and searched answers are as likely as a fresh pass says`, async () => {
    const options = [{}, { temperature: 0 }, { beams: 1 }, { beams: 3 }];
    const made = await Promise.all(
      options.map((option) => policy.sample(prompts, rng("draw"), option)),
    );
    for (const ys of made) {
      const fresh = await policy.steps(ys);
      ys.forEach((y, i) => assert.ok(worst(y.logps, fresh[i]!) < 1e-4));
    }
    const [, greedy, single] = made;
    assert.deepEqual(single!.map(({ tokens }) => tokens), greedy!.map(({ tokens }) => tokens));
    // The likeliest token at every step, as a pass over the whole answer has it.
    for (const y of greedy!) {
      const { feeds } = model.pack([y]);
      const graph: Graph = (all) => ({ logp: model.forward(unnamed("pi", all), all).next!.logp });
      const { logp } = await engine.call(graph, { ...named("pi", params), ...feeds });
      y.tokens.forEach((token, t) => {
        const row = [...logp!.data.subarray(8 * t, 8 * (t + 1))];
        assert.equal(row.indexOf(Math.max(...row)), token);
      });
    }
    assert.ok(new Set(greedy!.map(({ tokens }) => `${tokens}`)).size > 1);
  });

  Deno.test(`${name}: KL and entropy are sums over the vocabulary after the image`, async () => {
    const start = model.init(rng("start"));
    const { kl, entropy } = await policy.against(policyOf(model, start), answers);
    const graph: Graph = (all) => ({ logp: model.forward(unnamed("pi", all), all).next!.logp });
    for (const [i, y] of answers.entries()) {
      const { feeds } = model.pack([y]);
      const rows = async (
        weights: Params,
      ) => [...(await engine.call(graph, { ...named("pi", weights), ...feeds })).logp!.data];
      const [p, q] = [await rows(params), await rows(start)];
      const sum = (of: (k: number) => number) =>
        p.reduce((total, logp, k) => total + Math.exp(logp) * of(k), 0);
      assert.ok(Math.abs(kl[i]! - sum((k) => p[k]! - q[k]!)) < 1e-4);
      assert.ok(Math.abs(entropy[i]! + sum((k) => p[k]!)) < 1e-4);
    }
  });

  Deno.test(`${name}: prompts of one name and other images are searched apart`, async () => {
    const [first] = prompts as [Prompt];
    const both = prompts.map(({ patches }): Prompt => ({ ...first, patches: patches! }));
    const found = await policy.sample(both, rng("draw"), { beams: 2 });
    const fresh = await policy.steps(found);
    found.forEach((y, i) => {
      assert.equal(y.prompt, both[i]);
      assert.ok(worst(y.logps, fresh[i]!) < 1e-4);
    });
  });

  Deno.test(`${name}: slopes are those of finite differences, on ONNX Runtime too`, async () => {
    const packed = model.pack(answers.slice(0, 4), true);
    const names = ["patch.weight", "patch.place", "embed"];
    const graph: Graph = (feeds) => {
      const weights = unnamed("pi", feeds);
      const forward = model.forward(weights, feeds);
      const loss = forward.steps.sum().add(forward.value().square().sum())
        .add(forward.entropy().sum());
      const slopes = gradient(loss, names.map((n) => weights[n]!));
      return { loss, ...Object.fromEntries(names.map((n, i) => [n, slopes[i]!])) };
    };
    const feeds = { ...named("pi", params), ...packed.feeds };
    const exact = graph(leavesOf(feeds));
    const values: { [name: string]: Float64Array } = Object.fromEntries(
      Object.entries(feeds).map(([n, { data }]) => [n, Float64Array.from(data)]),
    );
    const want = interpret(exact, values);
    const at = (n: string, i: number, by: number) => {
      const moved = {
        ...values,
        [`pi/${n}`]: values[`pi/${n}`]!.map((x, k) => k === i ? x + by : x),
      };
      return interpret({ loss: exact.loss! }, moved).loss![0]!;
    };
    const step = 1e-4;
    for (const n of ["patch.weight", "patch.place"]) {
      assert.ok(Math.max(...Array.from(want[n]!, Math.abs)) > 1e-2, n);
      for (let i = 0; i < want[n]!.length; i += 13) {
        const slope = (at(n, i, step) - at(n, i, -step)) / (2 * step);
        assert.ok(
          Math.abs(slope - want[n]![i]!) < 1e-5 * Math.max(1, Math.abs(slope)),
          `${n} ${i}`,
        );
      }
    }
    const got = await engine.call(graph, feeds, { free: [packed.free] });
    for (const n of names) {
      const scale = Math.max(1, ...Array.from(want[n]!, Math.abs));
      assert.ok(worst(want[n]!, got[n]!.data) < 1e-4 * scale, n);
    }
  });
}

Deno.test("an episode keeps its image: turns are as likely as a fresh pass says", async () => {
  const shape = { ...words, patches: image, context: 30, pauses: [5] };
  /** It says 6 and 7 after each of three turns. */
  const world: Environment<number> = {
    begin: () => 0,
    step: (turns) => turns + 1,
    observe: () => [6, 7],
    over: (turns) => turns >= 3,
  };
  const policy = policyOf(inWorld(transformer(shape), world), loud(shape));
  const ys = await policy.sample(prompts, rng("episodes"));
  const fresh = await policy.steps(ys);
  ys.forEach((y, i) => {
    assert.equal(y.spans!.length, 3);
    assert.ok(worst(y.logps, fresh[i]!) < 1e-4);
    assert.equal(onFrom(y).patches, y.prompt.patches);
  });
});

Deno.test("the embedding is paid for, in a pass and in what sampling reads first", async () => {
  const [seeing, blind] = [{ ...words, patches: image }, words];
  const blank = ({ patches: _, ...prompt }: Prompt): Prompt => prompt;
  const costs = async (shape: TransformerShape, ys: readonly Answer[]) => {
    const model = transformer({ ...shape, longest: 1 });
    const account = ledger({ flops: 1e9, queries: 0 });
    const billed = metered(engine, account, "sampling");
    const feeds = { ...named("pi", loud(shape)), ...model.pack(ys).feeds };
    const leaves = leavesOf(feeds);
    const pass = flops([model.forward(unnamed("pi", leaves), leaves).steps]);
    const asks = ys.map(({ prompt }) => prompt);
    await model.generate(billed, loud(shape), asks, asks.map((_, i) => rng(i)));
    return [pass, account.spent.flops] as const;
  };
  const ys = answers.slice(0, 4).map((y) => ({ ...y, prompt: asked(y.prompt.id, 0) }));
  const dark = ys.map((y) => ({ ...y, prompt: blank(y.prompt) }));
  const [paid, less] = [await costs(seeing, ys), await costs(blind, dark)];
  // A product of 3 numbers by 32 each patch, and the place added.
  const extra = 4 * image.count * (2 * image.numbers * words.width + words.width);
  assert.deepEqual(paid.map((n, i) => n - less[i]!), [extra, extra]);
});

Deno.test("a model without patches has the parameters that it had, and with them two more", () => {
  const [plain, seeing] = [words, { ...words, patches: image }].map((shape) =>
    transformer(shape).init(rng("start"))
  ) as [Params, { [name: string]: Tensor }];
  const { "patch.weight": weight, "patch.place": place, ...rest } = seeing;
  assert.deepEqual(rest, plain);
  assert.deepEqual([weight!.shape, place!.shape], [[3, 32], [4, 32]]);
  assert.deepEqual(Object.keys(plain), [
    "embed",
    ...["norm", "query", "key", "value", "output"].map((name) => `0.attention.${name}`),
    ...["norm", "up", "down"].map((name) => `0.feed.${name}`),
    "norm",
    "value.weight",
    "value.bias",
  ]);
  assert.equal(
    transformer(words).pack([{ ...answers[0]!, prompt: { id: "w", tokens: [6] } }]).feeds.patches,
    undefined,
  );
});

Deno.test("what a model cannot see is refused by name", async () => {
  const [prompt] = prompts as [Prompt];
  const model = transformer({ ...words, patches: image });
  const refused = (change: Partial<Prompt>, message: RegExp) => {
    const odd = { ...prompt, ...change };
    assert.throws(() => model.pack([naming(odd, 0)]), { name: "RangeError", message });
    return assert.rejects(
      () => model.generate(engine.call, loud({ ...words, patches: image }), [odd], [rng(1)]),
      { name: "RangeError", message },
    );
  };
  const found = (n: number) =>
    new RegExp(
      `^Cannot read prompt 0 with ${n} numbers of patches: the model reads 4 patches of 3, which are 12$`,
    );
  await refused({ patches: new Float32Array(9) }, found(9));
  const { patches: _, ...blank } = prompt;
  assert.throws(() => model.pack([naming(blank, 0)]), { name: "RangeError", message: found(0) });
  await refused(
    { tokens: [PATCH, PATCH, PATCH, PATCH] },
    /^Cannot read prompt 0 of 4 tokens: 4 hold the places of patches, and one more must follow$/,
  );
  for (const count of [0, 1.5, 11]) {
    assert.throws(
      () => transformer({ ...words, patches: { count, numbers: 3 } }),
      new RegExp(`^RangeError: Cannot read ${count} patches of 3 numbers: expected 1 to 10 of at`),
    );
  }

  const schedule = {
    numbers: 2,
    steps: 3,
    vocabulary: 8,
    width: 4,
    layers: 1,
    snr: [16, 0.01],
  } as const;
  const short = { ...prompt, tokens: [0] };
  const numbers = {
    of: "path",
    points: new Float32Array(6),
    result: new Float32Array(2),
  } as const;
  const others: readonly [Model, Answer][] = [
    [transformer(words), naming(prompt, 0)],
    [table({ contexts: 2, actions: 2 }), { prompt: short, tokens: [0], length: 1 }],
    [denoiser(schedule), { prompt: short, tokens: [], length: 2, numbers }],
  ];
  for (const [blind, y] of others) {
    const said = (error: Error) =>
      error instanceof Unsuited &&
      error.message === "Cannot read the patches of prompt 0: this model reads tokens alone";
    assert.throws(() => blind.pack([y]), said, blind.id);
    const start = blind.init(rng(1));
    await assert.rejects(() => blind.generate(engine.call, start, [y.prompt], [rng(1)]), said);
    // The same without an image is read.
    const { patches: _, ...blank } = y.prompt;
    assert.doesNotThrow(() => blind.pack([{ ...y, prompt: blank }]));
  }
});

/** Which patch is bright? Nothing but the image tells. */
interface Spots {
  /** Training images stand beside other images' questions. */
  readonly shuffled: boolean;
  /** The model reads words alone, and so do those who test it. */
  readonly blind: boolean;
}
const accuracy: Evaluator = {
  id: "accuracy",
  title: "accuracy",
  better: "higher",
  within: { least: 0, most: 1 },
  means: "Share of images whose bright patch the likeliest of four answers names.",
  margin: 0.02,
  async measure({ draws }) {
    const all = await draws();
    const right = all.filter(({ prompt, weights }) =>
      weights.indexOf(Math.max(...weights)) === Number(prompt.id) % image.count
    );
    const value = right.length / all.length;
    return { value, stderr: Math.sqrt(value * (1 - value) / all.length), n: all.length };
  },
};
const spots: Benchmark<Spots> = {
  id: "spots",
  summary: "Says which patch of an image is bright.",
  family: "vision",
  settings: {
    clean: { summary: "As seen.", offers: ["pairs"], with: { shuffled: false, blind: false } },
    shuffled: { summary: "Mixed up.", offers: ["pairs"], with: { shuffled: true, blind: false } },
    blind: {
      summary: "In words alone.",
      offers: ["pairs"],
      with: { shuffled: false, blind: true },
    },
  },
  measures: [accuracy],
  headline: "accuracy",
  budget: { flops: 1e9, queries: 512 },
  open({ shuffled, blind }, draws) {
    const asks = (from: number, n: number) =>
      Array.from({ length: n }, (_, i) => asked(`${from + i}`, i % 4));
    const seen = asks(1000, 512);
    const shown = shuffled ? draws.split("shuffle").shuffle(seen) : seen;
    const train = seen.map((prompt, i): Prompt => ({ ...prompt, patches: shown[i]!.patches! }));
    const test = asks(0, 128).map(({ patches, ...prompt }): Prompt =>
      blind ? prompt : { ...prompt, patches: patches! }
    );
    const pairs = train.map((prompt, i): Example<"pairs"> => ({
      chosen: naming(prompt, i % 4),
      rejected: naming(prompt, (i + 1 + draws.below(3)) % 4),
      strength: 1,
    }));
    const model = transformer(blind ? words : { ...words, patches: image });
    return Promise.resolve({
      model,
      start: model.init(draws.split("start")),
      optimiser: { rate: 0.003, warmup: 10, batch: 32, clip: 1 },
      evaluators: [accuracy],
      longest: 2,
      prompts: (split) => split === "test" ? test : train,
      examples: (_kind, n) => pairs.slice(0, n) as never,
      heldOut: () =>
        test.map((prompt, i) => ({
          chosen: naming(prompt, i % 4),
          rejected: naming(prompt, (i + 1) % 4),
          strength: 1,
        })),
      show: ({ id }) => id,
      answers: (prompt) => [0, 1, 2, 3].map((place) => naming(prompt, place)),
      showSteps: ({ tokens }) => tokens.map(String),
      truth: {},
    });
  },
};
const run = runner(
  engine,
  workshop({ engine, cached: (_name, _key, make) => make(), progress: () => {} }),
);
const carriedOut = (method: unknown, setting: string, flops = 2e9) =>
  run({
    method: method as Method,
    benchmark: spots as Benchmark,
    setting,
    seed: 1,
    budget: { flops, queries: 512 },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0 }) as never,
  });

for (const [id, method] of Object.entries({ sft, dpo })) {
  Deno.test(`${id} learns what only patches tell, and nothing where they are mixed up`, async () => {
    const [right, mixed] = [
      await carriedOut(method, "clean"),
      await carriedOut(method, "shuffled"),
    ];
    assert.deepEqual([right.outcome, mixed.outcome], ["ok", "ok"]);
    const [found, chance] = [right, mixed].map(({ measures }) => measures.accuracy!.value);
    assert.ok(found! > 0.9, `${found}`);
    assert.ok(chance! > 0.15 && chance! < 0.35, `${chance}`);
  });
}

Deno.test("a method whose examples show what its model cannot see is unsupported, for that reason", async () => {
  const { outcome, reason } = await carriedOut(dpo, "blind", 1e7);
  assert.equal(outcome, "unsupported");
  assert.match(
    reason!,
    /^Cannot run dpo on spots\/blind: Cannot read the patches of prompt 1\d+: this model reads tokens alone$/,
  );
});
