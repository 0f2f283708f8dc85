import assert from "node:assert/strict";
import {
  type Answer,
  concat,
  type Params,
  type Prompt,
  rng,
  size,
  type Tensors,
  Unsuited,
} from "../core/mod.ts";
import { cpu, type Engine, engine as engineOf, gradient, web } from "../engine/mod.ts";
import { glanced } from "../lab/train/batches.ts";
import { modelPolicy, named, unnamed } from "../lab/train/policy.ts";
import { denoiser, type DenoiserShape } from "../models/denoiser.ts";
import { normals, schedule, seenAt } from "../models/schedule.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";
import { onGpu } from "./fixtures/gpu.ts";

const shape: DenoiserShape = {
  numbers: 3,
  vocabulary: 5,
  width: 16,
  layers: 2,
  steps: 6,
  snr: [16, Math.exp(-5.5)],
  valueHead: true,
};
const { numbers: D, steps: T } = shape;
const model = denoiser(shape);
const moments = schedule(shape);
/** Parameters of which every one matters. */
const loud = (seed: string): Params =>
  Object.fromEntries(
    Object.entries(model.init(rng(seed).split("init"))).map(([name, { shape, data }]) => {
      const draws = rng(seed).split(name);
      return [name, { shape, data: Float32Array.from(data, (x) => x + 0.15 * draws.normal()) }];
    }),
  );
const [own, other] = [loud("own"), loud("other")];
const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const policyOf = (params: Params) => modelPolicy(model, () => params, calls);
const [policy, reference] = [policyOf(own), policyOf(other)];
const prompts = Array.from({ length: 5 }, (_, i): Prompt => ({ id: `${i}`, tokens: [i, 4 - i] }));
const resultOf = (y: Answer) => y.numbers!.result;
const pointsOf = (y: Answer): Float32Array => {
  assert.ok(y.numbers?.of === "path");
  return y.numbers.points;
};
const alone = (y: Answer): Answer => ({
  prompt: y.prompt,
  tokens: [],
  length: 1,
  numbers: { of: "result", result: resultOf(y) },
});
const paths = await policy.sample(prompts, rng("paths"));

/** The network on plain numbers, in double precision. */
function guessOf(params: Params, x: readonly number[], time: number, { tokens }: Prompt): number[] {
  const rows = (name: string) => {
    const { shape: [, columns], data } = params[name]!;
    return (i: number, j: number) => data[i * columns! + j]!;
  };
  const layer = (name: string, input: readonly number[], width: number) => {
    const weight = rows(`${name}.weight`);
    const bias = params[`${name}.bias`]?.data;
    return Array.from(
      { length: width },
      (_, j) => input.reduce((sum, v, i) => sum + v * weight(i, j), bias?.[j] ?? 0),
    );
  };
  const silu = (v: number) => v / (1 + Math.exp(-v));
  const turns = Array.from({ length: 16 }, (_, i) => time / Math.pow(50, i / 16));
  const embedding = rows("prompt.weight");
  const said = [
    ...turns.map(Math.sin),
    ...turns.map(Math.cos),
    ...Array.from(
      { length: 32 },
      (_, j) => tokens.reduce((sum, token) => sum + embedding(token, j), 0),
    ),
  ];
  let h = layer("in", [...x, ...said], shape.width);
  for (let l = 0; l < shape.layers; l++) {
    const up = layer(`${l}.up`, [...h, ...said], shape.width).map(silu);
    const down = layer(`${l}.down`, up, shape.width);
    h = h.map((v, j) => v + down[j]!);
  }
  return layer("out", h.map(silu), D);
}

/** Mean and variance of the step from a point, by the noise that the guess implies (DDIM with η = 1). */
function step(params: Params, x: readonly number[], time: number, prompt: Prompt) {
  const [now, before] = [moments[time]!.signal, moments[time - 1]!.signal];
  const guess = guessOf(params, x, time, prompt);
  const variance = (1 - before) / (1 - now) * (1 - now / before);
  const mean = guess.map((g, i) => {
    const noise = (x[i]! - Math.sqrt(now) * g) / Math.sqrt(1 - now);
    return Math.sqrt(before) * g + Math.sqrt(1 - before - variance) * noise;
  });
  return { mean, variance };
}
const point = (y: Answer, k: number) => [...pointsOf(y).subarray(k * D, (k + 1) * D)];

