import assert from "node:assert/strict";
import { type Answer, type Example, nameOf, same, type Sample } from "../core/mod.ts";
import cream, { ranked } from "../methods/cream.ts";
import osp, { halves } from "../methods/osp.ts";
import rlhfWorkflow, { ends } from "../methods/rlhf-workflow.ts";
import selfRewarding from "../methods/self-rewarding.ts";
import selm from "../methods/selm.ts";
import spin from "../methods/spin.ts";
import { lending, opened, played } from "./fake/lab.ts";

type Pair = Example<"pairs">;

const close = (a: number, b: number, within = 1e-9) =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

/** How often each of these answers is among them. */
function counted(ys: readonly Answer[]): { readonly [name: string]: number } {
  const names = ys.map((y) => `${y.prompt.id} ${nameOf(y)}`).toSorted();
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([k, v]) => [k, v.length]));
}

Deno.test("SPIN: in each round its own answers to the demonstrations' questions are the rejected ones, and the policy that gave them is the reference", async () => {
  const { lab, lent, drawers } = lending(opened({ flops: 3e6, queries: 512 }).lab);
  await played(spin.run(lab, { ...spin.hyper, rounds: 4 }));
  const given = lab.offline("demonstrations");
  const [imitation, ...rounds] = lent;
  assert.deepEqual(imitation!.lists, [given]);
  assert.equal(rounds.length, 4);
  const demonstrations = counted(given.map(({ answer }) => answer));
  let before = imitation!.made.policy;
  let last: readonly Pair[] = [];
  rounds.forEach(({ made, options, lists }) => {
    assert.deepEqual([options.from, options.reference], [before, before]);
    assert.equal(lists.length, 1);
    const pairs = lists[0] as readonly Pair[];
    for (const { chosen, rejected } of pairs) assert.equal(rejected.prompt, chosen.prompt);
    // The round's own come after those of the round before, which are kept and no older ones.
    assert.deepEqual(pairs.slice(0, last.length), last);
    const fresh = pairs.slice(last.length);
    assert.ok(fresh.every(({ rejected }) => drawers.get(rejected) === before));
    // Each demonstration is answered once, as the operations suffice.
    assert.deepEqual(counted(fresh.map(({ chosen }) => chosen)), demonstrations);
    last = fresh;
    before = made.policy;
  });
  // Equal answers are among them, and others.
  assert.equal(new Set(last.map(({ chosen, rejected }) => same(chosen, rejected))).size, 2);
});

/** Answers of one prompt as their policy drew them, and who else says how likely they are. */
function rated(logps: readonly number[], lengths: readonly number[], others: readonly number[][]) {
  const prompt = { id: "p", tokens: [0] };
  const ys = logps.map((logp, i): Sample => {
    const tokens = Array<number>(lengths[i]!).fill(i);
    return { prompt, tokens, length: tokens.length, logps: tokens.map(() => logp / tokens.length) };
  });
  const policies = others.map((own) => ({
    logp: (asked: readonly Answer[]) =>
      Promise.resolve(Float64Array.from(asked, (y) => own[y.tokens[0]!]!)),
  }));
  return { ys, policies };
}

Deno.test("CREAM: a policy ranks its answers by their log-ratio to the start policy, and τ is how alike the one before does", async () => {
  // Rewards of 3, 1, 2 and 0 nats, and of the one before of 2, 3, 1 and 0: two of six pairs are at odds.
  const { ys, policies: [start, before] } = rated([-1, -4, -2, -5], [1, 1, 1, 1], [
    [-4, -5, -4, -5],
    [-2, -2, -3, -5],
  ]);
  const [found] = await ranked([ys], start!, before!);
  assert.deepEqual([found!.chosen, found!.rejected], [ys[0], ys[3]]);
  close(found!.tau, (4 - 2) / 6);
});

Deno.test("CREAM: before the first round that is the start policy's log-probability a token", async () => {
  // Sums of −4, −6 and −5 are −4, −2 and −1 a token: where the reward has the order 0, 1, 2.
  const { ys, policies: [start] } = rated([-1, -4, -4], [1, 3, 5], [[-4, -6, -5]]);
  const [found] = await ranked([ys], start!);
  assert.deepEqual([found!.chosen, found!.rejected], [ys[0], ys[2]]);
  close(found!.tau, -1);
});

Deno.test("CREAM: equal answers say nothing of how alike two rankings are", async () => {
  const { ys, policies: [start, before] } = rated([-1, -2, -3], [1, 1, 1], [[-3, -3, -3], [
    -1,
    -2,
    -3,
  ]]);
  const [found] = await ranked([[ys[0]!, ys[0]!, ys[0]!, ys[1]!]], start!, before!);
  close(found!.tau, 1);
  const [alone] = await ranked([[ys[0]!, { ...ys[0]!, logps: [-1 + 1e-12] }]], start!, before!);
  assert.ok(same(alone!.chosen, alone!.rejected) && alone!.tau === 0);
});

