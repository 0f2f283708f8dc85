import assert from "node:assert/strict";
import {
  type Benchmark,
  cardOf,
  cardsOf,
  type Claim,
  marginOf,
  type Measure,
  type Method,
  type RunRecord,
  seedAgreement,
  type Study,
  type Testbed,
  type VerdictRow,
  verdicts as schema,
} from "../core/mod.ts";
import { benchmarks, registry } from "../benchmarks/mod.ts";
import { methods } from "../methods/mod.ts";
import { studies } from "../studies/mod.ts";
import * as stats from "../stats/mod.ts";
import type { Choices, Topic } from "../lab/claims/arms.ts";
import { documentOf, rowsOf } from "../lab/claims/document.ts";
import { recordsOf } from "../lab/claims/found.ts";
import {
  type ClaimOptions,
  growthPlan,
  judgedPlan,
  likelyJudged,
  repeatPlan,
  searches,
  searchPlan,
} from "../lab/claims/plans.ts";
import {
  budgetOf,
  type ClaimRegistries,
  growth,
  repeats,
  searched,
  TRIALS,
  trials,
} from "../lab/claims/search.ts";
import { shardOfTopics } from "../lab/claims/shards.ts";
import { verdictRow } from "../lab/claims/verdicts.ts";
import { part } from "../lab/train/portion.ts";
import { plannedRuns } from "../lab/disk/records.ts";
import { variant, variantOf } from "../lab/suite/variant.ts";
import { claimsMarkdown, claimsPage } from "../reports/mod.ts";
import { swept } from "../reports/findings/claims.ts";
import { agreementText, setsText } from "../reports/text/claims.ts";
import { verdictText } from "../reports/text/terminal.ts";
import { hostileVerdicts, row, twice, usual, verdicts } from "./fixtures/verdicts.ts";

const near = (a: number | undefined, b: number, by = 1e-6) =>
  assert.ok(a !== undefined && Math.abs(a - b) < by, `${a} is not ${b}`);
const seeds = (values: readonly number[]) => values.map((x) => [x]);
const ask = (
  values: readonly number[],
  expect: Claim["expect"],
  margin: number,
  rivals = 1,
) => stats.judge(seeds(values), { expect, margin, sampled: false, rivals });

// EVALUATION.md's G14: mean −0.014, 95 % interval −0.03692121 to 0.00892121.
const ten = [.04, -.02, -.05, .01, -.03, 0, -.06, .02, -.01, -.04];

Deno.test("a claim is judged on Student's interval of paired differences", () => {
  const { value, interval } = ask(ten, "higher", 0.02);
  near(value, -0.014);
  near(interval?.low, -0.03692121);
  near(interval?.high, 0.00892121);
});

const cases: readonly [readonly number[], Claim["expect"], number, string][] = [
  [[1, 1.1, 0.9], "higher", 0.5, "confirmed"],
  [[1, 1.1, 0.9], "lower", 0.5, "refuted"],
  [[-1, -1.1, -0.9], "lower", 0.5, "confirmed"],
  // Above 0 for certain, however little it matters.
  [[0.01, 0.011, 0.009], "higher", 0.5, "confirmed"],
  // No gain of 0.01 or more is left.
  [ten, "higher", 0.01, "refuted"],
  [ten, "higher", 0.008, "undecided"],
  [ten, "higher", 0, "undecided"],
  [ten, "lower", 0.036, "undecided"],
  [ten, "lower", 0.037, "refuted"],
  // Two one-sided tests: the interval reaches −0.0369.
  [ten, "equal", 0.036, "undecided"],
  [ten, "equal", 0.037, "confirmed"],
  [[1, 1.1, 0.9], "equal", 0.7, "refuted"],
  [[1, 1.1, 0.9], "equal", 0.8, "undecided"],
  [[0, 0, 0], "higher", 0, "refuted"],
  [[0, 0, 0], "equal", 0.1, "confirmed"],
];
for (const [values, expect, margin, verdict] of cases) {
  Deno.test(`${values} is ${verdict} as ${expect} at a margin of ${margin}`, () => {
    assert.equal(ask(values, expect, margin).verdict, verdict);
  });
}

Deno.test("one seed decides nothing, and no margin is below 0", () => {
  assert.deepEqual(ask([3], "higher", 0.1), { verdict: "undecided", value: 3, seeds: 1 });
  assert.throws(() => ask([1, 2], "higher", -1), RangeError);
});

Deno.test("refuting a claim against one of several rivals takes a surer interval, confirming does not", () => {
  // t = −8.66 at 2 degrees of freedom: p = 0.0131, below 0.05 and above 0.05 / 9.
  const values = [-2, -3, -2.5];
  assert.equal(ask(values, "higher", 0, 1).verdict, "refuted");
  assert.equal(ask(values, "higher", 0, 9).verdict, "undecided");
  assert.equal(ask(values, "lower", 0, 9).verdict, "confirmed");
});

Deno.test("where answers are sampled, the wider of seeds and prompts counts", () => {
  const rows = [[1, 3, 5], [1.1, 3.1, 5.1]];
  const over = (sampled: boolean) =>
    stats.judge(rows, { expect: "higher", margin: 0, sampled }).over;
  assert.equal(over(false), "seeds");
  assert.equal(over(true), "prompts");
  const { interval } = stats.judge(rows, { expect: "higher", margin: 0, sampled: true });
  // Prompt means 1.05, 3.05, 5.05: mean 3.05, standard error 2/√3, t(0.975, 2) = 4.30265.
  near(interval!.high, 3.05 + 4.3026527 * 2 / Math.sqrt(3), 1e-5);
});

