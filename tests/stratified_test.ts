import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

/** [testbed][run], drawn often enough for the resamples' frequencies to be near their chances. */
const strata = (scores: readonly (readonly number[])[], label = "runs", repetitions = 4000) =>
  scores.map((runs, t) => stats.stratum(runs, repetitions, rng(label).split(t)));
/** Resamples alone. */
const plain = { studentBelow: 0 };

function interval({ interval }: stats.OverTestbeds, low: number, high: number): void {
  assert.ok(interval);
  close(interval.low, low);
  close(interval.high, high);
}

Deno.test("the figures over testbeds reproduce golden G14 and the plain figures of one testbed", () => {
  const scores = [[.50, .62], [.55, .60], [.48, .70], [.61, .66]];
  close(stats.stratifiedIqm(strata(scores)).value, .595);
  const [x, y] = [[.5, .6, .7], [.55, .6, .4]];
  close(stats.stratifiedImprovement(strata([x]), strata([y])).value, .72222222);
  // A second testbed where every run is better counts as much as the first.
  const both = stats.stratifiedImprovement(strata([x, [5, 6]]), strata([y, [1, 2, 3]]));
  close(both.value, (13 / 18 + 1) / 2);
});

Deno.test("the interval of an IQM is that of all resamples, counted by hand", () => {
  // The middle two of four: the larger of the first testbed's draws (0 with 1/4, 1 with 3/4) and
  // the smaller of the second's (2 with 3/4, 4 with 1/4). Their means 1, 1.5, 2 and 2.5 have
  // chances 3/16, 9/16, 1/16 and 3/16, so that 2.5 % lie at 1 and 97.5 % at 2.5.
  const two = strata([[0, 1], [2, 4]]);
  const found = stats.stratifiedIqm(two, plain);
  close(found.value, 1.5);
  interval(found, 1, 2.5);
  const seen = { 1: 0, 1.5: 0, 2: 0, 2.5: 0 };
  const [first, second] = two;
  for (let r = 0; r < 4000; r++) {
    const larger = first!.counts[2 * r + 1]! > 0 ? 1 : 0;
    const smaller = second!.counts[2 * r]! > 0 ? 2 : 4;
    seen[(larger + smaller) / 2 as keyof typeof seen]++;
  }
  // Within four standard errors of a share of 4000.
  const expected: readonly [keyof typeof seen, number][] = [
    [1, 3 / 16],
    [1.5, 9 / 16],
    [2, 1 / 16],
    [2.5, 3 / 16],
  ];
  for (const [value, chance] of expected) {
    const off = Math.abs(seen[value] / 4000 - chance);
    assert.ok(off < 4 * Math.sqrt(chance * (1 - chance) / 4000), `${value}: off by ${off}`);
  }
  // Of [1, 2, 6] the mean; 1, 1, 1 and 6, 6, 6 have 1/27 each, which is more than 2.5 %.
  interval(stats.stratifiedIqm(strata([[1, 2, 6]]), plain), 1, 6);
});

Deno.test("the interval of a probability of improvement is that of all resamples, counted by hand", () => {
  // On each of three testbeds a draw of 2 always wins and one of 0 never: six fair coins, whose sum
  // is 0 with 1/64 < 2.5 % and at most 1 with 7/64.
  const [xs, ys] = [[[0, 2], [0, 2], [0, 2]], [[1, 1], [1, 1], [1, 1]]];
  const found = stats.stratifiedImprovement(strata(xs), strata(ys, "others"), plain);
  close(found.value, 0.5);
  interval(found, 1 / 6, 5 / 6);
  // The same seen from the other side.
  interval(stats.stratifiedImprovement(strata(ys, "others"), strata(xs), plain), 1 / 6, 5 / 6);
});

