import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

// Moderation. The expected numbers are SciPy's, by limma's formulae (fitFDist, squeezeVar).

Deno.test("derivatives of log Γ, and their inverse", () => {
  close(stats.digamma(1), -0.5772156649015329, 1e-12);
  close(stats.digamma(0.1), -10.423754940411076, 1e-11);
  close(stats.trigamma(1), Math.PI ** 2 / 6, 1e-12);
  close(stats.trigamma(0.1), 101.43329915, 1e-7);
  close(stats.trigamma(7.5), 0.1426159, 1e-7);
  for (const x of [1e-4, 0.3, 1, 20, 1e5]) {
    close(stats.trigammaInverse(stats.trigamma(x)) / x, 1, 1e-6);
  }
  assert.throws(() => stats.trigamma(0), /Cannot compute ψ′ of 0/);
});

const of = (values: readonly number[], df: number | readonly number[]) =>
  values.map((value, i) => ({ value, df: typeof df === "number" ? df : df[i]! }));

Deno.test("the prior and squeezed variances are limma's", () => {
  const variances = of([0.1, 0.5, 1, 2, 8, 30], 2);
  const prior = stats.priorVariance(variances);
  close(prior.value, 1.3908852469148996, 1e-9);
  close(prior.df, 1.5360538004322124, 1e-9);
  allClose(
    variances.map((own) => stats.moderated(own, prior).value),
    [0.66075764, 0.88699854, 1.16979967, 1.73540192, 5.12901545, 17.57226504],
    1e-7,
  );
  const uneven = stats.priorVariance(of([0.1, 0.5, 1, 2, 8, 30], [2, 2, 4, 4, 1, 2]));
  close(uneven.value, 1.2903527730017745, 1e-9);
  close(uneven.df, 1.3973483292119249, 1e-9);
  // Less apart than estimates of one variance are.
  const one = stats.priorVariance(of([0.5, 1, 2], 2));
  assert.equal(one.df, Infinity);
  close(one.value, 1.781072417990198, 1e-9);
  assert.deepEqual(stats.moderated({ value: 9, df: 2 }, one, 6), { value: one.value, df: 6 });
});

Deno.test("variances of 0 have no part in the prior, and what is unknown takes it as it is", () => {
  const some = of([0.1, 0.5, 1, 2, 8, 30], 2);
  const prior = stats.priorVariance(some);
  assert.deepEqual(stats.priorVariance([...some, { value: 0, df: 2 }, { value: 0, df: 0 }]), prior);
  assert.deepEqual(stats.moderated({ value: 0, df: 0 }, prior), prior);
  assert.deepEqual(stats.priorVariance(of([0, 0], 2)), { value: 0, df: 0 });
  // A prior of few things is trusted less.
  assert.ok(stats.priorVariance(some, 9).df < prior.df);
});

// Many at once

Deno.test("the joint tail is Bonferroni's without correlation, nearly, and smaller with it", () => {
  const ask = { n: 9, df: Infinity, correlation: 0, sides: 2 as const };
  close(stats.jointTail(0.01, ask), 1 - 0.99 ** 9, 1e-4);
  // Dunnett's table: 9 comparisons with a control, ρ ½, ∞ df, two-sided 5 % at |t| 2.69.
  close(stats.jointTail(stats.tTail(2.69, 1e6), { ...ask, correlation: 0.5 }), 0.05, 2e-3);
  // One-sided 5 % at 2.42 (Bechhofer and Dunnett).
  const oneSided = { ...ask, correlation: 0.5, sides: 1 as const };
  close(stats.jointTail(stats.tTail(2.42, 1e6) / 2, oneSided), 0.05, 2e-3);
  // Variances of their own make tails larger than one shared by all, but not past Bonferroni's.
  const few = stats.jointTail(0.005, { ...ask, df: 4 });
  close(few, 1 - 0.995 ** 9, 1e-3);
  assert.equal(stats.jointTail(0.3, { ...ask, n: 1 }), 0.3);
});

