import assert from "node:assert/strict";
import { type Expectation, rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

const seeds = (values: readonly number[]) => values.map((x) => [x]);
const verdict = (values: readonly number[], expect: Expectation, margin: number) =>
  stats.judge(seeds(values), { expect, margin, sampled: false }).verdict;

Deno.test("tails are right where they are tiny, and quantiles are their inverses", () => {
  // Abramowitz and Stegun 26.2.12 at −9; T with one degree of freedom is Cauchy's.
  close(stats.normalShare(-9) / 1.1285884059538e-19, 1, 1e-12);
  close(stats.tTail(1, 1), 1 / 2, 1e-7);
  close(stats.fTail(4, 1, 7), stats.tTail(2, 7), 1e-12);
  close(stats.normalShare(stats.normalQuantile(1e-6)) / 1e-6, 1, 1e-8);
  close(stats.tTail(stats.tQuantile(0.975, 4), 4), 0.05, 1e-7);
});

Deno.test("not lower is what lies above minus the margin, though it need not lie above 0", () => {
  // The audit's 0.061 ± 0.099 at a margin of 0.05: open as "higher", not lower by 0.038 at most.
  const sample = [0.17, -0.03, 0.1, 0.0, 0.065];
  assert.equal(verdict(sample, "higher", 0.05), "undecided");
  assert.equal(verdict(sample, "not lower", 0.05), "confirmed");
  assert.equal(verdict(sample.map((x) => -x), "not higher", 0.05), "confirmed");
  assert.equal(verdict([-0.1, -0.12, -0.11], "not lower", 0.05), "refuted");
  assert.equal(verdict([-0.01, -0.12, 0.02], "not lower", 0.05), "undecided");
  assert.equal(verdict([0.1, 0.12, 0.11], "not higher", 0.05), "refuted");
});

Deno.test("p is Student's, one-sided, from the bound that is expected", () => {
  const values = [0.3, 0.1, 0.2, 0.4, 0.25];
  const { mean, stderr, df } = stats.pairedT(values);
  const tail = (t: number) => stats.tTail(t, df) / 2;
  const p = (expect: Expectation, margin: number) =>
    stats.judge(seeds(values), { expect, margin, sampled: false }).p!;
  assert.ok(Math.abs(p("higher", 0.05) - tail(mean / stderr)) < 1e-9);
  assert.ok(Math.abs(p("not lower", 0.05) - tail((mean + 0.05) / stderr)) < 1e-9);
  assert.equal(p("lower", 0.05), 1);
  // Equality needs both bounds: the nearer one decides.
  assert.ok(Math.abs(p("equal", 0.5) - tail((0.5 - mean) / stderr)) < 1e-9);
});

Deno.test("without an effect not lower is confirmed falsely at most one time in forty at its bound", () => {
  const draws = rng("not lower");
  const runs = 4000;
  let [false_, power] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const noise = Array.from({ length: 5 }, () => 0.05 * draws.normal());
    if (verdict(noise.map((x) => x - 0.05), "not lower", 0.05) === "confirmed") false_++;
    if (verdict(noise.map((x) => x + 0.05), "not lower", 0.05) === "confirmed") power++;
  }
  assert.ok(false_ / runs < 0.025 + 3 * Math.sqrt(0.025 / runs), `${false_}`);
  assert.ok(power / runs > 0.8, `${power}`);
});

Deno.test("by chance is the share of sign patterns that would be confirmed", () => {
  const question = { expect: "higher", margin: 0.01, sampled: false } as const;
  // Of five like differences only the pattern with all on one side is decided.
  assert.equal(stats.byChance(seeds([1, 1.1, 0.9, 1.05, 0.95]), question), 1 / 32);
  assert.equal(stats.byChance(seeds([3, -0.1, 0.2, 0.1, -0.2]), question), 0);
  assert.equal(stats.byChance(seeds([1, 1]), { ...question, expect: "equal" }), undefined);
});

Deno.test("by chance twenty seeds are turned like ten, all of them", () => {
  const rows = Array.from({ length: 20 }, (_, i) => [1 + (i % 3) / 10]);
  const chance = stats.byChance(rows, { expect: "higher", margin: 0, sampled: false })!;
  // Two-sided at 95 %, of which one side.
  assert.ok(chance > 0.005 && chance < 0.045, `${chance}`);
});
