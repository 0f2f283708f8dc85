import assert from "node:assert/strict";
import {
  type Answer,
  byStep,
  type Environment,
  logRatio,
  nameOf,
  onFrom,
  played,
  type Prompt,
  rng,
  same,
  softplus,
  stepNames,
  stepsOf,
  whole,
} from "../core/mod.ts";
import { cpu } from "../engine/mod.ts";
import { learner } from "../lab/train/learner.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { reference } from "../lab/train/reference.ts";
import { agent } from "../models/agent.ts";
import { inWorld } from "../models/episodes.ts";
import { transformer } from "../models/transformer.ts";

const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };

/** Token 0 ends an episode, 1 a turn; the world answers a turn with its number of tokens plus 2. */
const [STOP, PAUSE] = [0, 1];
const counter: Environment<{ readonly turns: number; readonly said: readonly number[] }> = {
  begin: () => ({ turns: 0, said: [] }),
  step: ({ turns }, move) => ({
    turns: move.at(-1) === PAUSE ? turns + 1 : 3,
    said: [2 + Math.min(move.length, 5), 9],
  }),
  observe: ({ said }) => said,
  over: ({ turns }) => turns >= 3,
};
const model = inWorld(
  transformer({
    vocabulary: 10,
    layers: 1,
    width: 8,
    heads: 2,
    positions: "rotary",
    context: 48,
    longest: 6,
    valueHead: true,
    stop: STOP,
    pauses: [PAUSE],
  }),
  counter,
);
const draws = rng("episodes");
const start = Object.fromEntries(
  Object.entries(model.init(draws.split("init"))).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data, (x) => x + 0.2 * draws.normal()) },
  ]),
);
const policy = modelPolicy(model, () => start, calls);
const prompts = Array.from({ length: 24 }, (_, i): Prompt => (
  { id: `${i}`, tokens: [2 + i % 8, 2 + (3 * i) % 7] }
));
const near = (a: number, b: number, what = "") =>
  assert.ok(Math.abs(a - b) < 1e-4, `${what} ${a} is not ${b}`);

Deno.test("an episode is turns of the policy's own, and between them what the world says", async () => {
  const ys = await policy.sample(prompts, rng("draw"));
  assert.ok(ys.some((y) => y.spans!.length === 3) && ys.some((y) => y.spans!.length === 1));
  for (const y of ys) {
    assert.equal(y.length, y.logps.length);
    assert.equal(y.spans!.reduce((sum, [from, to]) => sum + to - from, 0), y.length);
    let state = counter.begin(y.prompt);
    y.spans!.forEach(([from, to], i) => {
      assert.ok(!counter.over(state));
      state = counter.step(state, y.tokens.slice(from, to));
      const next = y.spans![i + 1];
      // Between two turns stands what the world says of the first.
      if (next) assert.deepEqual(y.tokens.slice(to, next[0]), counter.observe(state));
      else assert.equal(to, y.tokens.length);
    });
    assert.ok(counter.over(state) || y.tokens.length >= 6);
    assert.deepEqual(played(counter, y), state);
  }
});

Deno.test("only the policy's own steps are scored, as likely as when they were drawn", async () => {
  const ys = await policy.sample(prompts, rng("draw"));
  const steps = await policy.steps(ys);
  const all = await policy.steps(ys.map(({ prompt, tokens }) => (
    { prompt, tokens, length: tokens.length }
  )));
  ys.forEach((y, i) => {
    assert.equal(steps[i]!.length, y.length);
    const own = y.spans!.flatMap(([from, to]) =>
      Array.from({ length: to - from }, (_, t) => from + t)
    );
    own.forEach((place, t) => {
      near(steps[i]![t]!, y.logps[t]!, "drawn");
      near(steps[i]![t]!, all[i]![place]!, "read whole");
    });
  });
  const [kl] = [(await policy.against(policy, ys)).kl];
  assert.ok(kl.every((x) => Math.abs(x) < 1e-6));
});

