import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

const judge = "A A B T B A T B A B".split(" ");
const human = "A B B T B A A B T B".split(" ");
const pairs = judge.map((a, i) => ({ a, b: human[i]!, prompt: `${i}` }));

Deno.test("G10 agreement of a judge with a person, with ties and without", () => {
  const found = stats.agreement(pairs);
  close(found.observed, .7);
  close(found.expected, .36);
  close(found.kappa, .53125);
  close(found.alpha, .55118110);
  close(found.ac1, .56043956);
  assert.equal(found.n, 10);
  close(stats.krippendorff(pairs.map(({ a, b }) => [a, b])), .55118110);
  const decided = stats.agreement(pairs.filter(({ a, b }) => a !== "T" && b !== "T"));
  close(decided.observed, .85714286);
  assert.equal(decided.n, 7);
});

Deno.test("Krippendorff's alpha of several raters, with verdicts missing", () => {
  // Three things: xxy, xx, yy, and one alone. Coincidences that differ: xxy gives 2·1/2 + 1·2/2 = 2
  // of 7 verdicts; by chance 4·3 + 3·4 = 24 of 42 ordered pairs.
  close(
    stats.krippendorff([["x", "x", "y"], ["x", "x"], ["y", "y"], ["x"]]),
    1 - (2 / 7) / (24 / 42),
  );
  close(stats.krippendorff([["x", "x"], ["y", "y"]]), 1);
  // Always apart: Dₒ is 1 and Dₑ 8 of 12.
  close(stats.krippendorff([["x", "y"], ["y", "x"]]), 1 - 12 / 8);
  assert.equal(stats.krippendorff([["x", "x"], ["x", "x"]]), undefined);
  assert.throws(() => stats.krippendorff([["x"], []]), RangeError);
});

Deno.test("Krippendorff's alpha and Cohen's kappa of grades count how far apart they are", () => {
  // Krippendorff's (2011) four observers of twelve things, of which he gives .849 on an interval scale.
  const observers = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
  ];
  const units = observers[0]!.map((_, i) => observers.flatMap((row) => row[i] || []));
  close(stats.krippendorffGrades(units)!, .849, 5e-4);
  assert.equal(stats.krippendorffGrades([[7, 7], [7, 7]]), undefined);
  assert.throws(() => stats.krippendorffGrades([[7], [8]]), RangeError);
  // Always one apart: Σ(a − b)² is 1; apart by chance it is 2/3 + 2/3 + 1.
  const pairs = [[1, 2], [2, 3], [3, 4]].map(([a, b]) => ({ a: a!, b: b! }));
  close(stats.kappaGrades(pairs)!, 1 - 1 / (7 / 3));
  close(stats.kappaGrades(pairs.map(({ a }) => ({ a, b: a })))!, 1);
  close(stats.kappaGrades([{ a: 1, b: 2 }, { a: 2, b: 1 }])!, -1);
  assert.equal(stats.kappaGrades([{ a: 7, b: 7 }]), undefined);
});

Deno.test("full agreement is 1, chance is about 0, and one category is no agreement to speak of", () => {
  const full = stats.agreement(["A", "B", "A"].map((a) => ({ a, b: a })));
  assert.deepEqual([full.observed, full.kappa, full.alpha, full.ac1], [1, 1, 1, 1]);
  const random = rng("chance");
  const coins = Array.from({ length: 4000 }, () => ({
    a: random.pick(["A", "B"]),
    b: random.pick(["A", "B"]),
  }));
  const { kappa, alpha, ac1 } = stats.agreement(coins);
  for (const found of [kappa, alpha, ac1]) close(found, 0, .05);
  const same = stats.agreement([{ a: "A", b: "A" }, { a: "A", b: "A" }]);
  assert.deepEqual(same, { observed: 1, expected: 1, n: 2 });
  // Where more could have been said, AC1 credits that nothing else was.
  close(stats.agreement([{ a: "A", b: "A" }, { a: "A", b: "A" }], ["A", "B"]).ac1, 1);
});

Deno.test("agreement where one category prevails: kappa falls to 0 and AC1 does not", () => {
  const some = Array.from({ length: 100 }, (_, i) => ({
    a: i === 0 ? "B" : "A",
    b: i === 1 ? "B" : "A",
  }));
  const { observed, kappa, ac1 } = stats.agreement(some);
  close(observed, .98);
  assert.ok(kappa! < 0 && ac1! > .97);
});

Deno.test("neither order nor names of verdicts nor who is a and who b matter", () => {
  const { kappa, alpha, ac1 } = stats.agreement(pairs);
  const other = stats.agreement(
    rng(1).shuffle(pairs).map(({ a, b }) => ({ a: `${b}!`, b: `${a}!` })),
  );
  close(other.kappa, kappa!, 1e-12);
  close(other.alpha, alpha!, 1e-12);
  close(other.ac1, ac1!, 1e-12);
});

Deno.test("intervals draw prompts whole, and say how many resamples they stand on", () => {
  const options = { rng: rng(1), repetitions: 500 };
  const found = stats.agreementIntervals(pairs, options);
  const { observed, kappa, alpha, ac1 } = found.intervals;
  for (const [one, value] of [[observed, .7], [kappa, .53], [alpha, .55], [ac1, .56]] as const) {
    assert.ok(one!.low < value && value < one!.high && one!.resamples > 490);
  }
  assert.deepEqual(stats.agreementIntervals(pairs, { ...options, rng: rng(1) }), found);
  // Ten people who say the same of a prompt are no ten prompts.
  const crowd = pairs.flatMap((pair) => Array.from({ length: 10 }, () => pair));
  const wide = stats.agreementIntervals(crowd, { ...options, rng: rng(1) }).intervals.observed!;
  assert.deepEqual([wide.low, wide.high], [observed!.low, observed!.high]);
  // Two prompts: half of the resamples have one twice, in which κ of two equal verdicts is not.
  const two = [{ a: "A", b: "A", prompt: "1" }, { a: "B", b: "B", prompt: "2" }];
  const { kappa: rare } = stats.agreementIntervals(two, { ...options, rng: rng(1) }).intervals;
  assert.ok(rare!.resamples > 200 && rare!.resamples < 300);
  assert.deepEqual([rare!.low, rare!.high], [1, 1]);
});

Deno.test("agreement of nothing, on one prompt alone, and on unknown verdicts is refused", () => {
  assert.throws(() => stats.agreement([]), RangeError);
  assert.throws(() => stats.agreement(pairs, ["A", "B"]), /verdicts 3: found "T", expected A, B/);
  assert.throws(() => stats.agreementIntervals(pairs.slice(0, 1), { rng: rng(1) }), /1 prompt/);
});
