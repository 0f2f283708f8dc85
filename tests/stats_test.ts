// Over 400 lines so that every golden number stands beside its edge cases.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Rng, rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

// Golden numbers G6, G6b, G9, G11, G13 and G14 were computed with NumPy and SciPy (see
// EVALUATION.md, section 10); the rest is derived by hand where it stands.

const runs = { seed: 20250101, numRuns: 200 };

const P = [.05, .15, .22, .31, .38, .44, .56, .63, .71, .78, .84, .93];
const Y = [0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1];
const width = (bins: number) => ({ bins, by: "width" as const });
const mass = (bins: number) => ({ bins, by: "mass" as const });

Deno.test("calibration reproduces golden G6", () => {
  const five = stats.reliability(P, Y, width(5));
  close(stats.mean(P.map((p, i) => stats.brier(p, Y[i]!))), .17175);
  close(stats.mean(P.map((p, i) => stats.nll(stats.logit(p), Y[i]!))), .50486272302);
  close(stats.ece(five), .13666666667);
  close(stats.mce(five), .36333333333);
  close(stats.rmsce(five), .19306374883);
  const ten = stats.reliability(P, Y, width(10));
  close(stats.ece(ten), .295);
  close(stats.mce(ten), .78);
  close(stats.ece(stats.reliability(P, Y, mass(4))), .105);
  const [confidence, correct] = stats.topLabel(P, Y);
  close(stats.ece(stats.reliability(confidence, correct, width(5))), .21);
  close(stats.mean(correct), .75);
  const split = stats.murphy(five);
  close(split.reliability, .03727361111);
  close(split.resolution, .09027777778);
  close(split.uncertainty, .24305555556);
});

Deno.test("scoring in both orders reproduces golden G6b", () => {
  const p = [.9, .8, .6, .55, .4, .3];
  const y = p.map(() => 1);
  close(stats.ece(stats.reliability(p, y, width(5))), .40833333333);
  const [ps, ys] = stats.symmetrise(p, y);
  close(stats.ece(stats.reliability(ps, ys, width(5))), .16666666667);
  close(stats.rankingAccuracy(p.map(stats.logit)), .66666667);
  close(stats.mean(p.map((x) => stats.brier(x, 1))), .21041666667);
  close(stats.mean(ps.map((x, i) => stats.brier(x, ys[i]!))), .21041666667);
  const logits = p.map(stats.logit);
  close(stats.mean(logits.map((x) => stats.nll(x, 1))), .59290503795);
  const s = stats.bestScale(logits, y);
  close(s, .91547155);
  close(stats.mean(logits.map((x) => stats.nll(s * x, 1))), .59228341566);
  close(stats.bestScale(ps.map(stats.logit), ys), .91547155);
});

Deno.test("diversity reproduces golden G9", () => {
  const texts = ["a b a b c", "a b c d e", "f g h i j"].map((text) => text.split(" "));
  close(stats.distinct(texts, 1), 10 / 15);
  close(stats.distinctPerText(texts, 1), .86666667);
  close(stats.distinct(texts, 2), 9 / 12);
  close(stats.distinctPerText(texts, 2), .91666667);
  close(stats.unigramEntropy(texts), 2.17618566);
});

Deno.test("KL and its estimators reproduce golden G11", () => {
  const [pi, ref] = [[.5, .3, .2], [.4, .4, .2]];
  const l = pi.map((p, i) => Math.log(p / ref[i]!));
  const expect = (f: (l: number) => number) => l.reduce((sum, x, i) => sum + pi[i]! * f(x), 0);
  const variance = (f: (l: number) => number) => expect((x) => (f(x) - expect(f)) ** 2);
  close(stats.kl(pi, ref), .02526715392);
  close(expect(stats.k1), .02526715392);
  close(expect(stats.k2), .02486240734);
  close(expect(stats.k3), .02526715392);
  close(variance(stats.k1), .0490863856);
  close(variance(stats.k2), .0002054825);
  close(variance(stats.k3), .0002545944);
  allClose(l.map(stats.k3), [.02314355, .04565126, 0]);
});

Deno.test("ranking reproduces golden G13", () => {
  const rows = [[-20, -25, .75], [-30, -22, .75], [-40, -39, .625], [-15, -18, .9], [
    -50,
    -44,
    .999,
  ]] as const;
  close(stats.rankingAccuracy(rows.map(([w, l]) => w - l)), .4);
  const ideal = (beta: number) =>
    stats.rankingAccuracy(rows.map(([w, l, a]) => stats.idealisedMargin(w, l, a, beta)));
  allClose([.01, .1, 1, 5, 10].map(ideal), [1, 1, .6, .4, .4]);
  allClose([8, 1, 0].map((c) => stats.flipThreshold(.1, c)), [.37110067, .64439666, Math.LN2]);
  close(stats.flipThreshold(.1, 100), 4.5398899e-5, 1e-12);
});

