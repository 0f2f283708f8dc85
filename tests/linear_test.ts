import assert from "node:assert/strict";
import { type Answer, plain, type Prompt, rng, type Testbed, type Workshop } from "../core/mod.ts";
import linearBenchmark from "../benchmarks/linear.ts";
import { optimum } from "../benchmarks/exact/frontier.ts";
import { softmax } from "../benchmarks/exact.ts";
import { cpu } from "../engine/mod.ts";
import { learner } from "../lab/train/learner.ts";
import { reference } from "../lab/train/reference.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { measured, subject } from "../lab/train/subject.ts";
import dpo from "../methods/dpo.ts";
import { linear } from "../models/linear.ts";

const unused = {} as Workshop;
const opened = await Promise.all(
  Object.entries(linearBenchmark.settings).map(async ([name, setting]) => ({
    name,
    testbed: await linearBenchmark.open(setting.with, rng(1), unused),
    again: await linearBenchmark.open(setting.with, rng(2), unused),
  })),
);
const byName = (name: string) => opened.find((x) => x.name === name)!.testbed;
const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const close = (a: number, b: number, within = 1e-5) =>
  assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);
const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;

const small = linear({ contexts: 2, actions: 3, width: 2, shared: true });
const each = linear({ contexts: 2, actions: 3, width: 2, shared: false });
const array = (shape: readonly number[], ...values: number[]) => ({
  shape,
  data: Float32Array.from(values),
});
const features = array([6, 2], 1, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, -1);
const base = array([2, 3], 0.5, 0, 0, 0, 1, 0);
const shared = { ...small.init(rng(0)), base, features, weights: array([1, 2], 0.3, -0.2) };
const own = { ...each.init(rng(0)), base, features, weights: array([2, 2], 0.3, -0.2, 1, 2) };
const answer = (c: number, a: number): Answer => ({
  prompt: { id: `${c}`, tokens: [c] },
  tokens: [a],
  length: 1,
});
const all = [0, 1].flatMap((c) => [0, 1, 2].map((a) => answer(c, a)));

Deno.test("logits are base + features · weights, of all contexts or of each", async () => {
  // By hand: context 0 has (0.8, −0.2, 0.1); context 1 (0.6, 1, 0.2) if shared, else (2, 1, −2).
  for (
    const [model, params, second] of [[small, shared, [0.6, 1, 0.2]], [each, own, [
      2,
      1,
      -2,
    ]]] as const
  ) {
    const logp = await modelPolicy(model, () => params, calls).logp(all);
    const want = [...softmax([0.8, -0.2, 0.1]), ...softmax(second)];
    want.forEach((p, i) => close(Math.exp(logp[i]!), p));
  }
});

Deno.test("samples are drawn from the same policy, with its log-probabilities", async () => {
  const policy = modelPolicy(each, () => own, calls);
  const n = 4000;
  const drawn = await policy.sample(Array(n).fill(answer(1, 0).prompt), rng("draws"));
  const p = softmax([2, 1, -2]);
  for (const a of [0, 1, 2]) {
    const share = drawn.filter((y) => y.tokens[0] === a).length / n;
    assert.ok(Math.abs(share - p[a]!) <= 4 * Math.sqrt(p[a]! * (1 - p[a]!) / n));
  }
  drawn.slice(0, 20).forEach((y) => close(y.logps[0]!, Math.log(p[y.tokens[0]!]!)));
});

