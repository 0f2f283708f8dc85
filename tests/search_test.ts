import assert from "node:assert/strict";
import { type Answer, type Params, type Prompt, rng } from "../core/mod.ts";
import { cpu } from "../engine/mod.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { workshop } from "../lab/train/workshop.ts";
import { weightedMean } from "../lab/train/mean.ts";
import { slerp } from "../methods/slerp-merge.ts";
import { table } from "../models/table.ts";
import { transformer } from "../models/transformer.ts";

const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const shape = {
  vocabulary: 5,
  layers: 1,
  width: 16,
  heads: 2,
  positions: "rotary",
  context: 12,
  longest: 3,
  stop: 0,
} as const;
const model = transformer(shape);
const random = rng("search");
const params: Params = Object.fromEntries(
  Object.entries(model.init(rng("start"))).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data, (x) => x + 0.5 * random.normal()) },
  ]),
);
const policy = modelPolicy(model, () => params, calls);
const prompts: Prompt[] = [[1], [2, 3], [4, 4, 1], [3, 1]].map((tokens, i) => ({
  id: `${i}`,
  tokens,
}));

/** Every finished answer: stopped, or as long as may be. */
function all(prompt: Prompt): Answer[] {
  const grow = (tokens: readonly number[]): number[][] =>
    tokens.length === shape.longest || tokens.at(-1) === shape.stop
      ? [[...tokens]]
      : Array.from({ length: shape.vocabulary }, (_, k) => grow([...tokens, k])).flat();
  return grow([]).map((tokens) => ({ prompt, tokens, length: tokens.length }));
}

Deno.test("a beam as wide as the tree finds the likeliest answer of all, and says how likely it is", async () => {
  const found = await policy.sample(prompts, rng(1), { beams: 25 });
  for (const [i, prompt] of prompts.entries()) {
    const answers = all(prompt);
    assert.equal(answers.length, 1 + 4 + 16 * 5);
    const logps = await policy.logp(answers);
    const best = answers[logps.indexOf(Math.max(...logps))]!;
    assert.deepEqual(found[i]!.tokens, best.tokens);
    const [again] = await policy.steps([found[i]!]);
    found[i]!.logps.forEach((logp, t) => assert.ok(Math.abs(logp - again![t]!) < 1e-5));
  }
});

Deno.test("one beam takes the likeliest token each time, and a wider one finds nothing less likely", async () => {
  const greedy = await policy.sample(prompts, rng(1), { temperature: 0 });
  const one = await policy.sample(prompts, rng(1), { beams: 1 });
  assert.deepEqual(one.map(({ tokens }) => tokens), greedy.map(({ tokens }) => tokens));
  const [narrow, wide] = [
    await policy.logp(one),
    await policy.logp(await policy.sample(prompts, rng(1), { beams: 25 })),
  ];
  wide.forEach((logp, i) => assert.ok(logp >= narrow[i]! - 1e-5));
  assert.ok(wide.some((logp, i) => logp > narrow[i]! + 1e-3));
  await assert.rejects(policy.sample(prompts, rng(1), { beams: 0 }), RangeError);
});

Deno.test("any beam over a table finds its likeliest answer", async () => {
  const model = table({ contexts: 2, actions: 3 });
  const logits = { shape: [2, 3], data: Float32Array.of(0, 2, 1, 5, 4, 3) };
  const two = [0, 1].map((c): Prompt => ({ id: `${c}`, tokens: [c] }));
  const found = await modelPolicy(model, () => ({ logits }), calls).sample(two, rng(1), {
    beams: 2,
  });
  assert.deepEqual(found.map(({ tokens }) => tokens[0]), [1, 0]);
});

