import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { percentiles, resampler } from "../stats/resamples.ts";
import {
  averaged,
  GRADE,
  rate,
  reached,
  resampled,
  SHARE,
  shareOf,
  type Value,
} from "../judges/protocols/estimates.ts";
import { close } from "./close.ts";

const rows = (...seeds: readonly (readonly number[])[]): Value[] =>
  seeds.flatMap((values, seed) => values.map((value, i) => ({ prompt: `${i}`, seed, value })));

Deno.test("of two seeds of three questions Student's interval over seeds counts, as by hand", () => {
  // Seeds' means are .4 and .6: mean .5, standard error .2 / √2 / √2 = .1, t(.975, 1) = 12.7062047.
  const values = rows([.2, .4, .6], [.4, .6, .8]);
  const found = averaged(values, rng(1))!;
  close(found.value, .5, 1e-12);
  close(found.low, .5 - 1.27062047);
  close(found.high, .5 + 1.27062047);
  assert.equal(found.n, 3);
  const mean = (weights: ArrayLike<number>) => {
    const total = values.reduce((sum, _, i) => sum + weights[i]!, 0);
    return values.reduce((sum, { value }, i) => sum + weights[i]! * value, 0) / total;
  };
  const other = resampled(values, mean, rng(1))!;
  close(other.low, found.low!, 1e-9);
  close(other.high, found.high!, 1e-9);
  // A rate cannot lie beyond 0 and 1.
  const { value, low, high } = rate(values, rng(1))!;
  assert.deepEqual([value, low, high], [found.value, 0, 1]);
});

Deno.test("where seeds agree, and where there is one or five, the bootstrap counts", () => {
  // Every seed's mean is .4, so Student's has no width; questions' own spread remains.
  const same = averaged(rows([.2, .4, .6], [.6, .2, .4]), rng(1))!;
  assert.ok(same.low! >= .2 && same.low! < .4 && same.high! > .4 && same.high! <= .6);
  const one = averaged(rows([.2, .4, .6]), rng(1))!;
  close(one.low, .2, 1e-9);
  close(one.high, .6, 1e-9);
  const five = averaged(rows([0, 1], [1, 1], [1, 0], [0, 0], [1, 1]), rng(1))!;
  assert.ok(five.low! >= 0 && five.high! <= 1);
});

Deno.test("seeds with questions of their own still widen an interval about the mean of all rows", () => {
  // Of seed 0 three questions, of seed 1 one: the mean is 1, the seeds' means 0 and 4.
  const values = [
    ...["a", "b", "c"].map((prompt) => ({ prompt, seed: 0, value: 0 })),
    { prompt: "a", seed: 1, value: 4 },
  ];
  const { value, low, high } = averaged(values, rng(1))!;
  close(value, 1, 1e-12);
  // The standard error of 0 and 4 is 2.
  close(low, 1 - 2 * 12.7062047, 1e-5);
  close(high, 1 + 2 * 12.7062047, 1e-5);
});

Deno.test("yes or no of each question once has Wilson's interval, and of several seeds draws them", () => {
  const once = Array.from({ length: 40 }, (_, i) => ({ question: `${i}` }));
  const rare = shareOf(once, ({ question }) => question === "7", rng(1))!;
  assert.deepEqual(rare, { value: 1 / 40, ...stats.wilson(1, 40), n: 40 });
  assert.deepEqual(shareOf([], () => true, rng(1)), undefined);
  // Forty questions under three seeds, of which one alone turns its verdicts: 120 rows are no 120 coins.
  const seeds = [0, 1, 2].flatMap((seed) => once.map((row) => ({ ...row, seed })));
  const turned = shareOf(seeds, ({ seed }) => seed === 0, rng(1))!;
  assert.deepEqual([turned.low, turned.high, turned.n], [0, 1, 40]);
  assert.ok(stats.wilson(40, 120).high < .43);
});

