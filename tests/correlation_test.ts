import assert from "node:assert/strict";
import fc from "fast-check";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

Deno.test("correlations by hand, with ties and without", () => {
  const [xs, ys] = [[1, 2, 3, 4], [1, 3, 2, 4]];
  close(stats.pearson(xs, ys), .8);
  // 1 − 6 · 2 / (4 · 15), and five pairs against one of six.
  close(stats.spearman([1, 2, 3, 40], ys), .8);
  close(stats.kendall([1, 2, 3, 40], ys), 4 / 6);
  close(stats.pearson([0, 0, 1], [0, 1, 1]), .5);
  // x leaves one pair of three open and so does y: one in order over √(2 · 2).
  close(stats.kendall([0, 0, 1], [0, 1, 1]), .5);
  // Ranks 1.5, 1.5, 3 and 1, 2.5, 2.5.
  close(stats.spearman([0, 0, 1], [0, 9, 9]), .5);
});

Deno.test("a side that does not vary has no correlation, and what cannot be paired is refused", () => {
  for (const correlation of [stats.pearson, stats.spearman, stats.kendall]) {
    assert.equal(correlation([1, 1, 1], [1, 2, 3]), undefined);
    assert.throws(() => correlation([1], [1]), RangeError);
    assert.throws(() => correlation([1, 2], [1, 2, 3]), /2 values with 3/);
    assert.throws(() => correlation([1, NaN], [1, 2]), /NaN/);
  }
});

Deno.test("rank correlations know order alone, and turn with it", () => {
  const side = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(side, side, (xs, ys) => {
      for (const correlation of [stats.spearman, stats.kendall]) {
        const found = correlation(xs, ys);
        if (found === undefined) continue;
        assert.ok(Math.abs(found) <= 1 + 1e-12);
        close(correlation(ys, xs), found, 1e-12);
        close(correlation(xs.map((x) => x ** 3), ys.map((y) => Math.exp(y))), found, 1e-12);
        close(correlation(xs.map((x) => -x), ys), -found, 1e-12);
        if (new Set(xs).size > 1) close(correlation(xs, xs), 1, 1e-12);
      }
    }),
    { seed: 20250101, numRuns: 200 },
  );
});
