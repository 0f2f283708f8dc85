import assert from "node:assert/strict";
import fc from "fast-check";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

// G15's rows, made as EVALUATION.md, section 10, says.
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const round4 = (x: number) => Math.round(1e4 * x) / 1e4;
const d = range(24).map((i) => Math.sin(i + 1));
const lengths = range(24).map((i) => ({
  baseline: 200 + (37 * i % 400),
  model: 150 + (53 * i % 600),
}));
const gaps = lengths.map(({ baseline, model }) => baseline - model);
const f = gaps.map((gap) => Math.tanh(gap / stats.sd(gaps)));
const y = range(24).map((i) =>
  round4(stats.sigmoid(.4 + .8 * d[i]! - 1.5 * f[i]! + .6 * Math.cos(3 * i)))
);
const rows: stats.LengthRow[] = range(24).map((i) => ({
  prompt: `p${i}`,
  preference: y[i]!,
  lengths: lengths[i]!,
}));
const difficulty = Object.fromEntries(d.map((x, i) => [`p${i}`, x]));
const gamed: stats.GamedRow[] = range(48).map((i) => {
  const length = Math.tanh(i < 24 ? -2 + 2 * i / 23 : 2 * (i - 24) / 23);
  return { length, difficulty: d[i % 24]!, preference: round4(stats.sigmoid(-1.2 * length)) };
});
const free = { ridge: 0 };

function fits(
  control: stats.LengthControl,
  weights: readonly number[],
  rate: number,
  within: number,
) {
  const found = stats.lengthControlFit(rows, control)!;
  const { length, difficulty, bias } = found.weights;
  allClose(
    difficulty === undefined ? [length, bias] : [length, difficulty, bias],
    weights,
    within,
  );
  close(100 * found.rate, rate, within);
}

Deno.test("G15 the length-controlled win-rate, free, minimal, under l1 and with gamed rows", () => {
  close(stats.sd(gaps), 149.34640212);
  allClose(y.slice(0, 4), [.7666, .5493, .7128, .3160], 1e-12);
  allClose(f.slice(0, 4), [.32282012, .22380544, .11994494, .01339088]);
  fits({ difficulty, penalty: free }, [-1.18959037, .72528955, .44784043], 60.38781290, 1e-6);
  fits({ penalty: free }, [-.86150623, .47841272], 61.73729906, 1e-6);
  fits(
    { difficulty, gamed, penalty: free },
    [-1.15723036, .60039207, .44530612],
    60.52548944,
    1e-6,
  );
  fits({ difficulty, penalty: { l1: .1 } }, [0, 0, 0], 50, 1e-12);
  fits({ difficulty, penalty: { l1: 1 } }, [0, .18726562, .43841371], 60.755, 1e-4);
  fits({ difficulty, penalty: { l1: 10 } }, [-1.04908032, .66308616, .44532371], 60.43207344, 1e-4);
  fits(
    { difficulty, penalty: { l1: 1e4 } },
    [-1.18944657, .72522594, .44783762],
    60.38785713,
    1e-4,
  );
  fits(
    { difficulty, gamed, penalty: { l1: 1 } },
    [-.43325189, .21150585, .36248919],
    58.92970705,
    1e-4,
  );
});

/** At a ridge of next to nothing, with fewer prompts than the default lets pass. */
const bare = { difficulty, penalty: { ridge: 1e-12 }, least: 24, repetitions: 400 };

function controlled(found: stats.LengthControlled): stats.Controlled {
  if ("absent" in found.controlled) assert.fail(found.controlled.absent);
  return found.controlled;
}

Deno.test("G15 standard errors: the published one, the jackknife of the refit, the plain one", () => {
  const found = stats.lengthControlled(rows, { ...bare, rng: rng(1) });
  close(100 * found.raw.rate, 64.92166667);
  close(100 * found.raw.stderr!, 3.33999103);
  const { published, jackknife, stderr, low, high, rate, sandwich, scale } = controlled(found);
  close(100 * published, 2.53101797);
  close(100 * jackknife, 3.37740842, 1e-5);
  close(scale, 149.34640212);
  // Three ways to the same quantity.
  close(sandwich / jackknife, 1, .1);
  close(stderr / jackknife, 1, .15);
  assert.ok(low < rate && rate < high && high - low > 3.4 * stderr && high - low < 4.4 * stderr);
  assert.deepEqual(stats.lengthControlled(rows, { ...bare, rng: rng(1) }), found);
  assert.deepEqual(found.lengths, { model: 434.5, baseline: 375.5 });
  const longer = y.map((p, i) => gaps[i]! < 0 ? p : 1 - p);
  close(found.prefersLonger, stats.mean(longer), 1e-12);
});

