import assert from "node:assert/strict";
import fc from "fast-check";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { davidson, raoKupper } from "../stats/ties.ts";
import { close } from "./close.ts";

const runs = { seed: 20250101, numRuns: 60 };

function met(a: string, b: string, wins: number, losses: number, ties = 0): stats.Battle[] {
  const times = (n: number, score: number) => Array.from({ length: n }, () => ({ a, b, score }));
  return [...times(wins, 1), ...times(losses, 0), ...times(ties, .5)];
}
const three = [...met("A", "B", 8, 2), ...met("A", "C", 9, 1), ...met("B", "C", 6, 4)];
const none = { ridge: 0 };

function ratings(fit: stats.BradleyTerry, expected: Readonly<Record<string, number>>) {
  assert.deepEqual(Object.keys(fit.ratings).sort(), Object.keys(expected).sort());
  for (const [model, value] of Object.entries(expected)) close(fit.ratings[model]!.value, value);
}

Deno.test("G3 Bradley–Terry ratings, Elo's scale, probabilities, likelihood and anchored errors", () => {
  const fit = stats.bradleyTerry(three, none);
  ratings(fit, { A: 1.17018955, B: -.34171416, C: -.82847539 });
  const elo = { A: 1203.28274615, B: 940.63817047, C: 856.07908338 };
  for (const [model, points] of Object.entries(elo)) {
    close(stats.eloScale(fit.ratings[model]!.value), points, 1e-5);
  }
  close(stats.expectedScore(fit, "A", "B"), .81934317);
  close(stats.expectedScore(fit, "A", "C"), .88065683);
  close(stats.expectedScore(fit, "B", "C"), .61934317);
  close(fit.logLikelihood, -15.02387028);
  assert.equal(fit.n, 30);
  const anchored = stats.bradleyTerry(three, { ...none, anchor: "C" }).ratings;
  close(anchored["A"]!.stderr, .71423079);
  close(anchored["B"]!.stderr, .58004610);
  assert.deepEqual(anchored["C"], { value: 0, stderr: 0 });
  const tied = stats.bradleyTerry([...three, ...met("A", "B", 0, 0, 2)], none);
  ratings(tied, { A: 1.03647867, B: -.23613197, C: -.80034670 });
});

Deno.test("G3b a clean record stays finite under a ridge, and is refused without one", () => {
  const clean = met("A", "B", 5, 0);
  const fit = stats.bradleyTerry(clean, { ridge: .05 });
  ratings(fit, { A: 1.6796375227, B: -1.6796375227 });
  assert.throws(() => stats.bradleyTerry(clean, none), /Cannot rate A, B at ridge 0/);
  // A cycle is not separated, however lopsided; a model at the top of everything is.
  const cycle = [...met("A", "B", 9, 0), ...met("B", "C", 9, 0), ...met("C", "A", 9, 0)];
  ratings(stats.bradleyTerry(cycle, none), { A: 0, B: 0, C: 0 });
});

/** Elo's sequential update, which no board may use: it depends on the order of the games. */
function elo(scores: readonly number[], k = 4): number {
  return scores.reduce((a, score) => {
    const expected = 1 / (1 + 10 ** ((2000 - 2 * a) / 400));
    return a + k * (score - expected);
  }, 1000);
}

Deno.test("G4 Elo depends on the order of the same games, and Bradley–Terry does not", () => {
  close(elo([1, 1, 1, 0, 0]), 1001.8184712587);
  close(elo([0, 0, 1, 1, 1]), 1002.0899881674);
  close(elo([1, .5, 0]), 999.9542153812);
  const rated = (scores: readonly number[]) =>
    stats.bradleyTerry(scores.map((score) => ({ a: "A", b: "B", score })), none).ratings["A"];
  assert.deepEqual(rated([1, 1, 1, 0, 0]), rated([0, 0, 1, 1, 1]));
  close(rated([1, 1, 1, 0, 0])!.value, Math.log(3 / 2) / 2);
});

