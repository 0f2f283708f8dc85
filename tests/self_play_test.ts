import assert from "node:assert/strict";
import { type Answer, type Example, nameOf, same } from "../core/mod.ts";
import spin from "../methods/spin.ts";
import { lending, opened, played } from "./fake/lab.ts";

type Pair = Example<"pairs">;

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
