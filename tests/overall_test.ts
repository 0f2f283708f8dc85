import assert from "node:assert/strict";
import { rng, type RunRecord } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overall } from "../reports/findings/overall.ts";
import { testbeds } from "../reports/findings/runs.ts";
import { close } from "./close.ts";
import { measures, suite } from "./fixtures/records.ts";

// A run of each method and seed with the measures given; undefined for one that diverged.

type Values = { readonly [measure: string]: number };
interface Place {
  /** Of the testbed; bandit by default. */
  readonly benchmark?: string;
  readonly start: Values;
  /** [method][seed]. */
  readonly runs: { readonly [method: string]: readonly (Values | undefined)[] };
}
const exact = (values: Values): RunRecord["measures"] =>
  Object.fromEntries(
    Object.entries(values).map(([id, value]) => [id, { value, stderr: 0, n: 4 }]),
  );

/** Testbeds called BENCHMARK/NAME. */
function found(places: { readonly [name: string]: Place }) {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 1 });
  const made = Object.entries(places).flatMap(([setting, { benchmark = "bandit", start, runs }]) =>
    Object.entries(runs).flatMap(([method, seeds]) =>
      seeds.map((values, seed): RunRecord => ({
        ...records[0]!,
        benchmark,
        setting,
        method,
        seed,
        start: exact(start),
        curve: [],
        ...values === undefined
          ? { outcome: "diverged" as const, reason: "Loss is NaN", measures: {} }
          : { measures: exact(values) },
      }))
    )
  );
  const methods = [...new Set(made.map(({ method }) => method))];
  const all = testbeds({ ...plan, methods, cells: [] as never, seeds: [0] }, made, measures);
  return overall(all, methods, measures);
}
const of = (id: string) => (...values: (number | undefined)[]) =>
  values.map((value) => value === undefined ? undefined : { [id]: value });
const wins = of("win-rate");

Deno.test("a run's score is 0 at the start policy and 1 at the truth's best", () => {
  const all = found({
    // The best answer to every prompt has regret 0: 1 − 0.5 / 2. By win-rate it is only ranked.
    table: {
      start: { regret: 2, "win-rate": 0.5 },
      runs: { a: [{ regret: 0.5, "win-rate": 0.9 }] },
    },
    // The Nash policy has 0: 1 − 0.3 / 0.2, worse than the start policy.
    game: {
      benchmark: "game",
      start: { exploitability: 0.2, "win-rate": 0.5 },
      runs: { a: [{ exploitability: 0.3, "win-rate": 0.6 }] },
    },
    // The start policy implies no reward: even odds are 0, whatever it measured. (0.8 − 0.5) / 0.5.
    rows: { start: { "reward-accuracy": 0 }, runs: { a: [{ "reward-accuracy": 0.8 }] } },
  });
  assert.deepEqual(
    all.scales.map(({ testbed, measure, zero, one, best }) => [
      testbed.setting,
      measure.id,
      zero,
      one,
      best.exact,
    ]),
    [
      ["table", "regret", 2, 0, true],
      ["game", "exploitability", 0.2, 0, true],
      ["rows", "reward-accuracy", 0.5, 1, true],
    ],
  );
  // Of three scores, 0.75, −0.5 and 0.6, none is cut off.
  close(all.rows[0]!.iqm.value, (0.75 - 0.5 + 0.6) / 3);
  assert.equal(all.rows[0]!.iqm.interval, undefined);
});

Deno.test("where the truth's best is unknown 1 is the best mean of a method there, and it is named", () => {
  const all = found({
    text: {
      start: { "win-rate": 0.5 },
      // Means 0.7 and 0.6: gains of 0.2 and 0.1.
      runs: { a: wins(0.55, 0.65), b: wins(0.6, 0.8) },
    },
  });
  const [scale] = all.scales;
  assert.deepEqual(scale!.best, { exact: false, method: "b" });
  close(scale!.one, 0.7);
  assert.deepEqual(all.rows.map(({ method }) => method), ["b", "a"]);
  close(all.rows[0]!.iqm.value, 1);
  close(all.rows[1]!.iqm.value, 0.5);
});

