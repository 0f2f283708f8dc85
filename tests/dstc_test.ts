import assert from "node:assert/strict";
import { type Answer, type Example, type Program, rng, type Tried } from "../core/mod.ts";
import bandit from "../benchmarks/bandit.ts";
import { ledger } from "../lab/train/ledger.ts";
import { MeteredLab } from "../lab/train/metered-lab.ts";
import dstc, { farthest, type Grid, onOneTest } from "../methods/dstc.ts";
import hypo from "../methods/hypo.ts";
import selfTestDpo from "../methods/self-test-dpo.ts";
import { engine, lending, played, testbed } from "./fake/lab.ts";

const grid = (...rows: readonly string[]): Grid =>
  rows.map((row) => [...row].map((outcome) => outcome === "1"));

Deno.test("DSTC: the best program comes with the hardest test that it and another pass, the worst with the easiest that it fails", () => {
  // The first test has nobody but the best program to speak for it.
  const passed = grid("111", "011", "001", "000");
  assert.deepEqual(farthest(passed, 0.3), [{ program: 0, test: 1 }, { program: 3, test: 2 }]);
  // A test that all pass tells nothing, but a worst program has failed none such.
  assert.deepEqual(farthest(grid("001", "101", "111"), 0.3), [
    { program: 2, test: 0 },
    { program: 0, test: 0 },
  ]);
  // Of equals it is the first.
  assert.deepEqual(farthest(grid("10", "11", "11", "10"), 0.3), [
    { program: 1, test: 1 },
    { program: 0, test: 1 },
  ]);
});

Deno.test("DSTC: pass shares less than the margin apart make no pair, nor do equal ones at any margin", () => {
  const close = grid("1100", "1000", "1000");
  assert.equal(farthest(close, 0.3), undefined);
  assert.notEqual(farthest(grid("1100", "1100", "1000"), 0.25), undefined);
  assert.equal(farthest(grid("10", "10"), 0), undefined);
  // Who alone passes a test has nobody who bears it out.
  assert.equal(farthest(grid("10", "00"), 0), undefined);
});

Deno.test("one test is drawn at random, and tells programs apart or does not", () => {
  const passed = grid("011", "010", "001");
  const places = Array.from({ length: 60 }, (_, k) => onOneTest(passed, rng("tests").split(k)));
  const [none, second, third] = [
    undefined,
    [{ program: 0, test: 1 }, { program: 2, test: 1 }],
    [{ program: 0, test: 2 }, { program: 1, test: 2 }],
  ];
  for (const place of places) {
    const wanted = place === none ? none : place![0].test === 1 ? second : third;
    assert.deepEqual(place, wanted);
  }
  assert.equal(new Set(places.map((place) => place?.[0].test)).size, 3);
});

/** What a program does with a lab where answers pass tests that are answers of lower numbers. */
async function watched<H extends Program["hyper"]>(method: Program<H>, hyper: Partial<H> = {}) {
  const trials = new Map<Answer, Tried & { readonly program: Answer; readonly test: Answer }>();
  const account = ledger({ flops: 3e6, queries: 512 });
  const metered = new MeteredLab({
    engine,
    testbed: {
      ...testbed,
      told: (prompt, telling) =>
        "test" in telling ? { ...prompt, id: `test ${prompt.id}` } : undefined,
      tried(program, test) {
        const passed = program.tokens[0]! > test.tokens[0]!;
        const both = { ...program };
        trials.set(both, { both, passed, program, test });
        return { both, passed };
      },
    },
    start: testbed.start,
    where: "bandit/clean",
    offers: bandit.settings.clean!.offers,
    method: hypo,
    account,
    rng: rng("tests"),
  });
  const { lab, lent, drawers } = lending(metered.lab(hypo));
  await played(method.run(lab, { ...method.hyper, ...hyper }));
  assert.equal(lent.length, 1);
  assert.equal(account.spent.queries, 0);
  const pairs = lent[0]!.lists[0] as readonly Example<"pairs">[];
  assert.equal(metered.notes.pairs, pairs.length);
  assert.equal(lent[0]!.lists.length, 1);
  return { pairs, trials, drawers, start: lab.reference, spent: account.spent };
}

Deno.test("DSTC: each answer is a program with a test after it, passed if chosen and failed if not, and costs no label", async () => {
  const { pairs, trials, drawers, start } = await watched(dstc);
  assert.ok(pairs.length > 20);
  let other = 0;
  for (const { chosen, rejected, strength } of pairs) {
    const [w, l] = [trials.get(chosen)!, trials.get(rejected)!];
    assert.deepEqual([w.passed, l.passed, strength], [true, false, 1]);
    assert.equal(w.program.prompt.id, l.program.prompt.id);
    assert.equal(w.test.prompt.id, `test ${w.program.prompt.id}`);
    for (const y of [w.program, w.test, l.program, l.test]) assert.equal(drawers.get(y), start);
    if (w.test !== l.test) other++;
  }
  // The hard test and the easy one are seldom the same.
  assert.ok(other > pairs.length / 2, `${other} of ${pairs.length}`);
});

Deno.test("DSTC: without joining its pairs are of programs alone, and without minimax of one test each", async () => {
  const alone = await watched(dstc, { joined: 0 });
  for (const { chosen, rejected } of alone.pairs) {
    assert.deepEqual([chosen, rejected].map((y) => alone.drawers.get(y)), [
      alone.start,
      alone.start,
    ]);
  }
  const { pairs, trials } = await watched(dstc, { minimax: 0 });
  for (const { chosen, rejected } of pairs) {
    assert.equal(trials.get(chosen)!.test, trials.get(rejected)!.test);
  }
});

Deno.test("self-test DPO: of one test a question, a program that passes it is set against one that fails it", async () => {
  const { pairs, trials, drawers, start } = await watched(selfTestDpo);
  const outcomes = Map.groupBy(trials.values(), ({ program }) => program);
  for (const { chosen, rejected } of pairs) {
    assert.deepEqual([chosen, rejected].map((y) => drawers.get(y)), [start, start]);
    const [w, l] = [outcomes.get(chosen)!, outcomes.get(rejected)!];
    assert.deepEqual([w.length, l.length], [1, 1]);
    assert.deepEqual([w[0]!.passed, l[0]!.passed], [true, false]);
    assert.equal(w[0]!.test, l[0]!.test);
  }
  assert.ok(pairs.length > 20);
});

Deno.test("DSTC: drawing ends at its share of the operations, and learning takes the rest", async () => {
  const { spent } = await watched(dstc, { draw: 0.2 });
  const drawn = spent.by.sampling / spent.flops;
  assert.ok(drawn > 0.2 && drawn < 0.3, `${drawn}`);
});
