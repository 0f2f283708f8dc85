import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

const up = { x: "higher", y: "higher" } as const;
const close = (a: number | undefined, b: number) =>
  assert.ok(a !== undefined && Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

Deno.test("a frontier is the points that none betters in both, by rising x", () => {
  const points = [{ x: 1, y: 1 }, { x: 2, y: 3 }, { x: 3, y: 2 }, { x: 2, y: 1 }, { x: 3, y: 1.5 }];
  assert.deepEqual(stats.efficient(points, up), [{ x: 2, y: 3 }, { x: 3, y: 2 }]);
  // Where a low x is the good one: reward at equal KL.
  assert.deepEqual(stats.efficient(points, { x: "lower", y: "higher" }), [
    { x: 1, y: 1 },
    { x: 2, y: 3 },
  ]);
});

Deno.test("two frontiers are compared where both are known, with straight lines between points", () => {
  const one = [{ x: 0, y: 4 }, { x: 2, y: 2 }, { x: 4, y: 0 }];
  const other = [{ x: 1, y: 2 }, { x: 3, y: 0 }];
  // From 1 to 3 the first has 3 … 1 and the second 2 … 0.
  close(stats.atEqual(one, other, up), 1);
  close(stats.atEqual(other, one, up), -1);
  // One point of each, at the same place.
  close(stats.atEqual([{ x: 1, y: 5 }], [{ x: 1, y: 2 }], up), 3);
  // A point of one within the other's range is held against the line there.
  close(stats.atEqual([{ x: 1, y: 5 }], one, up), 2);
});

Deno.test("a side that goes on and gets worse is as good there as at its best before", () => {
  const way = { x: "lower", y: "higher" } as const;
  const good = [{ x: 0.2, y: 0.5 }, { x: 1, y: 0.8 }, { x: 2, y: 0.95 }];
  const peaks = [{ x: 0.2, y: 0.6 }, { x: 1, y: 0.3 }, { x: 2, y: 0.1 }];
  // At 0.2 it is behind by 0.1, and from then on ahead of 0.6 by more and more.
  assert.ok(stats.atEqual(good, peaks, way)! > 0.15);
  assert.ok(stats.atEqual(peaks, good, way)! < -0.15);
});

Deno.test("where ranges do not overlap there is no comparison, and nothing is extrapolated", () => {
  const near = [{ x: 0, y: 9 }, { x: 1, y: 8 }];
  const far = [{ x: 2, y: 1 }, { x: 3, y: 0 }];
  assert.equal(stats.atEqual(near, far, up), undefined);
  assert.equal(stats.atEqual([], far, up), undefined);
});

Deno.test("a lower operating point on the same frontier is no gain, though its y alone is far higher", () => {
  // The audit's table of f-dpo-forward-kl beside DPO: entropy bought with win-rate.
  const dpo = [[0.766, 0.968], [0.754, 1.172], [0.741, 1.356], [0.727, 1.517], [0.713, 1.654], [
    0.693,
    1.819,
  ], [0.675, 1.944]].map(([x, y]) => ({ x: x!, y: y! }));
  const forward = [[0.702, 1.568], [0.7, 1.71], [0.693, 1.819]].map(([x, y]) => (
    { x: x!, y: y! }
  ));
  const gain = stats.atEqual(forward, dpo, up)!;
  assert.ok(gain < 0 && gain > -0.1, `${gain}`);
});

Deno.test("over seeds the interval of the difference at equal x covers 0 where both sides are one method", () => {
  const draws = rng("trade-off");
  const runs = 1000;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const rows = Array.from({ length: 5 }, () => {
      const side = () => {
        const shift = 0.1 * draws.normal();
        return [0.2, 0.4, 0.6, 0.8].map((x) => (
          { x: x + 0.03 * draws.normal(), y: 1 - x * x + shift + 0.03 * draws.normal() }
        ));
      };
      return [stats.atEqual(side(), side(), up)!];
    });
    const { interval } = stats.judge(rows, { expect: "higher", margin: 0.05, sampled: false });
    if (interval!.low <= 0 && interval!.high >= 0) covered++;
  }
  assert.ok(Math.abs(covered / runs - 0.95) < 0.02, `${covered} of ${runs}`);
});