Deno.test("runs' own errors widen an interval", () => {
  const one = { expect: "higher", margin: 0, sampled: false } as const;
  const [bare, wide] = [0, 1].map((own) =>
    stats.judge(seeds([1, 2, 3]), { ...one, own }).interval!
  );
  near(bare!.high - 2, 4.3026527 / Math.sqrt(3), 1e-5);
  near(wide!.high - 2, Math.hypot(4.3026527 / Math.sqrt(3), 1.959964), 1e-5);
});

Deno.test("the seeds that would decide come from the power of the paired t-test", () => {
  // (t(.975, n−1) + t(.8, n−1)) / √n ≤ 2 first holds at 5: 3.717 / 2.236 against 4.160 / 2.
  assert.equal(stats.seedsToDecide(1, 2), 5);
  assert.equal(stats.seedsToDecide(1, 1e-6), undefined);
  assert.equal(ask([1, 2, 3], "higher", 0.1).needed, 5);
  assert.equal(ask([1, 1.1, 0.9], "higher", 0.1).needed, undefined);
});

Deno.test("margins are a measure's own, or a twentieth of the rival's value", () => {
  const of = (id: string, rival: number) => marginOf(cardOf(cardsOf(registry.measures), id), rival);
  assert.equal(of("win-rate", 0.9), 0.02);
  assert.equal(of("kl", -40), 2);
  assert.equal(of("toString", 1), 0.05);
});

Deno.test("a variant is named by what differs, and found again by its name", () => {
  const [one] = field.methods;
  assert.equal(variant(one!, { beta: 0.1 }), "one");
  assert.equal(variant(one!, { gamma: 2, beta: 0.3 }), "one[beta=0.3,gamma=2]");
  assert.equal(variant(one!, {}, { flops: 0.5, queries: 1 }), "one[@flops=0.5]");
  assert.throws(() => variant(one!, { delta: 1 }), /Cannot set delta of one/);
  const found = variantOf("one[beta=0.3,@flops=0.5]", field.methods);
  assert.deepEqual([found.id, found.hyper], ["one", { beta: 0.3, gamma: 1 }]);
  assert.equal(variantOf("two", field.methods), field.methods[1]);
  assert.throws(() => variantOf("one[delta=3]", field.methods), /has no delta = 3/);
  assert.throws(() => variantOf("eleven[beta=1]", field.methods), /Unknown method "eleven"/);
});

// An invented field: three methods on a cheap testbed and a costly one.

const claim = (more: Partial<Claim> = {}): Claim => ({
  text: "Is better",
  on: "cheap/plain",
  measure: "good",
  against: ["two"],
  expect: "higher",
  ...more,
});
const method = (id: string, more: object = {}): Method => ({
  id,
  paper: { title: id, year: 2024 },
  equation: "x",
  taxonomy: [],
  claim: claim(),
  hyper: { beta: 0.1, gamma: 1 },
  feedback: "pairs",
  loss: () => {
    throw new Error("Nothing is trained here");
  },
  ...more,
});
const one = method("one", { search: { beta: [0.1, 0.3], gamma: [1, 2, 3] } });
const two = method("two", { search: { beta: [0.05, 0.1, 1] }, claim: claim({ against: ["one"] }) });
const three = method("three", { claim: claim({ against: ["one", "two"] }) });
const still = method("still", {
  control: true,
  search: {},
  claim: claim({ untestable: "control" }),
});
const cards = ([["good", "higher"], ["bad", "lower"], ["drift", "neither"]] as const).map((
  [id, better],
): Measure => ({
  id,
  title: id,
  better,
  means: id,
  needs: ["answers"],
  margin: id === "bad" ? 0.5 : { share: 0.05 },
}));
const testbed = (id: string, flops: number): Benchmark => ({
  id,
  summary: id,
  family: "bandit",
  settings: { plain: { summary: "As it is.", offers: ["pairs"], with: null } },
  measures: cards,
  headline: "bad",
  budget: { flops, queries: 100 },
  open: () => Promise.reject(new Error("Nothing is opened here")),
});
const field: ClaimRegistries = {
  methods: [one, two, three],
  benchmarks: [testbed("cheap", 1e6), testbed("costly", 1e12)],
  measures: cardsOf(cards),
};
const asked = (...topics: ClaimOptions["topics"]): ClaimOptions => ({
  topics,
  seeds: [3, 4],
  command: "deno task claims",
  device: "cpu",
  versions: {},
  ran: { at: "", host: "" },
});

Deno.test("every method has as many search runs a testbed, its own hyperparameters first", () => {
  const cells = plannedRuns(searchPlan(asked(one, two, three), field)!);
  const runs = (id: string) =>
    cells.filter(({ method }) => variantOf(method, field.methods).id === id);
  // Of 18 points twelve at random; nine once, and three of them twice; three rates four times each.
  assert.deepEqual([runs("one").length, runs("two").length, runs("three").length], [12, 12, 12]);
  assert.equal(trials(one)[0]!.hyper.rate, 1);
  assert.ok(runs("one").some(({ method }) => method === "one"));
  assert.deepEqual(
    new Set(runs("three").map(({ seed }) => seed)),
    new Set([3000001, 3000002, 3000003, 3000004]),
  );
  assert.ok(cells.every(({ portion }) => portion === "validation"));
  assert.deepEqual(trials(one), trials(one));
  assert.throws(
    () => trials(method("x", { search: { beta: [1, 2] } })),
    /its beta is 0.1, which is not among 1,2/,
  );
  assert.deepEqual(
    trials(still),
    [{ hyper: {}, seed: 0 }].flatMap((trial) =>
      Array.from({ length: TRIALS.first }, (_, seed) => ({ ...trial, seed }))
    ),
  );
});