Deno.test("tests and intervals reproduce golden G14", () => {
  close(stats.iqm([[.50, .62], [.55, .60], [.48, .70], [.61, .66]].flat()), .595);
  close(stats.probabilityOfImprovement([.5, .6, .7], [.55, .6, .4]), .72222222);

  const xs = [1, 1, 0, 0, 0, 1, 1, 1, 0, 1];
  const clusters = [0, 0, 0, 1, 1, 2, 2, 2, 3, 3];
  close(stats.mean(xs), .6);
  close(stats.standardError(xs), .16329932);
  close(stats.clusteredStandardError(xs, clusters, false), .17204651);
  close(stats.clusteredStandardError(xs, clusters), .19866219);

  const ps = [.001, .008, .039, .041, .042, .06, .074, .205];
  allClose(stats.holm(ps), [.008, .056, .234, .234, .234, .234, .234, .234]);
  allClose(
    stats.benjaminiHochberg(ps),
    [.008, .032, .0672, .0672, .0672, .08, .08457143, .205],
  );

  const { exact, midP } = stats.mcnemar(12, 4);
  close(exact, .07681274);
  close(midP, .04904175);
  const bounds = (k: number, n: number) => Object.values(stats.wilson(k, n));
  allClose(bounds(10, 10), [.72246720, 1]);
  allClose(bounds(0, 10), [0, .27753280]);
  allClose(bounds(7, 12), [.31951131, .80673969]);
  close(stats.signTest(12, 12).greater, .00024414, 1e-8);
  close(stats.signTest(4, 4).greater, .0625);

  const t = stats.pairedT([.04, -.02, -.05, .01, -.03, 0, -.06, .02, -.01, -.04]);
  close(t.mean, -.014);
  close(t.stderr, .01013246);
  close(t.lower, -.03257394);
  allClose([t.low, t.high], [-.03692121, .00892121]);
  close(stats.tQuantile(.95, 9), 1.83311293);
});

/** Draws that walk through all of {0 … n−1}^n, one tuple after another, and then start again. */
function odometer(n: number, repeat = 1): Rng["below"] {
  let call = 0;
  return (below) => {
    assert.equal(below, n);
    const tuple = Math.floor(Math.floor(call / n) / repeat) % n ** n;
    return Math.floor(tuple / n ** (call++ % n)) % n;
  };
}
function scripted(seeds: Rng["below"], prompts: Rng["below"]): Rng {
  return {
    ...rng("unused"),
    split: (label) => ({ ...rng("unused"), below: label === "seeds" ? seeds : prompts }),
  };
}
const never: Rng["below"] = () => assert.fail("drew from a side with one unit");

Deno.test("the area under the curve counts pairs, and clusters stand or fall together", () => {
  const scored = (scores: readonly number[], clusters: string) =>
    scores.map((score, i) => ({ score, cluster: clusters[i]! }));
  const apart = stats.areaUnderCurve(scored([3, 1], "ab"), scored([2, 0], "cd"));
  assert.equal(apart.value, 0.75);
  // Each pulls by 1/8: √(4/64 · 4/3).
  close(apart.stderr, Math.sqrt(1 / 12));
  const pulls = stats.areaUnderCurve(scored([3, 1], "ab"), scored([2, 0], "ab"));
  close(pulls.stderr, 0);
  assert.equal(stats.areaUnderCurve(scored([1, 1], "ab"), scored([1, 1], "cd")).value, 0.5);
});

Deno.test("the bootstrap of [1, 2, 6] reproduces golden G14 over all 27 resamples", () => {
  const byPrompt = stats.crossedBootstrap({ a: [[1, 2, 6]] }, {
    rng: scripted(never, odometer(3)),
    repetitions: 27,
  });
  const { value, stderr, low, high, n, seeds } = byPrompt.methods["a"]!;
  close(stderr, 1.24721913);
  close(value, 3);
  // 26 · 0.025 = 0.65: between the sums 3 and 4 over 3, and between 14 and 18 over 3.
  close(low, 1 + .65 / 3);
  close(high, 6 - .65 * 4 / 3);
  assert.deepEqual([n, seeds], [3, 1]);

  const a = [1, 1, 2, 2, 6].map((x) => [x, x]);
  const bySeed = stats.crossedBootstrap({ a }, {
    rng: scripted(odometer(5, 4), odometer(2)),
    repetitions: 4 * 5 ** 5,
  });
  // Population variance (1.96 + 1.96 + .16 + .16 + 12.96) / 5 = 3.44, over five seeds.
  close(bySeed.methods["a"]!.stderr, Math.sqrt(3.44 / 5));
  assert.deepEqual([bySeed.methods["a"]!.n, bySeed.methods["a"]!.seeds], [2, 5]);
});

