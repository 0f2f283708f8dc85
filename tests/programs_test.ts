import assert from "node:assert/strict";
import bandit from "../benchmarks/bandit.ts";
import {
  type Answer,
  type Lab,
  type Need,
  type Policy,
  program,
  rng,
  type Scope,
  type Shape,
  softplus,
  Spent,
} from "../core/mod.ts";
import { ledger } from "../lab/train/ledger.ts";
import type { ModelPolicy } from "../lab/train/policy.ts";
import { MeteredLab } from "../lab/train/metered-lab.ts";
import { run } from "../mod.ts";
import bestOfN from "../methods/best-of-n.ts";
import curry from "../methods/curry-dpo.ts";
import dpo from "../methods/dpo.ts";
import hypo from "../methods/hypo.ts";
import rewardBestOfN from "../methods/reward-best-of-n.ts";
import { ranked } from "../methods/rso.ts";
import upo from "../methods/upo.ts";
import { engine, lending, opened, played, testbed } from "./fake/lab.ts";

const logits = (policy: Policy) => [...(policy as ModelPolicy).params.logits!.data];
const loss = (beta: number) => (scope: Scope<"pairs">) => dpo.loss(scope, { beta });
const close = (a: readonly number[], b: readonly number[], within = 1e-5) =>
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]!) <= within, `${i}: ${x} is not ${b[i]}`));

async function trained(lab: Lab, steps: number) {
  const learner = lab.learner<"pairs">(loss(0.1));
  for (let k = 0; k < steps; k++) await learner.step(lab.offline("pairs"));
  return learner;
}

Deno.test("a merged policy is the weighted sum of its parents as they were, and its making is billed", async () => {
  const { lab, account } = opened();
  const learner = await trained(lab, 5);
  const before = account.spent;
  const seen: number[][][] = [];
  const merged = await lab.merged([lab.reference, learner.policy], (products) => {
    seen.push(products);
    return [0.25, 0.75];
  });
  const [a, b] = [logits(lab.reference), logits(learner.policy)];
  close(logits(merged), a.map((x, i) => 0.25 * x + 0.75 * b[i]!));
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  // Logits come first; the value head is 0 in both.
  close(seen[0]!.flat(), [dot(a, a), dot(a, b), dot(b, a), dot(b, b)], 1e-3);
  close(seen.at(-1)!.flat(), [0, 0, 0, 0]);
  const cost = account.spent.by.training - before.by.training;
  assert.ok(cost > 0 && cost === account.spent.flops - before.flops);

  const as = logits(merged);
  await learner.step(lab.offline("pairs"));
  assert.deepEqual(logits(merged), as);
});

Deno.test("nothing, too few weights and other numbers than weights are no merging", async () => {
  const { lab } = opened();
  await assert.rejects(lab.merged([], () => []), RangeError);
  await assert.rejects(lab.merged([lab.reference], () => [1, 2]), RangeError);
  await assert.rejects(lab.merged([lab.reference], () => [NaN]), RangeError);
});

Deno.test("a learner goes on from a merged policy and leaves it as it is", async () => {
  const { lab } = opened();
  const merged = await lab.merged([lab.reference], () => [2]);
  const learner = lab.learner<"pairs">(loss(0.1), { from: merged });
  await learner.step(lab.offline("pairs"));
  close(logits(merged), logits(lab.reference).map((x) => 2 * x));
  assert.notDeepEqual(logits(learner.policy), logits(merged));
});

Deno.test("a rate of 0 moves nothing, and is asked anew at each step", async () => {
  const { lab } = opened();
  let rate = 0;
  const learner = lab.learner<"pairs">(loss(0.1), { rate: () => rate });
  await learner.step(lab.offline("pairs"));
  assert.deepEqual(logits(learner.policy), logits(lab.reference));
  rate = 1;
  await learner.step(lab.offline("pairs"));
  assert.notDeepEqual(logits(learner.policy), logits(lab.reference));
});

