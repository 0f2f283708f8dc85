import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import {
  type GatedRun,
  type GateReport,
  judgeRows,
  levelsAt,
  overall,
  pairJudgements,
  pairRuns,
  type RunsOptions,
} from "../gate/mod.ts";
import * as stats from "../stats/mod.ts";
import { gates, type Invented, invented, judged, options } from "./fixtures/gate.ts";

const at = { alpha: 0.05, sampled: false, rng: rng("test") };
const close = (x: number | undefined, y: number, tolerance = 1e-6) =>
  assert.ok(x !== undefined && Math.abs(x - y) <= tolerance, `found ${x}, expected ${y}`);

Deno.test("golden G14: ten paired differences are non-inferior at 0.035 and inconclusive at 0.03", () => {
  const d = [.04, -.02, -.05, .01, -.03, 0, -.06, .02, -.01, -.04];
  const rows = { baseline: d.map(() => [0]), candidate: d.map((x) => [x]) };
  const found = stats.nonInferiority(rows, { ...at, better: "higher", margin: 0.035 });
  close(found.difference, -0.014);
  close(found.stderr, 0.01013246);
  close(found.low, -0.03257394);
  const rule = { better: "higher" as const, alpha: 0.05 };
  assert.equal(stats.gate(found, { ...rule, margin: 0.035 }, found.p), "pass");
  assert.equal(stats.gate(found, { ...rule, margin: 0.03 }, found.p), "inconclusive");
  // An equality gate would pass it: the two-sided interval holds 0.
  const two = stats.pairedT(d);
  assert.ok(two.low < 0 && two.high > 0);
});

Deno.test("a loss is one where lower is better too, and fails beyond the margin alone", () => {
  const rows = (by: number) => ({
    baseline: [[1], [2], [3], [4]],
    candidate: [[1 + by], [2.001 + by], [3 + by], [4.001 + by]],
  });
  const state = (by: number, better: "higher" | "lower", margin: number) => {
    const found = stats.nonInferiority(rows(by), { ...at, better, margin });
    return stats.gate(found, { better, margin }, found.p);
  };
  assert.equal(state(0.1, "lower", 0.05), "fail");
  assert.equal(state(0.1, "lower", 0.2), "pass");
  assert.equal(state(0.1, "higher", 0.05), "pass");
  assert.equal(state(-0.1, "higher", 0.05), "fail");
  // Told from none, but within the margin: neither bound nor estimate is beyond it.
  assert.equal(state(-0.1, "higher", 0.101), "pass");
});

Deno.test("seeds needed and detectable loss agree with their formulas at four seeds", () => {
  const rows = { baseline: [[0], [0], [0], [0]], candidate: [[1], [-1], [1], [-1]] };
  const found = stats.nonInferiority(rows, { ...at, better: "higher", margin: 1 });
  const se = Math.sqrt(4 / 3) / 2;
  const t = (q: number, df: number) => stats.tQuantile(q, df);
  close(found.detectable, (t(0.95, 3) + t(0.8, 3)) * se);
  const n = found.needed!;
  const reach = (k: number) => (t(0.95, k - 1) + t(0.8, k - 1)) * Math.sqrt(4 / 3) / Math.sqrt(k);
  assert.ok(reach(n) <= 1 && reach(n - 1) > 1, `${n} seeds`);
});

Deno.test("a margin of nothing, or none at all, is refused", () => {
  for (const margin of [0, -1, NaN]) {
    assert.throws(
      () =>
        stats.nonInferiority({ baseline: [[1], [2]], candidate: [[1], [2]] }, {
          ...at,
          better: "higher",
          margin,
        }),
      /^RangeError: Cannot test against a margin of/,
    );
  }
});

const noise = (label: string) => {
  const stream = new Map<string, number>();
  return (...path: (string | number)[]) => {
    const key = JSON.stringify(path);
    const found = stream.get(key) ?? rng(`${label} ${key}`).normal();
    stream.set(key, found);
    return found;
  };
};

function gated(
  baseline: GatedRun | readonly GatedRun[],
  candidate: GatedRun,
  more: Partial<RunsOptions> = {},
): Pick<GateReport, "state" | "rows" | "checks" | "notes"> {
  const befores = [baseline].flat() as readonly GatedRun[];
  const { checks, pairs, notes } = pairRuns(befores, candidate, options(more));
  const rows = judgeRows(pairs, rng("gate"));
  return { state: overall(rows, checks), rows, checks: [...checks], notes: [...notes] };
}

