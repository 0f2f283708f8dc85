import assert from "node:assert/strict";
import fc from "fast-check";
import type { RunRecord } from "../core/mod.ts";
import { curves, frontier, reliability } from "../reports/findings/curves.ts";
import { duel, winMatrix } from "../reports/findings/duels.ts";
import { findings } from "../reports/findings/findings.ts";
import { leading, type TestbedRuns, testbeds, why } from "../reports/findings/runs.ts";
import {
  between,
  detectable,
  leaders,
  needed,
  type Standing,
  standing as standingBy,
} from "../reports/findings/standings.ts";
import { besideBaseline } from "../reports/findings/questions.ts";
import { boards, boardText } from "../reports/text/terminal.ts";
import { choices } from "../reports/findings/choices.ts";
import { effects } from "../reports/findings/taxonomy.ts";
import type { Golden } from "../core/mod.ts";
import { sentences, verdict } from "../reports/text/verdict.ts";
import { measures, type Shape, suite } from "./fixtures/records.ts";

const seed = 20250610;

// Standings

type Measured = RunRecord["measures"][string];
const exact = (value: number): Measured => ({ value, stderr: 0, n: 4 });
const uncertain = (value: number): Measured => ({ value, stderr: 0.05, n: 400 });
const prompts = (each: number[]): Measured => ({
  value: each.reduce((a, b) => a + b) / each.length,
  stderr: 0.1,
  n: each.length,
  each,
});

/** One testbed whose runs have this win-rate: `values[method][seed]`; undefined for a run that diverged. */
function testbed(
  values: { readonly [method: string]: readonly (Measured | undefined)[] },
  id = "win-rate",
) {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 1 });
  const made = Object.entries(values).flatMap(([method, runs]) =>
    runs.map((found, i): RunRecord => ({
      ...records[0]!,
      method,
      seed: i,
      start: { [id]: exact(0.5) },
      curve: [],
      ...(found === undefined
        ? { outcome: "diverged" as const, reason: "Loss is NaN", measures: {} }
        : { measures: { [id]: found } }),
    }))
  );
  return testbeds({ ...plan, methods: Object.keys(values) }, made, measures)[0]!;
}

const standing = (bed: TestbedRuns, id: string): Standing => standingBy(bed, measures.of(id));

Deno.test("exactly summed runs have an interval over seeds, and none from one seed", () => {
  const five = standing(testbed({ a: [0.7, 0.71, 0.72, 0.73, 0.74].map(exact) }), "win-rate");
  const [row] = five.rows;
  assert.equal(row!.estimate.over, "seeds");
  assert.equal(row!.estimate.seeds, 5);
  assert.ok(Math.abs(row!.estimate.value - 0.72) < 1e-12);
  assert.ok(row!.estimate.low > 0.7 && row!.estimate.low < 0.715);
  assert.equal(five.start, 0.5);

  const one = standing(testbed({ a: [exact(0.7)] }), "win-rate").rows[0]!.estimate;
  assert.deepEqual([one.over, one.low, one.high], ["nothing", 0.7, 0.7]);
});

Deno.test("one seed of sampled prompts has an interval over prompts that is named so", () => {
  const each = Array.from({ length: 64 }, (_, i) => (i % 4) / 4);
  const { estimate } = standing(testbed({ a: [prompts(each)] }), "win-rate").rows[0]!;
  assert.equal(estimate.over, "prompts");
  assert.ok(estimate.low < 0.375 && 0.375 < estimate.high);
});

Deno.test("a run's own standard error is not lost where it gives no value a prompt", () => {
  const one = standing(testbed({ a: [uncertain(0.6)] }), "win-rate").rows[0]!.estimate;
  assert.equal(one.over, "the run's own error");
  assert.ok(Math.abs(one.high - 0.6 - 1.959964 * 0.05) < 1e-6);
  // Equal on every seed: the whole width is the runs' own error.
  const same =
    standing(testbed({ a: Array(5).fill(uncertain(0.6)) }), "win-rate").rows[0]!.estimate;
  assert.ok(Math.abs(same.high - same.low - 2 * 1.959964 * 0.05) < 1e-6);
  // And a difference below it is not decided, however little seeds vary.
  const close = testbed({
    a: [0.62, 0.621, 0.622, 0.623, 0.624].map(uncertain),
    b: [0.6, 0.601, 0.602, 0.603, 0.604].map(uncertain),
  });
  assert.equal(standing(close, "win-rate").decisions[0]!.winner, undefined);
});