Deno.test("G5 Davidson's ties in closed form", () => {
  const fit = stats.bradleyTerry(met("A", "B", 8, 2, 5), { ...none, ties: "davidson" });
  close(fit.ratings["A"]!.value - fit.ratings["B"]!.value, 1.3862943611);
  close(fit.nu, 1.25);
  // Saturated: the fitted shares are the observed ones, so a is expected to score (8 + 2.5) / 15.
  close(stats.expectedScore(fit, "A", "B"), .7);
  close(
    fit.logLikelihood,
    8 * Math.log(8 / 15) + 2 * Math.log(2 / 15) + 5 * Math.log(5 / 15),
    1e-9,
  );
  close(fit.ratings["A"]!.stderr * 2, Math.sqrt(1 / 8 + 1 / 2), 1e-9);
});

Deno.test("Rao and Kupper's ties in closed form", () => {
  const options = { ridge: 0, ties: "rao-kupper" as const };
  // Equals: each wins 1 / (1 + θ) of all, so θ = 1 + 2T / (W + L), whatever T is.
  for (const tied of [1, 4, 40]) {
    const level = stats.bradleyTerry(met("A", "B", 4, 4, tied), options);
    ratings(level, { A: 0, B: 0 });
    close(level.theta, 1 + 2 * tied / 8, 1e-9);
  }
  // Two models are saturated: σ(d − η) = 8/15 and σ(−d − η) = 2/15, so that the odds 8/7 and 2/13
  // give d = log(8/7 · 13/2) / 2 and θ = √(7/8 · 13/2).
  const fit = stats.bradleyTerry(met("A", "B", 8, 2, 5), options);
  close(fit.ratings["A"]!.value - fit.ratings["B"]!.value, Math.log(52 / 7) / 2, 1e-9);
  close(fit.theta, Math.sqrt(91 / 16), 1e-9);
  assert.equal(fit.nu, undefined);
  close(stats.expectedScore(fit, "A", "B"), .7, 1e-9);
  close(stats.expectedScore(fit, "B", "A"), .3, 1e-9);
  const likely = 8 * Math.log(8 / 15) + 2 * Math.log(2 / 15) + 5 * Math.log(5 / 15);
  close(fit.logLikelihood, likely, 1e-9);
  // d is half the difference of two logits of one multinomial of 15: by the delta method.
  const [p, q] = [8 / 15, 2 / 15];
  const variance = (1 / (p * (1 - p)) + 1 / (q * (1 - q)) + 2 / ((1 - p) * (1 - q))) / 4 / 15;
  close(2 * fit.ratings["A"]!.stderr, Math.sqrt(variance), 1e-9);
});

Deno.test("Rao and Kupper without a tie are Bradley–Terry, and few ties lie close to it", () => {
  const plain = stats.bradleyTerry(three);
  const none = stats.bradleyTerry(three, { ties: "rao-kupper" });
  assert.deepEqual({ ...none, theta: undefined }, { ...plain, theta: undefined });
  assert.equal(none.theta, 1);
  const rare = [...three, { a: "A", b: "B", score: .5, weight: 1e-6 }];
  const fit = stats.bradleyTerry(rare, { ties: "rao-kupper" });
  assert.ok(fit.theta! > 1 && fit.theta! < 1 + 1e-5);
  for (const [model, { value }] of Object.entries(plain.ratings)) {
    close(fit.ratings[model]!.value, value, 1e-5);
  }
});

Deno.test("derivatives of both models of ties are those of finite differences, and agree with what they say", () => {
  const h = 1e-5;
  const counts = { wins: 3, losses: 2.5, ties: 1.5 };
  for (
    const [outcome, chances] of [
      [davidson, (d: number, eta: number) => {
        const parts = [Math.exp(d / 2), Math.exp(-d / 2), Math.exp(eta)];
        return parts.map((part) => part / parts.reduce((sum, x) => sum + x));
      }],
      [raoKupper, (d: number, eta: number) => {
        const [a, b, theta] = [Math.exp(d / 2), Math.exp(-d / 2), Math.exp(eta)];
        const [win, loss] = [a / (a + theta * b), b / (b + theta * a)];
        return [win, loss, 1 - win - loss];
      }],
    ] as const
  ) {
    for (const d of [-3, -.4, 0, .9, 4]) {
      for (const eta of [.02, .3, 1.2, 3]) {
        const at = outcome(counts, d, eta);
        const [win, loss, tie] = chances(d, eta);
        close(at.value, -3 * Math.log(win!) - 2.5 * Math.log(loss!) - 1.5 * Math.log(tie!), 1e-9);
        const [up, down] = [outcome(counts, d + h, eta), outcome(counts, d - h, eta)];
        const [more, less] = [outcome(counts, d, eta + h), outcome(counts, d, eta - h)];
        const slope = (a: number, b: number) => (a - b) / (2 * h);
        const near = (found: number, expected: number) =>
          close(found, expected, 1e-5 * Math.max(1, Math.abs(expected)));
        near(at.slope, slope(up.value, down.value));
        near(at.curve, slope(up.slope, down.slope));
        near(at.mixed, slope(more.slope, less.slope));
        near(at.mixed, slope(up.tieSlope, down.tieSlope));
        near(at.tieSlope, slope(more.value, less.value));
        near(at.tieCurve, slope(more.tieSlope, less.tieSlope));
      }
    }
  }
  assert.equal(raoKupper(counts, .3, 0).value, Infinity);
});

