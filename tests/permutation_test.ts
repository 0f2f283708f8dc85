import assert from "node:assert/strict";
import { renderToString } from "preact-render-to-string";
import { type Judged, rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { Accuracies } from "../reports/parts/accuracies.tsx";
import { close } from "./close.ts";

const options = () => ({ rng: rng(1) });

Deno.test("permutations of few differences are counted, by hand", () => {
  // Of ±1 ±2 ±3 the sums 6 and −6 alone lie as far as 6: 2 of 8. As far as 2 of −1 +3: all 4 of ±1 ±3.
  assert.deepEqual(stats.pairedPermutation([1, 2, 3], options()), { p: 2 / 8, exact: true });
  assert.deepEqual(stats.pairedPermutation([-1, 3], options()), { p: 1, exact: true });
  // No difference changes no sign: −1 and 3 among zeros are the same two.
  assert.deepEqual(stats.pairedPermutation([0, -1, 0, 3, 0], options()), { p: 1, exact: true });
  assert.deepEqual(stats.pairedPermutation([0, 0], options()), { p: 1, exact: true });
  // Thirds that sum to the same but for rounding are equal sums.
  assert.equal(stats.pairedPermutation([1 / 3, 1 / 3, 1 / 3 + 1e-17], options()).p, 2 / 8);
  assert.throws(() => stats.pairedPermutation([], options()), RangeError);
  assert.throws(() => stats.pairedPermutation([NaN], options()), /NaN/);
});

Deno.test("of ±1 the permutation test is McNemar's, exact and drawn", () => {
  for (const [b, c] of [[12, 4], [3, 3], [5, 0]] as const) {
    const differences = [...Array<number>(b).fill(1), ...Array<number>(c).fill(-1)];
    const { p, exact } = stats.pairedPermutation(differences, options());
    assert.ok(exact);
    close(p, stats.mcnemar(b, c).exact, 1e-12);
  }
  const many = [...Array<number>(30).fill(1), ...Array<number>(15).fill(-1)];
  const drawn = stats.pairedPermutation(many, { ...options(), repetitions: 20_000 });
  assert.equal(drawn.exact, false);
  close(drawn.p, stats.mcnemar(30, 15).exact, .005);
});

const of = (values: readonly number[], prompt = (i: number) => `${i}`) =>
  values.map((value, i): stats.Answered => ({ row: `${i}`, prompt: prompt(i), value }));

Deno.test("two judges' accuracies on the same rows: McNemar's, and by prompt where rows share one", () => {
  // G14's b = 12 and c = 4, with 20 rows on which both are right.
  const a = of([
    ...Array<number>(20).fill(1),
    ...Array<number>(12).fill(1),
    ...Array<number>(4).fill(0),
  ]);
  const b = of([
    ...Array<number>(20).fill(1),
    ...Array<number>(12).fill(0),
    ...Array<number>(4).fill(1),
  ]);
  const { p, ...found } = stats.compareAccuracies(a, b, options())!;
  close(p, .07681274);
  assert.deepEqual(found, {
    rows: 36,
    prompts: 36,
    onlyA: 12,
    onlyB: 4,
    difference: 8 / 36,
    test: "McNemar",
  });
  // The same rows of four prompts, nine rows each: 16 signs, and few of them as far.
  const by = (i: number) => `${i % 4}`;
  const clustered = stats.compareAccuracies(
    a.map((one, i) => ({ ...one, prompt: by(i) })),
    b,
    options(),
  )!;
  assert.equal(clustered.test, "permutation of prompts");
  // Each prompt has three rows that a alone has right and one that b has: 2 four times.
  assert.equal(clustered.p, 2 / 16);
  const half = stats.compareAccuracies(of([.5, 1]), of([0, 1]), options())!;
  assert.deepEqual([half.onlyA, half.p, half.test], [1, 1, "permutation of prompts"]);
  // Rows of one alone do not count; of none in common nothing is said.
  assert.equal(stats.compareAccuracies(a.slice(0, 5), b, options())!.rows, 5);
  assert.equal(stats.compareAccuracies(a.slice(0, 5), b.slice(5), options()), undefined);
});

const file = (id: string, right: readonly number[], on = "rows.jsonl"): Judged => ({
  schema: 1,
  command: "deno task judge",
  protocol: "reward-bench",
  judge: { id, fingerprint: id, calls: 0, cached: 0 },
  on,
  baseline: "none",
  measures: {},
  rows: [],
  bias: {},
  judgements: [
    ...right.map((preference, i) => ({ question: `${i}`, model: id, preference })),
    { question: "lost", model: id, failure: { kind: "timeout" as const, reason: "late" } },
  ],
});

Deno.test("judges of the same RewardBench rows stand in a table with Holm's p, and others do not", () => {
  const shown = (files: readonly Judged[]) =>
    renderToString(Accuracies({ files, place: "here" }) ?? (null as never));
  const right = (n: number) => Array.from({ length: 20 }, (_, i) => i < n ? 1 : 0);
  const html = shown([file("<b>a</b>", right(18)), file("b", right(12)), file("c", right(12))]);
  // 6 against 0: 2 / 64, thrice by Holm of three pairs; b and c never differ.
  assert.equal(html.match(/>0\.031</g)?.length, 2);
  assert.equal(html.match(/>0\.094</g)?.length, 2);
  assert.match(html, /\+0\.300/);
  assert.ok(!html.includes("<b>"));
  assert.equal(Accuracies({ files: [file("a", right(3))], place: "here" }), null);
  assert.equal(
    Accuracies({ files: [file("a", right(3)), file("b", right(3), "other")], place: "here" }),
    null,
  );
});
