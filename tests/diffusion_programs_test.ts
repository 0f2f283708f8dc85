/** What programs on a denoiser do with their labs, on one of a few numbers. */
import assert from "node:assert/strict";
import {
  type Answer,
  type Example,
  type Kind,
  type Policy,
  resultAlone,
  rng,
  type Testbed,
} from "../core/mod.ts";
import ddimInpo from "../methods/ddim-inpo.ts";
import seppo from "../methods/seppo.ts";
import simulatedSearch from "../methods/simulated-search.ts";
import spinDiffusion from "../methods/spin-diffusion.ts";
import { denoiser } from "../models/denoiser.ts";
import type { LiveLearner } from "../lab/train/learner.ts";
import { lending, opened, played, testbed as words } from "./fake/lab.ts";

const model = denoiser({
  numbers: 2,
  vocabulary: 3,
  width: 8,
  layers: 1,
  steps: 4,
  snr: [16, Math.exp(-5.5)],
});
const prompts = [0, 1, 2].map((token) => ({ id: `${token}`, tokens: [token] }));
const draws = rng("given");
const given = Array.from({ length: 40 }, (_, i): Answer => ({
  prompt: prompts[i % 3]!,
  tokens: [],
  length: 3,
  numbers: {
    of: "path",
    points: Float32Array.from({ length: 8 }, () => draws.normal()),
    result: Float32Array.from({ length: 2 }, () => draws.normal()),
  },
}));
const resultOf = (y: Answer) => y.numbers!.result;
/** Half of all results, by a digit that chance decides. */
const stands = (y: Answer) => Math.abs(1e4 * resultOf(y)[0]!) % 1 > 0.5;
const testbed: Testbed = {
  ...words,
  model,
  start: model.init(rng("start")),
  optimiser: { rate: 1e-2, warmup: 0, batch: 8, clip: 1 },
  prompts: () => prompts,
  examples: <K extends Kind>(kind: K) =>
    given.map((answer, i) => {
      const [chosen, rejected] = [answer, given[(i + 3) % given.length]!].map(resultAlone);
      return kind === "noised" ? { chosen, rejected, strength: 1 } : { answer };
    }) as Example<K>[],
  check: (ys) => Promise.resolve(ys.map((y) => ({ stable: stands(y) ? 1 : 0 }))),
  prices: { checks: 6 },
};
const denoising = (flops: number) =>
  lending(
    opened({ flops, queries: 40 }, { testbed, offers: ["demonstrations", "noised"] }).lab,
  );
/** Which policy made a result, whatever is left of its way. */
const makers = (drawers: ReadonlyMap<Answer, Policy>) =>
  new Map([...drawers].map(([y, policy]) => [resultOf(y), policy]));

Deno.test("a result alone is what a step of learning sees noised, and words stay what they are", () => {
  const [path] = given as [Answer];
  const alone = resultAlone(path);
  assert.deepEqual(alone, {
    prompt: path.prompt,
    tokens: [],
    length: 1,
    numbers: { of: "result", result: resultOf(path) },
  });
  const said: Answer = { prompt: path.prompt, tokens: [1, 2], length: 2 };
  assert.equal(resultAlone(said), said);
});

Deno.test("SPIN-Diffusion: in each round the last one's policy is the reference, and its results to the same prompts are the rejected ones", async () => {
  const { lab, lent, drawers } = denoising(4e6);
  await played(spinDiffusion.run(lab, { beta: 0.3, rounds: 3 }));
  assert.equal(lent.length, 3);
  const known = makers(drawers);
  const good = given.map(resultOf).toSorted();
  let before = lab.reference;
  for (const { made, options, lists } of lent) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    assert.equal(lists.length, 1);
    const pairs = lists[0] as readonly Example<"noised">[];
    // Each good result once, and nothing of an earlier round.
    assert.deepEqual(pairs.map(({ chosen }) => resultOf(chosen)).toSorted(), good);
    for (const { chosen, rejected } of pairs) {
      assert.equal(rejected.prompt, chosen.prompt);
      assert.deepEqual([chosen, rejected].map((y) => y.numbers!.of), ["result", "result"]);
      assert.equal(known.get(resultOf(rejected)), before);
    }
    before = made.policy;
  }
});

