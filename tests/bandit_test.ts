import assert from "node:assert/strict";
import fc from "fast-check";
import { type Prompt, rng, type Testbed, type Workshop } from "../core/mod.ts";
import bandit from "../benchmarks/bandit.ts";
import { optimum } from "../benchmarks/exact/frontier.ts";
import { softmax } from "../benchmarks/exact.ts";

const unused = {} as Workshop;
const open = (setting: keyof typeof bandit.settings) =>
  bandit.open(bandit.settings[setting]!.with, rng(1), unused);
const [clean, noisy, deterministic, narrow] = await Promise.all(
  ["clean", "noisy", "deterministic", "narrow"].map(open),
) as [Testbed, Testbed, Testbed, Testbed];

const rewardsOf = async (testbed: Testbed, prompt: Prompt) => [
  ...await testbed.reward!(testbed.answers!(prompt)),
];
const startOf = ({ start }: Testbed, { tokens }: Prompt) => {
  const [, actions] = start.logits!.shape as [number, number];
  return softmax([
    ...start.logits!.data.subarray(tokens[0]! * actions, (tokens[0]! + 1) * actions),
  ]);
};
const sum = (xs: readonly number[]) => xs.reduce((total, x) => total + x, 0);
const mean = (xs: readonly number[]) => sum(xs) / xs.length;
const expected = (p: readonly number[], x: readonly number[]) => sum(p.map((w, i) => w * x[i]!));
const kl = (p: readonly number[], q: readonly number[]) =>
  sum(p.map((w, i) => w === 0 ? 0 : w * Math.log(w / q[i]!)));

Deno.test("preferences are Bradley–Terry at the setting's temperature, noise or not", async () => {
  const softer = await bandit.open(
    { ...bandit.settings.clean!.with, temperature: 2 },
    rng(1),
    unused,
  );
  for (
    const [testbed, temperature] of [[clean, 1], [noisy, 1], [narrow, 1], [softer, 2]] as const
  ) {
    assert.equal(testbed.truth.temperature, temperature);
    for (const { chosen, rejected, strength } of testbed.heldOut()) {
      const [w, l] = await testbed.reward!([chosen, rejected]);
      assert.ok(Math.abs(strength - 1 / (1 + Math.exp((l! - w!) / temperature))) < 1e-12);
    }
  }
});

Deno.test("where the better answer always wins there is no temperature, and P is 1 or 0", async () => {
  assert.equal(deterministic.truth.temperature, undefined);
  for (const { chosen, rejected, strength } of deterministic.heldOut()) {
    const [w, l] = await deterministic.reward!([chosen, rejected]);
    assert.ok(w! > l!);
    assert.equal(strength, 1);
    assert.equal(await deterministic.oracle!.prefer(rejected, chosen), 0);
  }
});

Deno.test("settings share rewards, and all but narrow the start policy", async () => {
  const flat = async (testbed: Testbed) =>
    await testbed.reward!(
      testbed.prompts("test")
        .flatMap((prompt) => testbed.answers!(prompt)),
    );
  for (const other of [noisy, deterministic, narrow]) {
    assert.deepEqual(await flat(other), await flat(clean));
  }
  assert.deepEqual(noisy.start, clean.start);
  assert.deepEqual(deterministic.start, clean.start);
  assert.notDeepEqual(narrow.start.logits, clean.start.logits);
});

Deno.test("rewards have mean 0 and deviation 1 in every context, without equals", async () => {
  for (const prompt of clean.prompts("test")) {
    const rewards = await rewardsOf(clean, prompt);
    assert.equal(new Set(rewards).size, 16);
    assert.ok(Math.abs(mean(rewards)) < 1e-12);
    assert.ok(Math.abs(mean(rewards.map((r) => r * r)) - 1) < 1e-12);
  }
});

Deno.test("narrow covers four answers with 95 %, and never the best", async () => {
  for (const prompt of narrow.prompts("train")) {
    const start = startOf(narrow, prompt);
    const rewards = await rewardsOf(narrow, prompt);
    const order = [...start.keys()].sort((a, b) => start[b]! - start[a]!);
    assert.ok(Math.abs(sum(order.slice(0, 4).map((a) => start[a]!)) - 0.95) < 1e-6);
    const best = rewards.indexOf(Math.max(...rewards));
    assert.ok(!order.slice(0, 4).includes(best));
    assert.ok(start[best]! > 0);
  }
});