const layout = (rows: { readonly [method: string]: readonly (number | undefined)[] }) =>
  new Map(
    Object.entries(rows).map(([method, values]) => [
      method,
      new Map(values.flatMap((x, seed) => x === undefined ? [] : [[seed, [x]] as const])),
    ]),
  );

Deno.test("what a seed does to all methods, and a missing run, leave comparisons as they are", () => {
  const rows = { a: [1, 2.1, 2.9], b: [0.2, 1, 2.3], c: [0, 1.2, 1.9], d: [3, 4.3, 4.8] };
  const lifted = Object.fromEntries(
    Object.entries(rows).map(([method, xs]) => [method, xs.map((x, s) => x + 10 * s)]),
  );
  const [plain, shifted] = [rows, lifted].map((x) => stats.moderatedPairs(layout(x)).pairs);
  plain!.forEach((pair, i) => close(pair.stderr, shifted![i]!.stderr, 1e-9));
  // One seed in common: the others tell how wide such a difference is.
  const { pairs, prior } = stats.moderatedPairs(
    layout({ ...rows, e: [0.5, undefined, undefined] }),
  );
  const one = pairs.find(({ a, b }) => a === "a" && b === "e")!;
  assert.equal(one.difference, 0.5);
  close(one.stderr, Math.sqrt(prior.value), 1e-9);
  // And where one seed is all there is, nothing does.
  assert.equal(stats.moderatedPairs(layout({ a: [1], b: [2] })).pairs[0]!.p, 1);
});

Deno.test("sampled prompts add their spread, by the two-way layout", () => {
  // Differences 1 ± 1 by prompt on each of three seeds, and none between seeds.
  const b = [0, 0, 0, 0];
  const a = [0, 2, 0, 2];
  const same = (row: number[]) => new Map([0, 1, 2].map((seed) => [seed, row]));
  const { pairs } = stats.moderatedPairs(new Map([["a", same(a)], ["b", same(b)]]));
  close(pairs[0]!.stderr ** 2, (4 / 3) / 4, 1e-12);
  assert.equal(pairs[0]!.df, 3);
});

Deno.test("methods that are one are never told apart, and equal steps have a width", () => {
  const { pairs } = stats.moderatedPairs(
    layout({ a: [1, 2, 3], same: [1, 2, 3], c: [2, 3, 4], d: [1.3, 2.2, 3.9], e: [0, 2.5, 3] }),
  );
  const p = (x: string, y: string) => pairs.find(({ a, b }) => a === x && b === y)!.p;
  assert.equal(p("a", "same"), 1);
  assert.ok(p("a", "c") > 0);
});

// Coverage and power, beside the rule of before: Student's t of each pair alone, and Holm.

/** Methods of unequal spread that share seeds; the last may vary 15-fold, or with t's two degrees of freedom. */
function drawn(
  random: ReturnType<typeof rng>,
  means: readonly number[],
  seeds: number,
  last: string,
) {
  const shared = Array.from({ length: seeds }, () => 3 * random.normal());
  return layout(Object.fromEntries(means.map((mean, m) => {
    const width = Math.exp(0.6 * random.normal());
    const noise = () => {
      const x = random.normal();
      if (m < means.length - 1 || last === "alike") return width * x;
      return last === "wide"
        ? 15 * x
        : 5 * x / Math.sqrt((random.normal() ** 2 + random.normal() ** 2) / 2);
    };
    return [`m${m}`, shared.map((seed) => mean + seed + noise())];
  })));
}

function alone(values: stats.SeedLayout, pairs: readonly stats.Contrast[]): stats.Contrast[] {
  return pairs.map((pair) => {
    const [xs, ys] = [values.get(pair.a)!, values.get(pair.b)!];
    const found = [...xs].map(([seed, [x]]) => x! - ys.get(seed)![0]!);
    return { ...pair, p: stats.tTail(stats.mean(found) / stats.standardError(found), xs.size - 1) };
  });
}

const share = (decisions: readonly stats.Decision[]) =>
  decisions.filter(({ winner }) => winner !== undefined).length / decisions.length;