// The token MDP of arXiv 2404.12358: three steps over three tokens, a reward on the last, with
// Q(s, a) = r + β log π_ref(a|s) + V(s′), V(s) = β log Σ exp(Q/β) and π = exp((Q − V)/β).
Deno.test("the optimum's token log-ratios are r + V*(s′) − V*(s), and its search is the planner's", () => {
  const [beta, depth, tokens] = [0.3, 3, [0, 1, 2]];
  const draws = rng("bellman");
  const key = (s: readonly number[]) => s.join();
  const states: number[][][] = [[[]]];
  for (let t = 0; t < depth; t++) {
    states.push(states[t]!.flatMap((s) => tokens.map((a) => [...s, a])));
  }
  const reward = new Map(states[depth]!.map((s) => [key(s), draws.normal()]));
  const ref = new Map(
    states.slice(0, depth).flat().map((s) => {
      const weights = tokens.map(() => 0.2 + draws.uniform());
      const total = weights.reduce((a, b) => a + b);
      return [key(s), weights.map((w) => Math.log(w / total))];
    }),
  );
  const V = new Map(states[depth]!.map((s) => [key(s), 0]));
  const pi = new Map<string, number[]>();
  const paid = (s: readonly number[]) => reward.get(key(s)) ?? 0;
  for (let t = depth - 1; t >= 0; t--) {
    for (const s of states[t]!) {
      const Q = tokens.map((a) =>
        paid([...s, a]) + beta * ref.get(key(s))![a]! + V.get(key([...s, a]))!
      );
      const v = beta * Math.log(Q.reduce((sum, q) => sum + Math.exp(q / beta), 0));
      V.set(key(s), v);
      pi.set(key(s), Q.map((q) => (q - v) / beta));
    }
  }
  const sum = (table: typeof pi, y: readonly number[]) =>
    y.reduce((total, a, t) => total + table.get(key(y.slice(0, t)))![a]!, 0);
  const Z = states[depth]!.reduce(
    (total, y) => total + Math.exp(sum(ref, y) + paid(y) / beta),
    0,
  );
  for (const y of states[depth]!) {
    // Token by token; π_ref · exp(r/β)/Z on whole answers, as DPO's derivation has it.
    y.forEach((a, t) => {
      const [s, next] = [y.slice(0, t), y.slice(0, t + 1)];
      const ratio = beta * (pi.get(key(s))![a]! - ref.get(key(s))![a]!);
      assert.ok(Math.abs(ratio - (paid(next) + V.get(key(next))! - V.get(key(s))!)) < 1e-12);
    });
    assert.ok(Math.abs(sum(pi, y) - (sum(ref, y) + paid(y) / beta - Math.log(Z))) < 1e-12);
    // Planning K steps ahead with leaves V*: the value is V*(s₀) + β Σ log π*.
    for (const K of [1, 2, 3]) {
      const path = y.slice(0, K);
      const planned = paid(path) + beta * sum(ref, path) + V.get(key(path))!;
      assert.ok(Math.abs(planned - (V.get("")! + beta * sum(pi, path))) < 1e-12);
    }
  }
});

Deno.test("merging models of unrelated starts ruins both, merging relatives does not", async () => {
  const model = transformer({ ...shape, layers: 2, longest: 8 });
  const { train } = workshop({ engine, cached: (_n, _k, make) => make(), progress() {} });
  // What comes next depends on both tokens of the prompt: no single layer's product can say it.
  const counted = (from: number, by: number): Answer => ({
    prompt: { id: `${from}+${by}`, tokens: [from, by] },
    tokens: Array.from({ length: 8 }, (_, t) => 1 + (from + by * (t + 1)) % 4),
    length: 8,
  });
  const data = [1, 2, 3, 4].flatMap((from) => [1, 2, 3, 4].map((by) => counted(from, by)));
  const learned = (title: string, from: Params, steps = 300) =>
    train({ title, model, from, steps, rate: 1e-2, batch: () => data });
  const nll = async (at: Params) => {
    const logps = await modelPolicy(model, () => at, calls).logp(data);
    return -logps.reduce((a, b) => a + b) / (8 * data.length);
  };
  const [a, b] = [
    await learned("a", model.init(rng("a"))),
    await learned("b", model.init(rng("b"))),
  ];
  const relative = await learned("c", a, 20);
  const between = (x: Params, y: Params) =>
    weightedMean(engine.call, [x, y], (products) => slerp(products, 0.5));
  const parents = Math.max(await nll(a), await nll(b), await nll(relative));
  assert.ok(parents < 0.1, `the parents learned: ${parents}`);
  const [strangers, kin] = [await nll(await between(a, b)), await nll(await between(a, relative))];
  assert.ok(kin < 0.1, `${kin}`);
  assert.ok(strangers > 0.5, `${strangers}`);
});