/**
 * 200 pairs of suites whose training was perturbed: at every seed each side's policy is another, by
 * noise of its own (standard deviation `seed`), and answers some prompts otherwise (`cell`). One
 * method of the candidate loses `drop` in truth.
 */
function simulated(
  label: string,
  { drop, methods = ["a", "b", "c", "d", "e", "f"], seeds = 8, prompts, seed = 0.01, cell = 0 }: {
    drop: number;
    methods?: readonly string[];
    seeds?: number;
    prompts: number;
    seed?: number;
    cell?: number;
  },
): Record<GateReport["state"], number> {
  const counts = { pass: 0, fail: 0, inconclusive: 0, incomparable: 0 };
  for (let pair = 0; pair < 200; pair++) {
    const z = noise(`${label} ${pair}`);
    const of = (side: string, lost: number): Invented => ({
      methods,
      seeds: Array.from({ length: seeds }, (_, i) => i + 1),
      prompts,
      sampled: cell > 0,
      // Prompts and seeds differ in how hard they are, which pairing takes out.
      value: (method, _, s, p) =>
        0.6 + 0.1 * z("prompt", p) + 0.02 * z("seed", s) +
        seed * z(side, method, s) / Math.SQRT2 + cell * z(side, method, s, p) / Math.SQRT2 -
        (method === "a" ? lost : 0),
    });
    counts[gated(invented("old", of("old", 0)), invented("new", of("new", drop))).state]++;
  }
  return counts;
}

Deno.test("of 200 pairs of equal suites at most 5 % fail, and of those that lost twice the margin at least 80 %", () => {
  const exact = { prompts: 2 };
  const sampled = { prompts: 24, cell: 0.1, methods: ["a", "b"] };
  for (const [name, shape] of [["exact", exact], ["sampled", sampled]] as const) {
    const equal = simulated(name, { ...shape, drop: 0 });
    const edge = simulated(`${name} edge`, { ...shape, drop: 0.02 });
    const twice = simulated(`${name} twice`, { ...shape, drop: 0.04 });
    console.log(name, JSON.stringify({ equal, edge, twice }));
    assert.ok(equal.fail <= 10, `${name}: ${equal.fail} equal pairs failed`);
    assert.ok(twice.fail >= 160, `${name}: of a double loss ${twice.fail} failed`);
    // A loss of the whole margin passes as seldom as alpha says; 17 of 200 is its upper 99 % bound.
    assert.ok(edge.pass <= 17, `${name}: ${edge.pass} losses of the margin passed`);
    assert.equal(twice.pass, 0);
  }
});

Deno.test("an underpowered pair of equal suites neither passes for equal nor fails more often than alpha says", () => {
  // Noise five times the margin: only here could an equal candidate look worse than it.
  const rows = simulated("weak", { drop: 0, prompts: 2, seeds: 3, seed: 0.1 });
  const cells = simulated("weak cells", {
    drop: 0,
    methods: ["a"],
    prompts: 24,
    seeds: 4,
    seed: 0.02,
    cell: 0.4,
  });
  console.log("underpowered", JSON.stringify({ rows, cells }));
  for (const { pass, fail } of [rows, cells]) {
    assert.ok(pass <= 10 && fail <= 10, `${pass} passed, ${fail} failed`);
  }
});

Deno.test("peeking at 5, 10 and 20 seeds keeps the rates of one look", () => {
  const sizes = [5, 10, 20];
  const levels = sizes.map((_, i) => levelsAt(sizes, i));
  const run = (label: string, drop: number, spread: number) => {
    const counts = { pass: 0, fail: 0, inconclusive: 0, incomparable: 0 };
    for (let k = 0; k < 1000; k++) {
      const z = rng(`${label} ${k}`);
      const d = Array.from({ length: 20 }, () => spread * z.normal() - drop);
      let state: GateReport["state"] = "inconclusive";
      for (const [i, n] of sizes.entries()) {
        const [row] = judgeRows(
          [{
            method: "a",
            on: "b",
            measure: "c",
            rule: {
              better: "higher",
              margin: 0.02,
              alpha: 0.05,
              minSeeds: 3,
              minPrompts: 30,
              tier: "stochastic",
              tolerance: 0,
            },
            seeds: d.slice(0, n).map((_, s) => s),
            baseline: d.slice(0, n).map(() => [0.6]),
            candidate: d.slice(0, n).map((x) => [0.6 + x]),
            sampled: false,
          }],
          rng("gate"),
          { level: levels[i]! },
        );
        state = row!.state;
        if (state !== "inconclusive") break;
      }
      counts[state]++;
    }
    return counts;
  };
  const [equal, edge, twice] = [
    run("equal", 0, 0.06),
    run("edge", 0.02, 0.03),
    run("twice", 0.04, 0.03),
  ];
  console.log("three looks", JSON.stringify({ equal, edge, twice }));
  // 66 of 1000 is the upper 99 % bound of a rate of 5 %.
  assert.ok(equal.fail <= 66, `${equal.fail} of 1000 equal ones failed`);
  assert.ok(edge.pass <= 66, `${edge.pass} of 1000 losses of the margin passed`);
  assert.ok(twice.fail >= 800, `${twice.fail} of 1000 double losses failed`);
});

