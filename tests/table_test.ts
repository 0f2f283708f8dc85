import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answer, type Call, input, type Params, rng } from "../core/mod.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { table } from "../models/table.ts";

const answer = (context: number, action: number): Answer => ({
  prompt: { id: `${context}`, tokens: [context] },
  tokens: [action],
  length: 1,
});

/** Two contexts: uniform, and probabilities 1/6, 2/6 and 3/6. */
const model = table({ contexts: 2, actions: 3, valueHead: true });
const params: Params = {
  logits: { shape: [2, 3], data: Float32Array.of(5, 5, 5, 0, Math.log(2), Math.log(3)) },
  reward: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  state: { shape: [2, 1], data: Float32Array.of(7, 8) },
};

/** The forward pass on these answers, with its leaves. */
function forward(ys: readonly Answer[], given = params, of = model) {
  const feeds = of.pack(ys).feeds;
  const leaf = (name: string, x: Params[string]) =>
    input(name, x.shape, x.data instanceof Int32Array ? "i32" : "f32");
  const leaves = (from: Params) =>
    Object.fromEntries(Object.entries(from).map(([name, x]) => [name, leaf(name, x)]));
  const [weights, packed] = [leaves(given), leaves(feeds)];
  const values = Object.fromEntries(
    Object.entries({ ...given, ...feeds }).map(([name, x]) => [name, x.data]),
  );
  return { pass: of.forward(weights, packed), weights, values };
}

function close(actual: ArrayLike<number>, expected: readonly number[], within = 1e-6) {
  assert.equal(actual.length, expected.length);
  expected.forEach((x, i) => assert.ok(Math.abs(actual[i]! - x) < within, `${actual[i]} is ${x}`));
}

Deno.test("a table's log-probabilities, rewards and state values are the hand-made ones", () => {
  const { pass, values } = forward([answer(1, 1), answer(0, 2), answer(1, 2)]);
  const outputs = {
    steps: pass.steps,
    next: pass.next!.logp.exp(),
    length: pass.length,
    value: pass.value(),
    values: pass.values(),
    folded: pass.next!.fold(pass.length),
  };
  const got = interpret(outputs, values);
  close(got.steps!, [Math.log(1 / 3), Math.log(1 / 3), Math.log(1 / 2)]);
  close(got.next!, [1 / 6, 1 / 3, 1 / 2, 1 / 3, 1 / 3, 1 / 3, 1 / 6, 1 / 3, 1 / 2]);
  close(got.length!, [1, 1, 1]);
  close(got.value!, [5, 3, 6]);
  close(got.values!, [8, 7, 8]);
  assert.deepEqual(
    [outputs.steps, outputs.value, outputs.values, outputs.folded].map((x) => x.shape),
    [[3, 1], [3], [3, 1], [3, 1]],
  );
});

Deno.test("the gradient of a log-probability is the taken action less the policy", () => {
  const { pass, weights, values } = forward([answer(1, 2), answer(1, 0)]);
  const [logits] = gradient(pass.steps.sum(), [weights.logits!]);
  close(interpret({ logits: logits! }, values).logits!, [0, 0, 0, 1 - 2 / 6, -4 / 6, 1 - 6 / 6]);
});

Deno.test("a reward's gradient reaches the taken action alone, a state value's the context", () => {
  const { pass, weights, values } = forward([answer(1, 2), answer(1, 2), answer(0, 1)]);
  const [reward] = gradient(pass.value().sum(), [weights.reward!]);
  const [state] = gradient(pass.values().sum(), [weights.state!]);
  const got = interpret({ reward: reward!, state: state! }, values);
  close(got.reward!, [0, 1, 0, 0, 0, 2]);
  close(got.state!, [1, 2]);
});

Deno.test("a table starts uniform and worth nothing", () => {
  const { pass, values } = forward([answer(0, 1)], model.init(rng(1)));
  const got = interpret({ steps: pass.steps, value: pass.value(), values: pass.values() }, values);
  close(got.steps!, [Math.log(1 / 3)]);
  close([got.value![0]!, got.values![0]!], [0, 0]);
});