Deno.test("two-way resamples have the variance of seeds, prompts and their interaction", () => {
  // x = 10 + seed effect ±3 + prompt effect (−2, 0, 2) + interaction ±(1, −2, 1).
  const a = [[12, 11, 16], [4, 9, 8]];
  const b = [[10, 10, 10], [4, 4, 4]];
  const { methods, pairs } = stats.crossedBootstrap({ a, b }, {
    rng: scripted(odometer(2, 27), odometer(3)),
    repetitions: 4 * 27,
  });
  // The seed means 13 and 7 give Student's interval, t(.975, 1) = 12.706 standard errors of 3.
  close(methods["a"]!.value, 10);
  close(methods["a"]!.high - 10, 12.7062047362 * 3, 1e-8);
  close(methods["a"]!.stderr, 3);
  // a − b is 2, 1, 6 and 0, 5, 4: no seed effect, so Student's has no width and the bootstrap is
  // kept. Mean squares 8/3 of prompts over 3 of them, 2 of the interaction over 6 cells.
  const { difference, stderr, p } = pairs[0]!;
  close(difference, 3);
  close(stderr, Math.sqrt(8 / 3 / 3 + 2 / 6));
  // 1 resample of 108 falls to 0: the second seed twice and the first prompt three times.
  close(p, 2 * (1 + 1) / (1 + 108));
});

Deno.test("the bootstrap agrees with a plain reading of its definition", () => {
  const quantile = (xs: readonly number[], q: number) => {
    const sorted = xs.toSorted((a, b) => a - b);
    const at = q * (xs.length - 1);
    const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
    return low + (at - Math.floor(at)) * (high - low);
  };
  const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 });
  const grid = fc.array(row, { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(grid, grid, fc.integer({ min: 1, max: 60 }), (a, b, repetitions) => {
      const options = { rng: rng("plain"), repetitions, confidence: .9 };
      const { pairs, methods } = stats.crossedBootstrap({ a, b }, options);
      const [u, v] = [rng("plain").split("seeds"), rng("plain").split("prompts")];
      const resamples = Array.from({ length: repetitions }, () => {
        const seeds = a.map(() => u.below(5));
        const prompts = a[0]!.map(() => v.below(4));
        const over = (x: number[][]) =>
          stats.mean(seeds.flatMap((s) => prompts.map((p) => x[s]![p]!)));
        return { a: over(a), d: seeds.flatMap((s) => prompts.map((p) => a[s]![p]! - b[s]![p]!)) };
      });
      const as = resamples.map((r) => r.a);
      // Whole numbers are summed, so that "≤ 0" means the same here as there.
      const ds = resamples.map((r) => r.d.reduce((x, y) => x + y, 0) / 20);
      close(methods["a"]!.low, quantile(as, .05), 1e-9);
      close(methods["a"]!.high, quantile(as, .95), 1e-9);
      close(pairs[0]!.low, quantile(ds, .05), 1e-9);
      close(pairs[0]!.high, quantile(ds, .95), 1e-9);
      const tail = Math.min(ds.filter((d) => d <= 0).length, ds.filter((d) => d >= 0).length);
      close(pairs[0]!.p, Math.min(1, 2 * (1 + tail) / (1 + repetitions)), 1e-12);
    }),
    { ...runs, numRuns: 50 },
  );
});

Deno.test("differences are paired: noise that two methods share cancels", () => {
  const r = rng("paired");
  const noise = Array.from({ length: 5 }, () => Array.from({ length: 30 }, () => 10 * r.normal()));
  const scores = {
    base: noise,
    same: noise,
    better: noise.map((row) => row.map((x) => x + .01)),
  };
  const { methods, pairs } = stats.crossedBootstrap(scores, { rng: rng(1), repetitions: 999 });
  assert.ok(methods["base"]!.high - methods["base"]!.low > 1);
  const [tied, behind] = pairs;
  assert.deepEqual([tied!.difference, tied!.low, tied!.high, tied!.p], [0, 0, 0, 1]);
  close(behind!.high, -.01, 1e-9);
  // The smallest p there is.
  close(behind!.p, 2 / 1000, 1e-12);
});