Deno.test("forty of forty right is not exact: the run's own error takes over", () => {
  const all = { ...prompts(Array(40).fill(1)), stderr: 0.022 };
  const most = prompts(Array.from({ length: 40 }, (_, i) => Number(i > 3)));
  const bed = testbed({ a: [all, all, all], b: [most, most, most] }, "reward-accuracy");
  const found = standing(bed, "reward-accuracy");
  const { estimate } = found.rows[0]!;
  assert.equal(estimate.value, 1);
  assert.ok(Math.abs(estimate.low - (1 - 1.959964 * 0.022)) < 1e-6);
  assert.equal(estimate.high, 1);
});

Deno.test("intervals end where values cannot occur", () => {
  const { estimate } = standing(testbed({ a: [exact(0.99), exact(0.5)] }), "win-rate").rows[0]!;
  assert.equal(estimate.high, 1);
  assert.equal(estimate.low, 0);
});

Deno.test("methods that finished on different seeds are compared on those they share", () => {
  const bed = testbed({
    a: [0.8, 0.81, 0.82, 0.83, 0.84].map(exact),
    b: [exact(0.6), undefined, exact(0.62), exact(0.61), undefined],
    c: [undefined, exact(0.5), undefined, undefined, exact(0.51)],
  });
  const found = standing(bed, "win-rate");
  assert.deepEqual(found.rows.map(({ method }) => method), ["a", "b", "c"]);
  assert.deepEqual(found.rows.map(({ estimate }) => estimate.seeds), [5, 3, 2]);
  // (0.80 + 0.82 + 0.83 − 0.60 − 0.62 − 0.61) / 3
  assert.ok(Math.abs(between(found, "a", "b")!.difference.value - 0.62 / 3) < 1e-12);
  assert.ok(Math.abs(between(found, "b", "a")!.difference.value + 0.62 / 3) < 1e-12);
  assert.equal(between(found, "b", "c"), undefined);
  assert.equal(why(bed.runs[2]!, "reward").short, "absent");
});

Deno.test("lower is better where a measure says so, and nothing is ranked where none is", () => {
  const values = {
    a: [0.1, 0.11, 0.12, 0.13, 0.14].map(exact),
    b: [0.3, 0.31, 0.32, 0.33, 0.34].map(exact),
  };
  const low = standing(testbed(values, "exploitability"), "exploitability");
  assert.deepEqual(low.rows.map(({ method }) => method), ["a", "b"]);
  assert.deepEqual(leaders(low).map(({ method }) => method), ["a"]);
  assert.deepEqual(low.rows.map(({ rank }) => rank), [{ best: 1, worst: 1 }, {
    best: 2,
    worst: 2,
  }]);
  const kl = standing(testbed(values, "kl"), "kl");
  assert.deepEqual(kl.rows.map(({ rank }) => rank), [undefined, undefined]);
  assert.equal(kl.decisions.length, 0);
});

Deno.test("what could be detected is 2.8 standard errors, and what is needed its squared ratio", () => {
  const found = standing(
    testbed({ a: [exact(0.7), exact(0.9)], b: [exact(0.69), exact(0.87)] }),
    "win-rate",
  );
  const { stderr, difference, winner } = found.decisions[0]!;
  assert.equal(winner, undefined);
  assert.ok(Math.abs(detectable(found)! / stderr - 2.801585) < 1e-6);
  assert.ok(Math.abs(needed(found)! - (2.801585 * stderr / difference) ** 2) < 1e-4);
});