Deno.test("ties by a threshold: ratings, position and θ are those that made the battles", () => {
  const random = rng("threshold");
  const strengths: Readonly<Record<string, number>> = { A: .8, B: 0, C: -.8 };
  const some = Array.from({ length: 6000 }, (_, i) => {
    const [a, b] = [["A", "B"], ["A", "C"], ["B", "C"]][i % 3] as [string, string];
    const first = random.uniform() < .5 ? 1 : -1;
    const d = strengths[a]! - strengths[b]! + .3 * first;
    const u = random.uniform();
    const [win, loss] = [stats.sigmoid(d - Math.log(2)), stats.sigmoid(-d - Math.log(2))];
    const score = u < win ? 1 : u < win + loss ? 0 : .5;
    return { a, b, score, covariates: [first], prompt: `${i % 500}` };
  });
  const options = { ties: "rao-kupper" as const, covariates: ["first"] };
  const fit = stats.bradleyTerry(some, options);
  for (const [model, value] of Object.entries(strengths)) {
    close(fit.ratings[model]!.value, value, 3.5 * fit.ratings[model]!.stderr);
  }
  close(fit.covariates["first"]!.value, .3, 3.5 * fit.covariates["first"]!.stderr);
  close(fit.theta, 2, .1);
  const { theta, tie } = stats.bradleyTerryIntervals(some, {
    ...options,
    rng: rng(1),
    repetitions: 200,
  });
  assert.ok(tie!.low < theta! && theta! < tie!.high && tie!.low < 2 && 2 < tie!.high);
  assert.ok(tie!.high - tie!.low < .3);
  // Resamples without a tie have θ = 1.
  const rare = [...simulated("rare", { A: .5, B: 0 }, 40), {
    ...{ a: "A", b: "B", score: .5, prompt: "last" },
  }];
  const few = stats.bradleyTerryIntervals(rare, {
    ...options,
    covariates: [],
    rng: rng(1),
    repetitions: 200,
  });
  assert.equal(few.tie!.low, 1);
  assert.ok(few.tie!.high > few.theta!);
  assert.equal(
    stats.bradleyTerryIntervals(some, { covariates: ["first"], rng: rng(1), repetitions: 20 }).tie,
    undefined,
  );
});

Deno.test("nothing but ties, one battle, and Davidson without a tie stay finite", () => {
  const level = met("A", "B", 0, 0, 6);
  for (const ties of stats.tieModels) {
    ratings(stats.bradleyTerry(level, { ties }), { A: 0, B: 0 });
    const one = stats.bradleyTerry(met("A", "B", 1, 0), { ties });
    assert.ok(one.ratings["A"]!.value > .5 && one.ratings["A"]!.value < 5);
  }
  assert.ok(stats.bradleyTerry(level, { ties: "davidson" }).nu! > 10);
  assert.ok(stats.bradleyTerry(level, { ties: "rao-kupper" }).theta! > 10);
  assert.ok(stats.bradleyTerry(met("A", "B", 6, 3), { ties: "davidson" }).nu! < .05);
});

Deno.test("models that no chain of battles joins are named and not rated together", () => {
  const apart = [...three, ...met("D", "E", 1, 1), ...met("F", "E", 1, 1)];
  assert.deepEqual(stats.components(apart), [["A", "B", "C"], ["F", "D", "E"]]);
  assert.throws(() => stats.bradleyTerry(apart), /joins: A, B, C; F, D, E/);
  const joined = [...apart, ...met("C", "D", 0, 0, 1)];
  assert.equal(stats.components(joined).length, 1);
  assert.equal(Object.keys(stats.bradleyTerry(joined).ratings).length, 6);
});