Deno.test("fewer than five seeds widen the interval to Student's over seeds", () => {
  const scores = (seeds: number) => ({
    a: Array.from({ length: seeds }, (_, s) => [s % 2, s % 2]),
    b: Array.from({ length: seeds }, () => [0, 0]),
  });
  const four = stats.crossedBootstrap(scores(4), { rng: rng(1), repetitions: 500 });
  const t = stats.pairedT([0, 1, 0, 1]);
  const { difference, stderr, low, high, p } = four.pairs[0]!;
  assert.deepEqual([difference, stderr, low, high, p], [t.mean, t.stderr, t.low, t.high, t.p]);
  const five = stats.crossedBootstrap(scores(5), { rng: rng(1), repetitions: 500 });
  assert.ok(five.methods["a"]!.low >= 0 && five.methods["a"]!.high <= 1);
  const asked = { rng: rng(1), repetitions: 500, studentBelow: 6 };
  const six = stats.crossedBootstrap(scores(5), asked);
  close(six.methods["a"]!.high, stats.pairedT([0, 1, 0, 1, 0]).high, 1e-12);
});

Deno.test("a single prompt leaves the seeds to be drawn, and Student's interval if wider", () => {
  const a = [[0], [1], [0], [1], [0], [1]];
  const { methods } = stats.crossedBootstrap({ a }, { rng: rng(1), repetitions: 500 });
  const t = stats.pairedT(a.flat());
  const { low, high, n, seeds } = methods["a"]!;
  assert.deepEqual([low, high, n, seeds], [t.low, t.high, 1, 6]);
});

Deno.test("one seed and one prompt leave everything open", () => {
  const { methods, pairs } = stats.crossedBootstrap({ a: [[1]], b: [[0]] }, { rng: rng(1) });
  assert.deepEqual(methods["a"], {
    value: 1,
    stderr: Infinity,
    low: -Infinity,
    high: Infinity,
    n: 1,
    seeds: 1,
  });
  assert.equal(pairs[0]!.p, 1);
});

Deno.test("the default resamples let Holm decide any number of pairs", () => {
  const scores = Object.fromEntries(
    Array.from({ length: 40 }, (_, m) => [`m${m}`, [[m, m], [m, m], [m, m], [m, m], [m, m]]]),
  );
  const { pairs, repetitions } = stats.crossedBootstrap(scores, { rng: rng(1) });
  assert.equal(repetitions, 2 * 780 / .05);
  assert.equal(stats.crossedBootstrap({ a: [[1]] }, { rng: rng(1) }).repetitions, 10_000);
  const decisions = stats.decide(pairs, "lower");
  assert.ok(decisions.every(({ a, winner }) => winner === a));
  const ranks = stats.rankIntervals(Object.keys(scores), decisions);
  assert.deepEqual(ranks[7], { method: "m7", best: 8, worst: 8 });
});

Deno.test("scores that cannot be paired are refused with the place named", () => {
  const options = { rng: rng(1) };
  assert.throws(() => stats.crossedBootstrap({}, options), /no method/);
  assert.throws(
    () => stats.crossedBootstrap({ a: [[]] }, options),
    /Cannot bootstrap 1 seeds of 0 prompts/,
  );
  assert.throws(() => stats.crossedBootstrap({ a: [[1, 2]], b: [[1], [2]] }, options), {
    name: "RangeError",
    message: "Cannot pair b with a: found 2 seeds of 1 prompts, expected 1 of 2",
  });
  assert.throws(
    () => stats.crossedBootstrap({ a: [[1, NaN]] }, options),
    /Cannot bootstrap a: its score at \[0\]\[1\] is NaN/,
  );
  assert.throws(
    () => stats.crossedBootstrap({ a: [[1]] }, { ...options, repetitions: .5 }),
    /Cannot resample 0.5 times/,
  );
  assert.throws(
    () => stats.crossedBootstrap({ a: [[1]] }, { ...options, confidence: 95 }),
    /confidence 95/,
  );
});

