import assert from "node:assert/strict";
import fc from "fast-check";
import { Matrix, solve } from "ml-matrix";
import {
  budgetOn,
  type Draw,
  rng,
  type Subject,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { type Preferences, softmax } from "../benchmarks/exact.ts";
import game from "../benchmarks/game.ts";
import { exploited, faced, nash } from "../benchmarks/game/nash.ts";
import { nashDistanceBy } from "../benchmarks/game/nash-distance.ts";
import { cpu } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import idle from "../methods/idle.ts";

const open = (setting: keyof typeof game.settings) =>
  game.open(game.settings[setting]!.with, rng(1), {} as Workshop);
const [transitive, intransitive] = [await open("transitive"), await open("intransitive")];
const [condorcet, circular] = [await open("condorcet"), await open("circle")];

function close(actual: readonly number[], expected: readonly number[], within = 1e-12) {
  assert.equal(actual.length, expected.length);
  expected.forEach((x, i) =>
    assert.ok(Math.abs(actual[i]! - x) < within, `${actual} is ${expected}`)
  );
}

/** Rock (0) beats scissors (1) with the first probability, 1 beats 2 with the second, 2 beats 0 with the third. */
const circle = (x: number, y: number, z: number): Preferences => [
  [0.5, x, 1 - z],
  [1 - x, 0.5, y],
  [z, 1 - y, 0.5],
];

/** Tables of 2 to 7 answers whose entries above the diagonal come from `entry`. */
const tables = (entry: fc.Arbitrary<number>) =>
  fc.integer({ min: 2, max: 7 }).chain((n) =>
    fc.array(entry, { minLength: n * n, maxLength: n * n }).map((entries): Preferences =>
      Array.from(
        { length: n },
        (_, a) =>
          Array.from(
            { length: n },
            (_, b) => a === b ? 0.5 : a < b ? entries[a * n + b]! : 1 - entries[b * n + a]!,
          ),
      )
    )
  );
const anything = tables(fc.double({ min: 0, max: 1, noNaN: true }));
const ties = tables(fc.constantFrom(0, 0.25, 0.5, 0.75, 1));
const cents = tables(fc.integer({ min: 0, max: 100 }).map((x) => x / 100));

Deno.test("rock, paper, scissors is mixed evenly, and biased ones by the edge of the other two", () => {
  close(nash(circle(1, 1, 1)), [1 / 3, 1 / 3, 1 / 3]);
  // Edges of 0.4, 0.2 and 0.3: each answer is played as its two rivals' edge over each other.
  close(nash(circle(0.9, 0.7, 0.8)), [2 / 9, 3 / 9, 4 / 9]);
});

Deno.test("an answer that beats each other one is played alone, though another wins more often", () => {
  const table = [
    [0.5, 0.7, 0.7, 0.7, 0.7],
    [0.3, 0.5, 0.95, 0.95, 0.95],
    [0.3, 0.05, 0.5, 0.5, 0.5],
    [0.3, 0.05, 0.5, 0.5, 0.5],
    [0.3, 0.05, 0.5, 0.5, 0.5],
  ];
  close(nash(table), [1, 0, 0, 0, 0]);
  const average = faced(table, [0.2, 0.2, 0.2, 0.2, 0.2]);
  close(average, [0.66, 0.73, 0.37, 0.37, 0.37]);
  assert.ok(Math.abs(exploited(table, [0, 1, 0, 0, 0]) - 0.2) < 1e-12);
});

Deno.test("nothing exploits a Nash policy, ties and certainties included", () => {
  for (const table of [anything, ties]) {
    fc.assert(
      fc.property(table, (p) => {
        const policy = nash(p);
        assert.ok(policy.every((x) => x >= 0));
        assert.ok(Math.abs(policy.reduce((sum, x) => sum + x, 0) - 1) < 1e-12);
        assert.ok(Math.abs(exploited(p, policy)) < 1e-9);
      }),
      { seed: 17, numRuns: 500 },
    );
  }
});

Deno.test("a Nash policy solves the linear system of the answers that it plays", () => {
  fc.assert(
    fc.property(cents, (table) => {
      const policy = nash(table);
      const played = [...policy.keys()].filter((a) => policy[a]! > 0);
      // Where an answer that is not played is even as well, the system is not the whole story.
      fc.pre(faced(table, policy).every((p, a) => played.includes(a) || p < 0.5 - 1e-9));
      // Every answer played is even with the policy, and the shares add up to 1.
      const rows = played.map((a) => [...played.map((b) => table[a]![b]! - 0.5), 1]);
      const system = new Matrix([...rows, [...played.map(() => 1), 0]]);
      const bound = Matrix.columnVector([...played.map(() => 0), 1]);
      const shares = solve(system, bound).to1DArray();
      close(played.map((a) => policy[a]!), shares.slice(0, -1), 1e-9);
      assert.equal(played.length % 2, 1);
    }),
    { seed: 19, numRuns: 300 },
  );
});

Deno.test("every policy is exploitable by at least nothing, and one answer by its worst rival", () => {
  fc.assert(
    fc.property(anything, fc.nat(1000), (table, seed) => {
      const draws = rng(seed);
      const policy = softmax(table.map(() => 3 * draws.normal()));
      assert.ok(exploited(table, policy) >= -1e-12);
      const pure = table.map((_, a) => a === 0 ? 1 : 0);
      const worst = Math.max(...table.map((row) => row[0]!)) - 0.5;
      assert.ok(Math.abs(exploited(table, pure) - worst) < 1e-12);
    }),
    { seed: 23, numRuns: 200 },
  );
});

Deno.test("a table that is no game is refused with the entries that disagree", () => {
  assert.throws(() => nash([]), RangeError);
  assert.throws(() => nash([[0.5, 0.5]]), {
    name: "RangeError",
    message: "Cannot solve a game of 1 answers: row 0 has 2 entries",
  });
  assert.throws(() => nash([[0.5, 0.7], [0.7, 0.5]]), /P\(0 beats 1\) is 0.7/);
  assert.throws(() => nash([[0.5, NaN], [NaN, 0.5]]), RangeError);
  assert.throws(() => nash([[0.4]]), RangeError);
});

/** What a context of a testbed is made of, read through its public face. */
async function contexts(testbed: Testbed) {
  return await Promise.all(
    testbed.prompts("test").map(async (prompt, c) => {
      const answers = testbed.answers!(prompt);
      const table = await Promise.all(
        answers.map((a) => Promise.all(answers.map((b) => testbed.oracle!.prefer(a, b)))),
      );
      const n = answers.length;
      const start = softmax([...testbed.start.logits!.data.subarray(c * n, (c + 1) * n)]);
      const average = faced(table, start);
      return { table, start, policy: nash(table), crowd: average.indexOf(Math.max(...average)) };
    }),
  );
}

Deno.test("transitive: the answer that wins most often against the start policy beats everything", async () => {
  for (const { table, policy, crowd } of await contexts(transitive)) {
    close(policy, table.map((_, a) => a === crowd ? 1 : 0));
    assert.ok(table.every((row, a) => a === crowd || row[crowd]! < 0.45));
    assert.ok(transitiveOrder(table));
  }
});

/** There is an order in which no answer beats an earlier one. */
const transitiveOrder = (table: Preferences): boolean => {
  const wins = (a: number) => table[a]!.filter((p) => p > 0.5).length;
  const order = [...table.keys()].sort((a, b) => wins(b) - wins(a));
  return order.every((a, i) => order.slice(i + 1).every((b) => table[a]![b]! >= 0.5));
};

Deno.test("intransitive: the only Nash policy mixes three answers, and never the crowd's favourite", async () => {
  for (const { table, start, policy, crowd } of await contexts(intransitive)) {
    const played = [...policy.keys()].filter((a) => policy[a]! > 0);
    assert.equal(played.length, 3);
    assert.ok(played.every((a) => policy[a]! > 0.05));
    assert.ok(!played.includes(crowd));
    assert.ok(!transitiveOrder(table));
    // Strict bounds outside, and a circle inside, leave no room for a second one.
    const against = faced(table, policy);
    assert.ok(against.every((p, a) => played.includes(a) ? Math.abs(p - 0.5) < 1e-12 : p < 0.49));
    const [a, b, c] = played as [number, number, number];
    const edges = [table[a]![b]!, table[b]![c]!, table[c]![a]!];
    assert.ok(edges.every((p) => p > 0.5) || edges.every((p) => p < 0.5));
    // Playing the favourite is worse than doing nothing, though it wins more often.
    const pure = table.map((_, i) => i === crowd ? 1 : 0);
    assert.ok(exploited(table, pure) > 0.2);
    assert.ok(faced(table, start)[crowd]! > 0.55);
  }
});

Deno.test("condorcet: one answer beats all by a little, and the crowd's favourite all but that one by far", async () => {
  const all = await contexts(condorcet);
  assert.equal(all.length, 16);
  for (const { table, start, policy, crowd } of all) {
    const winner = policy.indexOf(1);
    close(policy, table.map((_, a) => a === winner ? 1 : 0));
    const others = table.map((row, a) => row.filter((_, b) => b !== winner && b !== a));
    // Log-odds of 0.6 to 1, of 2.2 to 3, and of at most 0.3.
    assert.ok(others[winner]!.every((p) => p > 0.645 && p < 0.732));
    assert.ok(crowd !== winner && others[crowd]!.every((p) => p > 0.9 && p < 0.953));
    const rest = [...table.keys()].filter((a) => a !== winner && a !== crowd);
    assert.ok(rest.every((a) => rest.every((b) => Math.abs(table[a]![b]! - 0.5) < 0.075)));
    // A reward that says how often an answer wins against the start policy puts the wrong one first.
    const against = faced(table, start);
    assert.ok(against[crowd]! > against[winner]! + 0.1);
    const pure = table.map((_, a) => a === crowd ? 1 : 0);
    assert.ok(exploited(table, pure) > 0.14);
  }
});

Deno.test("circle: the Nash policy of each context mixes all three by the edges of the other two", async () => {
  const all = await contexts(circular);
  assert.equal(all.length, 4);
  for (const { table, policy } of all) {
    const [a, b, c] = table[0]![1]! > 0.5 ? [0, 1, 2] : [0, 2, 1];
    const edges = [table[b]![c]!, table[c]![a]!, table[a]![b]!].map((p) => p - 0.5);
    // Log-odds of 1.5 to 3.
    assert.ok(edges.every((x) => x > 0.317 && x < 0.453));
    const total = edges.reduce((sum, x) => sum + x, 0);
    const order = [a, b, c].map((y) => policy[y]!);
    close(order, edges.map((x) => x / total));
  }
});

Deno.test("every game leaves room to learn, all of which a method that learns nothing leaves", async () => {
  const engine = cpu({ threads: 1 });
  const run = runner(engine, {} as Workshop);
  const starts = { transitive: 0.3485, intransitive: 0.2465, condorcet: 0.3705, circle: 0.2218 };
  assert.deepEqual(Object.keys(starts), Object.keys(game.settings));
  for (const [setting, start] of Object.entries(starts)) {
    const all = await contexts(await open(setting));
    const gaps = all.map(({ table, start }) => exploited(table, start));
    const mean = gaps.reduce((sum, x) => sum + x, 0) / gaps.length;
    assert.ok(Math.abs(mean - start) < 1e-4, `${setting}: ${mean}`);
    const { measures, outcome } = await run({
      method: idle,
      benchmark: game,
      setting,
      seed: 1,
      budget: { flops: 1e5, queries: 512 },
      progress: () => {},
      ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
    });
    assert.equal(outcome, "ok");
    assert.ok(Math.abs(measures.exploitability!.value - mean) < 1e-6);
  }
});

Deno.test("circle has labels and operations of its own, and the other settings the game's", () => {
  assert.deepEqual(budgetOn(game, "circle"), { flops: 2e7, queries: 49152 });
  for (const setting of ["transitive", "intransitive", "condorcet"]) {
    assert.deepEqual(budgetOn(game, setting), { flops: 1.5e7, queries: 8192 });
  }
});

Deno.test("a game offers no reward, and so no temperature and no frontier", () => {
  for (const testbed of [transitive, intransitive, condorcet, circular]) {
    assert.equal(testbed.reward, undefined);
    assert.deepEqual(testbed.truth, {});
  }
});

/** A policy that plays `weights` in one context of `table`. */
function subject(weights: readonly number[], exact = true): Subject {
  const prompt = { id: "one", tokens: [0] };
  const answers = weights.map((_, a) => ({ prompt, tokens: [a], length: 1 }));
  const draw: Draw = { prompt, answers, weights, exact };
  return { draws: () => Promise.resolve([draw]) } as unknown as Subject;
}

Deno.test("the distance to Nash is the probability that would have to move", async () => {
  const evaluator = nashDistanceBy(() => [0.5, 0.3, 0.2]);
  const cases = [[[0.5, 0.3, 0.2], 0], [[0.2, 0.3, 0.5], 0.3], [[0, 0, 1], 0.8]] as const;
  for (const [weights, expected] of cases) {
    const found = await evaluator.measure(subject(weights));
    assert.ok("value" in found);
    assert.ok(Math.abs(found.value - expected) < 1e-12);
    assert.equal(found.stderr, 0);
    assert.equal(found.n, 1);
  }
  assert.deepEqual(await evaluator.measure(subject([0.5, 0.3, 0.2], false)), {
    absent: "A few samples do not give a policy's distance to another",
  });
});
