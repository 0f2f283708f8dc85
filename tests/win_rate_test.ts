import assert from "node:assert/strict";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

Deno.test("G1 plain win-rate with its standard error and counts", () => {
  const found = stats.winRate(
    [1, 2, 1.5, 1.2, 1.9, 1.5, 1.03, 1.75].map(stats.fromAlpacaPreference),
  );
  close(100 * found.rate, 48.5, 1e-9);
  close(100 * found.stderr!, 13.572556344);
  assert.deepEqual([found.wins, found.losses, found.draws, found.n], [3, 3, 2, 8]);
  close(100 * found.discrete, 50, 1e-9);
});

Deno.test("G2 a preference from two log-probabilities, as shown and turned back", () => {
  // AlpacaEval writes 2 − P(first shown), and 3 minus that where the model was shown first.
  const share = (m: number, M: number) => stats.preferenceFromLogs(m, M)!;
  close(2 - share(-.2, -1.8), 1.1679816148660755, 1e-12);
  close(1 + share(-.2, -1.8), 1.8320183851339245, 1e-12);
  close(2 - share(-4.048847, -.017597131), 1.9825575130, 1e-9);
  close(1 + share(-4.048847, -.017597131), 1.0174424870, 1e-9);
});

Deno.test("a verdict that is not listed has probability 0, and two of them are no preference", () => {
  assert.equal(stats.preferenceFromLogs(-3, undefined), 1);
  assert.equal(stats.preferenceFromLogs(undefined, -3), 0);
  assert.equal(stats.preferenceFromLogs(undefined, undefined), undefined);
  assert.equal(stats.preferenceFromLogs(-Infinity, -Infinity), undefined);
  // Far below what a double can hold as a probability.
  close(stats.preferenceFromLogs(-2000, -2000 + Math.log(3)), .25, 1e-12);
  assert.throws(() => stats.preferenceFromLogs(.1, -1), RangeError);
  assert.throws(() => stats.preferenceFromLogs(NaN, -1), RangeError);
});

Deno.test("win-rates of nothing, of one and of what is no preference", () => {
  assert.throws(() => stats.winRate([]), RangeError);
  const one = stats.winRate([.5]);
  assert.deepEqual(one, { rate: .5, wins: 0, losses: 0, draws: 1, discrete: .5, n: 1 });
  assert.throws(() => stats.winRate([.5, 1.5]), /preference 1, 1\.5/);
  assert.throws(() => stats.winRate([NaN]), /NaN/);
  assert.equal(stats.fromAlpacaPreference(0), .5);
  for (const wrong of [-1, .5, 2.01, NaN]) {
    assert.throws(() => stats.fromAlpacaPreference(wrong), RangeError);
  }
});