Deno.test("training moves the weights alone, and through them answers that no example holds", async () => {
  const made = learner<"pairs">({
    model: small,
    from: shared,
    loss: (scope) => dpo.loss(scope, { beta: 0.1 }),
    reference: reference(modelPolicy(small, () => shared, calls)),
    optimiser: { rate: 0.1, warmup: 0, batch: 4, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("steps"),
    progress: () => 0,
  });
  const before = await made.policy.logp(all);
  // (1, 0) beats (0, 1) in context 0: the first weight rises and the second falls, by Adam's rate.
  await made.step([{ chosen: answer(0, 0), rejected: answer(0, 1), strength: 1 }]);
  const { weights, ...rest } = made.policy.params;
  [0.4, -0.3].forEach((want, i) => close(weights!.data[i]!, want));
  const { weights: _, ...still } = shared;
  assert.deepEqual(rest, still);
  const after = await made.policy.logp(all);
  assert.ok(after[3]! > before[3]!, "(2, 0) of the other context gains");
});

Deno.test("a reward is linear in the features, and trained by itself", async () => {
  const params = { ...own, reward: array([2, 2], 1, 2, -1, 0.5) };
  const value = await modelPolicy(each, () => params, calls).value(all);
  [1, 2, 3, -2, 0, -0.5].forEach((want, i) => close(value[i]!, want));
});

/** Probabilities of the start policy at each test prompt. */
async function startOf(testbed: Testbed, split: "train" | "test" = "test") {
  const policy = modelPolicy(testbed.model, () => testbed.start, calls);
  return await Promise.all(
    testbed.prompts(split).map(async (prompt) => ({
      prompt,
      p: Array.from(await policy.logp(testbed.answers!(prompt)), Math.exp),
      r: [...await testbed.reward!(testbed.answers!(prompt))],
    })),
  );
}

for (const { name, testbed, again } of opened) {
  const { oracle, answers, examples, heldOut, prompts } = testbed;

  Deno.test(`linear/${name}: prefer(a, b) + prefer(b, a) = 1, and labels follow the reward`, async () => {
    for (const prompt of prompts("test")) {
      for (const a of answers!(prompt)) {
        for (const b of answers!(prompt)) {
          const p = await oracle!.prefer(a, b);
          close(p + await oracle!.prefer(b, a), 1, 1e-12);
          const [x, y] = await testbed.reward!([a, b]);
          close(p, 1 / (1 + Math.exp(y! - x!)), 1e-12);
        }
      }
    }
  });

  Deno.test(`linear/${name}: the seed draws the examples and nothing else`, () => {
    const draw = (seed: number, from = testbed) => from.examples("lists", 600, rng(seed));
    assert.deepEqual(draw(5), draw(5, again));
    assert.notDeepEqual(draw(5), draw(6));
    assert.deepEqual(testbed.start, again.start);
    assert.deepEqual(heldOut(), again.heldOut());
    assert.deepEqual(testbed.truth, again.truth);
  });

  Deno.test(`linear/${name}: the start policy has support on every example`, async () => {
    const ys = examples("pairs", 1000, rng(2)).flatMap((
      { chosen, rejected },
    ) => [chosen, rejected]);
    const logp = await modelPolicy(testbed.model, () => testbed.start, calls).logp(ys);
    assert.ok(logp.every((x) => x > Math.log(1e-6)));
    assert.deepEqual(Object.keys(testbed.model.init(rng(1))), Object.keys(testbed.start));
  });

  Deno.test(`linear/${name}: the start is where the frontier begins`, async () => {
    const rows = await startOf(testbed);
    const reward = mean(rows.map(({ p, r }) => p.reduce((sum, x, a) => sum + x * r[a]!, 0)));
    close(reward, testbed.truth.frontier![0]!.reward, 1e-4);
    close(testbed.truth.frontier![0]!.kl, 0);
    const one = mean(rows.map(({ p, r }) => {
      const q = optimum(p, r, 1);
      return q.reduce((sum, x, a) => sum + x * r[a]!, 0);
    }));
    assert.ok(testbed.truth.frontier!.some((point) => Math.abs(point.reward - one) < 1e-4));
  });
}

const correlation = (x: readonly number[], y: readonly number[]) => {
  const [a, b] = [x, y].map((v) => v.map((u) => u - mean(v))) as [number[], number[]];
  return mean(a.map((u, i) => u * b[i]!)) /
    Math.sqrt(mean(a.map((u) => u * u)) * mean(b.map((u) => u * u)));
};

Deno.test("one feature tells of the reward on train prompts, and in shift the opposite on test prompts", async () => {
  for (const [name, sign] of [["transfer", 1], ["shift", -1]] as const) {
    const testbed = byName(name);
    const told = async (split: "train" | "test") => {
      const rows = await startOf(testbed, split);
      const all = rows.flatMap(({ prompt, r }) =>
        r.map((x, a) =>
          [testbed.start.features!.data[(prompt.tokens[0]! * 16 + a) * 8]!, x] as const
        )
      );
      return correlation(all.map(([phi]) => phi), all.map(([, x]) => x));
    };
    assert.ok(await told("train") > 0.4);
    assert.ok(sign * await told("test") > 0.4);
    const ids = (split: "train" | "test") =>
      testbed.prompts(split).map((prompt: Prompt) => prompt.id);
    assert.ok(ids("train").every((id) => !ids("test").includes(id)));
  }
});

Deno.test("what is unseen is in no example, has features twice those of the best, and is worst or best", async () => {
  for (const [name, best] of [["unseen", false], ["extrapolated", true]] as const) {
    const testbed = byName(name);
    const ys = testbed.examples("lists", 12_000, rng(3)).flatMap(({ answers }) => answers);
    assert.ok(ys.every((y) => y.tokens[0]! < 12));
    for (const { p, r } of await startOf(testbed)) {
      const [known, hidden] = [r.slice(0, 12), r.slice(12)];
      assert.ok(
        best ? Math.max(...hidden) > Math.max(...known) : Math.max(...hidden) < Math.min(...known),
      );
      assert.ok(p.slice(12).reduce((a, b) => a + b) < 0.05);
    }
  }
});

Deno.test("displaced data hold two pairs of nearly the same answers, one of each clearly better", async () => {
  const testbed = byName("displaced");
  const embedding = (a: number) => [...testbed.start.features!.data.subarray(a * 3, a * 3 + 3)];
  const apart = (a: number, b: number) =>
    Math.hypot(...embedding(a).map((x, i) => x - embedding(b)[i]!));
  const pairs = testbed.examples("pairs", 4000, rng(3));
  for (const { prompt, r } of await startOf(testbed)) {
    const here = pairs.filter((e) => e.chosen.prompt.id === prompt.id)
      .flatMap((e) => [e.chosen.tokens[0]!, e.rejected.tokens[0]!]);
    const met = [...new Set(here)].toSorted((a, b) => a - b);
    assert.equal(met.length, 4);
    assert.deepEqual([met[0]! % 2, met[1]! - met[0]!, met[3]! - met[2]!], [0, 1, 1]);
    for (const [a, b] of [[met[0]!, met[1]!], [met[2]!, met[3]!]] as const) {
      assert.deepEqual([r[a]!, r[b]!].toSorted(), [0, 2]);
    }
    r.forEach((x, a) => assert.ok(met.includes(a) || x <= -1));
  }
  assert.ok(mean([0, 2, 4, 6, 8, 10, 12, 14].map((a) => apart(a, a + 1))) < 0.8);
  assert.ok(mean([0, 2, 4, 6, 8, 10, 12].map((a) => apart(a, a + 2))) > 1.2);
});

Deno.test("what is held out is what the data could hold", () => {
  const count = (name: string) =>
    byName(name).heldOut().length / byName(name).prompts("test").length;
  assert.deepEqual(
    ["transfer", "shift", "unseen", "extrapolated", "displaced"].map(count),
    [120, 120, 66, 66, 6],
  );
});

Deno.test("the mass outside the data is the start policy's at the start", async () => {
  const testbed = byName("unseen");
  const policy = modelPolicy(testbed.model, () => testbed.start, calls);
  const { measures } = await measured(
    subject({ respondent: plain(policy), reference: policy, testbed, rng: rng("x"), samples: 1 }),
  );
  const rows = await startOf(testbed);
  close(
    measures["unseen-mass"]!.value,
    mean(rows.map(({ p }) => p.slice(12).reduce((a, b) => a + b))),
    1e-4,
  );
  close(measures["win-rate"]!.value, 0.5);
});

Deno.test("labels of the stream's second domain come after the first's, which wants half of it the other way", async () => {
  const { examples, answers, prompts, reward, start } = byName("stream");
  const context = (y: Answer) => y.prompt.tokens[0]!;
  const contexts = examples("pairs", 512, rng(3)).map(({ chosen }) => context(chosen));
  const [first, second] = [contexts.slice(0, 256), contexts.slice(256)];
  assert.ok(first.every((c) => c < 16) && second.every((c) => c >= 16));
  // Within a domain they come in random order.
  assert.notDeepEqual(first, first.toSorted((a, b) => a - b));
  for (const kind of ["points", "scored", "demonstrations"] as const) {
    const late = examples(kind, 64, rng(3)).map(({ answer }) => context(answer) >= 16);
    assert.deepEqual(late, late.toSorted((a, b) => Number(a) - Number(b)), kind);
  }
  const lists = examples("lists", 128, rng(3)).map(({ answers: [y] }) => context(y!) >= 16);
  assert.deepEqual(lists, lists.toSorted((a, b) => Number(a) - Number(b)));

  // Eight answers to one prompt give eight equations for the eight weights of a taste.
  const taste = async (c: number): Promise<number[]> => {
    const found = await reward!(answers!(prompts("test")[c]!));
    return solved(Array.from({ length: 8 }, (_, a) => {
      const at = (c * 16 + a) * 8;
      return [...start.features!.data.subarray(at, at + 8), found[a]!];
    }));
  };
  const [one, same, other] = [await taste(0), await taste(5), await taste(20)];
  one.forEach((x, i) => close(x, same[i]!, 1e-3));
  one.forEach((x, i) => close(x, i < 4 ? other[i]! : -other[i]!, 1e-3));
});

/** Solves [n][n + 1] by Gauss–Jordan elimination. */
function solved(rows: number[][]): number[] {
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    const pivot = rows.slice(i).reduce((a, b) => Math.abs(b[i]!) > Math.abs(a[i]!) ? b : a);
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(i, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[i]! / pivot[i]!;
      row.forEach((_, k) => row[k]! -= factor * pivot[k]!);
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
