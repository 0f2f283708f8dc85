import assert from "node:assert/strict";
import {
  type Example,
  nameOf,
  type Prompt,
  rng,
  type Sample,
  type SearchNode,
  whole,
} from "../core/mod.ts";
import mctsDpo, { paired } from "../methods/mcts-dpo.ts";
import { lending, opened, played } from "./fake/lab.ts";
import { opening, right } from "./fake/steps.ts";

type Pair = Example<"pairs">;

const share = (xs: readonly unknown[], is: (x: never) => boolean) =>
  xs.filter(is as (x: unknown) => boolean).length / xs.length;

Deno.test("MCTS-DPO: smoothing takes the worse step's share of the visits, ½ at most, and without it labels are certain", () => {
  const at: Prompt = { id: "p", tokens: [0] };
  const step: Sample = { prompt: at, tokens: [1], length: 1, logps: [-1] };
  const node = (visits: number): SearchNode => (
    { at, step, over: false, visits, won: 0, next: new Map() }
  );
  const found = [[3, 1], [1, 3], [1, 1], [9, 1]].map(([a, b]) =>
    [false, true].map((smooth) => paired({ better: node(a!), worse: node(b!) }, smooth).strength)
  );
  assert.deepEqual(found, [[1, 0.75], [1, 0.5], [1, 0.5], [1, 0.9]]);
});

Deno.test("MCTS-DPO: its pairs are two steps from one place of its own search, and those that count for the outcome", async () => {
  const world = opened({ flops: 4e7, queries: 6000 }, opening);
  const { lab, lent } = lending(world.lab);
  await played(mctsDpo.run(lab, mctsDpo.hyper));
  const [learner, ...others] = lent;
  assert.deepEqual(others, []);
  const rounds = learner!.lists as readonly (readonly Pair[])[];
  assert.equal(rounds.length, 4);
  // Earlier rounds' pairs stay.
  rounds.slice(1).forEach((pairs, i) =>
    assert.deepEqual(pairs.slice(0, rounds[i]!.length), rounds[i])
  );
  const pairs = rounds.at(-1)!;
  const begun = pairs.map(({ chosen, rejected }) => {
    assert.deepEqual(chosen.prompt.tokens, rejected.prompt.tokens);
    assert.deepEqual([chosen.length, rejected.length], [1, 1]);
    assert.notEqual(nameOf(chosen), nameOf(rejected));
    return whole(chosen).length - 1;
  });
  assert.deepEqual([...new Set(begun)].toSorted(), [0, 1, 2]);
  // The first and the last step decide: by far most pairs of these have them right.
  const asked = ({ chosen }: Pair) => {
    const { prompt, tokens } = whole(chosen);
    return tokens.at(-1) === prompt.tokens[0];
  };
  for (const depth of [0, 2]) {
    assert.ok(share(pairs.filter((_, i) => begun[i] === depth), asked) > 0.8, `${depth}`);
  }
  const { queries } = world.account.spent;
  assert.equal(world.account.spent.asked!.checks, queries);
  // One in nine is right at the start.
  const questions = Array.from({ length: 300 }, (_, i) => opening.testbed.prompts("test")[i % 3]!);
  const ys = await world.metered.measure(() => learner!.made.policy.sample(questions, rng("end")));
  assert.ok(share(ys, (y: Sample) => right(y) === 1) > 0.5);
});