Deno.test("a table without a value head says so when a value is asked of it", () => {
  const bare = table({ contexts: 2, actions: 3 });
  assert.deepEqual(Object.keys(bare.init(rng(1))), ["logits"]);
  const { pass } = forward([answer(0, 1)], bare.init(rng(1)), bare);
  assert.throws(() => pass.value(), {
    name: "TypeError",
    message: "Cannot read a reward of table 2×3: it has no value head",
  });
  assert.throws(() => pass.values(), TypeError);
});

Deno.test("answers that a table does not hold are refused, with the range", () => {
  assert.throws(() => model.pack([answer(0, 3)]), {
    name: "RangeError",
    message: "Cannot read [3] as the action of table 2×3: expected one whole number from 0 to 2",
  });
  assert.throws(() => model.pack([answer(2, 0)]), /\[2\] as the context/);
  assert.throws(() => model.pack([{ ...answer(0, 0), tokens: [0, 1], length: 2 }]), RangeError);
  assert.throws(() => model.pack([answer(0, 0.5)]), RangeError);
});

/** Runs on the CPU engine and counts the kernels that it took. */
async function sampling(
  test: (call: Call, kernels: Set<unknown>) => Promise<void>,
): Promise<void> {
  const engine = cpu({ threads: 1 });
  const kernels = new Set<unknown>();
  const call: Call = (f, feeds, options) => {
    kernels.add(engine.prepare(f, feeds, options?.free));
    return engine.call(f, feeds, options);
  };
  try {
    await test(call, kernels);
  } finally {
    await engine.close();
  }
}

const prompt = (context: number) => answer(context, 0).prompt;

Deno.test("a table samples each action as often as its probability says", () =>
  sampling(async (call) => {
    const n = 6000;
    const shares = async (options: Parameters<typeof model.generate>[4]) => {
      const streams = Array.from({ length: n }, (_, i) => rng("shares").split(i));
      const ys = await model.generate(call, params, Array(n).fill(prompt(1)), streams, options);
      assert.ok(ys.every((y) => y.length === 1 && y.prompt.tokens[0] === 1));
      // As the policy has it, whatever the temperature and the cuts.
      ys.forEach((y) => close(y.logps, [Math.log((y.tokens[0]! + 1) / 6)]));
      return [0, 1, 2].map((a) => ys.filter((y) => y.tokens[0] === a).length / n);
    };
    const near = (share: number, p: number) =>
      assert.ok(Math.abs(share - p) <= 4 * Math.sqrt(p * (1 - p) / n), `${share} is near ${p}`);
    // Weights 1, 2, 3 at temperature 1; 1, 4, 9 at 1/2; the top two are 2 : 3; 5/6 needs two.
    const cases = [
      { options: {}, expected: [1 / 6, 2 / 6, 3 / 6] },
      { options: { temperature: 0.5 }, expected: [1 / 14, 4 / 14, 9 / 14] },
      { options: { topK: 2 }, expected: [0, 2 / 5, 3 / 5] },
      { options: { topP: 0.8 }, expected: [0, 2 / 5, 3 / 5] },
      { options: { temperature: 0 }, expected: [0, 0, 1] },
    ];
    for (const { options, expected } of cases) {
      const got = await shares(options);
      got.forEach((share, a) => near(share, expected[a]!));
    }
  }));

Deno.test("a sampled answer depends on its own stream alone, and one kernel serves any number", () =>
  sampling(async (call, kernels) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(1), fc.nat(1000)), { minLength: 1, maxLength: 20 }),
        async (asked) => {
          const together = await model.generate(
            call,
            params,
            asked.map(([c]) => prompt(c)),
            asked.map(([, seed]) => rng(seed)),
          );
          const [context, seed] = asked.at(-1)!;
          const alone = await model.generate(call, params, [prompt(context)], [rng(seed)]);
          assert.deepEqual(together.at(-1), alone[0]);
        },
      ),
      { seed: 3, numRuns: 30 },
    );
    assert.equal(kernels.size, 1);
  }));

Deno.test("sampling nothing gives nothing, and prompts without streams are refused", () =>
  sampling(async (call, kernels) => {
    assert.deepEqual(await model.generate(call, params, [], []), []);
    assert.equal(kernels.size, 0);
    await assert.rejects(model.generate(call, params, [prompt(0)], []), {
      name: "RangeError",
      message: "Cannot sample 1 answers from 0 streams: each needs its own",
    });
  }));