Deno.test("a run that occurs twice is an error that names it", () => {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"], seeds: 1 });
  assert.throws(
    () => testbeds(plan, [...records, ...records], measures),
    (error) =>
      error instanceof RangeError &&
      error.message === "Cannot report two runs of dpo on bandit/clean with seed 0: expected one",
  );
});

Deno.test("a report opens with the costliest testbed that somebody finished", () => {
  const { plan, records } = suite({ methods: ["ppo"], testbeds: ["bandit/clean", "text/proxy"] });
  assert.equal(leading(testbeds(plan, records, measures))!.key, "bandit/clean");
  const other = suite({ methods: ["dpo"], testbeds: ["bandit/clean", "text/proxy"] });
  assert.equal(leading(testbeds(other.plan, other.records, measures))!.key, "text/proxy");
});

Deno.test("the baseline is what most cards claim to better, and all are held against it at once", () => {
  const bed = testbed({
    base: [0.6, 0.61, 0.62, 0.63].map(exact),
    good: [0.7, 0.712, 0.72, 0.731].map(exact),
    poor: [0.5, 0.511, 0.52, 0.529].map(exact),
    near: [0.61, 0.602, 0.629, 0.622].map(exact),
  });
  const found = standing(bed, "win-rate");
  const [card] = suite({ methods: ["dpo"] }).catalogue.methods;
  const claims = (...against: string[]) => ({ claim: { ...card!.claim, against } });
  const cards = [claims("good"), claims("base"), claims("base", "unknown"), claims("unknown")];
  const beside = besideBaseline(found, cards)!;
  assert.equal(beside.baseline, "base");
  assert.deepEqual(beside.better.map(({ method }) => method), ["good"]);
  assert.deepEqual(beside.worse.map(({ method }) => method), ["poor"]);
  assert.deepEqual(beside.undecided.map(({ method }) => method), ["near"]);
  assert.equal(besideBaseline(found, [claims("unknown")]), undefined);
  assert.deepEqual(leaders(found).map(({ method }) => method), ["good"]);
});

Deno.test("a terminal and programs are told who may be best and who beats the baseline", () => {
  const { plan, records, catalogue } = suite({ testbeds: ["bandit/clean"], mishaps: false });
  const [board] = boards(plan, records, catalogue);
  assert.ok(board!.rows[0]!.mayBeBest && board!.rows.some(({ mayBeBest }) => !mayBeBest));
  const { method, beatenBy } = board!.baseline!;
  const text = boardText(plan, records, catalogue);
  assert.ok(text.includes(`On bandit/clean ${method} is beaten by `));
  for (const other of beatenBy.slice(0, 11)) assert.ok(text.includes(other));
});

Deno.test("a terminal is told why a method stands in no row, once for all whom a reason keeps out", () => {
  const { plan, records, catalogue } = suite({ testbeds: ["text/proxy"], mishaps: true });
  const [board] = boards(plan, records, catalogue);
  assert.ok(board!.missing.length > 0);
  const lines = boardText(plan, records, catalogue).split("\n");
  for (const { method, reason } of board!.missing) {
    const told = lines.filter((line) => line.startsWith(`${reason}: `));
    assert.equal(told.length, 1, reason);
    assert.ok(told[0]!.includes(`${method} on text/proxy`), told[0]);
  }
});

// Duels, curves, taxonomy

Deno.test("a duel of rewards is the mean Bradley–Terry probability, and one of plays is p·Pq", () => {
  const sigma2 = 1 / (1 + Math.exp(-2));
  assert.deepEqual(
    duel({ rewards: [[1], [0, 0]], temperature: 0.5 }, { rewards: [[0], [0]], temperature: 0.5 }),
    [sigma2, 0.5],
  );
  // At temperature 0 the better answer always wins, and equals are even.
  assert.deepEqual(
    duel({ rewards: [[1, 0], [2]], temperature: 0 }, { rewards: [[0], [2]], temperature: 0 }),
    [0.75, 0.5],
  );
  // P(0 beats 1) = 0.9: p = (1, 0) against q = (0.5, 0.5), whose faces are (0.7, 0.3).
  const p = { plays: [[1, 0]], faces: [[0.5, 0.1]] };
  const q = { plays: [[0.5, 0.5]], faces: [[0.7, 0.3]] };
  assert.deepEqual(duel(p, q), [0.7]);
  assert.deepEqual(duel(q, p), [0.3]);
  assert.throws(() => duel(p, { rewards: [[1]], temperature: 1 }), TypeError);
  assert.throws(
    () => duel({ rewards: [[1]], temperature: 1 }, { rewards: [[1], [2]], temperature: 1 }),
    RangeError,
  );
});