Deno.test("a search grows beyond the end where its best point lies, and looks again where none does", () => {
  const found = (hyper: { [name: string]: number }, value: number) => ({
    hyper,
    value,
    runs: 1,
    finished: 1,
  });
  const outcome = (points: ReturnType<typeof found>[]) => ({
    method: "one",
    on: "cheap/plain",
    measure: "good",
    better: "higher" as const,
    points,
    chosen: {},
    spent: { flops: 0, queries: 0 },
  });
  const at = (rate: number, beta: number, gamma: number) => ({ rate, beta, gamma });
  const grown = growth(one, outcome([found(at(3, 0.1, 2), 2), found(at(1, 0.3, 2), 1)]));
  assert.deepEqual(grown, [
    { hyper: at(9, 0.1, 2), seed: 0 },
    // A third of 0.1, as 0.3 lies beside it.
    { hyper: at(3, 0.0333, 2), seed: 0 },
    { hyper: at(3, 0.1, 2), seed: 1 },
    { hyper: at(1, 0.3, 2), seed: 1 },
  ]);
  const within = { ...one, within: { beta: [0.1, 1], rate: [0, 3] } } as Method;
  assert.deepEqual(
    growth(within, outcome([found(at(3, 0.1, 2), 2)])).map(({ seed }) => seed),
    [1, 2, 3, 4],
  );
  assert.deepEqual(growth(one, outcome([{ ...found(at(1, 0.1, 1), 1), finished: 0 }])), []);
  const records = trials(two).map(({ hyper }) =>
    record(variant(two, hyper), 3000001, { bad: hyper.beta === 1 ? 0 : 1 }, { hyper })
  );
  const cells = plannedRuns(growthPlan(asked(two), records, field)!);
  assert.ok(cells.some(({ method }) => variantOf(method, field.methods).hyper.beta === 10));
  assert.equal(cells.filter(({ method }) => method.startsWith("two")).length, TRIALS.growth);
});

Deno.test("the best points of a search run again, and one that was lucky once is not chosen", () => {
  const ran = (beta: number, seed: number, good: number) =>
    record(variant(one, { beta }), seed, { good }, { hyper: { ...one.hyper, beta } });
  const reading = { method: one, on: "cheap/plain", claimed: [] };
  const first = [ran(0.03, 1, 0.9), ran(0.1, 1, 0.7), ran(0.3, 1, 0.8), ran(0.3, 2, 0.8)];
  const found = searched(reading, first, field);
  assert.deepEqual(repeats(found).map(({ hyper, seed }) => [hyper.beta, seed]), [
    [0.03, 1],
    [0.3, 2],
    [0.1, 1],
  ]);
  assert.deepEqual(repeats({ ...found, points: found.points.slice(0, 1) }).map((t) => t.seed), [
    1,
    2,
    3,
  ]);
  const again = [...first, ran(0.03, 2, 0.1), ran(0.3, 3, 0.8), ran(0.1, 2, 0.7)];
  assert.equal(searched(reading, again, field).chosen.beta, 0.3);
  // Even one better than all that ran twice: it has not shown it.
  assert.equal(searched(reading, [...again, ran(1, 1, 0.99)], field).chosen.beta, 0.3);
  const cells = plannedRuns(repeatPlan(asked(one), first, field)!);
  assert.equal(cells.filter(({ method }) => method.startsWith("one")).length, TRIALS.repeat);
});

Deno.test("machines share claims: each once, those of a testbed together unless they are too many", () => {
  const whole: ClaimRegistries = { methods, benchmarks, measures: new Map() };
  const all: Topic[] = [...methods.filter(({ control }) => !control), ...studies];
  const shards = (of: number) =>
    Array.from({ length: of }, (_, i) => shardOfTopics(all, { index: i + 1, of }, 5, whole));
  for (const count of [1, 2, 3, 8]) {
    const ids = shards(count).flat().map(({ id }) => id);
    assert.deepEqual(ids.toSorted(), all.map(({ id }) => id).toSorted());
  }
  const runs = shards(4).map((topics) => plannedRuns(searchPlan({ ...asked(), topics }, whole)!));
  const seconds = runs.map((some) =>
    some.reduce((sum, run) => sum + 1 + run.budget.flops / 1e10, 0)
  );
  assert.ok(Math.min(...seconds) > 0.75 * Math.max(...seconds), `${seconds}`);
  // Shared searches are done once, but for the testbed that is more than a machine's share.
  const once = plannedRuns(searchPlan({ ...asked(), topics: all }, whole)!).length;
  assert.ok(runs.flat().length < 1.1 * once, `${runs.flat().length} of ${once}`);
  assert.deepEqual(shardOfTopics(all.slice(0, 1), { index: 2, of: 2 }, 5, whole), []);
});

Deno.test("a costly testbed gets two fifths of its operations and all its labels", () => {
  assert.deepEqual(budgetOf("costly/plain", field), { flops: 4e11, queries: 100 });
  assert.deepEqual(budgetOf("cheap/plain", field), { flops: 1e6, queries: 100 });
  assert.deepEqual(budgetOf("cheap/plain", field, { queries: 0.5 }), { flops: 1e6, queries: 50 });
});