Deno.test("moments fall evenly from the first signal to noise to the last, and steps are the true posterior's", () => {
  const ratio = (t: number) => moments[t]!.signal / (1 - moments[t]!.signal);
  close(ratio(1), 16, 1e-9);
  close(ratio(T), Math.exp(-5.5), 1e-12);
  for (let t = 2; t <= T; t++) {
    close(Math.log(ratio(t - 1) / ratio(t)), (Math.log(16) + 5.5) / (T - 1), 1e-9);
    const { signal, variance, stay, move, weight } = moments[t]!;
    const before = moments[t - 1]!.signal;
    // By Bayes' rule: precisions add up.
    const alpha = signal / before;
    const precision = 1 / (1 - before) + alpha / (1 - alpha);
    close(variance, 1 / precision, 1e-12);
    close(stay, Math.sqrt(alpha) / (1 - alpha) / precision, 1e-12);
    close(move, Math.sqrt(before) / (1 - before) / precision, 1e-12);
    close(weight, (ratio(t - 1) - ratio(t)) / 2, 1e-9);
  }
  const { stay, move, variance } = moments[1]!;
  assert.deepEqual([stay, move, variance], [0, 1, 0]);
});

Deno.test("a step's log-probability is the Gaussian's density, number by number", async () => {
  const found = await policy.steps(paths);
  for (const [i, y] of paths.entries()) {
    for (let k = 0; k < y.length; k++) {
      const { mean, variance } = step(own, point(y, k), T - k, y.prompt);
      const density = point(y, k + 1).reduce(
        (sum, v, d) =>
          sum - (v - mean[d]!) ** 2 / (2 * variance) - Math.log(2 * Math.PI * variance) / 2,
        0,
      );
      close(found[i]![k], density, 1e-4);
    }
  }
});

Deno.test("KL of two policies a step is the Gaussians', and entropy too, at the points of a path", async () => {
  const { kl, entropy } = await policy.against(reference, paths);
  for (const [i, y] of paths.entries()) {
    let [divergence, spread] = [0, 0];
    for (let k = 0; k < y.length; k++) {
      const [p, q] = [own, other].map((params) => step(params, point(y, k), T - k, y.prompt));
      divergence += p!.mean.reduce(
        (sum, m, d) => sum + (m - q!.mean[d]!) ** 2 / (2 * p!.variance),
        0,
      );
      spread += D / 2 * Math.log(2 * Math.PI * Math.E * p!.variance);
    }
    close(kl[i], divergence, 1e-3 * Math.max(1, divergence));
    close(entropy[i], spread, 1e-4);
    assert.ok(divergence > 0.1);
  }
  const { kl: none } = await policy.against(policy, paths);
  assert.deepEqual([...none], paths.map(() => 0));
});

Deno.test("policies whose guesses are δ apart are ½(SNR₁ − SNR_T)·‖δ‖² nats apart on any path: the cap on the ratio bounds it", async () => {
  const shift = [0.3, -0.1, 0.2];
  const squares = shift.reduce((sum, v) => sum + v * v, 0);
  const moved = {
    ...own,
    "out.bias": {
      shape: [D],
      data: own["out.bias"]!.data.map((v, d) => v + shift[d]!) as Float32Array,
    },
  };
  for (const first of [16, 400]) {
    const capped = denoiser({ ...shape, snr: [first, shape.snr[1]] });
    const [p, q] = [own, moved].map((params) => modelPolicy(capped, () => params, calls));
    const ys = await p!.sample(prompts, rng("capped"));
    const { kl } = await p!.against(q!, ys);
    const want = (first - shape.snr[1]) / 2 * squares;
    kl.forEach((found) => close(found, want, 1e-4 * want));
  }
});