Deno.test("rank intervals and tie groups follow from the decided pairs", () => {
  const pair = (a: string, b: string, difference: number, p: number): stats.Contrast => ({
    a,
    b,
    difference,
    p,
    stderr: 1,
    low: 0,
    high: 0,
  });
  // a and b lead; c is behind a alone; d is behind all. Six tests: .001 · 6 is decided, .02 · 2 is
  // decided last, .03 is not.
  const decisions = stats.decide([
    pair("a", "b", 1, .9),
    pair("a", "c", 2, .005),
    pair("b", "c", 1, .6),
    pair("a", "d", 3, .001),
    pair("b", "d", 3, .001),
    pair("c", "d", 1, .001),
  ], "higher");
  assert.deepEqual(decisions.map((d) => d.winner), [undefined, "a", undefined, "a", "b", "c"]);
  close(decisions[1]!.adjusted, .015);
  const order = ["a", "b", "c", "d"];
  assert.deepEqual(
    stats.rankIntervals(order, decisions).map(({ best, worst }) => [best, worst]),
    [[1, 2], [1, 3], [2, 3], [4, 4]],
  );
  assert.deepEqual(stats.tieGroups(order, decisions), [["a", "b", "c"], ["d"]]);
  const worse = stats.decide([pair("a", "b", 1, .01)], "lower");
  assert.equal(worse[0]!.winner, "b");
  assert.equal(stats.decide([pair("a", "b", 1, .01)], "lower", .005)[0]!.winner, undefined);
  assert.deepEqual(stats.tieGroups(["a"], []), [["a"]]);
});

Deno.test("corrections keep the order and never lower a p-value", () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p), (ps) => {
      const [holm, bh] = [stats.holm(ps), stats.benjaminiHochberg(ps)];
      ps.forEach((x, i) => {
        assert.ok(x <= bh[i]! && bh[i]! <= holm[i]! && holm[i]! <= 1);
        ps.forEach((y, j) => assert.ok(x > y || (holm[i]! <= holm[j]! && bh[i]! <= bh[j]!)));
      });
    }),
    runs,
  );
  assert.throws(() => stats.holm([.5, 1.5]), /Cannot adjust 1.5/);
});

Deno.test("Student's tail is right near the centre and far out", () => {
  // Closed forms: df 1 has 1 − (2/π)·atan t, df 2 has 1 − t / √(2 + t²).
  close(stats.tTail(1, 1), .5, 1e-7);
  close(stats.tTail(-2, 2), 1 - 2 / Math.sqrt(6), 1e-7);
  // 1 − t/√(2 + t²) = 1/t² − 3/2t⁴ + … at t = 1000.
  close(stats.tTail(1000, 2) * 1e6, 1 - 1.5e-6, 1e-7);
  assert.equal(stats.tTail(Infinity, 3), 0);
});

Deno.test("exact tests have their limits", () => {
  assert.deepEqual(stats.mcnemar(0, 0), { exact: 1, midP: 1 });
  close(stats.mcnemar(3, 3).exact, 1, 1e-12);
  close(stats.mcnemar(1, 0).exact, 1, 1e-12);
  close(stats.mcnemar(1, 0).midP, .5, 1e-12);
  assert.deepEqual(stats.signTest(0, 0), { greater: 1, twoSided: 1 });
  close(stats.signTest(0, 3).greater, 1, 1e-12);
  close(stats.signTest(0, 3).twoSided, .25, 1e-12);
  // 2⁻²⁰⁰⁰ is no double, yet the sum near the middle is.
  close(stats.signTest(1000, 2000).greater, .5 + .01783901 / 2, 1e-7);
  assert.throws(() => stats.signTest(4, 3), /4 wins of 3/);
  assert.throws(() => stats.mcnemar(-1, 3), /whole numbers/);
  assert.throws(() => stats.wilson(1, 0), RangeError);
});

Deno.test("the paired t test of equal differences has no width", () => {
  const t = stats.pairedT([2, 2, 2]);
  assert.deepEqual([t.low, t.high, t.p], [2, 2, 0]);
  assert.equal(stats.pairedT([0, 0]).p, 1);
});

Deno.test("the minimal detectable effect of 805 prompts at one half is 4.94 points", () => {
  close(100 * stats.minimalDetectableEffect(.5, 805), 4.94, .005);
  assert.throws(() => stats.minimalDetectableEffect(1, 0), RangeError);
});

Deno.test("nothing has no statistic", () => {
  const nothing: readonly [string, () => unknown][] = [
    ["mean", () => stats.mean([])],
    ["sd", () => stats.sd([1])],
    ["standardError", () => stats.standardError([])],
    ["clustered", () => stats.clusteredStandardError([1, 2], ["a", "a"])],
    ["an AUC without negatives", () => stats.areaUnderCurve([{ score: 1, cluster: "a" }], [])],
    ["iqm", () => stats.iqm([])],
    ["improvement", () => stats.probabilityOfImprovement([1], [])],
    ["pairedT", () => stats.pairedT([1])],
    ["reliability", () => stats.reliability([], [], width(5))],
    ["ece", () => stats.ece([])],
    ["mce", () => stats.mce([])],
    ["murphy", () => stats.murphy([])],
    ["rankingAccuracy", () => stats.rankingAccuracy([])],
    ["distinct", () => stats.distinct([["a"]], 2)],
    ["unigramEntropy", () => stats.unigramEntropy([])],
    ["bestScale", () => stats.bestScale([], [])],
  ];
  for (const [name, f] of nothing) assert.throws(f, RangeError, name);
  assert.throws(() => stats.mean([]), {
    message: "Cannot compute a mean from 0: at least 1 value needed",
  });
  assert.deepEqual(stats.holm([]), []);
  assert.throws(() => stats.clusteredStandardError([1], [1, 2]), /must agree/);
});