const flat = (value: number, more: Partial<Invented> = {}): Invented => ({
  value: (_, __, seed, prompt) => value + 0.001 * ((seed * 7 + prompt * 3) % 5),
  ...more,
});
const base = invented("base", flat(0.6));

Deno.test("the same records pass, and the row says that nothing changed", () => {
  const { state, rows } = gated(base, { ...base, source: "again" });
  assert.equal(state, "pass");
  assert.equal(rows[0]!.identical, 5);
  assert.deepEqual(rows[0]!.moved, []);
  assert.equal(rows[0]!.difference, 0);
});

/** A candidate in which something is not as it must be. */
function altered(change: (run: ReturnType<typeof invented>) => void): GatedRun {
  const run = structuredClone({ ...base, source: "altered" });
  change(run);
  return run;
}
const reasons: readonly [string, GatedRun, RegExp][] = [
  ["a missing method", altered(({ plan }) => plan.methods[0] = "ipo"), /plan does not have it/],
  ["a missing testbed", altered(({ plan }) => plan.cells[0]!.setting = "noisy"), /not have it/],
  ["a missing seed", altered(({ plan }) => plan.seeds.pop()), /does not have: 5$/],
  ["an unfinished seed", altered(({ records }) => records.pop()), /have not finished: 5$/],
  [
    "another budget",
    altered(({ plan }) => plan.cells[0]!.budget = { flops: 200, queries: 10 }),
    /Another budget in altered: flops 200, expected 100/,
  ],
  [
    "another portion",
    altered(({ plan }) => plan.cells[0]!.portion = "judged"),
    /measures another portion/,
  ],
  [
    "other hyperparameters",
    altered(({ records }) => records[2]!.hyper = { beta: 0.2 }),
    /Other hyperparameters: found {"beta":0.2}, expected {"beta":0.1}/,
  ],
  [
    "a failed run",
    altered(({ records }) => Object.assign(records[1]!, { outcome: "failed", reason: "died" })),
    /1 of 5 runs of the candidate gave nothing \(seed 2\): failed: died/,
  ],
  [
    "a diverged run",
    altered(({ records }) => Object.assign(records[1]!, { outcome: "diverged" })),
    /diverged: no reason is on record/,
  ],
  [
    "another truth",
    altered(({ records }) => records[0]!.truth = { temperature: 2 }),
    /truth is another/,
  ],
  [
    "another testbed under the same name",
    altered(({ records }) => records[4]!.start["win-rate"]!.value = 0.4),
    /start policy's win-rate is 0.4 at seed 5, expected 0.5/,
  ],
  [
    "a measure that is gone",
    altered(({ records }) =>
      Object.assign(records[0]!, { measures: {}, absent: { "win-rate": "no oracle" } })
    ),
    /No win-rate at seed 1 in the candidate: no oracle/,
  ],
  [
    "other prompts measured",
    altered(({ records }) => records[0]!.measures["win-rate"]!.n = 7),
    /Measured on 8 and 7 prompts/,
  ],
  ["another device", altered(({ plan }) => plan.device = "webgpu"), /found webgpu, expected cpu/],
  [
    "another data set",
    altered(({ plan }) => plan.dataset = { file: "x", sha256: "b".repeat(64), rows: 1, notes: [] }),
    /Another data than in base: found rows bbbbbbbbbbbb/,
  ],
];
for (const [what, candidate, reason] of reasons) {
  Deno.test(`${what} is incomparable and never passes`, () => {
    const { state, rows } = gated(base, candidate);
    assert.equal(state, "incomparable");
    assert.match(rows[0]!.reason!, reason);
    assert.equal(rows[0]!.difference, undefined);
  });
}