Deno.test("log-probabilities from sampling are those of the policy's steps", async () => {
  const found = await policy.steps(paths);
  paths.forEach((y, i) => allClose([...y.logps], [...found[i]!], 1e-4));
  paths.forEach((y) => {
    const guess = guessOf(own, point(y, T - 1), 1, y.prompt);
    allClose([...resultOf(y)], guess, 1e-4);
  });
});

Deno.test("a path is drawn from its own stream, whoever is drawn beside it", async () => {
  const rngs = prompts.map((_, i) => rng("streams").split(i));
  const together = await model.generate(engine.call, own, prompts, rngs);
  for (const [i, y] of together.entries()) {
    const [one] = await model.generate(engine.call, own, [prompts[i]!], [rng("streams").split(i)]);
    allClose([...pointsOf(one!)], [...pointsOf(y)], 1e-5);
  }
});

Deno.test("temperature multiplies the variance of each step, and at 0 every step is its mean", async () => {
  const [still, hot] = [
    await policy.sample(prompts, rng("heat"), { temperature: 0 }),
    await policy.sample(prompts, rng("heat"), { temperature: 4 }),
  ];
  const cold = await policy.sample(prompts, rng("heat"));
  for (const [i, y] of still.entries()) {
    assert.deepEqual(point(y, 0), point(cold[i]!, 0));
    for (let k = 0; k < y.length; k++) {
      allClose(point(y, k + 1), step(own, point(y, k), T - k, y.prompt).mean, 1e-4);
    }
    // From one first noise the first steps differ by their size alone.
    const { mean } = step(own, point(y, 0), T, y.prompt);
    const off = (z: Answer) => point(z, 1).map((v, d) => v - mean[d]!);
    allClose(off(hot[i]!), off(cold[i]!).map((v) => 2 * v), 1e-4);
  }
  allClose([...still[0]!.logps], [...(await policy.steps(still))[0]!], 1e-4);
});

Deno.test("answers that open alike begin from one noise and go their own ways", async () => {
  const again = await policy.sample(prompts, rng("again"), { opening: paths });
  again.forEach((y, i) => {
    assert.deepEqual(point(y, 0), point(paths[i]!, 0));
    assert.notDeepEqual(point(y, 1), point(paths[i]!, 1));
  });
  await assert.rejects(
    policy.sample(prompts, rng("again"), { opening: paths.map(alone) }),
    /Cannot begin as an answer to 0: it is no path/,
  );
});

Deno.test("beams, the likeliest few and single steps are unsuited to numbers", async () => {
  for (const options of [{ beams: 2 }, { topK: 3 }, { topP: 0.9 }, { step: true }]) {
    await assert.rejects(policy.sample(prompts, rng("none"), options), Unsuited);
  }
  await assert.rejects(policy.sample(prompts, rng("none"), { temperature: -1 }), RangeError);
  await assert.rejects(policy.logp(paths.map(alone)), Unsuited);
  const words: Answer = { prompt: prompts[0]!, tokens: [1], length: 1 };
  await assert.rejects(policy.logp([words]), Unsuited);
});

Deno.test("paths of another length, of other numbers, and prompts of other lengths together are refused", async () => {
  const y = paths[0]!;
  const cut: Answer = {
    ...y,
    length: T - 2,
    numbers: { of: "path", points: pointsOf(y).slice(D), result: resultOf(y) },
  };
  await assert.rejects(policy.logp([cut]), /Cannot read a path of 15 numbers to 3 in 4 steps/);
  const longer = { ...paths[1]!, prompt: { id: "long", tokens: [1, 2, 3] } };
  await assert.rejects(policy.logp([y, longer]), /prompt long of 3 tokens/);
  await assert.rejects(
    policy.sample([y.prompt, longer.prompt], rng("odd")),
    /prompt long of 3 tokens/,
  );
});