/** A record in which each measure has these values. */
const record = (
  method: string,
  seed: number,
  values: { [measure: string]: number | number[] },
  more: Partial<RunRecord> = {},
): RunRecord => {
  const measures = Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      Array.isArray(value)
        ? { value: stats.mean(value), stderr: 0.1, n: value.length, each: value }
        : { value, stderr: 0, n: 1 },
    ]),
  );
  return {
    schema: 1,
    method,
    benchmark: "cheap",
    setting: "plain",
    seed,
    hyper: {},
    budget: { flops: 1, queries: 1 },
    spent: {
      flops: 10,
      queries: 2,
      by: { training: 10, reference: 0, sampling: 0, "reward model": 0 },
    },
    outcome: "ok",
    steps: 1,
    start: measures,
    measures,
    absent: {},
    curve: [],
    truth: {},
    samples: [],
    ran: { at: "", seconds: 0, commit: "", host: "" },
    ...more,
  };
};

Deno.test("a search takes the best mean, by the headline, of the points whose runs all finished", () => {
  const beta = (value: number) => ({ hyper: { ...two.hyper, beta: value } });
  const records = [
    record("two", 1, { good: 1, bad: 1 }, beta(0.1)),
    record("two", 2, { good: 3, bad: 3 }, beta(0.1)),
    record("two[beta=0.05]", 1, { good: 99, bad: 2.2 }, beta(0.05)),
    record("two[beta=0.05]", 2, { good: 99, bad: 2.2 }, beta(0.05)),
    record("two[beta=1]", 1, { good: 99, bad: -99 }, beta(1)),
    record("two[beta=1]", 2, {}, { outcome: "diverged", measures: {}, ...beta(1) }),
    record("two[beta=10]", 1, { good: 0, bad: 2.1 }, beta(10)),
  ];
  const found = searched({ method: two, on: "cheap/plain", claimed: [] }, records, field);
  // The claim is about `good`; what the testbed is ranked by is `bad`, and less of it is better.
  assert.deepEqual([found.measure, found.better, found.chosen.beta], ["bad", "lower", 0.1]);
  assert.deepEqual(found.spent, { flops: 70, queries: 14 });
  // What a claim is about stands beside what the search went by, once.
  const asked = searched(
    { method: two, on: "cheap/plain", claimed: ["good", "bad"] },
    records,
    field,
  );
  assert.deepEqual(asked.points.map(({ claimed }) => claimed), [
    { good: 2 },
    { good: 99 },
    { good: 99 },
    { good: 0 },
  ]);
  assert.ok(found.points.every(({ claimed }) => claimed === undefined));
  // Points that the growth added are named by what they changed.
  assert.deepEqual(found.points.at(-1)!.hyper, { beta: 10 });
  const better = records.map((record) =>
    record.method === "two[beta=10]" ? { ...record, measures: records[1]!.measures } : record
  );
  assert.equal(
    searched({ method: two, on: "cheap/plain", claimed: [] }, better, field).chosen.beta,
    0.1,
  );
});

const field4: ClaimRegistries = { ...field, methods: [one, two, three, still] };

Deno.test("runs are shared between claims, controls among them, on prompts and seeds of their own", () => {
  const records = plannedRuns(searchPlan(asked(one, two), field4)!).map((cell) =>
    record(
      cell.method,
      cell.seed,
      { bad: cell.method === "one[beta=0.3,gamma=2]" ? 0 : 1 },
      { hyper: variantOf(cell.method, field.methods).hyper },
    )
  );
  const { search, choices } = searches([one, two], records, field4);
  assert.deepEqual(search.map(({ method }) => method), ["one", "two"]);
  const cells = plannedRuns(judgedPlan(asked(one, two), choices, field4)!);
  const chosen = (id: string) =>
    variant(
      field.methods.find((method) => method.id === id)!,
      search.find(({ method }) => method === id)!.chosen,
    );
  const runs = [chosen("one"), chosen("two"), "still"];
  assert.deepEqual(
    cells.map(({ method, seed }) => `${method} ${seed}`).toSorted(),
    runs.flatMap((run) => [`${run} 3`, `${run} 4`]).toSorted(),
  );
  assert.ok(cells.every(({ portion }) => portion === "judged"));
  assert.equal(likelyJudged(asked(one, two), field4), 6);
});

Deno.test("a method at other rates than its tuned one stands in for all but itself", () => {
  const dpo = method("dpo", { search: {}, detuned: [0.5, 3] });
  const registries = { ...field, methods: [one, two, dpo] };
  const choices: Choices = new Map([["dpo cheap/plain", { rate: 3 }]]);
  const names = (topic: Topic) =>
    plannedRuns(judgedPlan(asked(topic), choices, registries)!).map(({ method }) => method);
  assert.deepEqual(new Set(names(one)), new Set(["one", "two", "dpo[rate=1.5]", "dpo[rate=9]"]));
  assert.deepEqual(new Set(names(dpo)), new Set(["dpo[rate=3]", "two"]));
});

const judged = (
  topic: Method | Study,
  records: readonly RunRecord[],
  registries: ClaimRegistries = field,
) => {
  const found = recordsOf(records, registries);
  const row = verdictRow(topic, { choices: new Map(), found, registries, records }, "again");
  // What is written must be read again.
  schema.shape.rows.parse([row]);
  return row;
};

