import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

const z = (levels: readonly number[]) => levels.map((p) => -stats.normalQuantile(p));

Deno.test("bounds at five equal looks are those published for Lan and DeMets' two spendings", () => {
  const five = { at: [1, 2, 3, 4, 5], alpha: .025 };
  allClose(z(stats.lookLevels(five)), [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], 2e-4);
  allClose(
    z(stats.lookLevels({ ...five, spending: "pocock" })),
    [2.4380, 2.4268, 2.4101, 2.3966, 2.3859],
    2e-4,
  );
});

Deno.test("one look is a plain test, and levels depend on shares of the data alone", () => {
  allClose(stats.lookLevels({ at: [7] }), [.05], 1e-12);
  allClose(stats.lookLevels({ at: [5, 10, 20] }), stats.lookLevels({ at: [50, 100, 200] }), 1e-15);
  const wrong = (at: readonly number[], alpha = .05) => () => stats.lookLevels({ at, alpha });
  assert.throws(wrong([]), RangeError);
  assert.throws(wrong([0, 5]), /increase from above 0/);
  assert.throws(wrong([5, 5]), /increase/);
  assert.throws(wrong([5], .5), /Cannot spend 0.5/);
});

Deno.test("bounds hold for a process that is drawn, as they do for one that is integrated", () => {
  const at = [3, 4, 9, 10];
  const bounds = z(stats.lookLevels({ at, alpha: .1, spending: "pocock" }));
  const random = rng("process");
  let crossed = 0;
  for (let i = 0; i < 20_000; i++) {
    let [sum, n, out] = [0, 0, false];
    at.forEach((until, k) => {
      for (; n < until; n++) sum += random.normal();
      out ||= sum / Math.sqrt(n) > bounds[k]!;
    });
    if (out) crossed++;
  }
  // Three standard deviations of a share of 20,000 at .1 are .0064.
  close(crossed / 20_000, .1, .0064);
});

/** What a gate says of candidates that differ by `truth`, seeds of sd 1 at looks after 5, 10 and 20. */
function gate(truth: number, margin: number, trials = 4000) {
  const looks = [5, 10, 20];
  const levels = stats.lookLevels({ at: looks });
  const quantiles = looks.map((n, k) => stats.tQuantile(1 - levels[k]!, n - 1));
  const random = rng("gate").split(truth).split(margin);
  let [passed, failed, seeds] = [0, 0, 0];
  for (let i = 0; i < trials; i++) {
    let [sum, squares, n, k] = [0, 0, 0, 0];
    for (let open = true; open && k < looks.length; k++) {
      for (; n < looks[k]!; n++) {
        const x = truth + random.normal();
        sum += x;
        squares += x * x;
      }
      const mean = sum / n;
      const half = quantiles[k]! * Math.sqrt((squares - n * mean * mean) / (n - 1) / n);
      if (mean - half > -margin) passed++;
      else if (mean + half < 0 && mean < -margin) failed++;
      else continue;
      open = false;
    }
    seeds += n;
  }
  return { pass: passed / trials, fail: failed / trials, seeds: seeds / trials };
}

Deno.test("looking three times passes what is worse by the margin at most one time in twenty", () => {
  // Three standard deviations of a share of 4,000 at .05 are .0103.
  for (const margin of [.4, .8]) {
    const { pass } = gate(-margin, margin);
    assert.ok(pass <= .0603, `${pass} at ${margin}`);
    assert.ok(pass >= .03, `${pass} at ${margin}: the level is not used`);
  }
  // Three looks at level .05 each would not hold: the first two take from the last.
  const levels = stats.lookLevels({ at: [5, 10, 20] });
  assert.ok(levels[2]! < .05 && levels[0]! < levels[1]! && levels[1]! < levels[2]!);
});

Deno.test("looking three times fails what is no worse at most one time in twenty", () => {
  for (const [truth, margin] of [[0, .2], [0, .8], [.1, .2]] as const) {
    const { fail } = gate(truth, margin);
    assert.ok(fail <= .0603, `${fail} at ${truth}, ${margin}`);
  }
});

Deno.test("a drop of twice the margin fails four times in five, and sound candidates pass early", () => {
  const drop = gate(-1.4, .7, 1000);
  assert.ok(drop.fail >= .8, `${drop.fail}`);
  assert.ok(drop.pass <= .01);
  const sound = gate(0, 1.2, 1000);
  assert.ok(sound.pass >= .9 && sound.seeds < 15, `${sound.pass} after ${sound.seeds}`);
});