Deno.test("the answers of one example are seen at one moment and under one noise, anew each time; paths stay", () => {
  const [w, l, path] = paths.map(alone).slice(0, 2).concat(paths[2]!) as [Answer, Answer, Answer];
  const draws = rng("glances");
  const times = new Set<number>();
  for (let k = 0; k < 200; k++) {
    const [example] = glanced(model, [{ chosen: w, rejected: l, path, strength: 1 }], draws);
    const [a, b] = [example!.chosen.numbers!, example!.rejected.numbers!];
    assert.ok(a.of === "glance" && b.of === "glance");
    assert.equal(a.time, b.time);
    assert.ok(a.time >= 2 && a.time <= T);
    const { signal, weight } = moments[a.time]!;
    close(a.weight, (T - 1) * weight, 1e-9);
    const noise = (x: typeof a) =>
      [...x.points].map((v, d) => (v - Math.sqrt(signal) * x.result[d]!) / Math.sqrt(1 - signal));
    allClose(noise(a), noise(b), 1e-5);
    assert.equal(example!.path, path);
    assert.equal(example!.strength, 1);
    times.add(a.time);
  }
  assert.equal(times.size, T - 1);
  const same = [{ chosen: path, rejected: paths[3]! }];
  assert.equal(glanced(model, same, draws)[0], same[0]);
});

Deno.test("over moments and noises a result's log-probability is the mean over paths that end there", async () => {
  const result = Float32Array.of(0.7, -0.4, 1.1);
  const [prompt] = prompts as [Prompt];
  const draws = rng("bound");
  const bare: Answer = { prompt, tokens: [], length: 1, numbers: { of: "result", result } };
  const glances = Array.from({ length: 20_000 }, () => model.glance!([bare], draws)[0]!);
  const ways = Array.from({ length: 2000 }, (): Answer => {
    const points = new Float32Array(T * D);
    const at = (k: number) => points.subarray(k * D, (k + 1) * D);
    const { signal } = moments[T]!;
    at(0).set(result.map((v) => Math.sqrt(signal) * v + Math.sqrt(1 - signal) * draws.normal()));
    for (let k = 0; k < T - 1; k++) {
      const { stay, move, variance } = moments[T - k]!;
      at(k + 1).set(
        at(k).map((v, d) => stay * v + move * result[d]! + Math.sqrt(variance) * draws.normal()),
      );
    }
    return { prompt, tokens: [], length: T - 1, numbers: { of: "path", points, result } };
  });
  const agree = (a: readonly number[], b: readonly number[]) => {
    const error = Math.hypot(stats.standardError(a), stats.standardError(b));
    close(stats.mean(a), stats.mean(b), 3 * error);
    return error;
  };
  const of = async (ys: Answer[]) => {
    const [pi, ref] = [[...await policy.logp(ys)], [...await reference.logp(ys)]];
    return { pi, ratio: pi.map((x, i) => x - ref[i]!) };
  };
  const [seen, gone] = [await of(glances), await of(ways)];
  agree(seen.pi, gone.pi);
  const error = agree(seen.ratio, gone.ratio);
  // Sharp enough to tell (T − 1) from T, and the ratio from none.
  assert.ok(error < Math.abs(stats.mean(gone.ratio)) / (3 * T), `${error}`);
  const divergence = async (ys: Answer[]) => [...(await policy.against(reference, ys)).kl];
  agree(await divergence(glances), await divergence(ways));
});

/** DDIM's certain path back to noise (arXiv 2010.02502), by the noise that the guess implies. */
function risen(params: Params, result: readonly number[], time: number, prompt: Prompt): number[] {
  let x = [...result];
  for (let t = 0; t < time; t++) {
    const [now, next] = [moments[Math.max(1, t)]!.signal, moments[t + 1]!.signal];
    const guess = guessOf(params, x, Math.max(1, t), prompt);
    const noise = x.map((v, d) => (v - Math.sqrt(now) * guess[d]!) / Math.sqrt(1 - now));
    // A result has no noise, and is what it is guessed to be.
    const clean = t === 0
      ? x
      : x.map((v, d) => (v - Math.sqrt(1 - now) * noise[d]!) / Math.sqrt(now));
    x = clean.map((v, d) => Math.sqrt(next) * v + Math.sqrt(1 - next) * noise[d]!);
  }
  return x;
}