Deno.test("a claim against several rivals needs them all, and shows the weakest", () => {
  const runs = (good: readonly number[]) =>
    good.flatMap((x, k) =>
      [1, 2, 3].map((seed) => record(["one", "two", "three"][k]!, seed, { good: x + seed / 100 }))
    );
  const above = judged(three, runs([1, 2, 3]));
  assert.equal(above.verdict, "confirmed");
  near(above.effect?.value, 1);
  assert.deepEqual(above.rivals.map(({ method, verdict }) => [method, verdict]), [
    ["one", "confirmed"],
    ["two", "confirmed"],
  ]);
  const between = judged(three, runs([1, 3, 2]));
  assert.equal(between.verdict, "refuted");
  near(between.effect?.value, -1);
});

Deno.test("differences are paired by seed, and taken over prompts where answers are sampled", () => {
  // Paired by seed the difference is 1 exactly; unpaired the seeds spread by tens.
  const row = judged(
    one,
    [1, 2, 3].flatMap((seed) => [
      record("one", seed, { good: 10 * seed + 1 }),
      record("two", seed, { good: 10 * seed }),
    ]).concat(record("two", 9, { good: 1e6 })),
  );
  assert.deepEqual([row.effect!.value, row.effect!.low, row.effect!.seeds], [1, 1, 3]);
  const each = judged(
    one,
    [1, 2, 3].flatMap((seed) => [
      record("one", seed, { good: [1, 5, 9] }),
      record("two", seed, { good: [0, 0, 0] }),
    ]),
  );
  assert.deepEqual([each.verdict, each.effect!.over], ["undecided", "prompts"]);
});

/** Four seeds of a run in which measures are these, and a little more at each seed. */
const four = (method: string, values: { [measure: string]: number }) =>
  [1, 2, 3, 4].map((seed) =>
    record(
      method,
      seed,
      Object.fromEntries(Object.entries(values).map(([id, x]) => [id, x + seed / 1000])),
    )
  );
const drifts = method("one", { claim: claim({ measure: "drift", expect: "lower" }) });

Deno.test("who does nothing has the least drift, and confirms no claim by it", () => {
  const guarded = (good: number) =>
    judged(drifts, [...four("one", { drift: 0, bad: good }), ...four("two", { drift: 9, bad: 1 })]);
  const kept = guarded(1.2);
  assert.deepEqual([kept.verdict, kept.guard?.measure, kept.guard?.verdict], [
    "confirmed",
    "bad",
    "confirmed",
  ]);
  const lost = guarded(3);
  assert.deepEqual([lost.verdict, lost.guard?.verdict], ["refuted", "refuted"]);
  assert.equal(lost.reason, "Bought with bad: that is worse by more than its margin");
  // As of a plan, whose cards do not say what a measure needs.
  const bare = {
    ...field,
    measures: new Map([...field.measures].map(([id, { needs: _, ...card }]) => [id, card])),
  };
  const told = [...four("one", { good: 2, bad: 9 }), ...four("two", { good: 1, bad: 1 })];
  assert.equal(judged(one, told, bare).guard, undefined);
  // Its own truth about answers needs no guard, and a claim may say that there is nothing to lose.
  assert.equal(
    judged(one, [...four("one", { good: 2, bad: 9 }), ...four("two", { good: 1, bad: 1 })]).guard,
    undefined,
  );
  const free = method("one", { claim: { ...drifts.claim, guard: "none" } });
  const nothing = judged(free, [
    ...four("one", { drift: 0, bad: 9 }),
    ...four("two", { drift: 9, bad: 1 }),
  ]);
  assert.deepEqual([nothing.verdict, nothing.guard], ["confirmed", undefined]);
});

Deno.test("a claim that a control passes is not informative, and says which", () => {
  const runs = (control: number, ours: number) => [
    ...four("one", { good: ours }),
    ...four("two", { good: 1 }),
    ...four("still", { good: control }),
  ];
  const passed = judged(one, runs(2, 3), field4);
  assert.deepEqual([passed.verdict, passed.reason], [
    "not informative",
    "It holds in place of the method for still, too",
  ]);
  near(passed.effect?.value, 2);
  assert.equal(judged(one, runs(0.5, 3), field4).verdict, "confirmed");
  // What does not hold is refuted whatever a control does.
  assert.equal(judged(one, runs(2, 0), field4).verdict, "refuted");
  const unfit = [
    ...runs(2, 3).slice(0, 8),
    record("still", 1, {}, { outcome: "unsupported", reason: "No teacher", measures: {} }),
  ];
  assert.deepEqual(judged(one, unfit, field4).controls, []);
});

Deno.test("a trade-off is compared where the other measure is equal, along what both sides reached", () => {
  const curve = (points: readonly (readonly [number, number])[]) =>
    points.map(([good, drift], i) => ({
      progress: i / (points.length - 1),
      flops: i,
      queries: 0,
      steps: i,
      measures: {
        good: { value: good, stderr: 0, n: 1 },
        drift: { value: drift, stderr: 0, n: 1 },
      },
    }));
  const at = { measure: "drift", over: { one: { beta: [0.1, 0.3] }, two: {} } };
  const trade = method("one", { claim: claim({ measure: "good", at }) });
  const side = (name: string, more: number, ends: number) =>
    [1, 2, 3].map((seed) =>
      record(name, seed, { good: 0, drift: 0 }, {
        curve: curve([[0, 0], [ends / 2 + more + seed / 1000, ends / 2], [ends + more, ends]]),
      })
    );
  // At equal drift `one` has 1 more from the first point on, however far each of them goes.
  const row = judged(trade, [
    ...side("one", 1, 2),
    ...side("one[beta=0.3]", 1, 4),
    ...side("two", 0, 8),
  ]);
  assert.deepEqual([row.verdict, row.at], ["confirmed", "drift"]);
  assert.ok(row.effect!.value > 0.5 && row.effect!.value < 1.01, `${row.effect!.value}`);
  assert.equal(row.arms.filter(({ from }) => from === "frontier").length, 3);
  const apart = [1, 2, 3].flatMap((seed) => [
    record("one", seed, {}, { curve: curve([[0, 0], [1, 1]]) }),
    record("one[beta=0.3]", seed, {}, { curve: curve([[0, 0], [1, 1]]) }),
    record("two", seed, {}, { curve: curve([[5, 5], [6, 6]]) }),
  ]);
  assert.deepEqual(judged(trade, apart).reason, "Nowhere do both sides reach the same drift");
});