Deno.test("battles that cannot be read are refused by their number", () => {
  const refused = (battle: Partial<stats.Battle>, options: stats.BradleyTerryOptions = {}) => () =>
    stats.bradleyTerry([...three, { a: "A", b: "B", score: 1, ...battle }], options);
  assert.throws(() => stats.bradleyTerry([]), RangeError);
  assert.throws(refused({ b: "A" }), /battle 30: A meets itself/);
  assert.throws(refused({ score: 1.5 }), /preference 30, 1\.5/);
  for (const ties of ["davidson", "rao-kupper"] as const) {
    assert.throws(refused({ score: .7 }, { ties }), /battle 30: found 0\.7/);
  }
  assert.throws(refused({ covariates: [1] }), /battle 30: found covariates \[1\], expected 0/);
  assert.throws(refused({ weight: 0 }), /battle 30: found weight 0/);
  assert.throws(refused({}, { anchor: "Z" }), /Cannot anchor at Z/);
  assert.throws(refused({}, { ridge: -1 }), /penalise by -1/);
  const fit = stats.bradleyTerry(three);
  assert.throws(() => stats.expectedScore(fit, "A", "constructor"), /constructor has no rating/);
});

const battles = fc.array(
  fc.record({
    a: fc.constantFrom("A", "B"),
    b: fc.constantFrom("C", "D"),
    score: fc.constantFrom(0, .5, 1),
  }),
  { minLength: 1, maxLength: 30 },
).map((some) => [...some, ...met("A", "B", 1, 1), ...met("B", "C", 1, 2), ...met("C", "D", 1, 1)]);

Deno.test("ratings depend neither on the order of battles nor on who is called a", () => {
  fc.assert(
    fc.property(battles, fc.constantFrom(...stats.tieModels), (some, ties) => {
      const options = { ties, covariates: ["first"] };
      const shown = some.map((battle, i) => ({ ...battle, covariates: [i % 2 ? 1 : -1] }));
      const fit = stats.bradleyTerry(shown, options);
      const expected = Object.fromEntries(
        Object.entries(fit.ratings).map(([model, { value }]) => [model, value]),
      );
      const turned = shown.toReversed().map(({ a, b, score, covariates }) => ({
        a: b,
        b: a,
        score: 1 - score,
        covariates: covariates.map((x) => -x),
      }));
      const other = stats.bradleyTerry(turned, options);
      ratings(other, expected);
      close(other.covariates["first"]!.value, fit.covariates["first"]!.value);
      close(Object.values(expected).reduce((sum, x) => sum + x, 0), 0, 1e-9);
    }),
    runs,
  );
});

Deno.test("a weight of three is three battles", () => {
  const thrice = three.flatMap((battle) => [battle, battle, battle]);
  const heavy = three.map((battle) => ({ ...battle, weight: 3 }));
  assert.deepEqual(stats.bradleyTerry(heavy), stats.bradleyTerry(thrice));
});

Deno.test("position and style are told apart from strength, with their own errors", () => {
  // Each is shown first equally often: a wins 3 in 4 where it is first, and 1 in 2 where b is.
  const shown = [
    ...met("A", "B", 75, 25).map((battle) => ({ ...battle, covariates: [1] })),
    ...met("A", "B", 50, 50).map((battle) => ({ ...battle, covariates: [-1] })),
  ];
  const fit = stats.bradleyTerry(shown, { ridge: 0, covariates: ["first"] });
  // logit(.75) = Δ + β and logit(.5) = Δ − β.
  close(fit.covariates["first"]!.value, Math.log(3) / 2);
  close(fit.ratings["A"]!.value - fit.ratings["B"]!.value, Math.log(3) / 2);
  // Two binomials, of information 100 · 3/16 and 100/4: half of the sum of their variances' root.
  close(fit.covariates["first"]!.stderr, Math.sqrt(16 / 300 + 4 / 100) / 2);
  assert.throws(
    () => stats.bradleyTerry(shown.slice(0, 100), { ridge: 0, covariates: ["first"] }),
    /no finite ratings/,
  );
});