Deno.test("a beats b as often as b loses to a", () => {
  const rewards = fc.array(
    fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 4 }),
    {
      minLength: 3,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(
      rewards,
      rewards,
      fc.double({ min: 0.1, max: 4, noNaN: true }),
      (xs, ys, temperature) => {
        const forth = duel({ rewards: xs, temperature }, { rewards: ys, temperature });
        const back = duel({ rewards: ys, temperature }, { rewards: xs, temperature });
        forth.forEach((p, i) => assert.ok(Math.abs(p + back[i]! - 1) < 1e-12));
      },
    ),
    { seed },
  );
});

Deno.test("a win matrix is undecided where one exact run is all there is", () => {
  const one = suite({ methods: ["dpo", "simpo"], testbeds: ["bandit/clean"], seeds: 1 });
  const matrix = winMatrix(testbeds(one.plan, one.records, measures)[0]!)!;
  assert.equal(matrix.wins[0]![0], undefined);
  assert.equal(matrix.wins[0]![1]!.decided, false);
  const five = suite({ methods: ["sft", "simpo"], testbeds: ["bandit/clean"], seeds: 5 });
  const [upper, lower] = [[0, 1], [1, 0]].map(([r, c]) =>
    winMatrix(testbeds(five.plan, five.records, measures)[0]!)!.wins[r!]![c!]!
  );
  assert.ok(upper!.decided && lower!.decided && upper!.high < 0.5 && lower!.low > 0.5);
  assert.ok(Math.abs(upper!.value + lower!.value - 1) < 1e-12);
});

Deno.test("the frontier is the most that curves gain at a price or below", () => {
  // One curve passes (1, 2) on its way from (0, 0) to (2, 4); the other starts at (1, 3).
  const curves = [[{ price: 0, gain: 0 }, { price: 2, gain: 4 }], [{ price: 1, gain: 3 }, {
    price: 4,
    gain: 1,
  }]];
  assert.deepEqual(frontier(curves), [
    { price: 0, gain: 0 },
    { price: 1, gain: 3 },
    { price: 2, gain: 4 },
    { price: 4, gain: 4 },
  ]);
  assert.deepEqual(frontier([]), []);

  const point = fc.record({
    price: fc.integer({ min: 0, max: 9 }),
    gain: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(point, { minLength: 1 }), { minLength: 1 }), (curves) => {
      const found = frontier(curves);
      for (const p of curves.flat()) {
        const at = found.find(({ price }) => price === p.price)!;
        assert.ok(at.gain >= p.gain);
      }
      const most = Math.max(...curves.flat().map(({ gain }) => gain));
      found.forEach(({ gain }, i) => {
        assert.ok(gain <= most && gain >= (found[i - 1]?.gain ?? -Infinity));
      });
    }),
    { seed },
  );
});