Deno.test("with fewer than five runs Student's interval competes", () => {
  // The first runs have the mean 1 and the second ones 2.5: a standard error of 0.75, one degree of
  // freedom, t = 12.70620474, moved from their mean 1.75 to the IQM 1.5.
  const half = 12.70620474 * 0.75;
  interval(stats.stratifiedIqm(strata([[0, 1], [2, 4]])), 1.5 - half, 1.5 + half);
  // First against first loses, second against second wins, so that the interval is all there is.
  const [xs, ys] = [strata([[0, 2]]), strata([[1, 1]], "others")];
  interval(stats.stratifiedImprovement(xs, ys), 0, 1);
  // Of five runs the resamples decide: the middle three of five draws hold 0, 1, 2 or 3 fours where
  // k ≤ 1, k = 2, k = 3 or k ≥ 4 are drawn, with k binomial(5, 1/5): 94.2 % and 99.3 % lie at
  // k ≤ 2 and k ≤ 3.
  interval(stats.stratifiedIqm(strata([[0, 0, 0, 0, 4]])), 0, 8 / 3);
});

Deno.test("where every run beats every run the interval is Wilson's, not a point", () => {
  // Five runs against five make five comparisons, of which Wilson's interval is 5 / (5 + z²) to 1;
  // golden G14 has it of ten.
  const z2 = 1.95996398 ** 2;
  close(stats.wilson(10, 10).low, .72246720);
  const five = 5 / (5 + z2);
  const [worse, better] = [[1, 2, 3, 4, 5], [6, 7, 8, 9, 9]];
  const up = stats.stratifiedImprovement(strata([better]), strata([worse]));
  assert.equal(up.value, 1);
  interval(up, five, 1);
  const down = stats.stratifiedImprovement(strata([worse]), strata([better]));
  assert.equal(down.value, 0);
  interval(down, 0, 1 - five);
  // Three runs against five make three comparisons.
  interval(
    stats.stratifiedImprovement(strata([[6, 7, 8]]), strata([worse])),
    3 / (3 + z2),
    1,
  );
  // Better on one testbed and worse on two: one reach downwards, two upwards, a third each.
  const mixed = stats.stratifiedImprovement(
    strata([better, worse, worse]),
    strata([worse, better, better]),
  );
  close(mixed.value, 1 / 3);
  interval(mixed, 1 / 3 - (1 - five) / 3, 1 / 3 + Math.SQRT2 * (1 - five) / 3);
  // Runs that are all equal are no evidence of a difference, and none of a doubt.
  interval(stats.stratifiedImprovement(strata([[3, 3]]), strata([[3, 3]])), 0.5, 0.5);
});

Deno.test("one run on some testbed has no interval, and equal seeds give equal resamples", () => {
  const one = strata([[1], [1, 2, 3, 4, 5]]);
  assert.deepEqual(stats.stratifiedIqm(one), { value: 2.5 });
  assert.equal(
    stats.stratifiedImprovement(one, strata([[0, 0, 0], [3, 3, 3]])).interval,
    undefined,
  );
  assert.deepEqual(strata([[1, 2, 3]]), strata([[1, 2, 3]]));
  assert.notDeepEqual(strata([[1, 2, 3]], "a"), strata([[1, 2, 3]], "b"));
});

Deno.test("resamples of nothing, of no number and of unequal testbeds are refused", () => {
  assert.throws(() => stats.stratum([], 10, rng("x")), /at least 1 value needed/);
  assert.throws(() => stats.stratum([1, NaN], 10, rng("x")), /score at \[1\] is NaN/);
  assert.throws(() => stats.stratum([1, 2], 0, rng("x")), /Cannot resample 0 times/);
  assert.throws(() => stats.stratifiedIqm([]), RangeError);
  assert.throws(() => stats.stratifiedImprovement([], []), RangeError);
  assert.throws(
    () => stats.stratifiedImprovement(strata([[1], [2]]), strata([[1]])),
    /2 testbeds with runs on 1/,
  );
  assert.throws(
    () => stats.stratifiedIqm([...strata([[1, 2]], "a", 10), ...strata([[1, 2]], "a", 20)]),
    /resampled 10 and 20 times/,
  );
});