Deno.test("two styles with any numbers: their coefficients are those that made the battles", () => {
  const random = rng("styles");
  const some = Array.from({ length: 4000 }, () => {
    const covariates = [random.normal(), random.normal()];
    const d = .5 + .8 * covariates[0]! - .3 * covariates[1]!;
    return { a: "A", b: "B", score: random.uniform() < stats.sigmoid(d) ? 1 : 0, covariates };
  });
  const fit = stats.bradleyTerry(some, { covariates: ["length", "lists"] });
  const { length, lists } = fit.covariates as { [name: string]: stats.Rated };
  close(length!.value, .8, 3 * length!.stderr);
  close(lists!.value, -.3, 3 * lists!.stderr);
  assert.ok(length!.stderr < .05 && lists!.stderr < .05);
  assert.ok(
    fit.logLikelihood > stats.bradleyTerry(some.map(({ covariates: _, ...b }) => b)).logLikelihood,
  );
});

/** A battle a pair and prompt, all battles of a prompt leaning to one side together. */
function simulated(label: string, strengths: Readonly<Record<string, number>>, prompts: number) {
  const random = rng(label);
  const models = Object.keys(strengths);
  return Array.from({ length: prompts }, (_, prompt) => {
    const lean = random.normal();
    return models.flatMap((a, i) =>
      models.slice(i + 1).map((b) => {
        const chance = stats.sigmoid(strengths[a]! - strengths[b]! + lean);
        return { a, b, score: random.uniform() < chance ? 1 : 0, prompt: `${prompt}` };
      })
    );
  }).flat();
}

Deno.test("the bootstrap draws prompts whole, and ranks with their uncertainty", () => {
  const some = simulated("ranks", { A: 1, B: 1, C: -2 }, 60);
  const options = { rng: rng(1), repetitions: 300 };
  const { ratings, pairs, repetitions } = stats.bradleyTerryIntervals(some, options);
  assert.equal(repetitions, 300);
  const { A, B, C } = ratings as { [model: string]: stats.Placed };
  assert.deepEqual(C!.rank, { best: 3, worst: 3 });
  assert.equal(C!.best, 0);
  assert.deepEqual([A!.rank, B!.rank], [{ best: 1, worst: 2 }, { best: 1, worst: 2 }]);
  close(A!.best + B!.best, 1, 1e-9);
  for (const { value, low, high } of Object.values(ratings)) assert.ok(low < value && value < high);
  const decided = stats.decide(pairs, "higher").map(({ a, b, winner }) => [a, b, winner]);
  assert.deepEqual(decided, [["A", "B", undefined], ["A", "C", "A"], ["B", "C", "B"]]);
  assert.deepEqual(
    stats.bradleyTerryIntervals(some, { ...options, rng: rng(1) }).ratings,
    ratings,
  );
  // Each battle written down four times is no new prompt; in four prompts' names it would be.
  const four = some.flatMap((battle) => [battle, battle, battle, battle]);
  const copied = stats.bradleyTerryIntervals(four, { ...options, rng: rng(1), ridge: .04 });
  close(copied.ratings["A"]!.stderr, A!.stderr, 1e-9);
  const named = four.map((battle, i) => ({ ...battle, prompt: `${battle.prompt}/${i % 4}` }));
  const wrong = stats.bradleyTerryIntervals(named, { ...options, rng: rng(1), ridge: .04 });
  assert.ok(wrong.ratings["A"]!.stderr < .6 * A!.stderr);
});

Deno.test("bootstrap intervals of ratings hold the truth as often as they say", () => {
  // Prompts lean to one of two equal models, so the four battles of a prompt are not independent.
  let held = 0;
  for (let i = 0; i < 100; i++) {
    const random = rng("coverage").split(i);
    const some = Array.from({ length: 80 }, (_, prompt) => {
      const lean = 1.5 * random.normal();
      return Array.from({ length: 4 }, () => ({
        a: "A",
        b: "B",
        score: random.uniform() < stats.sigmoid(lean) ? 1 : 0,
        prompt: `${prompt}`,
      }));
    }).flat();
    const { ratings } = stats.bradleyTerryIntervals(some, { rng: random, repetitions: 200 });
    if (ratings["A"]!.low <= 0 && ratings["A"]!.high >= 0) held++;
  }
  assert.ok(held >= 88 && held <= 99, `${held} of 100`);
});