Deno.test("a curve runs from the start policy, at no divergence, to the measures at the end", () => {
  const { plan, records } = suite({ methods: ["dpo"], testbeds: ["text/clean"], seeds: 3 });
  const bare = records.map((record) => ({ ...record, start: {} }));
  const [curve] = curves(testbeds(plan, bare, measures)[0]!);
  const [first, last] = [curve!.points[0]!, curve!.points.at(-1)!];
  assert.deepEqual(first.measures.get("kl"), [0, 0, 0]);
  const ends = records.map(({ measures }) => measures["kl"]!.value);
  assert.deepEqual(last.measures.get("kl")!.slice(1), [Math.min(...ends), Math.max(...ends)]);
  // The moments between are means over seeds of what was measured just after each checkpoint.
  const between = curve!.points.slice(1, -1);
  assert.equal(between.length, 4);
  between.forEach(({ progress, measures }, i) => {
    const at = records.map((record) => record.curve[i + 1]!);
    const mean = (xs: number[]) => xs.reduce((a, b) => a + b) / xs.length;
    assert.ok(Math.abs(progress - mean(at.map((point) => point.progress))) < 1e-12);
    const kl = mean(at.map((point) => point.measures["kl"]!.value));
    assert.ok(Math.abs(measures.get("kl")![0] - kl) < 1e-12);
  });
});

Deno.test("a reliability curve pools bins over seeds by their counts", () => {
  const bins = (n: number, implied: number) => ({
    ...exact(0.1),
    bins: [{ n, implied, true: 0.5 }, { n: 0, implied: 0, true: 0 }],
  });
  const bed = testbed({ a: [bins(10, 0.2), bins(30, 0.4)] }, "calibration-error");
  const [found] = reliability(bed);
  assert.equal(found!.bins.length, 1);
  assert.equal(found!.bins[0]!.n, 40);
  assert.ok(Math.abs(found!.bins[0]!.implied - 0.35) < 1e-12);
});

Deno.test("the effect of a trait is the mean with it less the mean without it", () => {
  const { plan, records, catalogue } = suite({
    methods: ["dpo", "online-dpo", "sppo", "sft"],
    testbeds: ["bandit/clean"],
    mishaps: false,
  });
  const [bed] = testbeds(plan, records, measures);
  const found = standing(bed!, "win-rate");
  const value = (method: string) => found.rows.find((row) => row.method === method)!.estimate.value;
  const online = effects(bed!, found, catalogue).find(({ cell }) =>
    cell === "learning/paradigm/online"
  )!;
  assert.deepEqual([...online.inside].sort(), ["online-dpo", "sppo"]);
  const difference = (value("online-dpo") + value("sppo")) / 2 - (value("dpo") + value("sft")) / 2;
  assert.ok(Math.abs(online.effect!.difference - difference) < 1e-12);
  assert.equal(online.effect!.winner, "inside");
});

Deno.test("a design choice's effect counts methods, and says where they are too few", () => {
  const { plan, records, catalogue } = suite({ mishaps: false });
  const { named, others } = choices(findings(plan, records, catalogue));
  const online = named.find(({ title }) => title.startsWith("online"))!;
  const cards = catalogue.methods;
  const has = (card: typeof cards[number]) =>
    card.taxonomy.some((cell) => cell === "learning/paradigm/online");
  assert.deepEqual([...online.inside].sort(), cards.filter(has).map(({ id }) => id).sort());
  assert.equal(online.inside.length + online.outside.length, cards.length);
  assert.ok(
    online.effect!.low < online.effect!.value && online.effect!.value < online.effect!.high,
  );
  // Too few here learn from lists, and none of these invented cards is an equation.
  assert.equal(named.find(({ title }) => title.startsWith("lists"))!.effect, undefined);
  assert.deepEqual(named[0]!.inside, []);
  for (const { inside, outside, effect } of [...named, ...others]) {
    assert.equal(effect !== undefined, Math.min(inside.length, outside.length) >= 3);
  }

  // As many seeds as one likes: a method is one observation.
  const more = suite({ mishaps: false, seeds: 10 });
  const again = choices(findings(more.plan, more.records, catalogue)).named
    .find(({ title }) => title === online.title)!;
  assert.ok(again.effect!.stderr > 0.5 * online.effect!.stderr);
});

Deno.test("which losses are of means over tokens is read from the losses themselves", () => {
  const loss = (normalised: boolean): Golden => ({
    value: 1,
    start: 1,
    perToken: normalised,
    slopes: {},
  });
  const { plan, records, catalogue } = suite({ mishaps: false });
  const normalised = ["simpo", "orpo", "sft"];
  const goldens = new Map(
    catalogue.methods.map(({ id }) => [id, loss(normalised.includes(id))]),
  );
  const { named } = choices(findings(plan, records, { ...catalogue, goldens }));
  const means = named.find(({ title }) => title.startsWith("loss of means"))!;
  assert.deepEqual([...means.inside].sort(), [...normalised].sort());
});

