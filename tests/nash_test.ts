import assert from "node:assert/strict";
import game from "../benchmarks/game.ts";
import type { Preferences } from "../benchmarks/exact.ts";
import {
  type Budget,
  type Hyper,
  type Lab,
  type Program,
  rng,
  same,
  type Sample,
  type Shape,
  Spent,
  type Workshop,
} from "../core/mod.ts";
import { cpu } from "../engine/mod.ts";
import { ledger } from "../lab/train/ledger.ts";
import { MeteredLab } from "../lab/train/metered-lab.ts";
import { runner } from "../lab/train/run.ts";
import dno, { type Contest } from "../methods/dno.ts";
import egpo, { type Met } from "../methods/egpo.ts";
import inpo, { type Anchored } from "../methods/inpo.ts";
import nashMd from "../methods/nash-md.ts";
import spo, { type Rollout } from "../methods/spo.ts";

// Methods that seek the Nash policy, on games of one table.

const engine = cpu({ threads: 1 });
const run = runner(engine, {} as Workshop);

/** A game of one context. */
const one = (preferences: Preferences, start: readonly number[]): typeof game => ({
  ...game,
  settings: {
    toy: {
      summary: "One table.",
      offers: game.settings.transitive!.offers,
      with: { contexts: 1, instance: () => ({ preferences, start }) },
    },
  },
});

/** The catalogue's: answer 0 beats each other one by a little, answer 1 crushes the rest. */
const borda: Preferences = [
  [0.5, 0.7, 0.7, 0.7, 0.7],
  [0.3, 0.5, 0.95, 0.95, 0.95],
  [0.3, 0.05, 0.5, 0.5, 0.5],
  [0.3, 0.05, 0.5, 0.5, 0.5],
  [0.3, 0.05, 0.5, 0.5, 0.5],
];
const crowd = one(borda, [0, 0, 0, 0, 0]);

/** What a program's learners are given to learn from, each list of examples once, and what their policies drew. */
interface Seen {
  /** By learners in the order in which they were made. */
  readonly lists: { readonly by: number; readonly examples: readonly unknown[] }[];
  readonly drawn: { readonly by: number; readonly ys: readonly Sample[] }[];
  /** Weights of the policies that were merged. */
  readonly merged: (readonly number[])[];
  readonly lab: Lab;
}

/** Runs a program until its budget ends, and tells what its learners saw. */
async function watched<H extends Hyper>(
  method: Program<H>,
  benchmark: typeof game,
  hyper: Partial<H>,
  budget: Budget,
): Promise<Seen> {
  const [[setting, { with: made, offers }]] = Object.entries(benchmark.settings) as [
    [string, typeof game.settings[string]],
  ];
  const testbed = await benchmark.open(made, rng(1), {} as Workshop);
  using metered = new MeteredLab({
    engine,
    testbed,
    start: testbed.start,
    where: `game/${setting}`,
    offers,
    method: method as unknown as Program,
    account: ledger(budget),
    rng: rng("nash"),
  });
  const lab = metered.lab(method as unknown as Program);
  const seen: Seen = { lists: [], drawn: [], merged: [], lab };
  let learners = 0;
  const learner = <F extends Shape>(...asked: Parameters<typeof lab.learner<F>>) => {
    const [made, by] = [lab.learner<F>(...asked), learners++];
    const { step, policy } = made;
    const { sample } = policy;
    policy.sample = async (...given) => {
      const ys = await sample(...given);
      seen.drawn.push({ by, ys });
      return ys;
    };
    made.step = (examples, ...rest) => {
      if (!seen.lists.some((list) => list.examples === examples)) {
        seen.lists.push({ by, examples });
      }
      return step(examples, ...rest);
    };
    return made;
  };
  const merged: Lab["merged"] = (parents, weigh) => {
    seen.merged.push(weigh([]));
    return lab.merged(parents, weigh);
  };
  const own = { learner, merged };
  const watching = new Proxy(lab, {
    get: (_, key: keyof Lab) => key in own ? own[key as keyof typeof own] : lab[key],
  });
  try {
    for await (const _ of method.run(watching, { ...method.hyper, ...hyper }));
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
  }
  return seen;
}

/** The exploitability that a program ends with, from one seed. */
async function exploitability(
  method: Program<Hyper>,
  benchmark: typeof game,
  budget: Budget,
): Promise<number> {
  const { outcome, reason, measures } = await run({
    method,
    benchmark,
    setting: "toy",
    seed: 1,
    budget,
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });
  assert.equal(outcome, "ok", reason);
  return measures.exploitability!.value;
}

const hasty = { ...egpo, hyper: { ...egpo.hyper, step: 3 } };
for (const method of [dno, hasty, inpo, nashMd, spo] as unknown as Program<Hyper>[]) {
  Deno.test(`${method.id}: finds the answer that beats each other one, where another wins most often`, async () => {
    // Half of EGPO's steps only look ahead.
    const flops = method.id === egpo.id ? 4e6 : 2e6;
    const found = await exploitability(method, crowd, { flops, queries: 8192 });
    // The favourite alone is exploitable by 0.2, the start policy by 0.23.
    assert.ok(found < 0.05, `${found}`);
  });
}

Deno.test("SPO: an advantage is the share of its fellows that a sample beat, less one half", async () => {
  const hyper = { samples: 3, prompts: 2, steps: 2 };
  const { lists, drawn } = await watched(spo, crowd, hyper, { flops: 1e6, queries: 60 });
  assert.ok(lists.length >= 10);
  lists.forEach(({ examples }, round) => {
    const batch = examples as readonly Rollout[];
    // Each round is drawn anew, by the policy as it is, whose log-probabilities are kept.
    assert.deepEqual(batch.map(({ answer }) => answer), drawn[round]!.ys);
    batch.forEach((y, i) => assert.equal(y.behaviour, drawn[round]!.ys[i]!.logps[0]));
    for (const group of [batch.slice(0, 3), batch.slice(3)]) {
      const advantages = group.map(({ advantage }) => advantage);
      assert.ok(Math.abs(advantages.reduce((a, b) => a + b)) < 1e-12, `${advantages}`);
      assert.ok(advantages.every((a) => [-0.5, -0.25, 0, 0.25, 0.5].includes(a)));
    }
  });
});