Deno.test("an episode does not depend on its neighbours", async () => {
  const streams = () => prompts.map((_, i) => rng("alone").split(i));
  const together = await model.generate(engine.call, start, prompts, streams());
  for (const i of [0, 7, 23]) {
    const [alone] = await model.generate(engine.call, start, [prompts[i]!], [streams()[i]!]);
    assert.deepEqual(alone!.tokens, together[i]!.tokens);
    assert.deepEqual(alone!.spans, together[i]!.spans);
  }
});

Deno.test("cut anywhere and gone on with its own turns, an episode is met by the same replies", async () => {
  const ys = (await policy.sample(prompts, rng("draw"))).filter((y) => y.spans!.length > 1);
  assert.ok(ys.length > 3);
  for (const y of ys) {
    const parts = stepsOf(y);
    assert.equal(parts.length, y.spans!.length);
    for (const [i, part] of parts.entries()) {
      // The question that a part goes on from is the episode's, and the world stands where it stood.
      const joined = whole(part);
      assert.equal(joined.prompt, y.prompt);
      const [, to] = y.spans![i]!;
      assert.deepEqual(joined.tokens, y.tokens.slice(0, to));
      assert.deepEqual(joined.spans ?? [[0, to]], y.spans!.slice(0, i + 1));
      assert.deepEqual(
        played(counter, part),
        played(counter, { ...y, tokens: y.tokens.slice(0, to), spans: y.spans!.slice(0, i + 1) }),
      );
      const next = y.spans![i + 1];
      if (next) {
        assert.deepEqual(counter.observe(played(counter, part)), y.tokens.slice(to, next[0]));
      }
    }
    const turns = byStep(y, y.logps);
    assert.equal(turns.length, parts.length);
    const found = await policy.logp(parts);
    turns.forEach((sum, i) => near(sum, found[i]!, "a step as an answer of its own"));
    near(turns.reduce((a, b) => a + b), y.logps.reduce((a, b) => a + b));
  }
});

Deno.test("with step an episode is one turn and the world's word, from which it can be gone on", async () => {
  const [first] = await policy.sample([prompts[3]!], rng("draw"), { step: true });
  assert.equal(first!.spans!.length, 1);
  const open = !counter.over(played(counter, first!));
  assert.equal(first!.tokens.length > first!.length, open);
  const [rest] = await policy.sample([onFrom(first!)], rng("rest"));
  const joined = whole(rest!);
  assert.equal(joined.prompt, prompts[3]!);
  assert.equal(joined.length, first!.length + rest!.length);
  assert.deepEqual(joined.spans!.slice(0, 1), first!.spans);
});

Deno.test("an episode ends where the model can read no more, and beams are refused", async () => {
  const long: Prompt = { id: "long", tokens: Array(44).fill(3) };
  const [y] = await policy.sample([long], rng("long"));
  assert.ok(y!.tokens.length + 44 <= 48);
  await assert.rejects(policy.sample(prompts, rng("x"), { beams: 2 }), {
    message: /a world answers between turns/,
  });
});

Deno.test("spans that are out of order, or hold other steps than the length says, are refused", async () => {
  const y = (spans: Answer["spans"], length: number): Answer => (
    { prompt: prompts[0]!, tokens: [2, 3, 4, 5], length, spans: spans! }
  );
  for (
    const odd of [y([[2, 4], [0, 1]], 3), y([[0, 2]], 3), y([[0, 5]], 5), y([[0, 3], [2, 4]], 5)]
  ) {
    await assert.rejects(policy.logp([odd]), { name: "RangeError", message: /its spans/ });
  }
});