Deno.test("a single value has a mean and an interquartile mean", () => {
  assert.equal(stats.mean([7]), 7);
  assert.equal(stats.iqm([7]), 7);
  assert.equal(stats.distinct([["a"]], 1), 1);
  assert.equal(stats.unigramEntropy([["a", "a"]]), 0);
  assert.equal(stats.sd([3, 3, 3]), 0);
});

Deno.test("bins are open below and closed above, at every edge", () => {
  const bins = stats.reliability([0, .07, .29, .57, 1], [0, 0, 0, 0, 0], width(100));
  assert.equal(bins.length, 5);
  const edges = Array.from({ length: 101 }, (_, i) => i / 100);
  // 0 joins the first bin, so edge k is alone in bin k − 1 but for the first.
  const counts = stats.reliability(edges, edges, width(100)).map((bin) => bin.n);
  assert.deepEqual(counts, [2, ...Array(99).fill(1)]);
});

Deno.test("equal predictions share a bin of equal mass", () => {
  const bins = stats.reliability([.5, .5, .5, .5], [1, 0, 1, 0], mass(4));
  assert.deepEqual(bins, [{ n: 4, implied: .5, true: .5 }]);
  // 1 − .8 is .19999999999999996.
  assert.equal(stats.reliability([.2, 1 - .8, .2, 1 - .8], [1, 0, 1, 0], mass(2)).length, 1);
});

Deno.test("Murphy's split adds up to the expected Brier score where bins hold equal predictions", () => {
  const prediction = fc.constantFrom(.1, .3, .5, .7, .9);
  const outcome = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(prediction, outcome), { minLength: 1 }), (points) => {
      const [p, y] = [points.map(([p]) => p), points.map(([, y]) => y)];
      const split = stats.murphy(stats.reliability(p, y, width(5)));
      close(
        split.reliability - split.resolution + split.uncertainty,
        stats.mean(p.map((x, i) => stats.brier(x, y[i]!))),
        1e-12,
      );
    }),
    runs,
  );
});

Deno.test("calibration errors are ordered: expected, root mean square, maximum", () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  const points = fc.array(fc.tuple(probability, probability), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(points, fc.constantFrom(width(10), mass(10)), (points, binning) => {
      const [p, y] = [points.map(([p]) => p), points.map(([, y]) => y)];
      const bins = stats.reliability(p, y, binning);
      assert.equal(bins.reduce((n, bin) => n + bin.n, 0), p.length);
      const [ece, rmsce, mce] = [stats.ece(bins), stats.rmsce(bins), stats.mce(bins)];
      assert.ok(ece <= rmsce + 1e-12 && rmsce <= mce + 1e-12);
    }),
    runs,
  );
});

Deno.test("scores of certain predictions stay exact", () => {
  close(stats.sigmoid(-120), Math.exp(-120), 1e-65);
  assert.equal(stats.sigmoid(120), 1);
  assert.deepEqual([stats.sigmoid(-1e4), stats.sigmoid(1e4)], [0, 1]);
  assert.deepEqual([stats.softplus(120), stats.softplus(1e4)], [120, 1e4]);
  close(stats.softplus(-120), Math.exp(-120), 1e-65);
  assert.deepEqual([stats.logit(0), stats.logit(.5), stats.logit(1)], [-Infinity, 0, Infinity]);

  assert.equal(stats.nll(-120, 1), 120);
  close(stats.nll(120, 1), Math.exp(-120), 1e-65);
  assert.equal(stats.nll(120, .5), 60);
  assert.deepEqual([stats.nll(Infinity, 1), stats.nll(Infinity, 0)], [0, Infinity]);
  assert.deepEqual([stats.brier(0, 0), stats.brier(1, 0), stats.brier(1, 1)], [0, 1, 0]);
  // (1 − .7)² happens with .7 and (0 − .7)² … of p = 1: .3.
  close(stats.brier(1, .7), .3, 1e-12);
  assert.throws(() => stats.reliability([1.1], [1], width(5)), /Cannot calibrate 1.1/);
  assert.throws(() => stats.reliability([.1], [], width(5)), /1 predictions with 0 outcomes/);
  assert.throws(() => stats.reliability([.1], [1], width(0)), /0 bins/);
});