Deno.test("seeds cross prompts, and an interval of one prompt or without a ridge is refused", () => {
  // Which of two models is better depends on the training seed alone.
  const some = [1, 2, 3, 4, 5, 6].flatMap((seed) =>
    Array.from({ length: 40 }, (_, prompt) => ({
      a: "A",
      b: "B",
      score: seed % 2 === prompt % 8 % 2 || prompt % 8 < 4 ? (seed % 2) : 0.5,
      prompt: `${prompt}`,
      seed,
    }))
  );
  const options = { rng: rng(1), repetitions: 300 };
  const crossed = stats.bradleyTerryIntervals(some, options).ratings["A"]!;
  const pooled = stats.bradleyTerryIntervals(
    some.map(({ seed: _, ...battle }) => battle),
    options,
  ).ratings["A"]!;
  assert.ok(crossed.stderr > 3 * pooled.stderr, `${crossed.stderr} and ${pooled.stderr}`);
  const half = some.map(({ seed, ...battle }, i) => i ? { ...battle, seed } : battle);
  assert.throws(() => stats.bradleyTerryIntervals(half, options), /row 0 has no seed/);
  const lone = [{ a: "A", b: "B", score: 1, prompt: "only" }];
  assert.throws(() => stats.bradleyTerryIntervals(lone, options), /1 prompt/);
  assert.throws(() => stats.bradleyTerryIntervals(some, { ...options, ridge: 0 }), /ridge 0/);
});

Deno.test("two to four seeds widen ratings to Student's interval over seeds", () => {
  // A scores 2/5, 3/5 and 4/5 of the prompts under three seeds; prompts alone say little else.
  const scored = (seeds: readonly number[]) =>
    seeds.flatMap((wins, seed) =>
      Array.from({ length: 200 }, (_, prompt) => ({
        a: "A",
        b: "B",
        score: prompt % 5 < wins ? 1 : 0,
        prompt: `${prompt}`,
        seed,
      }))
    );
  const options = { rng: rng(1), repetitions: 200, ridge: 1e-9, anchor: "B" };
  const three = stats.bradleyTerryIntervals(scored([2, 3, 4]), options);
  const t = stats.pairedT([2, 3, 4].map((wins) => stats.logit(wins / 5)));
  const { value, low, high, stderr } = three.ratings["A"]!;
  close(value, stats.logit(3 / 5));
  close(stderr, t.stderr);
  close(low, value - (t.mean - t.low));
  close(high, value + (t.high - t.mean));
  assert.ok(three.pairs[0]!.p >= t.p && three.pairs[0]!.low <= low);
  assert.deepEqual([three.ratings["B"]!.low, three.ratings["B"]!.high], [0, 0]);
  // Every resample may put A above B or not; Student's over three seeds leaves both ranks open.
  assert.ok(low < 0 && high > 0);
  assert.deepEqual(three.ratings["A"]!.rank, { best: 1, worst: 2 });
  const lead = stats.bradleyTerryIntervals(scored([3, 3, 4]), options);
  assert.ok(lead.ratings["A"]!.best > .97 && lead.pairs[0]!.low < 0);
  assert.deepEqual(lead.ratings["A"]!.rank, { best: 1, worst: 2 });
  const five = stats.bradleyTerryIntervals(scored([2, 3, 4, 2, 4]), options).ratings["A"]!;
  assert.ok(five.low > stats.logit(2 / 5) - .1 && five.high < stats.logit(4 / 5) + .1);
});