Deno.test("the start policy leans to bad answers in early contexts and to good ones in late", async () => {
  const start = await Promise.all(
    clean.prompts("test").map(async (prompt) =>
      expected(startOf(clean, prompt), await rewardsOf(clean, prompt))
    ),
  );
  assert.equal(start.length, 32);
  assert.ok(mean(start.slice(0, 10)) < -0.3);
  assert.ok(mean(start.slice(-10)) > 0.3);
});

Deno.test("the optimum of two equal answers is the softmax of their rewards over β", () => {
  const [p, q] = optimum([0.5, 0.5], [0.2 * Math.log(3), 0], 0.2);
  assert.ok(Math.abs(p! - 0.75) < 1e-12 && Math.abs(q! - 0.25) < 1e-12);
  // With a start of 1/4 and 3/4 the same reward makes them even.
  assert.ok(Math.abs(optimum([0.25, 0.75], [2 * Math.log(3), 0], 2)[0]! - 0.5) < 1e-12);
});

Deno.test("no policy beats the optimum, whose value is β·log E[exp(reward/β)]", () => {
  const weight = fc.double({ min: 0.01, max: 1, noNaN: true });
  const reward = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(weight, reward, weight), { minLength: 2, maxLength: 8 }),
      fc.double({ min: 0.05, max: 5, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (rows, beta, share) => {
        const normal = (xs: readonly number[]) => xs.map((x) => x / sum(xs));
        const [start, other] = [normal(rows.map((r) => r[0])), normal(rows.map((r) => r[2]))];
        const rewards = rows.map((r) => r[1]);
        const value = (p: readonly number[]) => expected(p, rewards) - beta * kl(p, start);
        const best = optimum(start, rewards, beta);
        const nudged = best.map((p, a) => (1 - share) * p + share * other[a]!);
        assert.ok(value(nudged) <= value(best) + 1e-12);
        const closed = beta * Math.log(sum(start.map((p, a) => p * Math.exp(rewards[a]! / beta))));
        assert.ok(Math.abs(value(best) - closed) < 1e-9);
      },
    ),
    { seed: 11, numRuns: 300 },
  );
});

Deno.test("the frontier runs from the start policy to the best answers and bends", async () => {
  for (const testbed of [clean, narrow]) {
    const frontier = testbed.truth.frontier!;
    const contexts = await Promise.all(
      testbed.prompts("test").map(async (prompt) => ({
        start: startOf(testbed, prompt),
        rewards: await rewardsOf(testbed, prompt),
      })),
    );
    const [first, last] = [frontier[0]!, frontier.at(-1)!];
    assert.ok(first.kl < 1e-15);
    const atStart = mean(contexts.map(({ start, rewards }) => expected(start, rewards)));
    assert.ok(Math.abs(first.reward - atStart) < 1e-9);
    const best = mean(contexts.map(({ rewards }) => Math.max(...rewards)));
    assert.ok(last.reward < best && last.reward > best - 0.01);
    // More reward always costs more, and each nat buys less than the one before: the slope is β.
    const slopes = frontier.slice(1).map((point, i) =>
      (point.reward - frontier[i]!.reward) / (point.kl - frontier[i]!.kl)
    );
    slopes.forEach((slope, i) => assert.ok(slope > 0 && slope < (slopes[i - 1] ?? Infinity)));
  }
});