Deno.test("an inverted result is where the policy's own certain path to it passes, both of a group at one moment", async () => {
  const groups = [[0, 1], [2, 3], [4, 0], [1, 2]].map((both) => both.map((i) => alone(paths[i]!)));
  const found = await policy.invert(groups, rng("inverted"));
  const again = await policy.invert([...groups.slice(0, 1)], rng("inverted"));
  for (const [g, ys] of found.entries()) {
    const times = new Set<number>();
    for (const [i, y] of ys.entries()) {
      assert.ok(y.numbers?.of === "glance");
      const { time, weight, points, result } = y.numbers;
      times.add(time);
      assert.equal(result, resultOf(groups[g]![i]!));
      assert.equal(y.prompt, groups[g]![i]!.prompt);
      close(weight, (T - 1) * moments[time]!.weight, 1e-9);
      const want = risen(own, [...result], time, y.prompt);
      allClose([...points], want, 1e-3 * Math.max(1, ...want.map(Math.abs)));
      // Under another policy it is elsewhere.
      const elsewhere = risen(other, [...result], time, y.prompt);
      assert.ok(want.some((v, d) => Math.abs(v - elsewhere[d]!) > 0.02));
    }
    assert.equal(times.size, 1);
  }
  // Whoever else is inverted.
  again[0]!.forEach((y, i) => {
    assert.ok(y.numbers?.of === "glance" && found[0]![i]!.numbers?.of === "glance");
    allClose([...y.numbers.points], [...found[0]![i]!.numbers.points], 1e-5);
  });
  const many = await policy.invert(Array(100).fill(groups[0]!), rng("moments"));
  const seen = many.map(([y]) => y!.numbers?.of === "glance" ? y!.numbers.time : 0);
  assert.deepEqual([...new Set(seen)].toSorted(), Array.from({ length: T - 1 }, (_, k) => k + 2));
});

Deno.test("where a guess is the same everywhere, inversion adds one noise: that of the first guess", async () => {
  const still = Object.fromEntries(
    Object.entries(own).map(([name, x]) => [
      name,
      name === "out.weight" ? { ...x, data: x.data.map(() => 0) as Float32Array } : x,
    ]),
  );
  const guess = [...own["out.bias"]!.data];
  const [[y]] = await policyOf(still).invert([[alone(paths[0]!)]], rng("still")) as [[Answer]];
  assert.ok(y.numbers?.of === "glance");
  const { time, points, result } = y.numbers;
  const first = moments[1]!.signal;
  const up = [...result].map((v, d) => Math.sqrt(first) * v + v - Math.sqrt(first) * guess[d]!);
  const noise = up.map((v, d) => (v - Math.sqrt(first) * guess[d]!) / Math.sqrt(1 - first));
  const { signal } = moments[time]!;
  allClose(
    [...points],
    guess.map((g, d) => Math.sqrt(signal) * g + Math.sqrt(1 - signal) * noise[d]!),
    1e-4,
  );
});

Deno.test("words, and prompts of other lengths together, are not inverted", async () => {
  const words: Answer = { prompt: prompts[0]!, tokens: [1], length: 1 };
  await assert.rejects(policy.invert([[words]], rng("none")), Unsuited);
  const odd = { ...alone(paths[1]!), prompt: { id: "long", tokens: [1, 2, 3] } };
  const both = [[alone(paths[0]!), odd]];
  await assert.rejects(policy.invert(both, rng("none")), /prompt long of 3 tokens/);
});

Deno.test("values are the head's, of a result by itself and of the point before each step", async () => {
  const values = await policy.values(paths);
  const value = await policy.value(paths);
  assert.ok(values.every((row) => row.length === T - 1));
  const moved = { ...own, "value.bias": { shape: [1], data: Float32Array.of(7) } };
  const shift = 7 - own["value.bias"]!.data[0]!;
  const shifted = policyOf(moved);
  (await shifted.value(paths)).forEach((v, i) => close(v, value[i]! + shift, 1e-4));
  (await shifted.values(paths)).forEach((row, i) =>
    allClose([...row], [...values[i]!].map((v) => v + shift), 1e-4)
  );
  // The way to it is no part of a result's value.
  const turned = paths.map((y, i): Answer => ({
    ...y,
    numbers: {
      of: "path",
      points: pointsOf(paths[(i + 1) % paths.length]!),
      result: resultOf(y),
    },
  }));
  allClose([...await policy.value(turned)], [...value], 1e-6);
  const headless = denoiser({ ...shape, valueHead: false });
  const params = headless.init(rng(1));
  const plain = modelPolicy(headless, () => params, calls);
  await assert.rejects(plain.value(paths), Unsuited);
  await assert.rejects(plain.values(paths), Unsuited);
});

