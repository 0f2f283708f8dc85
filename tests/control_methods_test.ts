import assert from "node:assert/strict";
import control from "../benchmarks/control.ts";
import { type Answer, type Lab, type Policy, rng } from "../core/mod.ts";
import icpl, { changed, crossed, fresh, type Prior, worth } from "../methods/icpl.ts";
import pebble, { disputed } from "../methods/pebble.ts";
import { close } from "./close.ts";
import { engine, lending, opened, played } from "./fake/lab.ts";
import type { ModelPolicy } from "../lab/train/policy.ts";
import { keeping } from "./fixtures/workshops.ts";

const answer = (...tokens: readonly number[]): Answer => (
  { prompt: { id: "q", tokens: [0] }, tokens, length: tokens.length }
);
const valuing = (of: (y: Answer) => number): Pick<Policy, "value"> => ({
  value: (ys) => Promise.resolve(Float64Array.from(ys, of)),
});

Deno.test("PEBBLE: those pairs first on which the rewards disagree most, and none of answers that say the same", async () => {
  const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((token) => answer(token));
  const groups = [[a!, b!], [c!, d!, e!, answer(2)]];
  // Of a and b one head says σ(2) = .88 and the other ½; of e and what is beside it σ(4) and ½.
  const heads = [
    valuing(({ tokens: [token] }) => token === 4 ? 4 : 0),
    valuing(({ tokens: [token] }) => token === 1 ? 2 : 0),
  ];
  const found = (await disputed(heads, groups)).map((pair) => pair.map(({ tokens }) => tokens[0]));
  assert.deepEqual(found, [[4, 2], [4, 3], [2, 4], [1, 0], [3, 2], [2, 3]]);
  // Heads that agree have nothing to say: pairs stay as drawn.
  const agreed = await disputed([heads[0]!, heads[0]!], groups);
  assert.deepEqual(agreed[0]!.map(({ tokens }) => tokens[0]), [1, 0]);
});

/** The lab, and which pairs were asked about. */
function asking(lab: Lab, says?: () => number) {
  const pairs: (readonly [Answer, Answer])[] = [];
  const { oracle } = lab;
  const prefer = async (a: Answer, b: Answer) => {
    pairs.push([a, b]);
    return says ? says() : await oracle.prefer(a, b);
  };
  const spied = new Proxy(lab, {
    get: (_, key: keyof Lab) => key === "oracle" ? { ...oracle, prefer } : lab[key],
  });
  return { lab: spied, pairs };
}

Deno.test("PEBBLE: rewards see different parts of the labels, and the policy's own newest answers are asked about", async () => {
  const { lab, account } = opened({ flops: 6e7, queries: 240 });
  const { lab: watched, lent, drawers } = lending(lab);
  const { lab: spied, pairs } = asking(watched);
  await played(pebble.run(spied, pebble.hyper));
  const [heads, learners] = [lent.slice(0, 3), lent.slice(3)];
  assert.ok(heads.every(({ options }) => options.bill === "reward model"));
  assert.equal(learners.length, 1);
  assert.equal(account.spent.queries, 240);
  assert.equal(pairs.length, 240);
  // Every session but those without labels fits each head once, on two thirds of what there is by then.
  const [first] = heads;
  assert.equal(first!.lists.length, pebble.hyper.sessions);
  heads.forEach(({ lists }, head) => {
    lists.forEach((list, session) => {
      const all = heads.flatMap((other) => other.lists[session]!);
      assert.equal(2 * new Set(all).size, all.length, "each label is two heads'");
      assert.equal(list.length, 20 * (session + 1), `${head}`);
    });
  });
  const { policy } = learners[0]!.made;
  assert.ok(pairs.flat().every((y) => drawers.get(y) === policy));
});

Deno.test("PEBBLE: what is asked about is what its rewards dispute", async () => {
  const { lab } = opened({ flops: 3e7, queries: 160 });
  let made = 0;
  const told = new Proxy(lab, {
    get: (_, key: keyof Lab) =>
      key !== "learner" ? lab[key] : (...given: Parameters<Lab["learner"]>) => {
        const learner = lab.learner(...given);
        // The first reward alone thinks anything of answers 0 to 3.
        const head = made++;
        const opinion = valuing(({ tokens: [y] }) => head === 0 && y! < 4 ? 5 : 0);
        if (given[1]?.bill) Object.assign(learner.policy, opinion);
        return learner;
      },
  });
  const { lab: spied, pairs } = asking(told);
  await played(pebble.run(spied, pebble.hyper));
  const apart = pairs.filter(([a, b]) => (a.tokens[0]! < 4) !== (b.tokens[0]! < 4));
  assert.ok(apart.length > 0.9 * pairs.length, `${apart.length} of ${pairs.length}`);
});