Deno.test("ratings of the undefeated have bounds of the likelihood, and of the few no rank is decided", () => {
  const met = (model: string, n: number, score: (i: number) => number) =>
    Array.from({ length: n }, (_, i) =>
      [1, -1].map((order) => ({
        ...{ a: model, b: "base", prompt: `${i}`, covariates: [order] },
        score: score(i),
      }))).flat();
  const fit = (battles: ReturnType<typeof met>) =>
    stats.bradleyTerryIntervals(battles, {
      ...{ rng: rng(1), repetitions: 200, anchor: "base", covariates: ["first"] },
    });
  // Of five questions won the exact test at 2.5 % leaves .025^(1/5) = .478 open; the penalty moves it a little.
  const { ratings: { five, half }, pairs } = fit([
    ...met("five", 5, () => 1),
    ...met("half", 40, (i) => i % 2),
  ]);
  close(five!.low, Math.log(.478 / .522), .15);
  assert.ok(five!.value > 3 && five!.high > five!.value);
  assert.ok(five!.rank.worst >= half!.rank.best);
  const between = pairs.find(({ a, b }) => a === "five" && b === "half")!;
  assert.ok(between.low < 0 && between.p > .05);
  // Both games of a question are one question: a second game says nothing more.
  const plain = met("five", 5, () => 1).map(({ covariates: _, ...battle }) => battle);
  const low = (battles: typeof plain) =>
    stats.bradleyTerryIntervals(battles, { rng: rng(1), repetitions: 50, anchor: "base" })
      .ratings["five"]!.low;
  close(low(plain), low(plain.filter((_, i) => i % 2 === 0)), 1e-6);
  const { ratings: { lost } } = fit(met("lost", 5, () => 0));
  close(lost!.high, -five!.low, .05);
  // Forty ties: as sure as the win-rate's own interval, .5 ± z² / 2(40 + z²).
  const reach = 3.8414588 / 2 / (40 + 3.8414588);
  const { ratings: { tied }, covariates: { first } } = fit(met("tied", 40, () => .5));
  close(tied!.high, Math.log((.5 + reach) / (.5 - reach)), .02);
  // Nor do resamples know of an order that has not mattered yet, or that has always decided.
  close(first!.high, tied!.high, .02);
  close(first!.low, -first!.high, 1e-3);
  const swayed = met("swayed", 40, () => 0).map((battle) => ({
    ...battle,
    score: battle.covariates[0] === 1 ? 1 : 0,
  }));
  for (const ties of ["davidson", "rao-kupper"] as const) {
    const by = (score: number) =>
      stats.bradleyTerryIntervals(met("m", 20, (i) => score === 0.5 ? score : i % 2), {
        ...{ rng: rng(1), repetitions: 50, anchor: "base", covariates: ["first"], ties },
      });
    const { tie: all } = by(0.5);
    assert.ok(all!.low > 2 && all!.high > 2 * all!.low);
    const { tie: none, ratings: { m } } = by(1);
    if (ties === "davidson") assert.ok(none!.low < 0.01 && none!.high > 0.1 && none!.high < 1);
    else {
      // A threshold of 0 is the least that there is. Between equals a tie has (θ − 1) / (θ + 1), and none
      // in twenty is refused at 2.5 % where that is 1 − 40^(−1/20).
      assert.equal(none!.low, 1);
      const most = 1 - 40 ** (-1 / 20);
      close(none!.high, (1 + most) / (1 - most), 0.02);
    }
    assert.ok(m!.low < 0 && m!.high > 0);
  }
  const always = fit(swayed).covariates["first"]!;
  assert.ok(always.low > 1 && always.low < 2.5 && always.high > always.value);
  assert.deepEqual(tied!.rank, { best: 1, worst: 2 });
  // Without an anchor a rating is against the mean of all.
  const free = stats.bradleyTerryIntervals(plain, { rng: rng(1), repetitions: 50 });
  close(free.ratings["five"]!.low, -free.ratings["base"]!.high, 1e-3);
});

Deno.test("bounds of ratings hold the truth as often as they say, whatever the strength", () => {
  const runs = 120;
  for (const strength of [0, 1.5, 3]) {
    let holds = 0;
    for (let run = 0; run < runs; run++) {
      const random = rng("bounds").split(`${strength} ${run}`);
      const battles = Array.from({ length: 12 }, (_, prompt) => {
        const score = random.uniform() < stats.sigmoid(strength) ? 1 : 0;
        return [0, 1].map(() => ({ a: "A", b: "B", score, prompt: `${prompt}` }));
      }).flat();
      const { ratings } = stats.bradleyTerryIntervals(battles, {
        ...{ rng: random.split("boot"), repetitions: 100, anchor: "B" },
      });
      const { low, high } = ratings["A"]!;
      if (low <= strength && strength <= high) holds++;
    }
    console.log(`    12 questions at ${strength} nats: ${(100 * holds / runs).toFixed(0)} %`);
    assert.ok(holds / runs >= .93, `${strength}: ${holds} of ${runs}`);
  }
});