Deno.test("an l1 fit at zero is certain of its difficulty, and its errors are the bias's alone", () => {
  const zero = { ...bare, penalty: { l1: .1 }, rng: rng(1), repetitions: 50 };
  const none = controlled(stats.lengthControlled(rows, zero));
  assert.deepEqual([none.rate, none.sandwich, none.published], [.5, 0, 0]);
  const one = controlled(
    stats.lengthControlled(rows, { ...bare, penalty: { l1: 10 }, rng: rng(1) }),
  );
  assert.equal(one.C, 10);
  close(one.sandwich / one.jackknife, 1, .15);
});

Deno.test("C is chosen by folds of prompts, and bad choices lose", () => {
  const chosen = stats.lengthControlFit(rows, { difficulty, penalty: { l1: "chosen" } })!;
  // 24 rows that follow the model closely leave little to shrink.
  assert.ok(chosen.C! > 1 && chosen.C! <= 1e4);
  const turned = stats.lengthControlFit(rows.toReversed(), {
    difficulty,
    penalty: { l1: "chosen" },
  })!;
  assert.equal(turned.C, chosen.C);
  // Coin flips, which know nothing of length, are shrunk more.
  const random = rng("coins");
  const coins = range(60).map((i) => ({
    prompt: `${i}`,
    preference: random.below(2),
    lengths: { model: random.below(500), baseline: random.below(500) },
  }));
  const shy = stats.lengthControlFit(coins, { penalty: { l1: "chosen" } })!;
  assert.ok(shy.C! < chosen.C! / 5, `${shy.C}`);
  assert.throws(
    () => stats.lengthControlFit(rows.slice(0, 1), { penalty: { l1: "chosen" } }),
    /one fold/,
  );
});