Deno.test("DPO's loss falls on episodes, whose worlds' words have no part in it", async () => {
  const ys = await policy.sample(prompts, rng("left"));
  const zs = await policy.sample(prompts, rng("right"));
  const pairs = ys.flatMap((y, i) => {
    const z = zs[i]!;
    if (same(y, z)) return [];
    const [chosen, rejected] = y.length >= z.length ? [y, z] : [z, y];
    return [{ chosen, rejected, strength: 1 }];
  });
  const made = learner<"pairs">({
    model,
    from: start,
    loss: ({ pi, ref, chosen, rejected }) =>
      softplus(logRatio(pi, ref, rejected).sub(logRatio(pi, ref, chosen))).mean(),
    reference: reference(policy),
    optimiser: { rate: 0.02, warmup: 0, batch: 64, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("batches"),
    progress: () => 0,
  });
  await made.step(pairs);
  near(made.loss, Math.LN2);
  for (let k = 0; k < 10; k++) await made.step(pairs);
  assert.ok(made.loss < 0.5, `${made.loss}`);
});

/** A walk on a line of nine places: 0 is left, 1 is right; it ends at either end. */
const line: Environment<number> = {
  begin: ({ tokens }) => tokens[0]!,
  step: (place, [move]) => place + (move === 1 ? 1 : -1),
  observe: (place) => [place / 4, 1],
  over: (place) => Math.abs(place) >= 4,
};
const walker = agent(line, {
  moves: 2,
  observed: 2,
  horizon: 12,
  width: 8,
  layers: 2,
  valueHead: true,
});
const begin = Array.from({ length: 32 }, (_, i): Prompt => ({ id: `${i}`, tokens: [i % 3 - 1] }));

Deno.test("an agent starts as even odds, plays in its world, and is scored at the states it visits", async () => {
  const params = walker.init(rng("walker"));
  const walks = modelPolicy(walker, () => params, calls);
  const ys = await walks.sample(begin, rng("walk"));
  for (const y of ys) {
    const end = played(line, y);
    assert.ok(line.over(end) || y.length === 12);
    assert.ok(y.logps.every((logp) => Math.abs(logp + Math.LN2) < 1e-6));
  }
  const steps = await walks.steps(ys);
  ys.forEach((y, i) => y.logps.forEach((logp, t) => near(steps[i]![t]!, logp)));
  const { entropy } = await walks.against(walks, ys);
  ys.forEach((y, i) => near(entropy[i]!, y.length * Math.LN2));
  assert.deepEqual([...await walks.value(ys)], ys.map(() => 0));
});

Deno.test("DPO's loss teaches an agent to go right", async () => {
  const params = walker.init(rng("walker"));
  const walks = modelPolicy(walker, () => params, calls);
  const [left, right] = [await walks.sample(begin, rng("a")), await walks.sample(begin, rng("b"))];
  const pairs = left.flatMap((a, i) => {
    const b = right[i]!;
    const [x, z] = [played(line, a), played(line, b)];
    if (x === z) return [];
    return [
      x > z ? { chosen: a, rejected: b, strength: 1 } : { chosen: b, rejected: a, strength: 1 },
    ];
  });
  const made = learner<"pairs">({
    model: walker,
    from: params,
    loss: ({ pi, ref, chosen, rejected }) =>
      softplus(logRatio(pi, ref, rejected).sub(logRatio(pi, ref, chosen)).mul(0.3)).mean(),
    reference: reference(walks),
    optimiser: { rate: 0.03, warmup: 0, batch: 32, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("batches"),
    progress: () => 0,
  });
  for (let k = 0; k < 60; k++) await made.step(pairs);
  const after = await made.policy.sample(begin, rng("after"));
  const ends = after.filter((y) => played(line, y) >= 4).length;
  assert.ok(ends >= 28, `${ends} of 32 end at the right`);
});

Deno.test("answers are told apart by a name, and their steps by names of their own", () => {
  const prompt = prompts[0]!;
  const words = (tokens: number[]): Answer => ({ prompt, tokens, length: tokens.length });
  const made = (...result: number[]): Answer => ({
    prompt,
    tokens: [],
    length: 1,
    numbers: { of: "result", result: Float32Array.from(result) },
  });
  for (
    const [a, b, equal] of [
      [words([1, 2]), words([1, 2]), true],
      [words([1, 2]), words([1, 2, 3]), false],
      [words([1, 23]), words([12, 3]), false],
      [made(0.5, 1), made(0.5, 1), true],
      [made(0.5, 1), made(0.5, 1.0001), false],
    ] as const
  ) {
    assert.equal(same(a, b), equal && nameOf(a) === nameOf(b));
    assert.equal(nameOf(a) === nameOf(b), equal);
  }
  assert.equal(stepNames(made(1)), undefined);
  assert.deepEqual(stepNames({ ...words([1, 2, 3, 4]), length: 2, spans: [[0, 1], [3, 4]] }), [
    1,
    4,
  ]);
});