Deno.test("a learner's reference is the policy it is given, as it was, read at that policy's cost", async () => {
  const { lab, account } = opened();
  const first = await trained(lab, 3);
  const second = lab.learner<"pairs">(({ pi, ref, chosen, rejected }) => {
    const gap = ref.logp(chosen).sub(ref.logp(rejected));
    return softplus(pi.logp(rejected).sub(pi.logp(chosen)).add(gap)).mean();
  }, { from: first.policy, reference: first.policy });
  await second.step(lab.offline("pairs"));
  // At π = π_ref the margin is 0.
  close([(second as unknown as { loss: number }).loss], [Math.LN2], 1e-6);
  assert.ok(account.spent.by.reference > 0);
});

Deno.test("only the parameters asked for are trained, and no more is billed than their gradients take", async () => {
  const { lab, account } = opened();
  const told: (readonly string[])[] = [];
  const both = ({ pi, chosen, rejected }: Scope<"pairs">) =>
    pi.value(rejected).sub(pi.value(chosen)).add(pi.logp(rejected)).sub(pi.logp(chosen)).mean();
  const cost = async (names: readonly string[]) => {
    const learner = lab.learner<"pairs">(both, {
      trains: (all) => {
        told.push(all);
        return names;
      },
    });
    const before = account.spent.flops;
    await learner.step(lab.offline("pairs"));
    return { cost: account.spent.flops - before, policy: learner.policy as ModelPolicy };
  };
  const whole = await cost(["logits", "reward"]);
  const half = await cost(["reward"]);
  assert.deepEqual(told[0]!.toSorted(), ["logits", "reward"]);
  assert.deepEqual(logits(half.policy), logits(lab.reference));
  assert.ok(half.policy.params.reward!.data.some((x) => x !== 0));
  assert.ok(half.cost < whole.cost);
});

Deno.test("an answering policy is measured for free, and neither learns nor asks meanwhile", async () => {
  const { lab, account, metered } = opened();
  const learner = await trained(lab, 1);
  const prompts = lab.prompts(8);
  const policy = lab.answering(lab.reference, async (asked, random) => {
    const ys = await lab.reference.sample([...asked, ...asked], random);
    return ys.slice(0, asked.length);
  });
  const paid = account.spent.flops;
  await policy.sample(prompts, rng(1));
  const twice = account.spent.flops - paid;
  assert.ok(twice > 0);

  await metered.measure(() => policy.sample(prompts, rng(1)));
  assert.equal(account.spent.flops, paid + twice);
  assert.deepEqual(metered.answering, { flops: twice, queries: 0, answers: 8 });
  await assert.rejects(
    metered.measure(async () => {
      await learner.step(lab.offline("pairs"));
      return [];
    }),
    /Cannot charge training/,
  );
  const [a, b] = testbed.answers!(prompts[0]!);
  await assert.rejects(
    metered.measure(async () => {
      await lab.oracle.prefer(a!, b!);
      return [];
    }),
    /Cannot charge sampling/,
  );
  // Afterwards it asks again, and finds the labels spent on the offline pairs.
  await assert.rejects(lab.oracle.prefer(a!, b!), Spent);
});

Deno.test("the best of n is each answer as often as the chances of the n say", async () => {
  const { lab } = opened();
  let reward: Policy | undefined;
  const watched: typeof lab = {
    ...lab,
    learner<F extends Shape>(...asked: Parameters<typeof lab.learner<F>>) {
      const made = lab.learner<F>(...asked);
      reward = made.policy;
      return made;
    },
  };
  const [n, draws] = [3, 3000];
  const { value: policy } = await rewardBestOfN.run(watched, { n }).next();
  const [prompt] = testbed.prompts("test");
  const answers = testbed.answers!(prompt!);
  const [chance, worth] = [
    (await lab.reference.logp(answers)).map(Math.exp),
    await reward!.value(answers),
  ];
  // P(the best is y) = F(y)ⁿ − F(below y)ⁿ, where equals share; of one step's reward few are equal.
  const upTo = (r: number, or: boolean) =>
    chance.reduce((sum, p, a) => worth[a]! < r || (or && worth[a] === r) ? sum + p : sum, 0);
  const found = await (policy as Policy).sample(Array(draws).fill(prompt), rng("best"));
  for (const r of new Set(worth)) {
    const p = upTo(r, true) ** n - upTo(r, false) ** n;
    const share = found.filter(({ tokens }) => worth[tokens[0]!] === r).length / draws;
    assert.ok(Math.abs(share - p) <= 4.5 * Math.sqrt(p * (1 - p) / draws) + 1e-9, `${share} ${p}`);
  }
  assert.ok(new Set(worth).size > 1);
});