const anyRows = fc.array(
  fc.record({
    preference: fc.double({ min: 0, max: 1, noNaN: true }),
    model: fc.integer({ min: 0, max: 900 }),
    baseline: fc.integer({ min: 0, max: 900 }),
    hard: fc.double({ min: -2, max: 2, noNaN: true }),
    lists: fc.integer({ min: -3, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const penalties = fc.constantFrom<NonNullable<stats.LengthControl["penalty"]>>(
  { ridge: .01 },
  { l1: 1 },
  { l1: 20 },
);

Deno.test("model and baseline change places and the two rates add up to 1", () => {
  fc.assert(
    fc.property(anyRows, penalties, (some, penalty) => {
      const of = (turned: boolean) =>
        some.map(({ preference, model, baseline, lists }, i) => ({
          prompt: `${i}`,
          preference: turned ? 1 - preference : preference,
          lengths: turned ? { model: baseline, baseline: model } : { model, baseline },
          confounders: [turned ? -lists : lists],
        }));
      const control = {
        difficulty: Object.fromEntries(some.map(({ hard }, i) => [`${i}`, hard])),
        confounders: ["lists"],
        penalty,
      };
      const [one, other] = [of(false), of(true)].map((r) => stats.lengthControlFit(r, control)!);
      close(one!.rate + other!.rate, 1, 1e-7);
      close(one!.weights.length, other!.weights.length, 1e-6);
      close(one!.weights.bias, -other!.weights.bias, 1e-6);
      close(one!.weights.confounders["lists"], other!.weights.confounders["lists"]!, 1e-6);
    }),
    { seed: 20250101, numRuns: 100 },
  );
});

Deno.test("the order of rows does not matter, and a row twice is not a row of twice the weight", () => {
  fc.assert(
    fc.property(anyRows, (some) => {
      const all = some.map(({ preference, model, baseline }, i) => ({
        prompt: `${i}`,
        preference,
        lengths: { model, baseline },
      }));
      const [one, other] = [all, all.toReversed()].map((r) => stats.lengthControlFit(r)!);
      close(one!.rate, other!.rate, 1e-9);
      close(one!.weights.length, other!.weights.length, 1e-9);
    }),
    { seed: 20250101, numRuns: 60 },
  );
  // A judgement on every prompt by two seeds: as many prompts, so as wide an interval.
  const twice = rows.flatMap((row) => [row, row]);
  const [once, both] = [rows, twice].map((r) =>
    controlled(stats.lengthControlled(r, { ...bare, penalty: { ridge: 1e-9 }, rng: rng(1) }))
  );
  // s has n − 1 under it, so it is a little smaller for twice the rows.
  close(both!.sandwich / once!.sandwich, 1, .001);
  close(both!.stderr / once!.stderr, 1, .03);
});

Deno.test("two to four seeds widen the interval to Student's over seeds", () => {
  const shifted = (seeds: readonly number[]) =>
    seeds.flatMap((shift, seed) =>
      rows.map((row, i) => ({
        ...row,
        seed,
        preference: stats.sigmoid(stats.logit(y[i]!) + shift),
      }))
    );
  const options = { rng: rng(1), least: 24, repetitions: 100 };
  const { low, high, rate, stderr } = controlled(
    stats.lengthControlled(shifted([-.8, 0, .8]), options),
  );
  const each = [-.8, 0, .8].map((shift) => stats.lengthControlFit(shifted([shift]))!.rate);
  const t = stats.pairedT(each);
  close(stderr, t.stderr, 1e-3);
  close(high - low, t.high - t.low, 5e-3);
  close((low + high) / 2, rate, 1e-9);
  const five = controlled(stats.lengthControlled(shifted([-.8, -.4, 0, .4, .8]), options));
  assert.ok(five.high - five.low < (high - low) / 1.5);
});

Deno.test("a baseline against itself is at one half, exactly", () => {
  const even = rows.map((row) => ({ ...row, preference: .5 }));
  const found = stats.lengthControlled(even, { rng: rng(1), least: 24, repetitions: 50 });
  const { rate, low, high, jackknife, sandwich } = controlled(found);
  assert.deepEqual([rate, low, high, jackknife, sandwich], [.5, .5, .5, 0, 0]);
});

Deno.test("outcomes that length separates stay finite under a penalty, and have no fit without", () => {
  const separated = rows.map((row, i) => ({ ...row, preference: gaps[i]! < 0 ? 1 : 0 }));
  const fit = stats.lengthControlFit(separated)!;
  assert.ok(fit.weights.length < -5 && Number.isFinite(fit.weights.length));
  assert.ok(Number.isFinite(stats.lengthControlFit(separated, { penalty: { l1: 1e4 } })!.rate));
  assert.equal(stats.lengthControlFit(separated, { penalty: free }), undefined);
  const won = rows.map((row) => ({ ...row, preference: 1 }));
  const { rate } = stats.lengthControlFit(won)!;
  assert.ok(rate > .9 && rate < 1);
});

Deno.test("what length control cannot identify is refused, with the plain win-rate beside", () => {
  const options = { rng: rng(1), repetitions: 20 };
  const absent = (r: readonly stats.LengthRow[], more: object = {}) => {
    const { raw, controlled } = stats.lengthControlled(r, { ...options, ...more });
    assert.ok(raw.n > 0 && "absent" in controlled);
    return controlled.absent;
  };
  assert.match(absent(rows), /^not identifiable: 24 judged prompts, and at least 30/);
  const many = range(40).map((i) => ({ ...rows[i % 24]!, prompt: `${i}` }));
  assert.ok("rate" in stats.lengthControlled(many, options).controlled);
  // Two seeds of 24 prompts are no 48 prompts; nor do failed judgements count.
  const seeded = rows.flatMap((row) => [{ ...row, seed: 1 }, { ...row, seed: 2 }]);
  assert.match(absent(seeded), /24 judged prompts/);
  assert.match(
    absent(
      many.map(({ preference, ...row }, i) => i < 25 ? { ...row, preference: preference! } : row),
    ),
    /25 judged prompts/,
  );
  const level = many.map((row) => ({ ...row, lengths: { model: 90, baseline: 100 } }));
  assert.match(absent(level), /all answers differ in length by as much/);
  const separated = many.map((row) => ({
    ...row,
    preference: row.lengths.model > row.lengths.baseline ? 1 : 0,
  }));
  assert.match(absent(separated, { penalty: { ridge: 1e-4 } }), /the weight of length is -\d+\.\d/);
  assert.match(absent(separated, { penalty: free }), /no finite weights/);
});

Deno.test("rows are joined to difficulties by prompt, and bad rows are named", () => {
  const shuffled = rng(3).shuffle(rows);
  close(stats.lengthControlFit(shuffled, { difficulty, penalty: free })!.rate, .6038781290, 1e-9);
  const { p7: _, ...some } = difficulty;
  assert.throws(
    () => stats.lengthControlFit(rows, { difficulty: some }),
    /1 of 24 rows have none, the first of them prompt "p7"/,
  );
  assert.throws(
    () => stats.lengthControlFit([{ ...rows[0]!, prompt: "constructor" }], { difficulty }),
    /"constructor"/,
  );
  const wrong = (row: Partial<stats.LengthRow>, control: stats.LengthControl = {}) => () =>
    stats.lengthControlFit([rows[0]!, { ...rows[1]!, ...row }], control);
  assert.throws(() => stats.lengthControlFit([]), RangeError);
  assert.throws(wrong({ preference: 2 }), /preference 1, 2/);
  assert.throws(wrong({ lengths: { model: -1, baseline: 3 } }), /row 1: found lengths -1 and 3/);
  assert.throws(wrong({ confounders: [1] }), /row 1: found confounders \[1\], expected 0/);
  assert.throws(wrong({}, { penalty: { ridge: -1 } }), /penalise by -1/);
  assert.throws(wrong({}, { difficulty, gamed: [{ length: 0, preference: .5 }] }), /gamed row 0/);
  const failed = rows.map(({ preference: _, ...row }) => row);
  assert.throws(() => stats.lengthControlFit(failed), RangeError);
  // A prompt whose judgement failed still has a difficulty to predict at.
  const hole = rows.map((row, i) => i === 5 ? { prompt: row.prompt, lengths: row.lengths } : row);
  const fit = stats.lengthControlFit(hole, { difficulty, penalty: free })!;
  const { difficulty: slope, bias } = fit.weights;
  close(fit.rate, stats.mean(d.map((x) => stats.sigmoid(slope! * x + bias))), 1e-12);
  close(fit.scale, 149.34640212);
});

Deno.test("a warning where length control moves the rate by more than a quarter of what it can", () => {
  // Equal answers by content; the judge likes length, and the model is always much longer.
  const random = rng("verbose");
  const verbose = range(300).map((i) => {
    const model = 180 + random.below(300);
    const gap = 200 - model;
    return {
      prompt: `${i}`,
      preference: stats.sigmoid(-2.5 * Math.tanh(gap / 90)),
      lengths: { model, baseline: 200 },
    };
  });
  const found = stats.lengthControlled(verbose, { rng: rng(1), repetitions: 50 });
  const { unusual, rate } = controlled(found);
  assert.ok(found.raw.rate > .64 && Math.abs(rate - .5) < .03);
  assert.equal(unusual, true);
  assert.equal(controlled(stats.lengthControlled(rows, { ...bare, rng: rng(1) })).unusual, false);
});

Deno.test("the bootstrap of the refit holds the truth as often as it says", () => {
  let held = 0;
  for (let i = 0; i < 100; i++) {
    const random = rng("coverage").split(i);
    const some = range(80).map((p) => {
      const [model, baseline] = [random.below(500), random.below(500)];
      const chance = stats.sigmoid(.5 - Math.tanh((baseline - model) / 204));
      return {
        prompt: `${p}`,
        preference: random.uniform() < chance ? 1 : 0,
        lengths: { model, baseline },
      };
    });
    const { low, high } = controlled(
      stats.lengthControlled(some, { rng: random, repetitions: 200 }),
    );
    if (low <= stats.sigmoid(.5) && stats.sigmoid(.5) <= high) held++;
  }
  assert.ok(held >= 88 && held <= 99, `${held} of 100`);
});

Deno.test("difficulties of eight models are those that made their outcomes", () => {
  const random = rng("difficulty");
  const hard = range(60).map(() => 1.5 * random.normal());
  const models = Object.fromEntries(
    range(30).map((m) => {
      const bias = random.normal();
      return [
        `m${m}`,
        hard.map((x, i) => {
          const [model, baseline] = [random.below(500), random.below(500)];
          const logit = bias + x - Math.tanh((baseline - model) / 204);
          return {
            prompt: `${i}`,
            preference: stats.sigmoid(logit),
            lengths: { model, baseline },
          };
        }),
      ];
    }),
  );
  const found = stats.estimateDifficulty(models, 1e-3);
  const centre = stats.mean(hard);
  hard.forEach((x, i) => close(found[`${i}`], x - centre, .15));
  close(stats.mean(Object.values(found)), 0, 1e-9);
  // A model judged with them is fitted nearly without error.
  const fit = stats.lengthControlFit(models["m0"]!, { difficulty: found })!;
  close(fit.weights.difficulty, 1, .1);
  const seven = Object.fromEntries(Object.entries(models).slice(0, 7));
  assert.throws(() => stats.estimateDifficulty(seven), /7 models: 8 are needed/);
});

Deno.test("lengths are code points, as Python counts them", () => {
  assert.deepEqual(["", "abc", "é", "👍🏽", "漢字"].map(stats.codePoints), [0, 3, 1, 2, 2]);
});