Deno.test("no policy of the same KL beats the frontier", async () => {
  const contexts = await Promise.all(
    clean.prompts("test").map(async (prompt) => ({
      start: startOf(clean, prompt),
      rewards: await rewardsOf(clean, prompt),
    })),
  );
  // Everything a policy might do in the same direction but worse: softmax of noisy rewards.
  const draws = rng("perturbed");
  for (const [i, beta] of [1, 0.5, 0.2].entries()) {
    const noise = contexts.map(({ rewards }) => rewards.map((r) => r + 0.3 * draws.normal()));
    const policies = contexts.map(({ start }, c) => optimum(start, noise[c]!, beta));
    const spent = mean(policies.map((p, c) => kl(p, contexts[c]!.start)));
    const earned = mean(policies.map((p, c) => expected(p, contexts[c]!.rewards)));
    const above = clean.truth.frontier!.find((point) => point.kl >= spent)!;
    const below = clean.truth.frontier!.findLast((point) => point.kl <= spent)!;
    const share = (spent - below.kl) / (above.kl - below.kl || 1);
    assert.ok(earned < below.reward + share * (above.reward - below.reward), `case ${i}`);
  }
});

Deno.test("opening asks the workshop for nothing", async () => {
  const untouchable = new Proxy({}, {
    get: (_, name) => assert.fail(`the workshop's ${String(name)} was used`),
  }) as Workshop;
  for (const setting of Object.values(bandit.settings)) {
    await bandit.open(setting.with, rng(1), untouchable);
  }
});

const [aligned, misaligned, ties, groups, objectives, lucky, mixed, stale] = await Promise.all(
  ["aligned", "misaligned", "ties", "groups", "objectives", "lucky", "mixed", "stale"].map(open),
) as [Testbed, Testbed, Testbed, Testbed, Testbed, Testbed, Testbed, Testbed];

Deno.test("aligned starts lean to good answers throughout, misaligned ones to bad", async () => {
  for (const [testbed, sign] of [[aligned, 1], [misaligned, -1]] as const) {
    const leans = await Promise.all(
      testbed.prompts("test").map(async (prompt) =>
        expected(startOf(testbed, prompt), await rewardsOf(testbed, prompt))
      ),
    );
    for (const half of [leans.slice(0, 16), leans.slice(16)]) assert.ok(sign * mean(half) > 0.3);
  }
});

Deno.test("of tied answers' pairs a fifth are all but even, and the others clear", () => {
  const strengths = ties.heldOut().map(({ strength }) => strength);
  const even = strengths.filter((p) => p < 0.55);
  // Four levels of four answers: 24 of 120 pairs are within one.
  assert.equal(even.length, strengths.length / 5);
  assert.ok(strengths.every((p) => p < 0.55 || p > 0.95));
});

Deno.test("groups' labels and truth are those of a rater drawn by share, and the reward is their mean", async () => {
  for (const [testbed, share, rho] of [[groups, 0.75, -0.6], [objectives, 0.5, -0.5]] as const) {
    const prompt = testbed.prompts("test")[4]!;
    const first = await rewardsOf(clean, prompt);
    const both = await rewardsOf(testbed, prompt);
    const second = both.map((r, a) => (r - share * first[a]!) / (1 - share));
    assert.ok(Math.abs(mean(second)) < 1e-9);
    assert.ok(Math.abs(mean(second.map((r) => r * r)) - 1) < 1e-9);
    assert.ok(Math.abs(mean(second.map((r, a) => r * first[a]!)) - rho) < 1e-9);
    const beats = (r: readonly number[]) => 1 / (1 + Math.exp((r[9]! - r[2]!) / 0.5));
    const [a, b] = [testbed.answers!(prompt)[2]!, testbed.answers!(prompt)[9]!];
    const want = share * beats(first) + (1 - share) * beats(second);
    assert.ok(Math.abs(await testbed.oracle!.prefer(a, b) - want) < 1e-9);
    const labelled = testbed.examples("objectives", 20_000, rng(3));
    const portion = labelled.filter((e) => e.objective === 0).length / labelled.length;
    assert.ok(
      Math.abs(portion - share) < 4 * Math.sqrt(share * (1 - share) / 20_000),
      `${portion}`,
    );
  }
});