Deno.test("checks, critiques and demonstrations cost what the testbed says, and are told apart from labels", async () => {
  const [prompt] = testbed.prompts("train");
  const [a, b] = testbed.answers!(prompt!) as [Answer, Answer];
  const about: Answer = { prompt: prompt!, tokens: [7], length: 1 };
  const asked: string[] = [];
  const account = ledger({ flops: 1e8, queries: 20 });
  const metered = new MeteredLab({
    engine,
    testbed: {
      ...testbed,
      check: (ys) => {
        asked.push(`check ${ys.map((y) => y.tokens)}`);
        return Promise.resolve(ys.map((y) => ({ solved: Number(y === a) })));
      },
      critique: (y) => Promise.resolve({ ...about, tokens: [100 + y.tokens[0]!] }),
      demonstrate: (x) => Promise.resolve({ ...about, prompt: x }),
      conclusion: ({ tokens }) => tokens[0],
      tried: (program, test) => ({
        both: { ...about, tokens: [9] },
        passed: program === a && test === b,
      }),
      prices: { checks: 3, demonstrations: 5 },
    },
    start: testbed.start,
    where: "bandit/clean",
    offers: bandit.settings.clean!.offers,
    method: hypo,
    account,
    rng: rng("asking"),
  });
  const lab = metered.lab(hypo);
  assert.deepEqual(await lab.check([a, b]), [{ solved: 1 }, { solved: 0 }]);
  assert.deepEqual((await lab.critique(b)).tokens, [100 + b.tokens[0]!]);
  assert.equal((await lab.demonstrate(prompt!)).prompt, prompt);
  // What answers show by themselves costs nothing.
  assert.deepEqual(lab.tried(a, b), { both: { ...about, tokens: [9] }, passed: true });
  assert.equal(lab.tried(b, b).passed, false);
  assert.equal(lab.conclusion(b), b.tokens[0]);
  await lab.oracle.prefer(a, b);
  const { queries, asked: others } = account.spent;
  assert.equal(queries, 2 * 3 + 1 + 5 + 1);
  assert.deepEqual(others, { checks: 6, critiques: 1, demonstrations: 5 });
  assert.equal(lab.labelled, 13 / 20);
  // What no longer fits is not run.
  await assert.rejects(lab.check([a, b, a]), {
    message: "Cannot spend 9 queries on checks: 7 of 20 are left",
  });
  assert.deepEqual(asked, [`check ${a.tokens},${b.tokens}`]);
  // Measuring is free, and asks programs alone.
  await metered.measure(async () => [...await lab.check([a, b])]);
  assert.deepEqual(metered.answering, { flops: 0, queries: 6, answers: 2 });
  assert.equal(account.spent.queries, queries);
  await assert.rejects(metered.measure(async () => [await lab.critique(a)]), RangeError);
});