Deno.test("a row tells what chance would confirm, and the share of the way to the best", () => {
  const row = judged(
    one,
    [...four("one", { good: 3 }), ...four("two", { good: 2 })].map((record) => ({
      ...record,
      start: { good: { value: 1, stderr: 0, n: 1 } },
    })),
  );
  // From 1 to 3.0025, and 1 of it: of the sixteen ways to turn four seeds only one is all above.
  near(row.share, 1 / 2.0025);
  near(row.byChance, 1 / 16);
  assert.ok(row.effect!.p! < 0.001);
});

Deno.test("a second look is surer than the first, and says that it is one", () => {
  const records = [...four("one", { good: 3 }), ...four("two", { good: 2 })].map((record, i) => ({
    ...record,
    measures: { good: { value: record.measures.good!.value + (i % 3) / 10, stderr: 0, n: 1 } },
  }));
  const rows = (looks: number) => rowsOf(asked(one), new Map(), records, field, looks)[0]!;
  assert.equal(rows(1).looks, undefined);
  assert.equal(rows(2).looks, 2);
  assert.ok(rows(2).effect!.low! < rows(1).effect!.low!);
});

Deno.test("the second set keeps its guard, its controls and its searches, and the page shows them", async () => {
  const set = (seeds: readonly number[]) => ({
    seeds,
    plan: undefined,
    search: usual().search,
    rows: usual().rows,
    registries: field,
  });
  const all = documentOf(asked(one), set([1]), set([6]));
  const { guard, controls } = usual().rows[5]!;
  assert.deepEqual(all.rows[5]!.second!.guard, guard);
  assert.deepEqual(all.rows[5]!.second!.controls, controls);
  assert.deepEqual(all.secondSearch, usual().search);
  assert.equal(all.secondTrials, undefined);
  const older = { ...set([6]), trials: { first: 12, growth: 4, repeat: 0 } };
  assert.match(
    setsText(documentOf(asked(one), set([1]), older)),
    /searches of its own, of 16 runs each where those of the first have 19\. /,
  );
  const page = await claimsPage({
    ...all,
    rows: all.rows.map((row) => ({ ...row, looks: 2, further: [11, 12] })),
  });
  const text = page.replace(/<[^>]*>/g, "").replace(/\s+/g, " ");
  assert.match(text, /idle in its place: confirmed.*second set: idle in its place: confirmed/);
  assert.match(text, /second set: win-rate meanwhile/);
  assert.match(text, /Every point of the second set's searches/);
  assert.match(text, /its second look saw seeds 11–12, too/);
  assert.match(page, /title="97\.5 % interval/);
});

Deno.test("a second set may lack claims, or have had them in other words: these stand on one alone", () => {
  const { search, rows } = usual();
  const set = { seeds: [1], plan: undefined, search, rows, registries: field };
  const [kept, reworded, ...left] = rows;
  const later = {
    seeds: [6],
    search,
    rows: [kept!, { ...reworded!, measure: "another" }, ...left.slice(1)],
  };
  const all = documentOf(asked(one), set, later);
  const lacks = all.rows.flatMap(({ id, second }) => second ? [] : [id]);
  assert.deepEqual(lacks, [reworded!.id, left[0]!.id]);
  assert.match(claimsMarkdown(all), /2 claims stood on the first set alone so far\./);
  // However many of them there are to name.
  const many = Array.from({ length: 99 }, (_, i) => ({
    ...all.rows[0]!,
    id: `claim-${i}`,
    verdict: "confirmed" as const,
    second: { ...all.rows[0]!.second!, verdict: "refuted" as const },
  }));
  const page = claimsMarkdown({ ...all, rows: [...all.rows, ...many] });
  assert.match(page, /claim-98.*so far\./);
  assert.doesNotMatch(claimsMarkdown(documentOf(asked(one), set, { ...later, rows })), /so far/);
});

Deno.test("what cannot be measured says why, and what failed is undecided", () => {
  const ok = [1, 2].map((seed) => record("one", seed, { good: 1 }));
  const rival = (more: Partial<RunRecord>) => [
    ...ok,
    ...[1, 2].map((seed) => record("two", seed, {}, { measures: {}, ...more })),
  ];
  const absent = judged(one, rival({ absent: { good: "Nobody knows it" } }));
  assert.deepEqual([absent.verdict, absent.reason], [
    "untestable",
    "two on cheap/plain has no good: Nobody knows it",
  ]);
  const lost = judged(one, rival({ outcome: "diverged", reason: "Loss is NaN" }));
  assert.deepEqual([lost.verdict, lost.reason], ["undecided", "two: diverged: Loss is NaN"]);
  const unfit = judged(one, rival({ outcome: "unsupported", reason: "No lists" }));
  assert.equal(unfit.verdict, "untestable");
  const card = judged(method("x", { claim: claim({ untestable: "Needs pictures" }) }), []);
  assert.deepEqual([card.verdict, card.reason, card.arms], ["untestable", "Needs pictures", []]);
});

const compares: Study = {
  id: "compares",
  paper: { title: "It compares", year: 2024 },
  taxonomy: [],
  title: "late less early",
  claim: { text: "Later is better", expect: "higher" },
  arms: {
    late: { method: "one", on: "cheap/plain", hyper: { beta: 1 } },
    early: { method: "two", on: "cheap/plain" },
  },
  effect: (of) => of("late", "good") - of("early", "good", 0.5) - of("early", "good", 0),
};

Deno.test("a study's effect is computed seed by seed from its arms, and on their way", () => {
  const at = (progress: number, good: number) => ({
    progress,
    flops: 1,
    queries: 1,
    steps: 1,
    measures: { good: { value: good, stderr: 0, n: 1 } },
  });
  const records = [1, 2, 3].flatMap((seed) => [
    record("one[beta=1]", seed, { good: 10 + seed / 10 }),
    record("two", seed, { good: 1 }, { curve: [at(0, 7), at(0.45, 3), at(0.75, 5)] }),
  ]);
  const row = judged(compares, records);
  // 10.1 − 3 − 1, 10.2 − 3 − 1, 10.3 − 3 − 1.
  near(row.effect?.value, 6.2);
  assert.equal(row.verdict, "confirmed");
  assert.deepEqual(row.arms.map(({ name, hyper }) => [name, hyper]), [
    ["late", { rate: 1, beta: 1, gamma: 1 }],
    ["early", { rate: 1, beta: 0.1, gamma: 1 }],
  ]);
  const far = judged({ ...compares, effect: (of) => of("early", "good", 0.2) }, records);
  assert.equal(far.reason, "two on cheap/plain was not measured near 0.2 of its budget");
  const odd = judged({ ...compares, effect: () => NaN }, records);
  assert.match(odd.reason!, /^Its effect is NaN at seed 1/);
  assert.throws(
    () =>
      judged({
        ...compares,
        effect: () => {
          throw new TypeError("A mistake");
        },
      }, records),
    TypeError,
  );
});

Deno.test("portions of the test prompts are disjoint and make up the whole, but for tables", () => {
  const prompts = (ids: readonly string[]) => ids.map((id) => ({ id, tokens: [0] }));
  const made = (test: readonly string[]): Testbed =>
    ({
      prompts: (split: "train" | "test") => prompts(split === "test" ? test : ["t1", "t2"]),
      heldOut: () =>
        prompts(test).map((prompt) => {
          const y = { prompt, tokens: [0], length: 1 };
          return { chosen: y, rejected: y, strength: 1 };
        }),
    }) as unknown as Testbed;
  const apart = made(["a", "b", "c", "d"]);
  const ids = (testbed: Testbed) => testbed.prompts("test").map(({ id }) => id);
  assert.deepEqual(ids(part(apart, "validation")), ["c"]);
  assert.deepEqual(ids(part(apart, "judged")), ["a", "b", "d"]);
  assert.deepEqual(part(apart, "judged").heldOut().map(({ chosen }) => chosen.prompt.id), [
    "a",
    "b",
    "d",
  ]);
  // Evaluators know comparisons by identity.
  const once = part(apart, "judged");
  assert.equal(once.heldOut(), once.heldOut());
  assert.equal(part(apart, undefined), apart);
  const table = made(["t1", "t2"]);
  assert.equal(part(table, "validation"), table);
});

Deno.test("the page has every claim, its filters and the same bytes each time, and escapes what it is given", async () => {
  const page = await claimsPage(usual());
  assert.equal(await claimsPage(usual()), page);
  assert.equal(page.match(/<tr data-verdict=/g)?.length, 6);
  assert.match(
    page,
    /Of 6 claims: 2 confirmed, 1 refuted, 1 undecided, 1 not informative and 1 not testable at this size\./,
  );
  assert.match(page, /It holds in place of the method for idle, too/);
  assert.match(page, /23 % of the way from start to best/);
  assert.match(page, /kl lower than that of dpo on text\/clean, with no worse win-rate/);
  assert.doesNotMatch(page, /Second set of seeds/);
  assert.match(await claimsPage(twice()), /Second set of seeds/);
  assert.match(page, /37 seeds would decide it/);
  assert.match(page, /Needs pictures, and nothing here has any/);
  assert.match(page, /deno task claims --methods alpha --seeds 5 --first-seed 1/);
  assert.match(page, /beta 0\.3: no run finished/);
  // What its own cards call a measure stands, whatever this version calls it.
  const measures = { "win-rate": { title: "victories", better: "higher", means: "x", margin: 1 } };
  const renamed = { ...usual(), measures: schema.shape.measures.parse(measures)! };
  assert.match(await claimsPage(renamed), /victories higher than that of dpo/);
  assert.match(verdictText(renamed), /victories higher than that of dpo/);
  const hostile = await claimsPage(hostileVerdicts());
  assert.doesNotMatch(hostile, /<script>globalThis|<img/);
  assert.match(
    await claimsPage({ ...usual(), rows: [], search: [] }),
    /No claim was put to the test/,
  );
});

Deno.test("a terminal gets a line a claim and the counts", () => {
  const text = verdictText(usual()).replaceAll("\u00a0", " ");
  assert.match(
    text,
    /^alpha +confirmed +0\.100 ± 0\.040 +win-rate higher than that of dpo on text\/clean$/m,
  );
  assert.match(text, /^delta +not testable at this size +Needs pictures/m);
  assert.match(
    text,
    /2 confirmed, 1 refuted, 1 undecided, 1 not informative and 1 not testable at this size\n$/,
  );
});

Deno.test("Markdown has a line a claim, both sets, and stays a table whatever names are", () => {
  const text = claimsMarkdown(twice());
  assert.match(text, /^\| `alpha` \| .* \| confirmed \| .* \| confirmed \| .* \|$/m);
  assert.match(
    text,
    /Of 3 claims decided by both: 3 alike, 0 otherwise; decided by one alone: 1 .*confirmed there too/,
  );
  assert.match(text, /^- `zeta`: It holds in place of the method for idle, too$/m);
  const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
  const lines = claimsMarkdown(hostileVerdicts()).split("\n").filter((line) =>
    line.startsWith("|")
  );
  assert.equal(new Set(lines.map(cells)).size, 1);
  // Outside of code nothing begins a tag.
  const prose = claimsMarkdown(hostileVerdicts()).replace(/`[^`\n]*`/g, "");
  assert.doesNotMatch(prose, /^<|[^\\]</m);
});

Deno.test("a refuted claim says how far its search came, and whether other hyperparameters would have done", () => {
  const found = (method: string, values: readonly (number | undefined)[]) => ({
    ...usual().search[0]!,
    method,
    points: values.map((value, i) => ({
      hyper: { beta: 0.1 * (i + 1) },
      ...value === undefined ? {} : { value },
      finished: value === undefined ? 0 : 1,
      runs: 1,
    })),
    chosen: { beta: 0.2 },
  });
  const said = (own: readonly (number | undefined)[], more: Partial<VerdictRow> = {}) => {
    const all = {
      ...verdicts([row("beta", "refuted", more)]),
      search: [found("beta", own), found("dpo", [0.5, 0.75])],
    };
    return { text: claimsMarkdown(all), found: swept(all.rows[0]!, all) };
  };
  const short = said([0.5, 0.625, undefined]);
  assert.deepEqual(short.found, [{
    rival: "dpo",
    measure: "win-rate",
    best: 0.625,
    rivalsBest: 0.75,
    points: 2,
    reaching: 0,
    ends: [],
  }]);
  assert.match(
    short.text,
    /^- `beta`: by win-rate the best of its 2 searched points has 0\.625 and that of dpo 0\.75, which none of its points reach$/m,
  );
  // The last that was tried is best, and two do as well as the rival.
  const far = said([0.75, 0.875]);
  assert.match(far.text, /0\.75, which 2 of its points reach; its best lies at the end of beta$/m);
  const lower = {
    ...verdicts([row("beta", "refuted", { expect: "lower" })]),
    search: [found("beta", [0.5, 0.8]), found("dpo", [0.6, 0.7])].map((one) => ({
      ...one,
      better: "lower" as const,
    })),
  };
  assert.deepEqual(swept(lower.rows[0]!, lower).map(({ best, reaching }) => [best, reaching]), [
    [0.5, 1],
  ]);
  // What a search did not go by is read where its runs measured it, and of no end is it then told.
  const rewards = { beta: [0.75, 0.5, 0.25], dpo: [0.875, 0.625, 0.125] };
  const rewarded = {
    ...verdicts([row("beta", "refuted", { measure: "reward" })]),
    search: (["beta", "dpo"] as const).map((method) => {
      const one = found(method, [0.5, 0.6, 0.7]);
      const points = one.points.map((point, i) => ({
        ...point,
        claimed: { reward: rewards[method][i]! },
      }));
      return { ...one, points };
    }),
  };
  assert.deepEqual(
    swept(rewarded.rows[0]!, rewarded).map((one) => [
      one.measure,
      one.best,
      one.rivalsBest,
      one.reaching,
      one.ends,
    ]),
    [["reward", 0.75, 0.875, 0, []]],
  );
  // Searches say nothing of what was not measured, of the other way, and of neither.
  for (const more of [{ measure: "reward" }, { expect: "lower" }, { expect: "equal" }] as const) {
    assert.deepEqual(said([0.5], more).found, []);
  }
  // Along frontiers the choice of a search is not compared.
  assert.deepEqual(said([0.5], { at: "kl" }).found, []);
  assert.doesNotMatch(said([0.5], { at: "kl" }).text, /searches say/);
});

Deno.test("two sets of seeds agree, contradict each other, or leave open what the other decided", () => {
  const first = verdicts([
    row("a", "confirmed"),
    row("b", "confirmed"),
    row("c", "refuted"),
    row("d", "undecided"),
    row("e", "undecided"),
    row("f", "untestable"),
    row("g", "confirmed"),
  ]);
  const second = verdicts([
    row("a", "confirmed"),
    row("b", "refuted"),
    row("c", "undecided"),
    row("d", "refuted"),
    row("e", "undecided"),
    row("f", "untestable"),
  ]);
  const found = seedAgreement(first, second);
  assert.deepEqual(found, { decided: 4, agree: 1, contradict: ["b"], open: ["c", "d"] });
  assert.equal(
    agreementText(found),
    "Of 2 claims decided by both: 1 alike, 1 otherwise (b); decided by one alone: 2 (c, d)",
  );
});