Deno.test("last bits of another CPU are no other testbed", () => {
  const candidate = altered(({ records }) => {
    for (const { start } of records) start["win-rate"]!.value += 2e-7;
  });
  assert.equal(gated(base, candidate).state, "pass");
});

Deno.test("a sampled start policy may differ by its sampling error and no more", () => {
  const moved = (by: number) => {
    const both = [0, by].map((x) =>
      structuredClone(base).records.map((record) => ({
        ...record,
        start: { "win-rate": { value: 0.5 + x, stderr: 0.01, n: 8 } },
      }))
    );
    return gated({ ...base, records: both[0]! }, { ...base, records: both[1]! }).state;
  };
  assert.equal(moved(0.05), "pass");
  assert.equal(moved(0.06), "incomparable");
});

Deno.test("other test prompts are incomparable, by their text", () => {
  const old = invented("old", flat(0.6, { answers: true }));
  const now = structuredClone(old);
  now.records[3]!.answers![5]!.prompt = "something else";
  const { rows } = gated(old, now);
  assert.match(rows[0]!.reason!, /Other test prompts, from number 5 on/);
});

Deno.test("failed runs may be allowed, and are then said", () => {
  const candidate = altered(({ records }) => {
    records[1]!.outcome = "failed";
  });
  const { state, notes, rows } = gated(base, candidate, { gates: gates({ maxFailed: 0.2 }) });
  assert.equal(state, "pass");
  assert.deepEqual(rows[0]!.seeds, [1, 3, 4, 5]);
  assert.match(notes[0]!, /1 of 5 runs of the candidate gave nothing/);
});

Deno.test("too few seeds decide nothing, however equal they are", () => {
  const few = invented("few", flat(0.6, { seeds: [1, 2] }));
  const { state, rows } = gated(few, few);
  assert.equal(state, "incomparable");
  assert.match(rows[0]!.reason!, /2 seeds were finished by both: at least 3/);
});

Deno.test("the first seeds alone are compared where that is asked for", () => {
  const candidate = altered(({ plan, records }) => {
    plan.seeds.length = 3;
    records.length = 3;
  });
  const { state, rows } = gated(base, candidate, { seeds: 3 });
  assert.equal(state, "pass");
  assert.deepEqual(rows[0]!.seeds, [1, 2, 3]);
  assert.match(gated(base, base, { seeds: 9 }).rows[0]!.reason!, /holds 5 seeds: expected 9/);
});

Deno.test("several baselines are one whose values at a seed are their mean", () => {
  const one = invented("one", flat(0.6));
  const two = invented("two", flat(0.64));
  const { rows } = gated([one, two], invented("new", flat(0.61)));
  close(rows[0]!.baseline, gated(one, one).rows[0]!.baseline! + 0.02);
  close(rows[0]!.difference, -0.01);
  const more = invented("more", flat(0.6, { seeds: [4, 5, 6] }));
  assert.deepEqual(
    gated([one, more], invented("new", flat(0.6, { seeds: [1, 2, 3, 4, 5, 6] }))).rows[0]!.seeds,
    [1, 2, 3, 4, 5, 6],
  );
});

Deno.test("one of many measures fails the whole, and what is new is said and not gated", () => {
  const methods = ["a", "b", "c"];
  const old = invented("old", flat(0.6, { methods }));
  const now = invented("new", {
    ...flat(0.6, { methods: [...methods, "d"] }),
    value: (method, _, seed, prompt) =>
      (method === "b" ? 0.5 : 0.6) + 0.001 * ((seed * 3 + prompt * 2) % 7),
  });
  const { state, rows, notes } = gated(old, now);
  assert.equal(state, "fail");
  assert.deepEqual(rows.map(({ state }) => state), ["pass", "fail", "pass"]);
  assert.deepEqual(notes, ["New, and without a baseline: d"]);
});

Deno.test("a baseline that supports a method nowhere does not gate it", () => {
  const run = altered(({ records }) => {
    for (const record of records) Object.assign(record, { outcome: "unsupported", measures: {} });
  });
  const { state, rows, notes } = gated(run, run);
  assert.equal(rows.length, 0);
  assert.match(notes[0]!, /does not support it/);
  assert.equal(state, "incomparable");
});

