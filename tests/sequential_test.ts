import assert from "node:assert/strict";
import { rng, stats } from "../core/mod.ts";
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

/** What the gate says of `trials` candidates that differ by `truth`, seeds of sd 1 after 5, 10 and 20. */
function gate(truth: number, margin: number, trials = 4000) {
  const at = [5, 10, 20];
  const levels = stats.lookLevels({ at });
  const said = { pass: 0, fail: 0, open: 0 };
  let seeds = 0;
  for (let i = 0; i < trials; i++) {
    const random = rng("gate").split(i);
    const drawn = Array.from({ length: 20 }, () => truth + random.normal());
    let decision: stats.Verdict["decision"] = "open";
    for (const [k, n] of at.entries()) {
      const { mean: difference, stderr, df } = stats.pairedT(drawn.slice(0, n));
      ({ decision } = stats.nonInferior({ difference, stderr, df, margin }, levels[k]!));
      if (decision !== "open") {
        seeds += n;
        break;
      }
      if (k === 2) seeds += n;
    }
    said[decision]++;
  }
  const share = (n: number) => n / trials;
  return {
    pass: share(said.pass),
    fail: share(said.fail),
    open: share(said.open),
    seeds: seeds / trials,
  };
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

Deno.test("G14 the gate on paired differences: passes at .035, stays open at .03", () => {
  const { mean: difference, stderr, df } = stats.pairedT(
    [.04, -.02, -.05, .01, -.03, 0, -.06, .02, -.01, -.04],
  );
  const at = (margin: number) => stats.nonInferior({ difference, stderr, df, margin }, .05);
  close(at(.035).lower, -.03257394);
  assert.deepEqual([at(.035).decision, at(.03).decision], ["pass", "open"]);
  const turned = (margin: number) =>
    stats.nonInferior({ difference: difference * 3, stderr, df, margin }, .05).decision;
  // −.042 ± .0186 one-sided: below 0 with the estimate beyond .03 and beyond .023 even by its bound.
  assert.deepEqual([turned(.03), turned(.023), turned(.045)], ["fail", "fail", "open"]);
});

Deno.test("equal runs pass, an unknown spread stays open, and nonsense is refused", () => {
  const look = { difference: 0, stderr: 0, df: 4, margin: .02 };
  assert.equal(stats.nonInferior(look, .05).decision, "pass");
  assert.equal(stats.nonInferior({ ...look, difference: -.02 }, .05).decision, "open");
  assert.equal(stats.nonInferior({ ...look, difference: -.021 }, .05).decision, "fail");
  assert.equal(stats.nonInferior({ ...look, stderr: Infinity }, .05).decision, "open");
  assert.throws(() => stats.nonInferior({ ...look, margin: 0 }, .05), /margin of 0/);
  assert.throws(() => stats.nonInferior({ ...look, difference: NaN }, .05), /difference of NaN/);
  assert.throws(() => stats.nonInferior({ ...look, df: 0 }, .05), /0 degrees/);
  assert.throws(() => stats.nonInferior(look, 0), /level 0/);
});