Deno.test("ICPL: a program is worth its weighted signals, and a prior draws what is spoken of four times as often, with its sign", () => {
  close(worth(new Map([["near", 2], ["energy", -0.5]]), { near: 0.5, energy: 1, far: 9 }), 0.5);
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const counts = (prior: Prior) => {
    const found = { a: 0, h: 0, negative: 0 };
    for (let k = 0; k < 4000; k++) {
      const program = fresh(prior, rng("fresh").split(k));
      assert.ok(program.size >= 2 && program.size <= 4);
      if (program.has("a")) found.a++;
      if (program.has("h")) found.h++;
      if ((program.get("a") ?? 0) < 0) found.negative++;
    }
    return found;
  };
  const even = counts({ names, said: {} });
  // Three of eight on average, and as often wanted as unwanted.
  close(even.a / 4000, 3 / 8, 0.03);
  close(even.negative / even.a, 1 / 2, 0.06);
  const told = counts({ names, said: { a: -1 } });
  assert.equal(told.negative, told.a);
  // 1 − (7/11)(6/10) − … of two, three and four draws without replacement.
  const without = (n: number) =>
    Array.from({ length: n }, (_, i) => (7 - i) / (11 - i)).reduce((p, x) => p * x);
  close(told.a / 4000, 1 - (without(2) + without(3) + without(4)) / 3, 0.03);
});

Deno.test("ICPL: children keep to four signals, of their parents' where they are crossed", () => {
  const prior = { names: ["a", "b", "c", "d", "e", "f"], said: {} };
  const [one, other] = [
    new Map([["a", 1], ["b", -2], ["c", 3], ["d", 4]]),
    new Map([["a", 9], ["e", 5]]),
  ];
  const sizes = new Set<number>();
  for (let k = 0; k < 500; k++) {
    const child = changed(one, prior, rng("changed").split(k));
    sizes.add(child.size);
    const odd = [...child].filter(([name, w]) => !(w / (one.get(name) ?? NaN) > 0));
    assert.ok(odd.length <= 1, "at most one signal is new, or has a new sign");
    const cross = crossed(one, other, rng("crossed").split(k));
    assert.ok(cross.size >= 1 && cross.size <= 4);
    for (const [name, w] of cross) assert.ok(w === one.get(name) || w === other.get(name), name);
  }
  assert.deepEqual([...sizes].toSorted(), [3, 4]);
});

const testbed = await control.open(control.settings.task!.with, rng(1), keeping(engine));

/** ICPL with so many looks on a task, where who labels says always the same of the new agent. */
async function searched(looks: number, says?: () => number) {
  const { offers } = control.settings.task!;
  const { lab, metered } = opened({ flops: 3e8, queries: 200 }, { testbed, offers });
  const { lab: watched, lent, drawers } = lending(lab);
  const { lab: spied, pairs } = asking(watched, says);
  await played(icpl.run(spied, { ...icpl.hyper, looks, programs: 3, generations: 2 }));
  return { lent, pairs, drawers, notes: metered.notes };
}

Deno.test("ICPL: who is preferred is kept and trains on, each agent begins at the start policy, and comparisons are few", async () => {
  const worse = await searched(1, () => 0);
  assert.equal(worse.notes["program that is kept"], 1);
  const better = await searched(1, () => 1);
  assert.equal(better.notes["program that is kept"], 6);
  assert.equal(better.notes["prior informed by the task's words"], 1);
  for (const { lent, pairs, drawers } of [worse, better]) {
    assert.equal(lent.length, 6);
    assert.ok(lent.every(({ options }) => options.from === undefined));
    // One label for each agent but the first.
    assert.equal(pairs.length, 5);
    pairs.forEach(([mine, theirs], k) => {
      assert.equal(drawers.get(mine), lent[k + 1]!.made.policy);
      const champion = lent[lent === worse.lent ? 0 : k]!.made.policy;
      assert.equal(drawers.get(theirs), champion);
    });
    // As many rounds for every agent, and more for the winner.
    const rounds = lent.map(({ lists }) => lists.length);
    const [winner] = rounds.splice(lent === worse.lent ? 0 : 5, 1);
    assert.ok(Math.max(...rounds) - Math.min(...rounds) <= 1, `${rounds}`);
    assert.ok(winner! > Math.max(...rounds), `${winner}, ${rounds}`);
  }
  assert.equal((await searched(0)).pairs.length, 0);
});

Deno.test("ICPL: an agent climbs its program", async () => {
  const begins = ({ tokens: [move] }: Answer) => move === 3 ? 1 : 0;
  const signals = { names: ["up"], said: { up: 1 }, of: (y: Answer) => ({ up: begins(y) }) };
  const { offers } = control.settings.task!;
  const { lab } = opened({ flops: 3e8, queries: 9 }, { testbed: { ...testbed, signals }, offers });
  const policies: Policy[] = [];
  const run = async function* () {
    const hyper = { ...icpl.hyper, programs: 1, generations: 1 };
    for await (const policy of icpl.run(lab, hyper)) yield policies[0] = policy;
  };
  await played(run());
  // It is looked at by who does not pay.
  const share = async ({ params }: ModelPolicy) => {
    const policy = keeping(engine).policy(testbed.model, params);
    const ys = await policy.sample(Array(20).fill(testbed.prompts("test")).flat(), rng("up"));
    return ys.reduce((sum, y) => sum + begins(y), 0) / ys.length;
  };
  const [before, after] = [lab.reference, policies[0]!] as [ModelPolicy, ModelPolicy];
  assert.ok(await share(before) < 0.4, `${await share(before)}`);
  assert.ok(await share(after) > 0.7, `${await share(after)}`);
});