Deno.test("prompts that moved most come with both answers", () => {
  const old = invented("old", flat(0.6, { answers: true }));
  const now = invented("new", {
    answers: true,
    value: (_, __, seed, prompt) =>
      0.6 + 0.001 * ((seed * 7 + prompt * 3) % 5) - (seed === 4 && prompt === 2 ? 0.3 : 0),
  });
  const [first, ...rest] = gated(old, now).rows[0]!.moved;
  assert.deepEqual(rest, []);
  assert.equal(first!.seed, 4);
  assert.equal(first!.index, 2);
  assert.equal(first!.prompt, "prompt 2");
  assert.equal(first!.answers!.baseline.text, "old answers 2 at 4");
  assert.equal(first!.answers!.candidate.text, "new answers 2 at 4");
  close(first!.answers!.candidate.reward, first!.candidate);
});

Deno.test("gates choose measures, margins and direction, and one that gates nothing is an error", () => {
  const margin = (more: object, on: Partial<RunsOptions> = {}) =>
    gated(base, base, {
      gates: gates({ gates: [{ measure: "win-rate", ...more }] }),
      ...on,
    }).rows[0]!;
  assert.equal(margin({}).margin, 0.02);
  assert.equal(margin({ margin: 0.1 }).margin, 0.1);
  assert.equal(margin({ margin: 0.1 }, { margins: new Map([["", 0.3]]) }).margin, 0.3);
  assert.equal(margin({}, { margins: new Map([["win-rate", 0.4], ["", 0.3]]) }).margin, 0.4);
  assert.equal(margin({ better: "lower" }).better, "lower");
  assert.equal(margin({ on: "text" }).on, "text/clean");
  for (const more of [{ on: "game" }, { method: "ipo" }]) {
    assert.throws(() => margin(more), /no finished run of the baseline has it/);
  }
  const kl = altered(({ records }) => {
    for (const { measures } of records) measures["kl"] = { value: 1, stderr: 0, n: 8 };
  });
  assert.throws(
    () => gated(kl, kl, { gates: gates({ gates: [{ measure: "kl" }] }) }),
    /Cannot gate kl: neither direction of it is known to be better/,
  );
});

Deno.test("every measure with a better side can be gated, by its card's margin", () => {
  const of = (id: string, on: string) => {
    const run = invented("made", { on: [on], value: () => 0.4 });
    for (const { measures } of run.records) measures[id] = measures["win-rate"]!;
    const gate = { measure: id, on };
    return gated(run, run, { gates: gates({ gates: [gate] }) });
  };
  for (const [id, on] of [["control", "sequences/objectives"], ["worst-rater", "bandit/groups"]]) {
    const { state, rows } = of(id!, on!);
    assert.equal(state, "pass");
    assert.deepEqual([rows[0]!.measure, rows[0]!.better, rows[0]!.margin], [id, "higher", 0.02]);
  }
});

Deno.test("a run is judged by its baseline's cards, which its own may contradict", () => {
  const odd = (by: string, better: "higher" | "lower", margin: number) =>
    altered(({ plan, records }) => {
      for (const { measures } of records) measures["odd"] = measures["win-rate"]!;
      plan.measures = { odd: { title: by, better, means: "Something else", margin } };
      plan.cells[0]!.headline = "odd";
    });
  const [baseline, candidate] = [odd("baseline's", "lower", 0.3), odd("mine", "higher", 9)];
  const [row] = gated(baseline, candidate).rows;
  assert.deepEqual([row!.measure, row!.better, row!.margin], ["odd", "lower", 0.3]);
  // Nothing says which side of it is better.
  const plain = altered(({ records }) => {
    for (const { measures } of records) measures["odd"] = measures["win-rate"]!;
  });
  assert.throws(
    () => gated(plain, candidate, { gates: gates({ gates: [{ measure: "odd" }] }) }),
    /Cannot gate odd: neither direction/,
  );
});

Deno.test("a method without the testbed's headline is gated by the first of its measures that ranks", () => {
  const judge = altered(({ records }) => {
    for (const record of records) {
      record.measures = {
        margin: record.measures["win-rate"]!,
        "reward-accuracy": record.measures["win-rate"]!,
      };
    }
  });
  assert.equal(gated(judge, judge).rows[0]!.measure, "reward-accuracy");
});

