import assert from "node:assert/strict";
import { type Judged, rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { againstTruth, separabilities } from "../judges/protocols/board.ts";
import { close } from "./close.ts";

const span = (low: number, high: number) => ({ low, high });

Deno.test("separability counts pairs whose intervals do not overlap, and a shared end is an overlap", () => {
  // a–c and a–d are apart; a–b overlap, b–c touch, b–d are apart, c–d overlap: 3 of 6.
  const board = [span(0, .2), span(.1, .3), span(.3, .5), span(.4, .6)];
  close(stats.separability(board), 3 / 6);
  assert.equal(stats.separability(board.slice(0, 1)), undefined);
});

Deno.test("agreement with confidence is +1, −1 and 0 by pair, as section 3 of the paper has it", () => {
  const pair = (a: stats.Interval, b: stats.Interval) => [a, b] as const;
  const [low, high, wide] = [span(0, .1), span(.5, .6), span(0, 1)];
  assert.equal(stats.confidentAgreement([pair(low, low), pair(high, high)]), 1);
  assert.equal(stats.confidentAgreement([pair(low, high), pair(high, low)]), -1);
  assert.equal(stats.confidentAgreement([pair(low, low), pair(high, wide)]), 0);
  assert.equal(stats.confidentAgreement([pair(low, low), pair(wide, high)]), 0);
  // Of three models one pair agrees, one is turned round and one is not told apart by the first.
  const three = [
    pair(span(0, .1), span(.4, .5)),
    pair(span(.2, .4), span(.1, .2)),
    pair(span(.3, .6), span(.8, .9)),
  ];
  close(stats.confidentAgreement(three), (-1 + 1 + 0) / 3);
  assert.equal(stats.confidentAgreement(three.slice(1, 2)), undefined);
});

Deno.test("the pair-rank Brier score of resamples that can be listed by hand", () => {
  const of = (values: readonly number[]) => values.map((value, i) => ({ prompt: `${i}`, value }));
  // On two prompts a is 0 and 1 where b is ½ twice: of four resamples a's mean is 0, ½, ½ and 1, so
  // a is below b once and equal twice: P̂ = ½ and the score ¼, whichever is the better.
  for (const [x, y] of [[.2, .8], [.8, .2]] as const) {
    const score = stats.pairRankBrier([
      { truth: x, rows: of([0, 1]) },
      { truth: y, rows: of([.5, .5]) },
    ], { rng: rng(1), repetitions: 20_000 });
    close(score, .25, .005);
  }
  // Sure and right is 0, sure and wrong 1; and a pair that truth does not order is none.
  const [a, b, c] = [of([0, .1]), of([.5, .6]), of([.8, .9])];
  const options = { rng: rng(1), repetitions: 100 };
  const score = (truths: readonly number[]) =>
    stats.pairRankBrier([a, b, c].map((rows, i) => ({ truth: truths[i]!, rows })), options);
  close(score([1, 2, 3]), 0);
  close(score([3, 2, 1]), 1);
  close(score([2, 1, 3]), 1 / 3);
  close(score([2, 2, 1]), 1);
  assert.equal(score([1, 1, 1]), undefined);
  // Prompts are shared: a prompt that is hard for both does not make their order doubtful.
  const hard = [0, .9, .1, .8, .2, .7];
  const shared = [{ truth: 0, rows: of(hard) }, { truth: 1, rows: of(hard.map((x) => x + .01)) }];
  close(stats.pairRankBrier(shared, options), 0);
  // Resamples of one seed alone may hold nothing of a model that has another: they say nothing.
  const seeds = [
    { truth: 0, rows: [{ prompt: "a", seed: 0, value: 0 }, { prompt: "b", seed: 0, value: 0 }] },
    { truth: 1, rows: [{ prompt: "a", seed: 1, value: 1 }, { prompt: "b", seed: 1, value: 1 }] },
  ];
  close(stats.pairRankBrier(seeds, options), 0);
});

Deno.test("correlations over models have intervals from eight models on, unless they are perfect", () => {
  const [xs, ys] = [[1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 6, 5, 8, 7]];
  const options = { rng: rng(1), repetitions: 500 };
  const found = stats.correlated("pearson", xs, ys, options)!;
  // Σ d² = 8: 1 − 6 · 8 / (8 · 63); Fisher's reach is 1.959964 / √5.
  close(found.value, 1 - 48 / 504, 1e-12);
  close(found.interval?.low, Math.tanh(Math.atanh(19 / 21) - 1.959964 / Math.sqrt(5)));
  close(found.interval?.high, Math.tanh(Math.atanh(19 / 21) + 1.959964 / Math.sqrt(5)));
  for (const which of ["spearman", "kendall"] as const) {
    const { value, interval } = stats.correlated(which, xs, ys, options)!;
    assert.equal(value, stats[which](xs, ys));
    assert.ok(interval!.low < value && value < interval!.high && interval!.high <= 1);
  }
  for (const which of ["pearson", "spearman", "kendall"] as const) {
    assert.equal(stats.correlated(which, xs, xs, options)!.interval, undefined);
    assert.equal(
      stats.correlated(which, xs.slice(0, 7), ys.slice(0, 7), options)!.interval,
      undefined,
    );
    assert.equal(stats.correlated(which, xs, xs.map(() => 1), options), undefined);
  }
});

Deno.test("intervals of correlations over eleven models hold what models at large have", () => {
  const [runs, n, rho] = [200, 11, .8];
  const truth = {
    pearson: rho,
    spearman: 6 / Math.PI * Math.asin(rho / 2),
    kendall: 2 / Math.PI * Math.asin(rho),
  };
  for (const which of ["pearson", "spearman", "kendall"] as const) {
    let held = 0;
    for (let run = 0; run < runs; run++) {
      const random = rng("models").split(run);
      const xs = Array.from({ length: n }, () => random.normal());
      const ys = xs.map((x) => rho * x + Math.sqrt(1 - rho ** 2) * random.normal());
      const { interval } = stats.correlated(which, xs, ys, { rng: random, repetitions: 300 })!;
      if (interval!.low <= truth[which] && truth[which] <= interval!.high) held++;
    }
    console.log(
      `    ${which}, ${n} models: held in ${(100 * held / runs).toFixed(1)} % of ${runs}`,
    );
    assert.ok(held / runs >= .91, `${which}: ${held} of ${runs}`);
  }
});

const named: Judged["measures"] = {
  "win-rate": { title: "Win-rate", better: "higher" },
  grade: { title: "Grade", better: "higher" },
};
const at = (value: number, low?: number, high?: number) => ({
  value,
  ...low === undefined ? {} : { low },
  ...high === undefined ? {} : { high },
  n: 4,
});
const row = (
  model: string,
  estimates: Judged["rows"][number]["estimates"],
  exact?: Judged["rows"][number]["estimates"],
) => ({ model, estimates, absent: {}, ...exact ? { exact } : {} });

Deno.test("a protocol's board against the truth: every fact by hand", () => {
  // The protocol has b < a < c, truth a < b < c; only c lies apart, in both.
  const rows = [
    row("a", { "win-rate": at(.5, .4, .6) }, { "win-rate": at(.3, .25, .35) }),
    row("b", { "win-rate": at(.4, .3, .5) }, { "win-rate": at(.4, .32, .48) }),
    row("c", { "win-rate": at(.9, .8, 1) }, { "win-rate": at(.8, .7, .9) }),
    // The start policy is only graded, and has no true win-rate.
    row("start", { grade: at(5, 4, 6) }),
  ];
  const judgements = Object.entries({ a: [.4, .6], b: [.4, .4], c: [.9, .9] }).flatMap((
    [model, values],
  ) => values.map((preference, i) => ({ question: `${i}`, model, preference })));
  const { bias, absent, measures } = againstTruth({ rows, judgements }, rng(1));
  assert.deepEqual(absent, {});
  assert.deepEqual(Object.keys(bias).sort(), Object.keys(measures).sort());
  assert.deepEqual(bias["order-agreement"], { value: 2 / 3, n: 3 });
  assert.deepEqual(bias["confident-agreement"], { value: 2 / 3, n: 3 });
  // a's mean is .4 in one resample of four, equal to b's, and above in three: P̂(a below b) = 1/8.
  close(bias["pair-brier"]!.value, (1 - 1 / 8) ** 2 / 3, .01);
  close(bias["spearman"]!.value, .5);
  close(bias["kendall"]!.value, 1 / 3);
  // Deviations −.1, −.2, .3 and −.2, −.1, .3: .13 / .14.
  close(bias["pearson"]!.value, .13 / .14);
  assert.equal(bias["spearman"]!.n, 3);
  assert.deepEqual(separabilities(rows, named, ["win-rate", "grade"]).bias, {
    "separability-win-rate": { value: 2 / 3, n: 3 },
  });
  assert.equal(
    separabilities(rows, named, ["win-rate"]).measures["separability-win-rate"]!.title,
    "Pairs of models told apart by win-rate (separability)",
  );
  assert.match(
    separabilities(rows, named, ["grade"]).absent["separability-grade"]!,
    /^1 model with an interval: at least 3 are needed$/,
  );
});

Deno.test("of two models, of equal models and without intervals a board's facts are absent with their reasons", () => {
  const two = [
    row("a", { grade: at(5, 4, 6) }, { grade: at(4, 3, 5), "win-rate": at(.1, 0, .2) }),
    row("b", { grade: at(7, 6.5, 8) }, { grade: at(6, 5.5, 7), "win-rate": at(.2, .1, .3) }),
  ];
  const few = againstTruth({ rows: two, judgements: [] }, rng(1));
  assert.deepEqual(few.bias, { "order-agreement": { value: 1, n: 1 } });
  assert.deepEqual(
    new Set(Object.values(few.absent)),
    new Set(["2 models with a true figure: at least 3 are needed"]),
  );
  assert.equal(Object.keys(few.absent).length, 5);
  const unknown = againstTruth({ rows: [row("judge", {})], judgements: [] }, rng(1));
  assert.deepEqual(unknown, { measures: {}, bias: {}, absent: {} });
  const level = ["a", "b", "c"].map((model) => row(model, { grade: at(5) }, { grade: at(5) }));
  const found = againstTruth({
    rows: level,
    judgements: ["a", "b", "c"].flatMap((model) =>
      ["1", "2"].map((question) => ({ question, model, grade: 5 }))
    ),
  }, rng(1));
  assert.deepEqual(found.bias, {});
  assert.equal(found.absent["pearson"], "All models have one value");
  assert.equal(found.absent["pair-brier"], "The truth orders no pair of models");
  assert.match(found.absent["confident-agreement"]!, /^0 models with two intervals/);
  assert.equal(
    againstTruth({ rows: level, judgements: [] }, rng(1)).absent["pair-brier"],
    "Fewer than two prompts were judged",
  );
});