Deno.test("intervals over three seeds hold the true mean as often as they say", () => {
  const [runs, questions, seeds] = [300, 30, 3];
  let [before, after] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const random = rng("coverage").split(run);
    const hard = Array.from({ length: questions }, () => .2 * random.normal());
    const trained = Array.from({ length: seeds }, () => .1 * random.normal());
    const values = rows(
      ...trained.map((seed) => hard.map((question) => .5 + seed + question + .1 * random.normal())),
    );
    const holds = ({ low, high }: { readonly low: number; readonly high: number }) =>
      low <= .5 && .5 <= high ? 1 : 0;
    const { low, high } = averaged(values, random.split("interval"))!;
    after += holds({ low: low!, high: high! });
    const next = resampler(values, random.split("percentiles"));
    const means = Float64Array.from({ length: 1000 }, () => {
      const weights = next();
      let [sum, total] = [0, 0];
      values.forEach(({ value }, i) => (sum += weights[i]! * value, total += weights[i]!));
      return sum / total;
    });
    before += holds(percentiles(means, .95, false));
  }
  console.log(
    `    3 seeds × ${questions} questions, ${runs} runs: percentiles alone hold the truth in ${
      (100 * before / runs).toFixed(1)
    } %, the wider of them and Student's in ${(100 * after / runs).toFixed(1)} %`,
  );
  assert.ok(after / runs >= .93, `${after} of ${runs}`);
  assert.ok(before / runs < .9, `${before} of ${runs}`);
});

Deno.test("where most questions say the same, intervals hold the truth as often as they say", () => {
  /** Values with their probabilities, and the range that they lie in. */
  const kinds = {
    "ties, with rare wins and losses": [[0, 0.02], [0.5, 0.95], [1, 0.03]],
    "ties and wins": [[0.5, 0.9], [1, 0.1]],
    "wins, with rare losses": [[0, 0.02], [0.5, 0.03], [1, 0.95]],
    "all kinds": [[0, 0.2], [0.25, 0.1], [0.5, 0.4], [0.75, 0.1], [1, 0.2]],
    "grades of 8, with rare ones of 2": [[2, 0.04], [7, 0.05], [8, 0.86], [9, 0.05]],
  } as const;
  for (const [name, weighted] of Object.entries(kinds)) {
    const truth = weighted.reduce((sum, [x, p]) => sum + x * p, 0);
    const range = name.startsWith("grades") ? GRADE : SHARE;
    for (const n of [10, 40]) {
      const runs = 150;
      let [before, after] = [0, 0];
      for (let run = 0; run < runs; run++) {
        const random = rng(name).split(`${n} ${run}`);
        const values = Array.from({ length: n }, (_, i): Value => {
          let left = random.uniform();
          const [value] = weighted.find(([, p]) => (left -= p) < 0) ?? weighted.at(-1)!;
          return { prompt: `${i}`, value };
        });
        const plain = stats.drawnMean(values, { rng: random.split("plain"), repetitions: 400 });
        const { low: l, high: h } = plain.interval!;
        if (l <= truth + 1e-9 && truth <= h + 1e-9) before++;
        const found = reached(
          { value: plain.value, low: l, high: h, n },
          values.map(({ value }) => value),
          range,
        );
        assert.ok(found.low < found.high, name);
        if (found.low <= truth + 1e-9 && truth <= found.high + 1e-9) after++;
      }
      const percent = (x: number) => `${(100 * x / runs).toFixed(0)} %`;
      console.log(
        `    ${name}, ${n} questions: ${percent(before)} by resamples alone, ${percent(after)}`,
      );
      assert.ok(after / runs >= 0.93, `${name}, ${n}: ${after} of ${runs}`);
    }
  }
  // Where ten questions or more differ, resamples are what they were.
  const some = { value: 0.5, low: 0.4, high: 0.6, n: 30 };
  assert.equal(reached(some, Array.from({ length: 30 }, (_, i) => i % 2), SHARE), some);
});

Deno.test("equal values have an interval where the range is known, and none where nobody knows it", () => {
  const equal = (value: number, n = 10) =>
    Array.from({ length: n }, (_, i) => ({ prompt: `${i}`, value }));
  // n ties: ± z² / 2(n + z²).
  const z2 = 3.8414588;
  close(rate(equal(0.5), rng(1))!.high!, 0.5 + z2 / 2 / (10 + z2), 1e-6);
  const grade = averaged(equal(8), rng(1), GRADE)!;
  assert.ok(grade.low! < 7 && grade.high! > 8 && grade.high! <= 10);
  assert.deepEqual(averaged(equal(120), rng(1)), { value: 120, n: 10 });
  // In a weighted mean a question counts as much as it weighs.
  const light = resampled(
    equal(8, 20),
    () => 8,
    rng(1),
    {
      parts: equal(8, 20).map(({ value }, i) => ({ value, weight: i < 2 ? 1 : 1e-9 })),
      range: GRADE,
    },
  )!;
  const two = averaged(equal(8, 2), rng(1), GRADE)!;
  close(light.low!, two.low!, 1e-3);
});