Deno.test("DNO: a round's pairs are all of a prompt's samples', held to the policy that drew them", async () => {
  const hyper = { samples: 3, rounds: 3 };
  const { lists, drawn } = await watched(dno, crowd, hyper, { flops: 1e5, queries: 600 });
  assert.equal(lists.length, 3);
  const logps = new Map(drawn.flatMap(({ ys }) => ys).map((y) => [y as object, y.logps[0]!]));
  const rounds = lists.map(({ examples }) => examples as readonly Contest[]);
  for (const { left, right, before, strength } of rounds.flat()) {
    assert.equal(before, logps.get(left)! - logps.get(right)!);
    // Of three, with one win, two, none or ties: win-rates are quarters.
    const gap = Math.log(strength / (1 - strength));
    assert.ok(Math.abs(4 * gap - Math.round(4 * gap)) < 1e-9, `${gap}`);
  }
  const seen = rounds.map((list) => new Set(list.flatMap(({ left, right }) => [left, right])));
  // Each round draws anew, and its pairs are three a prompt, but for equals.
  rounds.forEach((list, i) => {
    assert.ok(
      list.length > seen[i]!.size / 2 && list.length <= drawn.flatMap(({ ys }) => ys).length,
    );
    assert.ok(list.every(({ left, right }) => left.prompt === right.prompt && !same(left, right)));
  });
  assert.ok(seen[0]!.isDisjointFrom(seen[1]!) && seen[1]!.isDisjointFrom(seen[2]!));
  const before = rounds.map((list) => new Set(list.map(({ left }) => logps.get(left)!)));
  assert.ok(before[0]!.isDisjointFrom(before[1]!), "the policy that draws has moved");
});

Deno.test("INPO: a pair is two samples of the policy's own, in the order of one label, with its log-ratio then", async () => {
  const hyper = { rounds: 3 };
  const { lists, drawn } = await watched(inpo, crowd, hyper, { flops: 1e5, queries: 600 });
  assert.equal(lists.length, 3);
  const logps = new Map(drawn.flatMap(({ ys }) => ys).map((y) => [y as object, y.logps[0]!]));
  const pairs = lists.map(({ examples }) => examples as readonly Anchored[]);
  for (const { chosen, rejected, before } of pairs.flat()) {
    assert.equal(before, logps.get(chosen)! - logps.get(rejected)!);
    assert.ok(!same(chosen, rejected));
  }
  // One label a pair: all were spent, and the last call's pairs may not have been paid.
  assert.ok(pairs.flat().length > 560 && pairs.flat().length <= 600, `${pairs.flat().length}`);
  const moved = pairs.map((list) => new Set(list.map(({ before }) => before)));
  assert.ok(moved[0]!.has(0), "the start policy is even");
  assert.ok(moved[1]!.size > 1, "the next round's drawer is another policy");
});

Deno.test("Nash-MD: an answer meets one of the policy between, and pays for its own log-ratio", async () => {
  const hyper = { tau: 0.1, b: 0.25, prompts: 8, steps: 3 };
  const budget = { flops: 1e6, queries: 200 };
  const { lists, drawn, merged, lab } = await watched(nashMd, crowd, hyper, budget);
  assert.ok(lists.length > 10);
  assert.ok(merged.every((weights) => `${weights}` === "0.75,0.25"));
  // The rivals are drawn by the merged policy, once a round, and never by the learner's.
  assert.ok(merged.length >= lists.length && drawn.length === merged.length);
  const start = Math.log(0.2);
  for (const [round, { examples }] of lists.entries()) {
    const batch = examples as readonly Rollout[];
    assert.deepEqual(batch.map(({ answer }) => answer), drawn[round]!.ys);
    for (const { behaviour, advantage } of batch) {
      const won = advantage + 0.5 + 0.1 * (behaviour - start);
      assert.ok([0, 0.5, 1].some((x) => Math.abs(won - x) < 1e-6), `${won}`);
    }
  }
  const last = lists.at(-1)!.examples as readonly Rollout[];
  assert.ok(last.some(({ behaviour }) => Math.abs(behaviour - start) > 0.01), "it has moved");
  assert.ok(lab.progress < 1);
});

Deno.test("EGPO: the look ahead meets the policy as it is, and the step that counts the one that was led to", async () => {
  const hyper = { rounds: 2, asking: 0.3 };
  const { lists, drawn } = await watched(egpo, crowd, hyper, { flops: 1.5e5, queries: 4000 });
  assert.deepEqual(lists.map(({ by }) => by), [1, 0, 1, 0]);
  // The second learner draws rivals alone, between its steps and the first one's.
  assert.ok(drawn.some(({ by }) => by === 1));
  const before = lists.map(({ examples }) =>
    new Map((examples as readonly Met[]).map(({ left, right, before, gap }) => {
      assert.ok([-1, -0.5, 0, 0.5, 1].includes(gap));
      return [`${left.tokens}${right.tokens}`, before];
    }))
  );
  // Both halves of a round begin where the last one ended.
  const alike = (a: number, b: number) =>
    [...before[a]!].filter(([pair]) => before[b]!.has(pair))
      .every(([pair, x]) => x === before[b]!.get(pair));
  assert.ok(alike(0, 1) && alike(2, 3) && !alike(1, 2));
});