// The verdict

const found = (shape: Shape) => {
  const { plan, records, catalogue } = suite(shape);
  return findings(plan, records, catalogue);
};

Deno.test("the verdict names the leader, its price and who leads below it", () => {
  const text = verdict(found({ testbeds: ["text/clean"] })).lead.join(" ");
  assert.match(
    text,
    /^On text\/clean at 2·10¹² FLOPs and 2\u202f000 labels, simpo has the highest win-rate/,
  );
  assert.match(
    text,
    /but pays for it with KL 56\u00a0±\u00a03 nats; at KL ≤ 20, .* cannot be told apart\./,
  );
  assert.match(text, /tokens long where the start policy's are 11\.0, and less fluent/);
});

Deno.test("odd cases have their own words", () => {
  const lead = (shape: Shape) => verdict(found(shape)).lead.join(" ");
  const one = ["bandit/clean"];
  assert.match(
    lead({ methods: ["dpo"], testbeds: one }),
    /dpo ran alone: win-rate .*, above the start policy's 0\.5/,
  );
  assert.match(
    lead({ methods: ["dpo"], testbeds: one, seeds: 1 }),
    /there is no interval from one seed/,
  );
  assert.match(lead({ methods: ["dpo", "kto"], testbeds: one, seeds: 1 }), /nothing is decided/);
  assert.match(
    lead({ methods: ["dpo", "simpo"], testbeds: ["text/clean"], seeds: 1 }),
    /One seed: the intervals span prompts/,
  );
  assert.match(
    lead({ methods: ["ppo"], testbeds: ["text/proxy"] }),
    /nobody finished: 1 method diverged/,
  );
  assert.match(
    lead({ methods: ["ppo", "dpo"], testbeds: ["text/proxy"] }),
    /only dpo of 2 methods finished/,
  );
  const empty = suite({ methods: ["dpo"], testbeds: ["bandit/clean"] });
  assert.match(
    verdict(findings(empty.plan, [], empty.catalogue)).lead.join(" "),
    /nobody finished: 1 method not run/,
  );
});

Deno.test("the verdict claims no more than the decisions carry", () => {
  const values = fc.array(
    fc.array(fc.double({ min: 0.4, max: 0.6, noNaN: true }), { minLength: 4, maxLength: 4 }),
    {
      minLength: 2,
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(values, fc.constantFrom(0, 0.1, 0.3), (rows, lead) => {
      const bed = testbed(Object.fromEntries(
        rows.map((row, m) => [`m${m}`, row.map((x) => exact(m === 0 ? x + lead : x))]),
      ));
      const { plan, catalogue } = suite({ methods: ["dpo"], testbeds: ["bandit/clean"] });
      const all = findings(
        { ...plan, methods: rows.map((_, m) => `m${m}`) },
        bed.runs.flatMap(({ records }) => records),
        catalogue,
      );
      const [sentence] = sentences(all, all.lead!);
      const { rows: ranked } = all.standing(all.lead!)!;
      const top = ranked.filter(({ mayBeBest }) => mayBeBest).map(({ method }) => method);
      assert.equal(top[0], ranked[0]!.method);
      assert.equal(/clear of/.test(sentence!), top.length === 1, sentence);
      const each = top.length === ranked.length;
      assert.equal(/ (m\d|methods) may each be best by /.test(sentence!), each, sentence);
      // Whoever is named beside the leader may be best, and nobody else.
      const beside = /\), and (.*) may be best too/.exec(sentence!)?.[1] ?? "";
      const named = [...beside.matchAll(/m\d/g)].map(([method]) => method);
      assert.deepEqual(named, each ? [] : top.slice(1), sentence);
    }),
    { seed, numRuns: 60 },
  );
});