Deno.test("a method that needs what a testbed has not is refused before anything is spent", () => {
  const reasons = {
    checks: "no program checks its answers: answers are checked",
    solved: "no program tells right answers there: answers are right or wrong",
    mended: "nobody mends anything by its answers: critiques are judged by what they mend",
    drafts: "it has no words for a draft: answers are revised",
    critiques: "it has no critic: critiques are asked for",
    demonstrations: "it has no teacher: demonstrations are asked for",
    conclusions:
      "its answers come to nothing that can be read off them: what they come to is compared",
    tests: "no program of its answers runs: programs are tried on tests",
    world: "no world answers back there: it learns in turns",
    results: "its answers are no results that noise can be added to: it learns from noised results",
  } as const;
  const { label: _, ...mute } = testbed;
  for (
    const [need, reason] of Object.entries({
      ...reasons,
      labels: "it has nobody to ask: labels are asked for online",
    })
  ) {
    const account = ledger({ flops: 1e8, queries: 20 });
    const metered = new MeteredLab({
      engine,
      testbed: mute,
      start: testbed.start,
      where: "bandit/clean",
      offers: bandit.settings.clean!.offers,
      method: { ...hypo, needs: [need as Need] },
      account,
      rng: rng("needs"),
    });
    assert.throws(() => metered.admit(), {
      message: `Cannot run hypo on bandit/clean as ${reason}`,
    });
    assert.deepEqual([account.spent.flops, account.spent.queries], [0, 0]);
  }
});

for (
  const [id, play] of [
    ["curry-dpo", (lab) => curry.run(lab, curry.hyper)],
    ["upo", (lab) => upo.run(lab, upo.hyper)],
  ] as [string, (lab: Lab) => AsyncGenerator<Policy, void>][]
) {
  Deno.test(`${id}: each stage goes on with the last one's optimiser, so that only the first warms up`, async () => {
    const { lab, lent } = lending(opened({ flops: 3e6, queries: 512 }).lab);
    await played(play(lab));
    const stages = lent.filter(({ options: { bill } }) => bill === undefined);
    assert.ok(stages.length >= 3);
    assert.equal(stages[0]!.options.continues, undefined);
    stages.slice(1).forEach(({ options }, i) => assert.equal(options.continues, stages[i]!.made));
  });
}

Deno.test("RAFT never draws from the start policy once it has learned", async () => {
  const { lab } = opened({ flops: 1e7, queries: 512 });
  const reference = new Proxy(lab.reference, {
    get: (start, key: keyof Policy) =>
      key === "sample" ? () => assert.fail("the start policy was asked") : start[key],
  });
  const asked = new Proxy(lab, {
    get: (_, key: keyof typeof lab) => key === "reference" ? reference : lab[key],
  });
  let steps = 0;
  for await (const _ of bestOfN.run(asked, bestOfN.hyper)) {
    steps++;
    // The sixth of eight stages has begun by then.
    if (lab.progress > 0.9) break;
  }
  assert.ok(steps > 10 && lab.progress > 0.9);
});

Deno.test("RSO draws pairs for its share of the operations, however early its reward is fitted", async () => {
  const { lab, metered } = opened({ flops: 1e8, queries: 512 });
  const pairs = await ranked(lab, { beta: 0.5, fit: 0.5, draw: 0.15, candidates: 16, kept: 4 });
  const drawing = lab.progress - metered.notes["share of the operations spent on its reward"]!;
  assert.ok(pairs.length > 0 && drawing >= 0.15 && drawing < 0.2, `${drawing}`);
});

Deno.test("a policy whose own answers have no finite numbers any more has diverged, and is on record", async () => {
  const { paper, equation, taxonomy, claim } = hypo;
  const wild = program({
    id: "wild",
    paper,
    equation,
    taxonomy,
    claim,
    roles: { rate: "factor on the testbed's learning rate" },
    limits: [],
    hyper: { rate: 1e42 },
    async *run(lab, { rate }) {
      const learner = lab.learner<"pairs">(
        ({ pi, chosen, rejected }) => pi.logp(rejected).sub(pi.logp(chosen)).mean(),
        { rate },
      );
      // Its loss was finite: no step is left that would find out.
      await learner.step(lab.offline("pairs"));
      yield learner.policy;
    },
  });
  const record = await run({ method: wild, benchmark: bandit, setting: "clean", seed: 1 });
  assert.equal(record.outcome, "diverged");
  assert.match(record.reason!, /^An answer's log-ratio to the start policy is NaN$/);
  assert.deepEqual([record.measures, record.samples, record.steps], [{}, [], 1]);
});