for (
  const { methods, seeds, trials, power } of [
    { methods: 74, seeds: 3, trials: 40, power: [0.15, 0.02] },
    { methods: 10, seeds: 5, trials: 200, power: [0.55, 0.8] },
  ]
) {
  for (const last of ["alike", "wide", "heavy-tailed"]) {
    const name = `${methods} methods on ${seeds} seeds, the last ${last}`;

    Deno.test(`5 % of families err: ${name}`, () => {
      const random = rng(`coverage ${name}`);
      const means = Array(methods).fill(0);
      const errors = { ranks: 0, best: 0, baseline: 0 };
      for (let i = 0; i < trials; i++) {
        const values = drawn(random, means, seeds, last);
        const { pairs } = stats.moderatedPairs(values);
        if (share(stats.decide(pairs, "higher")) > 0) errors.ranks++;
        if (!stats.mayBeBest([...values.keys()], pairs, "higher").has("m0")) errors.best++;
        if (stats.manyToOne("m0", pairs).some(({ adjusted }) => adjusted <= 0.05)) {
          errors.baseline++;
        }
      }
      const most = 0.05 + 3 * Math.sqrt(0.05 * 0.95 / trials);
      for (const [question, n] of Object.entries(errors)) {
        assert.ok(n / trials <= most, `${question}: ${n} of ${trials}`);
      }
    });

    Deno.test(`more is found than before: ${name}`, () => {
      const random = rng(`power ${name}`);
      let [now, before, best, asBefore] = [0, 0, 0, 0];
      const n = trials / 10;
      for (let i = 0; i < n; i++) {
        const means = Array.from({ length: methods }, () => 8 * random.normal());
        const values = drawn(random, means, seeds, last);
        const { pairs } = stats.moderatedPairs(values);
        const old = stats.decide(alone(values, pairs), "higher");
        now += share(stats.decide(pairs, "higher")) / n;
        before += share(old) / n;
        const names = [...values.keys()];
        best += stats.mayBeBest(names, pairs, "higher").size / n;
        asBefore += stats.rankIntervals(names, old).filter(({ best }) => best === 1).length / n;
      }
      const told = `${now} against ${before}; ${best} may be best, ${asBefore} before`;
      assert.ok(now > power[0]! && before < power[1]! && now > before, told);
      assert.ok(best < asBefore, told);
    });
  }
}

Deno.test("a method that varies as no other does is set apart, and leaves the others' prior alone", () => {
  const random = rng("apart");
  const values = drawn(random, Array(20).fill(0), 5, "alike");
  const before = stats.moderatedPairs(values);
  const wide = new Map([0, 1, 2, 3, 4].map((seed) => [seed, [1000 * random.normal()]]));
  const found = stats.moderatedPairs(
    new Map<string, Map<number, readonly number[]>>([...values, ["wide", wide]]),
  );
  assert.deepEqual(found.apart, [...before.apart, "wide"]);
  assert.deepEqual(found.prior, before.prior);
  for (const pair of found.pairs) if (pair.b === "wide") assert.equal(pair.df, 4);
});

Deno.test("who may be best and who differs from the control follow the better side", () => {
  const { pairs } = stats.moderatedPairs(
    layout({
      a: [9, 9.2, 9.1, 9],
      b: [8.9, 9.1, 9.2, 9.1],
      c: [1, 1.2, 0.9, 1.1],
      d: [1, 1, 1, 1.2],
    }),
  );
  const names = ["a", "b", "c", "d"];
  assert.deepEqual([...stats.mayBeBest(names, pairs, "higher")], ["a", "b"]);
  assert.deepEqual([...stats.mayBeBest(names, pairs, "lower")], ["c", "d"]);
  const beside = stats.manyToOne("c", pairs);
  const sure = beside.filter(({ adjusted }) => adjusted <= 0.05);
  assert.deepEqual(sure.map(({ method }) => method).sort(), ["a", "b"]);
  assert.ok(
    sure.every(({ difference, low, high }) => low > 0 && low < difference && difference < high),
  );
  beside.slice(1).forEach((one, i) => assert.ok(one.adjusted >= beside[i]!.adjusted));
});