Deno.test("the best scale recovers the one that made exact outcomes", () => {
  const logit = fc.double({ min: -8, max: 8, noNaN: true });
  const logits = fc.array(logit, { minLength: 2, maxLength: 20 })
    .filter((xs) => xs.some((x) => Math.abs(x) > .1));
  const scale = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(logits, scale, (logits, s) => {
      close(stats.bestScale(logits, logits.map((x) => stats.sigmoid(s * x))), s, 1e-6);
    }),
    runs,
  );
});

Deno.test("the best scale of outcomes that the logits tell apart is infinite", () => {
  assert.equal(stats.bestScale([1, -2, 0], [1, 0, 1]), Infinity);
  assert.equal(stats.bestScale([1, -2], [0, 1]), -Infinity);
  // Three right and one wrong at the same logit: σ(120·s) = 3/4.
  close(stats.bestScale([120, 120, -120, 120], [1, 1, 0, 0]), Math.log(3) / 120, 1e-9);
  assert.throws(() => stats.bestScale([0, 0], [1, 0]), /largest is 0/);
});

Deno.test("debiasing removes what chance adds to calibration error, and no more", () => {
  const r = rng("calibrated");
  const options = { ...mass(10), symmetric: true, rng: rng("null") } as const;
  const trials = Array.from({ length: 40 }, () => {
    const p = Array.from({ length: 200 }, () => r.uniform());
    const drawn = p.map((x) => r.uniform() < x ? 1 : 0);
    return stats.debiasedEce(p, drawn, { ...options, outcomes: "drawn" });
  });
  assert.ok(stats.mean(trials.map((t) => t.raw)) > .04);
  assert.ok(Math.abs(stats.mean(trials.map((t) => t.value))) < .006);

  // Exact outcomes scattered evenly about the prediction are calibrated too, with less noise.
  const scattered = Array.from({ length: 40 }, () => {
    const p = Array.from({ length: 200 }, () => .2 + .6 * r.uniform());
    const y = p.map((x) => x + (r.uniform() < .5 ? .1 : -.1));
    return stats.debiasedEce(p, y, { ...options, outcomes: "exact" });
  });
  assert.ok(stats.mean(scattered.map((t) => t.raw)) > .012);
  assert.ok(Math.abs(stats.mean(scattered.map((t) => t.value))) < .003);
});

Deno.test("debiased calibration error has its exact cases", () => {
  const options = { ...mass(10), symmetric: true, outcomes: "exact" } as const;
  const p = Array.from({ length: 50 }, (_, i) => .5 + i / 120);
  const right = stats.debiasedEce(p, p, { ...options, rng: rng(1) });
  assert.deepEqual([right.value, right.raw, right.bias], [0, 0, 0]);
  // Overconfident by .05 throughout: nothing random to take off.
  const off = stats.debiasedEce(p.slice(20), p.slice(20).map((x) => x - .05), {
    ...options,
    rng: rng(1),
  });
  close(off.raw, .05, 1e-12);
  close(off.value, .05, 1e-12);
  close(stats.mean(off.contributions), off.raw, 1e-12);
  assert.equal(off.bins.length, 10);
  // Undecided everywhere: both orders of a comparison fall into one bin and cancel.
  const half = [.5, .5, .5];
  const flat = stats.debiasedEce(half, [1, 1, 0], { ...options, outcomes: "drawn", rng: rng(1) });
  assert.deepEqual([flat.value, flat.raw], [0, 0]);
  const again = stats.debiasedEce(P, Y, { ...options, outcomes: "drawn", rng: rng(2) });
  assert.deepEqual(
    again,
    stats.debiasedEce(P, Y, { ...options, outcomes: "drawn", rng: rng(2) }),
  );
  close(stats.mean(again.contributions), again.raw, 1e-12);
});

Deno.test("KL is zero on itself, infinite past its support and never negative", () => {
  const [p, q] = [[.5, .5, 0], [1, 0, 0]];
  assert.equal(stats.kl(p, p), 0);
  assert.equal(stats.kl(p, q), Infinity);
  close(stats.kl(q, p), Math.LN2, 1e-12);
  assert.throws(() => stats.kl([1], [.5, .5]), /over 1 and 2 outcomes/);
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (l) => stats.k3(l) >= 0),
    runs,
  );
});

