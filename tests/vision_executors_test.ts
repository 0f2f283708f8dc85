/** Images of two sizes on every executor, held against double precision. */
import assert from "node:assert/strict";
import {
  type Answer,
  concat,
  type Feeds,
  input,
  type Params,
  rng,
  size,
  written,
} from "../core/mod.ts";
import { cpu, engine as engineOf, gradient, interpret, web } from "../engine/mod.ts";
import { named, unnamed } from "../lab/train/policy.ts";
import { tiny } from "../benchmarks/taught.ts";
import { image, PATCH } from "../benchmarks/vision/scene.ts";
import { transformer } from "../models/transformer.ts";

const VOCABULARY = 12;
const [STOP, ASK] = [0, 2];
/** A scene's nine patches of 48 numbers, and sixteen of 12. */
const sizes = { "nine patches": image, "sixteen patches": { count: 16, numbers: 12 } };

const executors = {
  CPU: () => cpu({ threads: 1 }),
  Wasm: async () => engineOf(await web("wasm")),
};

for (const [what, patches] of Object.entries(sizes)) {
  const model = transformer({
    ...tiny,
    vocabulary: VOCABULARY,
    context: patches.count + 8,
    longest: 4,
    stop: STOP,
    patches,
  });
  const loud = (seed: string): Params =>
    Object.fromEntries(
      Object.entries(model.init(rng(seed).split("init"))).map(([name, { shape, data }]) => {
        const draws = rng(seed).split(name);
        return [name, { shape, data: Float32Array.from(data, (x) => x + 0.2 * draws.normal()) }];
      }),
    );
  const [own, other] = [loud("own"), loud("other")];
  const answers = Array.from({ length: 4 }, (_, i): Answer => {
    const draws = rng("answers").split(i);
    const shown = Float32Array.from(
      { length: patches.count * patches.numbers },
      () => draws.normal(),
    );
    const tokens = [...Array<number>(patches.count).fill(PATCH), ASK];
    const said = Array.from({ length: 1 + i }, () => draws.below(VOCABULARY));
    return written({ id: `${i}`, tokens, patches: shown }, said);
  });
  const feeds = { ...named("pi", own), ...named("ref", other), ...model.pack(answers, true).feeds };
  const graph = (all: Feeds) => {
    const weights = unnamed("pi", all);
    const [p, q] = [model.forward(weights, all), model.forward(unnamed("ref", all), all)];
    const outputs = { steps: p.steps, value: p.value(), values: p.values(), kl: p.kl(q) };
    const sum = Object.values(outputs).map((x) => x.mean()).reduce((a, b) => a.add(b));
    const slopes = gradient(sum, Object.values(weights));
    return { ...outputs, slopes: concat(slopes.map((g) => g.reshape(size(g.shape))), 0) };
  };
  const leaves = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      input(name, shape, data instanceof Int32Array ? "i32" : "f32"),
    ]),
  );
  const want = interpret(
    graph(leaves),
    Object.fromEntries(
      Object.entries(feeds).map(([name, { data }]) => [name, Float64Array.from(data)]),
    ),
  );

  for (const [name, open] of Object.entries(executors)) {
    Deno.test(`${name} reads images of ${what}: values, gradients and samples to 1e-4`, async () => {
      const { call, close } = await open();
      const got = await call(graph, feeds);
      for (const [output, exact] of Object.entries(want)) {
        const most = Math.max(1, ...Array.from(exact, Math.abs));
        exact.forEach((x, i) => {
          const found = got[output]!.data[i]!;
          assert.ok(Math.abs(found - x) <= 1e-4 * most, `${output}: ${found} is not ${x}`);
        });
      }
      const prompts = answers.map(({ prompt }) => prompt);
      const drawn = await model.generate(call, own, prompts, prompts.map((_, i) => rng(i)));
      const { steps } = await call(
        (all) => ({ steps: model.forward(unnamed("pi", all), all).steps }),
        { ...named("pi", own), ...model.pack(drawn).feeds },
      );
      const wide = steps!.shape[1]!;
      drawn.forEach(({ logps }, i) =>
        logps.forEach((x, t) => assert.ok(Math.abs(steps!.data[i * wide + t]! - x) < 1e-4))
      );
      await close();
    });
  }
}