Deno.test("a deterministic measure passes within its tolerance and fails beyond it, better or worse", () => {
  const state = (by: number) =>
    gated(base, invented("new", flat(0.6 + by)), {
      gates: gates({ gates: [{ measure: "win-rate", tier: "deterministic", tolerance: 1e-5 }] }),
    }).rows[0]!;
  assert.equal(state(0).state, "pass");
  assert.equal(state(5e-6).state, "pass");
  assert.equal(state(2e-5).state, "fail");
  assert.equal(state(-2e-5).state, "fail");
  assert.match(state(-2e-5).reason!, /Not the same within 0.00001 at seed 1, 2, 3, 4, 5/);
});

function judgedGate(before: ReturnType<typeof judged>, after: ReturnType<typeof judged>) {
  const { checks, pairs } = pairJudgements([{ source: "old", judged: before }], {
    source: "new",
    judged: after,
  }, gates());
  const rows = judgeRows(pairs, rng("gate"));
  return { state: overall(rows, checks), rows };
}
const verdicts = (n: number, by = 0) =>
  Array.from({ length: n }, (_, i) => 0.5 + 0.3 * Math.sin(i) + by);

Deno.test("judged files are paired by question, whatever the one model is called", () => {
  const { state, rows } = judgedGate(judged(verdicts(60)), judged(verdicts(60), "mine-v2"));
  assert.equal(state, "pass");
  assert.equal(rows[0]!.prompts, 60);
  assert.deepEqual(rows[0]!.seeds, []);
  assert.equal(judgedGate(judged(verdicts(60)), judged(verdicts(60, -0.1))).state, "fail");
});

Deno.test("a judged file's texts are shown where it has them, else the question's id", () => {
  const answered = (by: number, model: string, text: string) => {
    const file = judged(verdicts(40, by).map((x, i) => i === 3 ? x + 2 * by : x), model);
    return {
      ...file,
      texts: {
        questions: [{ id: "q3", turns: ["what is it?"] }],
        answers: [
          { question: "q3", model: "reference", turns: ["the reference"] },
          { question: "q3", model, turns: [text] },
        ],
      },
    };
  };
  const { rows } = judgedGate(answered(0, "v1", "was"), answered(-0.1, "v2", "is"));
  const [q3, ...others] = rows[0]!.moved;
  assert.deepEqual(others, []);
  assert.equal(q3!.prompt, "what is it?");
  assert.deepEqual(q3!.answers, { baseline: { text: "was" }, candidate: { text: "is" } });
  // Of two turns the one that was judged, with what came before it.
  const second = (file: ReturnType<typeof answered>) => ({
    ...file,
    judgements: file.judgements.map((one) => ({ ...one, turn: 2 })),
    texts: {
      questions: [{ id: "q3", turns: ["what is it?", "and then?"] }],
      answers: file.texts.answers.map((one) => ({ ...one, turns: ["first", ...one.turns] })),
    },
  });
  const { rows: turns } = judgedGate(
    second(answered(0, "v1", "was")),
    second(answered(-0.1, "v2", "is")),
  );
  assert.equal(turns[0]!.moved[0]!.prompt, "what is it?\nand then?");
  assert.deepEqual(turns[0]!.moved[0]!.answers, {
    baseline: { text: "was" },
    candidate: { text: "is" },
  });
  const bare = judgedGate(judged(verdicts(40)), judged(verdicts(40, -0.1))).rows[0]!.moved;
  assert.equal(bare.length, 10);
  for (const { prompt, index } of bare) assert.equal(prompt, `q${index}`);
});

Deno.test("another judge, a missing question or too many failures are incomparable", () => {
  const before = judged(verdicts(100));
  const other = { ...before, judge: { ...before.judge, fingerprint: "beef" } };
  const reason = (after: typeof before) => {
    const { state, rows } = judgedGate(before, after);
    assert.equal(state, "incomparable");
    return rows[0]!.reason!;
  };
  assert.match(reason(other), /Another judge's fingerprint than in old: found beef, expected f00d/);
  assert.match(reason(judged(verdicts(99))), /1 questions of the baseline are missing, q99/);
  const some = (lost: number) => judged(verdicts(100).map((x, i) => i < lost ? undefined : x));
  assert.match(reason(some(3)), /3 of 100 judgements of the candidate are invalid: at most 2 %/);
  assert.equal(judgedGate(before, some(2)).state, "pass");
  assert.match(reason({ ...before, judgements: [] }), /has no preference/);
  const few = judged(verdicts(20));
  assert.match(judgedGate(few, few).rows[0]!.reason!, /20 prompts were judged.*at least 30/);
});