Deno.test("an answer is read the same beside longer ones, and its values are 0 past its end", async () => {
  const [bare] = [alone(paths[0]!)];
  const [short] = model.glance!([bare!], rng("short")) as [Answer];
  const [alonely] = await policy.logp([short]);
  const feeds = model.pack([short, paths[1]!]).feeds;
  const { steps, values, kl } = await engine.call((all) => {
    const [p, q] = [
      model.forward(unnamed("pi", all), all),
      model.forward(unnamed("ref", all), all),
    ];
    return { steps: p.steps, values: p.values(), kl: p.kl(q) };
  }, { ...named("pi", own), ...named("ref", other), ...feeds });
  close(steps!.data[0], alonely!, 1e-4);
  for (const { data } of [steps!, values!, kl!]) {
    assert.ok([...data.subarray(1, T - 1)].every((x) => x === 0));
    assert.ok([...data.subarray(T - 1)].every((x) => x !== 0));
  }
});

Deno.test("the hop to the result is read as it is weighted, without a density", async () => {
  const noise = normals(D, rng("hop"));
  const y = seenAt(prompts[0]!, resultOf(paths[0]!), {
    time: 1,
    moment: moments[1]!,
    noise,
    weight: 2,
  });
  assert.ok(y.numbers?.of === "glance");
  const guess = guessOf(own, [...y.numbers.points], 1, y.prompt);
  const squares = guess.reduce((sum, g, d) => sum + (g - y.numbers!.result[d]!) ** 2, 0);
  close((await policy.logp([y]))[0], -2 * squares, 1e-4);
});

/** Values, log-probabilities and divergences of paths and glances, with the gradient of their sum. */
async function computed({ call }: Pick<Engine, "call">): Promise<Tensors> {
  const glances = model.glance!(paths.slice(3).map(alone), rng("computed"));
  const ys = [...paths.slice(0, 3), ...glances];
  return await call((all) => {
    const weights = unnamed("pi", all);
    const [p, q] = [model.forward(weights, all), model.forward(unnamed("ref", all), all)];
    const outputs = { steps: p.steps, value: p.value(), values: p.values(), kl: p.kl(q) };
    const sum = Object.values(outputs).map((x) => x.mean()).reduce((a, b) => a.add(b));
    const slopes = gradient(sum, Object.values(weights));
    return { ...outputs, slopes: concat(slopes.map((g) => g.reshape(size(g.shape))), 0) };
  }, { ...named("pi", own), ...named("ref", other), ...model.pack(ys, true).feeds });
}

const executors = {
  "the portable dialect": { test: Deno.test, open: () => cpu({ threads: 1, dialect: "portable" }) },
  Wasm: { test: Deno.test, open: async () => engineOf(await web("wasm")) },
  WebGPU: { test: onGpu, open: async () => engineOf(await web("webgpu")) },
};
for (const [name, { test, open }] of Object.entries(executors)) {
  test(`${name} gives a denoiser's values, gradients and paths as the CPU does`, async () => {
    const want = await computed(engine);
    const away = await open();
    const got = await computed(away);
    for (const [output, { data }] of Object.entries(want)) {
      const most = Math.max(1, ...Array.from(data, Math.abs));
      data.forEach((x, i) => close(got[output]!.data[i], x, 1e-4 * most));
    }
    const drawn = await model.generate(
      away.call,
      own,
      prompts,
      prompts.map((p, i) => rng("paths").split(p.id).split(i)),
    );
    drawn.forEach((y, i) => {
      allClose([...resultOf(y)], [...resultOf(paths[i]!)], 1e-4);
      allClose([...y.logps], [...paths[i]!.logps], 1e-4);
    });
    await away.close();
  });
}