Deno.test("unanimous raters override any reference, and an even split leaves it alone", () => {
  assert.equal(stats.idealisedMargin(-500, -1, 1, .1), Infinity);
  assert.equal(stats.idealisedMargin(-500, -1, 0, .1), -Infinity);
  assert.equal(stats.idealisedMargin(-2, -3, .5, .1), 1);
  assert.equal(stats.rankingAccuracy([0, 0, 1]), 1 / 3);
  assert.throws(() => stats.idealisedMargin(-2, -3, .5, 0), /beta 0/);
});

Deno.test("a pair is ranked correctly exactly if its DPO loss stays below the threshold", () => {
  const logp = fc.double({ min: -60, max: 0, noNaN: true });
  fc.assert(
    fc.property(logp, logp, logp, logp, (w, l, refW, refL) => {
      const margin = w - l;
      fc.pre(Math.abs(margin) > 1e-6);
      const loss = stats.softplus(-.1 * (margin - (refW - refL)));
      assert.equal(margin > 0, loss <= stats.flipThreshold(.1, refL - refW));
    }),
    runs,
  );
});

Deno.test("least squares by clusters: each left out in turn, and a cluster counts once", () => {
  const rows = [[1, 0], [2, 0], [3, 0], [4, 1], [6, 1], [8, 1]].map(([y, x], i) => ({
    y: y!,
    x: [x!],
    cluster: `${i}`,
  }));
  const [found] = stats.clusteredLeastSquares(rows)!;
  // Without one of them: 4.5, 4, 3.5, 5, 4, 3. Their squares about 4 sum to 2.5, times 5/6.
  close(found!.value, 4);
  close(found!.stderr, Math.sqrt(2.5 * 5 / 6));
  close(found!.high - 4, 2.7764451 * Math.sqrt(2.5 * 5 / 6));
  const [twice] = stats.clusteredLeastSquares([...rows, ...rows])!;
  close(twice!.stderr, found!.stderr);
  // y = 1 + 2a − 3b, with one observation a cluster.
  const exact = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 1], [1, 2]].map(([a, b], i) => ({
    y: 1 + 2 * a! - 3 * b!,
    x: [a!, b!],
    cluster: `${i}`,
  }));
  const both = stats.clusteredLeastSquares(exact)!;
  close(both[0]!.value, 2);
  close(both[1]!.value, -3);
  assert.ok(both[0]!.p < 1e-6);
});

Deno.test("least squares that data do not determine are not given", () => {
  const row = (y: number, x: number[], cluster: string) => ({ y, x, cluster });
  // The same x throughout; a side of one cluster; two columns that agree.
  assert.equal(stats.clusteredLeastSquares(["a", "b", "c"].map((c) => row(1, [1], c))), undefined);
  const lone = [row(1, [1], "a"), row(2, [0], "b"), row(3, [0], "c"), row(4, [0], "d")];
  assert.equal(stats.clusteredLeastSquares(lone), undefined);
  const same = ["a", "b", "c", "d", "e"].map((c, i) => row(i, [i % 2, i % 2], c));
  assert.equal(stats.clusteredLeastSquares(same), undefined);
  assert.throws(() => stats.clusteredLeastSquares([]), RangeError);
});

Deno.test("where no resample reaches 0, p may go on as the normal tail of the resamples' spread", () => {
  const random = () => rng("tail");
  const scores = {
    a: [[1, 1.2, 0.9, 1.1], [1.3, 0.8, 1, 1.2], [1, 1, 1.1, 0.9], [1.2, 1, 1, 1], [1, 1, 1.3, 1]],
    b: Array.from({ length: 5 }, () => [0, 0, 0, 0]),
  };
  const [plain] = stats.crossedBootstrap(scores, { rng: random(), repetitions: 500 }).pairs;
  const [tail] =
    stats.crossedBootstrap(scores, { rng: random(), repetitions: 500, tail: true }).pairs;
  close(plain!.p, 2 / 501);
  assert.ok(tail!.p < 1e-20);
  assert.deepEqual({ ...tail, p: 0 }, { ...plain, p: 0 });
  // Where resamples do reach 0 they decide as ever.
  const near = {
    a: scores.a,
    b: scores.a.map((row) => row.map((x, i) => x + (i % 2 ? 0.1 : -0.1))),
  };
  const both = [false, true].map((tail) =>
    stats.crossedBootstrap(near, { rng: random(), repetitions: 500, tail }).pairs[0]!.p
  );
  assert.equal(both[0], both[1]);
  assert.ok(both[0]! > 0.05);
});