Deno.test("DDIM-InPO: each step learns from pairs as the policy itself, as it is then, inverts them", async () => {
  const { lab, lent } = denoising(4e6);
  const run = ddimInpo.run(lab, { beta: 0.3 });
  await run.next();
  const [{ made, options, lists }] = lent as [typeof lent[number]];
  assert.deepEqual(options, {});
  const inversions: { groups: readonly (readonly Answer[])[]; seen: Answer[][] }[] = [];
  const { invert } = made.policy;
  Object.assign(made.policy, {
    invert: async (...asked: Parameters<typeof invert>) => {
      const seen = await invert.call(made.policy, ...asked);
      inversions.push({ groups: asked[0], seen });
      return seen;
    },
  });
  const before = lists.length;
  await played(run);
  const learned = lists.slice(before) as (readonly Example<"noised">[])[];
  assert.ok(learned.length > 8 && learned.length <= inversions.length);
  learned.forEach((pairs, k) => {
    const { groups, seen } = inversions[k]!;
    assert.equal(pairs.length, 8);
    assert.deepEqual(pairs.map(({ chosen, rejected }) => [chosen, rejected]), seen);
    for (const { strength, ...pair } of pairs) {
      assert.equal(strength, 1);
      assert.ok(Object.values(pair).every(({ numbers }) => numbers!.of === "glance"));
    }
    assert.ok(groups.every((both) => both.length === 2));
  });
  // Five batches are a round, in which each pair comes once.
  const round = inversions.slice(4, 9).flatMap(({ groups }) => groups.map(([w]) => resultOf(w!)));
  assert.equal(new Set(round).size, given.length);
});

Deno.test("SePPO: each policy of the bank is the reference of its own results, and its learners go on from one another", async () => {
  const { lab, lent, drawers } = denoising(3e7);
  await played(seppo.run(lab, { beta: 0.3, flip: 0, bank: 4 }));
  const known = makers(drawers);
  const good = new Set(given.map(resultOf));
  assert.equal(lent.length, 4);
  const references = lent.map(({ options }) => options.reference!);
  assert.equal(references[0], lab.reference);
  assert.equal(new Set(references).size, 4);
  let taken = 0;
  for (const { made, options, lists } of lent) {
    assert.equal(options.from, options.reference);
    for (const pairs of lists as (readonly { winner: Answer; own: Answer }[])[]) {
      assert.equal(pairs.length, given.length);
      for (const { winner, own } of pairs) {
        assert.ok(good.has(resultOf(winner)));
        assert.equal(own.prompt, winner.prompt);
        assert.deepEqual([winner, own].map((y) => y.numbers!.of), ["result", "result"]);
        assert.equal(known.get(resultOf(own)), options.reference);
      }
    }
    taken += (made as unknown as LiveLearner<never>).steps;
  }
  // Who stepped last has all steps behind it, whoever took them; new members took some of their own.
  const places = lent.map(({ made }) => (made as unknown as LiveLearner<never>).standing.steps);
  assert.equal(Math.max(...places), taken);
  assert.ok(lent.filter(({ lists }) => lists.length > 0).length >= 3);
});

Deno.test("simulated search: an answer is the first of up to n draws that stands, else the last, and only the last is not checked", async () => {
  const { lab, metered } = opened(
    { flops: 1e8, queries: 6 },
    { testbed, offers: ["demonstrations"] },
  );
  const asked = prompts.flatMap((prompt) => Array<typeof prompt>(20).fill(prompt));
  const draws: Answer[][] = [];
  const { sample } = lab.reference;
  Object.assign(lab.reference, {
    sample: async (...given: Parameters<typeof sample>) => {
      const ys = await sample.call(lab.reference, ...given);
      draws.push([...ys]);
      return ys;
    },
  });
  const run = simulatedSearch.run(lab, { n: 3 });
  const { value: policy } = await run.next();
  // One answer shows what programs say here; then there is nothing to learn.
  assert.deepEqual(draws.splice(0).map((ys) => ys.length), [1]);
  const found = await metered.measure(() => (policy as Policy).sample(asked, rng("search")));
  assert.equal((await run.next()).done, true);
  const [first, second, third] = draws as [Answer[], Answer[], Answer[]];
  assert.equal(draws.length, 3);
  let [again, last] = [0, 0];
  asked.forEach((_, i) => {
    let y = first[i]!;
    if (!stands(y)) {
      y = second[again++]!;
      if (!stands(y)) y = third[last++]!;
    }
    assert.equal(resultOf(found[i]!), resultOf(y));
    assert.equal(found[i]!.prompt, asked[i]);
  });
  assert.deepEqual([second.length, third.length], [again, last]);
  assert.ok(last > 0 && last < again && again < 60, `${[again, last]}`);
  assert.equal(metered.answering.queries, 6 * (60 + again));
});