Deno.test("CREAM: the consistency of a round is the strength of its labels, which of self-rewarding is 1", async () => {
  const strengths = async (
    method: { readonly run: typeof cream.run } & { readonly hyper: never },
  ) => {
    const world = opened({ flops: 3e6, queries: 512 });
    const { lab, lent, drawers } = lending(world.lab);
    await played(method.run(lab, method.hyper));
    const rounds = lent.slice(1);
    assert.equal(rounds.length, 4);
    let before = lent[0]!.made.policy;
    const found = rounds.map(({ made, options, lists }) => {
      assert.deepEqual([options.from, options.reference], [before, before]);
      const pairs = lists[0] as readonly Pair[];
      for (const { chosen, rejected } of pairs) {
        assert.deepEqual([chosen, rejected].map((y) => drawers.get(y)), [before, before]);
      }
      before = made.policy;
      const [first, ...others] = new Set(pairs.map(({ strength }) => strength));
      assert.deepEqual(others, []);
      return first!;
    });
    close(world.metered.notes["mean C of its rounds"]!, found.reduce((a, b) => a + b) / 4);
    return found;
  };
  const own = await strengths(cream as never);
  assert.ok(own.every((c) => c > 0 && c < 1) && new Set(own).size === 4, `${own}`);
  assert.deepEqual(await strengths(selfRewarding as never), [1, 1, 1, 1]);
});

Deno.test("RLHF Workflow: each token takes its price from a reward", () => {
  // Rewards of 3, 2 and 0 nats; five tokens, one and two.
  const { ys } = rated([-1, -1, -1], [5, 1, 2], []);
  const places = (shorter: number) => {
    const { chosen, rejected, strength } = ends(ys, [3, 2, 0], shorter);
    assert.equal(strength, 1);
    return [chosen, rejected].map((y) => ys.findIndex((z) => z === y));
  };
  assert.deepEqual(places(0), [0, 2]);
  // 3 − 5λ falls below 2 − λ at a quarter, and below −2λ at one.
  assert.deepEqual(places(0.2), [0, 2]);
  assert.deepEqual(places(0.3), [1, 2]);
  assert.deepEqual(places(1.1), [1, 0]);
});

Deno.test("RLHF Workflow: a round sets answers of the last one's policy against each other, which is its reference", async () => {
  const { lab, lent, drawers } = lending(opened({ flops: 3e6, queries: 512 }).lab);
  await played(rlhfWorkflow.run(lab, rlhfWorkflow.hyper));
  const [reward, ...rounds] = lent;
  assert.equal(reward!.options.bill, "reward model");
  assert.equal(rounds.length, 3);
  let before = lab.reference;
  for (const { made, options, lists } of rounds) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    assert.equal(lists.length, 1);
    for (const { chosen, rejected, strength } of lists[0] as readonly Pair[]) {
      assert.deepEqual([chosen, rejected].map((y) => drawers.get(y)), [before, before]);
      assert.ok(!same(chosen, rejected) && strength === 1);
    }
    before = made.policy;
  }
});

Deno.test("OSP: each of the better half is set against each of the worse, as sure as the rewards are apart", () => {
  const { ys } = rated([-1, -1, -1, -1], [1, 1, 1, 1], []);
  const found = halves(ys, [0, 2, 7, 1]);
  const place = (y: Answer) => ys.findIndex((z) => z === y);
  assert.deepEqual(
    found.map(({ chosen, rejected }) => [place(chosen), place(rejected)]),
    [[2, 3], [2, 0], [1, 3], [1, 0]],
  );
  // σ(6) and σ(7) are surer than a label may be; σ(1) and σ(2) stay.
  [0.98, 0.98, 0.731059, 0.880797].forEach((p, i) => close(found[i]!.strength, p, 1e-6));
});

Deno.test("OSP: its judge's labels are soft unless asked to be hard, on answers of its own, about the start policy", async () => {
  const strengths = async (hard: number) => {
    const { lab, lent, drawers } = lending(opened({ flops: 3e6, queries: 512 }).lab);
    await played(osp.run(lab, { ...osp.hyper, hard }));
    const [judge, learner, ...others] = lent;
    assert.ok(judge!.options.bill === "reward model" && others.length === 0);
    assert.deepEqual([learner!.options.from, learner!.options.reference], [undefined, undefined]);
    const rounds = learner!.lists as readonly (readonly Pair[])[];
    assert.equal(rounds.length, 4);
    // Earlier rounds' pairs stay.
    rounds.slice(1).forEach((pairs, i) =>
      assert.deepEqual(pairs.slice(0, rounds[i]!.length), rounds[i])
    );
    for (const { chosen, rejected } of rounds.at(-1)!) {
      for (const y of [chosen, rejected]) assert.equal(drawers.get(y), learner!.made.policy);
    }
    return rounds.at(-1)!.map(({ strength }) => strength);
  };
  const soft = await strengths(0);
  assert.ok(soft.every((p) => p >= 0.5 && p <= 0.98) && new Set(soft).size > 10);
  assert.ok((await strengths(1)).every((p) => p === 1));
});

Deno.test("SELM: the third answer is the last round's policy's, to the same question, and unlabelled", async () => {
  const world = opened({ flops: 3e6, queries: 512 });
  const { lab, lent, drawers } = lending(world.lab);
  await played(selm.run(lab, selm.hyper));
  assert.equal(lent.length, selm.hyper.rounds);
  let [before, pairs] = [lab.reference, 0];
  for (const { made, options, lists } of lent) {
    assert.deepEqual([options.from, options.reference], [before, before]);
    const seen = lists[0] as readonly (Pair & { readonly own: Answer })[];
    for (const { chosen, rejected, own } of seen) {
      for (const y of [chosen, rejected, own]) assert.equal(drawers.get(y), before);
      assert.ok(own !== chosen && own !== rejected && own.prompt === chosen.prompt);
    }
    pairs += seen.length;
    before = made.policy;
  }
  // A label a pair: what the last asking paid for before labels ended is lost.
  const { queries } = world.account.spent;
  assert.ok(queries - pairs < 32 && queries >= pairs && queries === 512, `${queries}, ${pairs}`);
});