Deno.test("figures are those of the stratified bootstrap, and ranks what disjoint intervals leave open", () => {
  const place = (shift: number): Place => ({
    start: { regret: 1 },
    runs: {
      a: of("regret")(0.1, 0.12, 0.14, 0.16, 0.18 + shift),
      b: of("regret")(0.11, 0.13, 0.15, 0.17, 0.16 + shift),
      c: of("regret")(0.8, 0.81, 0.82, 0.83, 0.84),
    },
  });
  const all = found({ one: place(0), two: place(0.05) });
  assert.deepEqual(all.rows.map(({ method, rank }) => [method, rank]), [
    ["a", { best: 1, worst: 2 }],
    ["b", { best: 1, worst: 2 }],
    ["c", { best: 3, worst: 3 }],
  ]);
  const random = rng("report").split("over testbeds");
  const stratum = (key: string, method: string, regrets: readonly number[]) =>
    stats.stratum(regrets.map((x) => 1 - x), 2000, random.split(key).split(method));
  const [a, b] = [
    [
      stratum("bandit/one", "a", [0.1, 0.12, 0.14, 0.16, 0.18]),
      stratum("bandit/two", "a", [0.1, 0.12, 0.14, 0.16, 0.23]),
    ],
    [
      stratum("bandit/one", "b", [0.11, 0.13, 0.15, 0.17, 0.16]),
      stratum("bandit/two", "b", [0.11, 0.13, 0.15, 0.17, 0.21]),
    ],
  ];
  const same = (one: stats.OverTestbeds, other: stats.OverTestbeds) => {
    close(one.value, other.value);
    close(one.interval!.low, other.interval!.low);
    close(one.interval!.high, other.interval!.high);
  };
  same(all.rows[0]!.iqm, stats.stratifiedIqm(a));
  same(all.improvement("a", "b")!, stats.stratifiedImprovement(a, b));
  assert.equal(all.improvement("a", "b")!.testbeds, 2);
  assert.equal(all.improvement("c", "a")!.value, 0);
});

Deno.test("a method that lacks a testbed comes last, has no rank, and is compared on those in common", () => {
  const all = found({
    one: {
      start: { regret: 1 },
      runs: { a: of("regret")(0.5, 0.6), b: of("regret")(0.4, 0.7), c: of("regret")(0.1, 0.2) },
    },
    two: { start: { regret: 1 }, runs: { a: of("regret")(0.9, 0.8), b: of("regret")(0.7, 0.6) } },
    three: { start: { regret: 1 }, runs: { a: of("regret")(0.9, 0.8), d: of("regret")(0.7, 0.6) } },
  });
  assert.deepEqual(all.rows.map(({ method, testbeds, rank }) => [method, testbeds, rank?.best]), [
    ["a", 3, 1],
    ["b", 2, undefined],
    ["c", 1, undefined],
    ["d", 1, undefined],
  ]);
  // On the first testbed c is always better; on its own d never met it.
  assert.deepEqual(
    [all.improvement("c", "a")!.value, all.improvement("c", "a")!.testbeds],
    [1, 1],
  );
  // (1/2 + 1) / 2: 0.4 beats both and 0.7 neither, then both beat both.
  close(all.improvement("b", "a")!.value, 0.75);
  assert.equal(all.improvement("c", "d"), undefined);
});

Deno.test("a run that diverged has no score and is counted", () => {
  const all = found({
    one: { start: { regret: 1 }, runs: { a: of("regret")(0.5, undefined, 0.7) } },
    two: { start: { regret: 1 }, runs: { a: of("regret")(0.5, 0.5, 0.5) } },
  });
  const [row] = all.rows;
  assert.deepEqual(row!.runs, { scored: 5, all: 6 });
  assert.deepEqual(row!.lost.map(({ seed, reason }) => [seed, reason]), [[1, "Loss is NaN"]]);
  // 0.3 and four times 0.5: the middle three of five.
  close(row!.iqm.value, 0.5);
});

Deno.test("a testbed without a scale is left out with its reason", () => {
  const all = found({
    fine: { start: { regret: 1 }, runs: { a: of("regret")(0.5), b: of("regret")(0.5) } },
    nobody: { start: { regret: 1 }, runs: { a: [undefined], b: [undefined] } },
    perfect: { start: { exploitability: 0 }, runs: { a: of("exploitability")(0.1) } },
    worse: { start: { "win-rate": 0.5 }, runs: { a: wins(0.4), b: wins(0.5) } },
    unknown: { start: {}, runs: { a: wins(0.6) } },
    odd: { start: { kl: 0 }, runs: { a: of("kl")(2) } },
  });
  assert.deepEqual(all.scales.map(({ testbed }) => testbed.setting), ["fine"]);
  assert.deepEqual(all.left.map(({ testbed, reason }) => [testbed.setting, reason]), [
    ["nobody", "Nobody finished here"],
    ["perfect", "The start policy's exploitability cannot be bettered"],
    ["worse", "No method is better than the start policy, and the best is unknown"],
    ["unknown", "The start policy's win-rate is not on record"],
    ["odd", "Nothing measured here is what testbeds are ranked by"],
  ]);
});