Deno.test("lucky data hold the second to the sixth best answer; others are met a few times, and win some", async () => {
  const pairs = lucky.examples("pairs", 8192, rng(1));
  for (const prompt of lucky.prompts("train")) {
    const here = pairs.filter((e) => e.chosen.prompt.id === prompt.id);
    const met = Array(16).fill(0);
    for (const { chosen, rejected } of here) {
      met[chosen.tokens[0]!]++;
      met[rejected.tokens[0]!]++;
    }
    const often = [...met.keys()].filter((a) => met[a] > 40);
    assert.equal(often.length, 5);
    const rewards = await rewardsOf(lucky, prompt);
    const order = [...rewards.keys()].sort((a, b) => rewards[b]! - rewards[a]!);
    assert.deepEqual(often, order.slice(1, 6).toSorted((a, b) => a - b));
    assert.ok(met.every((n, a) => often.includes(a) || n <= 12), `${met}`);
  }
  const bad = await lucky.reward!(pairs.map((e) => e.chosen));
  assert.ok(bad.some((r) => r < -1));
});

Deno.test("mixed and stale data are by their writers, in their shares", async () => {
  const n = 16_000;
  const prompts = clean.prompts("train");
  const rewards = await Promise.all(prompts.map((prompt) => rewardsOf(clean, prompt)));
  const starts = prompts.map((prompt) => startOf(clean, prompt));
  /** Mean reward of two answers of such a writer's that differ. */
  const compared = (p: readonly number[], r: readonly number[]) => {
    const pairs = p.flatMap((x, a) => p.slice(0, a).map((y, b) => [x * y, (r[a]! + r[b]!) / 2]));
    return sum(pairs.map(([w, m]) => w! * m!)) / sum(pairs.map(([w]) => w!));
  };
  type Writer = (p: readonly number[], r: readonly number[]) => readonly number[];
  const by = (writer: Writer) =>
    mean(starts.map((p, c) => compared(writer(p, rewards[c]!), rewards[c]!)));
  const start = by((p) => p);
  const ages = [1, 2, 3].map((age) =>
    by((p, r) => softmax(p.map((x, a) => (1 - age / 3) * Math.log(x) - (age / 3) * 1.5 * r[a]!)))
  );
  // Each earlier version is worse.
  for (const [i, age] of ages.entries()) assert.ok(age < [start, ...ages][i]! - 0.1);
  const best = by((p, r) => optimum(p, r, 0.5));
  const even = by((p) => p.map(() => 1 / p.length));
  for (
    const [testbed, expected] of [
      [mixed, start / 2 + best / 4 + even / 4],
      [stale, mean([start, ...ages])],
    ] as const
  ) {
    const pairs = testbed.examples("pairs", n, rng(2));
    const found = [...await testbed.reward!(pairs.flatMap((e) => [e.chosen, e.rejected]))];
    const sd = Math.sqrt(mean(found.map((r) => r * r)) - mean(found) ** 2);
    assert.ok(
      Math.abs(mean(found) - expected) < 4 * sd / Math.sqrt(n),
      `${mean(found)} ${expected}`,
    );
  }
});

Deno.test("the value gap is J of the optimum less J of the policy, at β = 1/2, and 0 at the optimum alone", async () => {
  const prompts = clean.prompts("test");
  const [rewards, before] = [
    await Promise.all(prompts.map((prompt) => rewardsOf(clean, prompt))),
    prompts.map((prompt) => startOf(clean, prompt)),
  ];
  const best = before.map((p, c) => optimum(p, rewards[c]!, 0.5));
  const valued = (policy: readonly (readonly number[])[]) =>
    mean(policy.map((p, c) => expected(p, rewards[c]!) - 0.5 * kl(p, before[c]!)));
  const gap = clean.evaluators.find(({ id }) => id === "value-gap")!;
  const found = async (policy: readonly (readonly number[])[]) => {
    const draws = prompts.map((prompt, c) => (
      { prompt, answers: clean.answers!(prompt), weights: policy[c]!, exact: true }
    ));
    const measured = await gap.measure({ draws: () => Promise.resolve(draws) } as never);
    assert.ok("value" in measured);
    return measured.value;
  };
  const even = before.map((p) => p.map(() => 1 / p.length));
  for (const policy of [before, even]) {
    assert.ok(Math.abs(await found(policy) - (valued(best) - valued(policy))) < 1e-12);
  }
  assert.ok(await found(before) > 0.3);
  assert.ok(Math.abs(await found(best)) < 1e-12);
  // That of another β is off it.
  assert.ok(await found(before.map((p, c) => optimum(p, rewards[c]!, 0.3))) > 0.02);
});
