// Over 400 lines because all evaluators are measured on the same three hand-made subjects.
import assert from "node:assert/strict";
import {
  absence,
  type Absent,
  type Answer,
  type Draw,
  type Evaluator,
  type Measurement,
  type Policy,
  type Prompt,
  rng,
  type Scored,
  type ScoredComparison,
  type Subject,
  type Testbed,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { evaluators, exploitabilityBy, labelMeasures } from "../evaluators/mod.ts";

function close(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `found ${actual}, expected ${expected} ± ${tolerance}`,
  );
}

const unused = (): never => assert.fail("called what this test does not provide");

function prompt(id: string): Prompt {
  return { id, tokens: [0] };
}
function answer(prompt: Prompt, ...tokens: number[]): Answer {
  return { prompt, tokens, length: tokens.length };
}

function policy(logp: (y: Answer) => number, against: Policy["against"] = unused): Policy {
  return {
    logp: (ys) => Promise.resolve(Float64Array.from(ys, logp)),
    against,
    sample: unused,
    steps: unused,
    value: unused,
    values: unused,
    vectors: unused,
    invert: unused,
  };
}

interface Parts {
  readonly draws?: readonly Draw[];
  readonly baseline?: readonly Draw[];
  readonly comparisons?: readonly ScoredComparison[];
  readonly policy?: Policy;
  readonly reference?: Policy;
  readonly testbed?: Partial<Testbed>;
  readonly implied?: (y: Scored) => number;
  readonly prefers?: (a: Scored, b: Scored) => number;
}
function subject(parts: Parts): Subject {
  const testbed: Testbed = {
    model: { id: "none", init: unused, pack: unused, forward: unused, generate: unused },
    start: {},
    optimiser: { rate: 0, warmup: 0, batch: 0, clip: 0 },
    evaluators: [],
    longest: 4,
    truth: {},
    prompts: unused,
    examples: unused,
    heldOut: unused,
    show: unused,
    showSteps: unused,
    ...parts.testbed,
  };
  return {
    policy: parts.policy ?? policy(unused),
    reference: parts.reference ?? policy(unused),
    testbed,
    rng: rng("subject"),
    lacks: {},
    ...(parts.implied && { implied: parts.implied }),
    ...(parts.prefers && { prefers: parts.prefers }),
    draws: () => Promise.resolve(parts.draws ?? []),
    baseline: () => Promise.resolve(parts.baseline ?? []),
    comparisons: () => Promise.resolve(parts.comparisons ?? []),
  };
}

async function outcome(id: string, of: Subject): Promise<Measurement | Absent> {
  const evaluator = evaluators.find((evaluator) => evaluator.id === id);
  return await taken(evaluator ?? assert.fail(`no evaluator ${id}`), of);
}
/** As records have it: absent where something that it needs is missing. */
async function taken(evaluator: Evaluator, of: Subject): Promise<Measurement | Absent> {
  const absent = absence(evaluator, of);
  return absent === undefined ? await evaluator.measure(of) : { absent };
}
async function measured(id: string, of: Subject): Promise<Measurement> {
  const found = await outcome(id, of);
  return "absent" in found ? assert.fail(`${id} is absent: ${found.absent}`) : found;
}
async function reason(id: string, of: Subject): Promise<string> {
  const found = await outcome(id, of);
  return "absent" in found ? found.absent : assert.fail(`${id} is ${found.value}`);
}

// Two prompts of three answers each, all listed. At p the policy is (.5, .3, .2) against (.4, .4,
// .2), as in golden G11; at q it is certain of the last, against (.2, .3, .5).
const [p, q] = [prompt("p"), prompt("q")];
const table = [
  { y: answer(p, 1), pi: .5, ref: .4, reward: Math.log(3) },
  { y: answer(p, 2, 2), pi: .3, ref: .4, reward: Math.log(3) / 2 },
  { y: answer(p, 3, 3, 3, 3), pi: .2, ref: .2, reward: 0 },
  { y: answer(q, 1), pi: 0, ref: .2, reward: 7 },
  { y: answer(q, 2), pi: 0, ref: .3, reward: 7 },
  { y: answer(q, 3, 3, 3), pi: 1, ref: .5, reward: 7 },
];
const row = (y: Answer) => table.find((row) => row.y === y) ?? assert.fail("unknown answer");
const listed = (weight: (row: typeof table[number]) => number): Draw[] =>
  [p, q].map((prompt) => {
    const rows = table.filter(({ y }) => y.prompt === prompt);
    return { prompt, answers: rows.map(({ y }) => y), weights: rows.map(weight), exact: true };
  });
const gold: Testbed["reward"] = (ys) =>
  Promise.resolve(Float64Array.from(ys, (y) => row(y).reward));

const enumerated: Parts = {
  draws: listed((row) => row.pi),
  baseline: listed((row) => row.ref),
  policy: policy((y) => Math.log(row(y).pi)),
  reference: policy((y) => Math.log(row(y).ref)),
  testbed: { reward: gold, truth: { temperature: .5 } },
};

Deno.test("measures of listed answers are exact sums", async () => {
  const it = subject(enumerated);
  // At p, P(y1 beats y2) = P(y2 beats y3) = 3/4 and P(y1 beats y3) = 9/10; at q all are equal.
  // .5·(.2 + .3 + .18) + .3·(.1 + .2 + .15) + .2·(.04 + .1 + .1) = .523
  const win = await measured("win-rate", it);
  close(win.value, (.523 + .5) / 2);
  assert.deepEqual([win.stderr, win.n], [0, 2]);
  close(win.each![0]!, .523);
  close(win.each![1]!, .5);

  const reward = await measured("reward", it);
  close(reward.each![0]!, .65 * Math.log(3));
  close(reward.value, (.65 * Math.log(3) + 7) / 2);
  close((await measured("regret", it)).value, .35 * Math.log(3) / 2);

  const kl = await measured("kl", it);
  close(kl.each![0]!, .02526715392, 1e-11);
  close(kl.each![1]!, Math.LN2);
  assert.deepEqual([kl.stderr, kl.n], [0, 2]);

  // Expected lengths: .5 + .6 + .8 and 3.
  const length = await measured("length", it);
  close(length.value, (1.9 + 3) / 2);
  assert.equal(length.each!.length, 2);
  const perToken = await measured("kl-per-token", it);
  close(perToken.value, (.02526715392 + Math.LN2) / 4.9, 1e-11);
  assert.equal(perToken.stderr, 0);

  const entropy = .5 * Math.LN2 - .3 * Math.log(.3) - .2 * Math.log(.2);
  close((await measured("entropy", it)).value, entropy / 4.9);
});

Deno.test("the start policy wins exactly half of the time against itself", async () => {
  const even = subject({ ...enumerated, draws: listed((row) => row.ref) });
  close((await measured("win-rate", even)).value, .5, 1e-15);
});

Deno.test("at temperature 0 the better answer always wins and equals are even", async () => {
  const sure = subject({ ...enumerated, testbed: { reward: gold, truth: { temperature: 0 } } });
  // .5·(.2 + .4 + .2) + .3·(.2 + .2) + .2·.1 at p.
  close((await measured("win-rate", sure)).each![0]!, .4 + .12 + .02);
  assert.equal((await measured("win-rate", sure)).each![1]!, .5);
});

const cycle = [[.5, .1, .9], [.9, .5, .1], [.1, .9, .5]];

Deno.test("without a reward the oracle decides", async () => {
  const place = (y: Answer) => table.filter((row) => row.y.prompt === y.prompt).indexOf(row(y));
  const it = subject({
    ...enumerated,
    testbed: {
      oracle: {
        id: "cycle",
        prefer: (a, b) => Promise.resolve(cycle[place(a)]![place(b)]!),
      },
    },
  });
  const win = await measured("win-rate", it);
  // .5·(.2 + .04 + .18) + .3·(.36 + .2 + .02) + .2·(.04 + .36 + .1), and .02 + .27 + .25.
  close(win.each![0]!, .21 + .174 + .1);
  close(win.each![1]!, .54);
  assert.equal(win.stderr, 0);
  assert.match(await reason("reward", it), /no gold reward/);
  assert.match(await reason("regret", it), /no gold reward/);
  assert.match(await reason("fluency", it), /language/);
});

Deno.test("exploitability is what the best response wins beyond an even match", async () => {
  const { measure, id } = exploitabilityBy(() => cycle);
  assert.equal(id, "exploitability");
  const found = await measure(subject(enumerated));
  assert.ok("value" in found);
  // P·π is (.46, .62, .42) at p and (.9, .1, .5) at q.
  close(found.each![0]!, .12);
  close(found.each![1]!, .4);
  close(found.value, .26);
  assert.deepEqual([found.stderr, found.n], [0, 2]);

  const uniform = listed(() => 1 / 3);
  const nash = await measure(subject({ ...enumerated, draws: uniform }));
  assert.ok("value" in nash);
  close(nash.value, 0, 1e-15);
  await assert.rejects(
    async () => await exploitabilityBy(() => [[.5]]).measure(subject(enumerated)),
    { name: "RangeError", message: "Cannot exploit 3 answers to p by a table of 1 rows" },
  );
});

// Three prompts of two samples each.
const [a, b, c] = [prompt("a"), prompt("b"), prompt("c")];
const samples = [
  { y: answer(a, 1, 2), kl: 2, entropy: 1, reward: 1, fluency: -1 },
  { y: answer(a, 1, 3), kl: 4, entropy: 1, reward: 0, fluency: -3 },
  { y: answer(b, 1, 2), kl: 1, entropy: 4, reward: 0, fluency: -4 },
  { y: answer(b, 4), kl: 1, entropy: 2, reward: 0, fluency: -4 },
  { y: answer(c, 5, 6, 7), kl: 0, entropy: 0, reward: 1, fluency: -6 },
  { y: answer(c, 5, 6), kl: 6, entropy: 4, reward: 1, fluency: -6 },
];
const starts = [a, b, c].map((prompt) => answer(prompt, 9));
const lookUp = (y: Answer) => samples.find((row) => row.y === y);
function drawn(prompts: readonly Prompt[], answers: readonly Answer[]): Draw[] {
  return prompts.map((prompt) => {
    const own = answers.filter((y) => y.prompt === prompt);
    return { prompt, answers: own, weights: own.map(() => 1 / own.length), exact: false };
  });
}
const calls = { reward: 0, against: 0 };
const sampled: Parts = {
  draws: drawn([a, b, c], samples.map(({ y }) => y)),
  baseline: drawn([a, b, c], starts),
  policy: policy(unused, (_, ys) => {
    calls.against++;
    const of = (key: "kl" | "entropy") => Float64Array.from(ys, (y) => lookUp(y)![key]);
    return Promise.resolve({ kl: of("kl"), entropy: of("entropy") });
  }),
  testbed: {
    truth: { temperature: 1 / Math.log(3) },
    reward: (ys) => {
      calls.reward++;
      return Promise.resolve(Float64Array.from(ys, (y) => lookUp(y)?.reward ?? 0));
    },
    fluency: (ys) => Promise.resolve(Float64Array.from(ys, (y) => lookUp(y)!.fluency)),
  },
};

Deno.test("measures of samples carry a standard error over prompts", async () => {
  const it = subject(sampled);
  const kl = await measured("kl", it);
  assert.deepEqual(kl.each, [3, 1, 3]);
  close(kl.value, 7 / 3);
  close(kl.stderr, 2 / 3);

  // 7 nats over 2 + 1.5 + 2.5 tokens; residuals 2/3, −3/4 and 1/12, over the mean length 2.
  const perToken = await measured("kl-per-token", it);
  close(perToken.value, 7 / 6);
  close(perToken.stderr, Math.sqrt((4 / 9 + 9 / 16 + 1 / 144) / 2 / 3) / 2);
  close((await measured("entropy", it)).value, (1 + 3 + 2) / 6);

  // A reward of 1 beats the start policy's 0 with probability 3/4.
  const win = await measured("win-rate", it);
  [.625, .5, .75].forEach((x, i) => close(win.each![i]!, x));
  close(win.stderr, .125 / Math.sqrt(3));
  assert.deepEqual((await measured("reward", it)).each, [.5, 0, 1]);
  assert.deepEqual((await measured("length", it)).each, [2, 1.5, 2.5]);
  close((await measured("fluency", it)).value, -4);
  assert.match(await reason("regret", it), /too many to list/);
  assert.match(
    JSON.stringify(await exploitabilityBy(() => cycle).measure(it)),
    /too many answers to list/,
  );
});

Deno.test("distinct-n counts pooled n-grams and leaves out a prompt at a time", async () => {
  const it = subject(sampled);
  const jackknife = (xs: readonly number[]) =>
    Math.sqrt(2 / 3 * xs.reduce((sum, x) => sum + (x - stats.mean(xs)) ** 2, 0));
  const one = await measured("distinct-1", it);
  // Seven kinds among twelve tokens; without a, b or c: 6 of 8, 6 of 9 and 4 of 7.
  close(one.value, 7 / 12);
  close(one.stderr, jackknife([6 / 8, 6 / 9, 4 / 7]));
  assert.equal(one.n, 3);
  const two = await measured("distinct-2", it);
  close(two.value, 4 / 6);
  close(two.stderr, jackknife([3 / 4, 4 / 5, 2 / 3]));
  assert.match(await reason("distinct-1", subject(enumerated)), /listed, not sampled/);
  const short = subject({ ...sampled, draws: drawn([a, b, c], [...starts, answer(a, 1, 2)]) });
  assert.match(await reason("distinct-2", short), /Fewer than two prompts .* 2 tokens/);
});

Deno.test("Self-BLEU compares the answers to one prompt, and knows those that are empty", async () => {
  // a: the same twice; b: nothing shared; c: 1 2 3 and 1 2 4 5 share a pair of neighbours.
  const draws = drawn([a, b, c], [
    answer(a, 7, 8, 9),
    answer(a, 7, 8, 9),
    answer(b, 1, 2),
    answer(b, 3, 4),
    answer(c, 1, 2, 3),
    answer(c, 1, 2, 4, 5),
  ]);
  const it = await measured("self-bleu", subject({ ...sampled, draws }));
  // Three tokens against four: 2/3, 1/2, half of 1/1; four against three: 2/4, 1/3, half of 1/2, a
  // quarter of 1/1.
  const short = Math.exp(1 - 4 / 3) * (2 / 3 / 2 / 2) ** (1 / 3);
  const long = (1 / 2 / 3 / 4 / 4) ** (1 / 4);
  close(it.value, (1 + 0 + (short + long) / 2) / 3);
  assert.equal(it.n, 3);
  const blank = drawn([a, b], [answer(a), answer(a), answer(b), answer(b, 1)]);
  close((await measured("self-bleu", subject({ ...sampled, draws: blank }))).value, .5);
  assert.match(await reason("self-bleu", subject(enumerated)), /listed, not sampled/);
  const lone = drawn([a, b], [answer(a, 1), answer(b, 1)]);
  assert.match(
    await reason("self-bleu", subject({ ...sampled, draws: lone })),
    /Fewer than two answers/,
  );
});

Deno.test("evaluators of one subject share one batch of rewards and one of divergences", async () => {
  const it = subject(sampled);
  Object.assign(calls, { reward: 0, against: 0 });
  for (const evaluator of evaluators) await evaluator.measure(it);
  assert.deepEqual(calls, { reward: 1, against: 1 });
});

function comparison(
  prompt: Prompt,
  strength: number,
  w: readonly [logp: number, reference: number, length: number],
  l: readonly [logp: number, reference: number, length: number],
): ScoredComparison {
  const scored = ([logp, reference, length]: typeof w): Scored => ({ logp, reference, length });
  return {
    chosen: answer(prompt, 1),
    rejected: answer(prompt, 2),
    strength,
    w: scored(w),
    l: scored(l),
  };
}
const heldOut = [
  comparison(a, .75, [-1, -2, 2], [-2, -2, 1]),
  comparison(a, .9, [-3, -3, 1], [-3, -4, 3]), // a tie in log-probability
  comparison(b, .6, [-5, -9, 5], [-6, -2, 2]),
  comparison(b, .5, [-1, -1, 1], [-9, -9, 1]), // an even match
];
const oracle = { id: "oracle", prefer: unused };

Deno.test("accuracies count ties as wrong, even matches not at all, and cluster by prompt", async () => {
  const it = subject({ comparisons: heldOut, testbed: { oracle } });
  const ranking = await measured("ranking-accuracy", it);
  close(ranking.value, 2 / 3);
  assert.equal(ranking.n, 3);
  // Residuals 1/3 − 2/3 at a and 1/3 at b: √(2/9) / 3 · √2.
  close(ranking.stderr, 2 / 9);
  // A token: −.5 > −2, −3 < −1, −1 > −3. Log-ratios: 1, −1 and 8.
  close((await measured("ranking-accuracy-normalised", it)).value, 2 / 3);
  close((await measured("reward-accuracy", it)).value, 2 / 3);
  // 10·logit: ln 3, then 1 + 10·ln 9, then −7 + 10·ln 1.5 = −2.9.
  close((await measured("idealised-ranking-accuracy", it)).value, 2 / 3);

  const byLength = subject({
    comparisons: heldOut,
    testbed: { oracle },
    implied: (y) => -y.length,
  });
  close((await measured("reward-accuracy", byLength)).value, 1 / 3);
  assert.match(
    await reason("ranking-accuracy", subject({ comparisons: heldOut.slice(3) })),
    /even match/,
  );
});

Deno.test("labels of single answers are measured by the reward's rise, and by its order", async () => {
  const logps = [2, -1, 1, -3, 0.5, -0.5];
  const labels = [true, false, false, false, true, true];
  const answers = labels.map((_, i) => answer([a, b, c][i % 3]!, i));
  const held = answers.map((answer, i) => ({ answer, good: labels[i]! }));
  const lookedUp = policy((y) => logps[answers.indexOf(y)]! - 5);
  const read = async (parts: Parts, some = held) => {
    const found = subject({ policy: lookedUp, reference: policy(() => -5), ...parts });
    return await Promise.all(labelMeasures(some).map((evaluator) => evaluator.measure(found)));
  };
  const [auc, accuracy] = await read({}) as [Measurement, Measurement];
  // Rewards of the good are 2, 0.5, −0.5, of the bad −1, 1, −3: seven of nine pairs in order.
  close(auc.value, 7 / 9);
  close(accuracy.value, 4 / 6);
  assert.deepEqual([auc.n, accuracy.n], [6, 6]);
  assert.ok(auc.stderr > 0 && accuracy.stderr > 0);
  // The method's own reward gives the order; the rise is the policy's.
  const [turned, same] = await read({ implied: ({ logp }) => -logp }) as [Measurement, Measurement];
  close(turned.value, 2 / 9);
  close(same.value, 4 / 6);
  const none = { absent: "There are no held-out labels" };
  assert.deepEqual(await read({}, []), [none, none]);
  const [alike] = await read({}, held.filter(({ good }) => good));
  assert.deepEqual(alike, { absent: "All held-out labels are the same" });
});

Deno.test("a number a prompt is given where every prompt has as many comparisons, and only there", async () => {
  const uneven = await measured("ranking-accuracy", subject({ comparisons: heldOut }));
  assert.equal(uneven.each, undefined);
  const even = await measured("ranking-accuracy", subject({ comparisons: heldOut.slice(1, 3) }));
  assert.deepEqual(even.each, [0, 1]);
  assert.equal(even.value, 0.5);
});

Deno.test("an accuracy of 0 or 1 is not exact", async () => {
  const right = [a, b, c].map((at) => comparison(at, .8, [-1, -1, 1], [-2, -1, 1]));
  const found = await measured("ranking-accuracy", subject({ comparisons: right }));
  assert.equal(found.value, 1);
  // Wilson's 3 of 3: 3 / (3 + 1.96²) … 1.
  const z = 1.959963984540054;
  close(found.stderr, (1 - 3 / (3 + z * z)) / 2 / z, 1e-9);
});

Deno.test("margins and scores follow the method's own implied preference", async () => {
  const beta = Math.log(3);
  const it = subject({
    comparisons: heldOut,
    testbed: { oracle },
    implied: (y) => beta * (y.logp - y.reference),
  });
  // Log-ratio margins 1, −1, 8 and 0: probabilities 3/4, 1/4, 3⁸/(1 + 3⁸) and 1/2.
  const margin = await measured("margin", it);
  close(margin.value, 2 * beta);
  // Residuals −4 at a and 4 at b, times β: √32 / 4 · √2.
  close(margin.stderr, 2 * beta);
  assert.equal(margin.n, 4);
  const p3 = 3 ** 8 / (1 + 3 ** 8);
  const brier = .1875 + .5125 + (p3 * p3 - 1.2 * p3 + .6) + .25;
  close((await measured("brier", it)).value, brier / 4);
  const nll = -.75 * Math.log(.75) - .25 * Math.log(.25) - .9 * Math.log(.25) - .1 * Math.log(.75) -
    .6 * Math.log(p3) - .4 * Math.log(1 - p3) + Math.LN2;
  close((await measured("nll", it)).value, nll / 4);

  const silent = subject({ comparisons: heldOut, testbed: { oracle } });
  close((await measured("margin", silent)).value, 2);
  for (const id of ["brier", "nll", "calibration-error"]) {
    assert.match(await reason(id, silent), /implies no probability/);
  }
});

Deno.test("a general preference is read before any reward, and calls for none", async () => {
  // Exact odds of every comparison, whatever the log-probabilities are.
  const graded = Array.from(
    { length: 60 },
    (_, i) => comparison(prompt(`${i % 30}`), .55 + i / 200, [0, 0, 1], [0, 0, 1]),
  );
  const strengths = new Map(graded.map(({ w, strength }) => [w, strength]));
  const parts = {
    comparisons: graded,
    testbed: { oracle },
    prefers: (a: Scored, b: Scored) =>
      strengths.has(a) ? stats.logit(strengths.get(a)!) : -stats.logit(strengths.get(b)!),
  };
  for (
    const it of [
      subject(parts),
      subject({ ...parts, implied: () => assert.fail("a reward") }),
    ]
  ) {
    assert.equal((await measured("reward-accuracy", it)).value, 1);
    close((await measured("calibration-error", it)).value, 0, 1e-12);
    const spread = graded.reduce((sum, { strength: p }) => sum + p * (1 - p), 0) / graded.length;
    close((await measured("brier", it)).value, spread, 1e-12);
  }
});

/** 60 comparisons at 30 prompts, strengths .55 to .845, with these log-ratio margins. */
function graded(margin: (strength: number) => number): ScoredComparison[] {
  return Array.from({ length: 60 }, (_, i) => {
    const strength = .55 + i / 200;
    return comparison(prompt(`${i % 30}`), strength, [margin(strength), 0, 1], [0, 0, 1]);
  });
}
const implied = (y: Scored) => y.logp;

Deno.test("calibration error is 0 for true preferences and measures a known bias", async () => {
  const testbed = { oracle };
  const right = subject({ comparisons: graded(stats.logit), testbed, implied });
  const exact = await measured("calibration-error", right);
  close(exact.value, 0, 1e-12);
  assert.equal(exact.n, 60);
  // Both orders of 60 comparisons, on the diagonal.
  assert.equal(exact.bins!.reduce((n, bin) => n + bin.n, 0), 120);
  for (const bin of exact.bins!) close(bin.implied, bin.true, 1e-12);

  const bold = graded((strength) => stats.logit(strength + .1));
  const over = await measured(
    "calibration-error",
    subject({ comparisons: bold, testbed, implied }),
  );
  close(over.value, .1, 1e-9);
  assert.equal(over.bins!.length, 10);
});

Deno.test("the scaled calibration error ignores how loud a policy is", async () => {
  const loud = graded((strength) => 40 * stats.logit(strength));
  const it = subject({ comparisons: loud, testbed: { oracle }, implied });
  assert.ok((await measured("calibration-error", it)).value > .2);
  const scaled = await measured("calibration-error-scaled", it);
  close(scaled.value, 0, 1e-9);
  // Every other prompt is measured.
  assert.equal(scaled.n, 30);
  // The order of the prompts decides the halves, not chance: the same for every method.
  const again = subject({ comparisons: loud, testbed: { oracle } });
  assert.equal((await measured("calibration-error-scaled", again)).value, scaled.value);
});

Deno.test("where no scale can be fitted the reason is given", async () => {
  const zero = subject({ comparisons: graded(() => 0), testbed: { oracle } });
  assert.match(await reason("calibration-error-scaled", zero), /start policy/);
  const certain = graded(() => 1).map((c) => ({ ...c, strength: 1 }));
  assert.match(
    await reason("calibration-error-scaled", subject({ comparisons: certain })),
    /no finite scale/,
  );
});

Deno.test("on a user's own labels calibration is against labels and debiased as such", async () => {
  // Predictions .6 and .9 of 300 comparisons, right as often as they say.
  const labels = Array.from({ length: 300 }, (_, i) => {
    const p = i % 2 === 0 ? .6 : .9;
    const chosen = (i >> 1) % 10 < 10 * p;
    const logit = stats.logit(p) * (chosen ? 1 : -1);
    return comparison(prompt(`${i}`), 1, [logit, 0, 1], [0, 0, 1]);
  });
  const it = subject({ comparisons: labels, implied });
  const found = await measured("calibration-error", it);
  // Nothing is left after what 150 labels a prediction add by chance, and less than that is there.
  assert.ok(found.value < 0 && found.value > -.06, `${found.value}`);
  for (const bin of found.bins!) close(bin.implied, bin.true, 1e-9);
  assert.match(await reason("idealised-ranking-accuracy", it), /single votes/);
  assert.equal((await measured("ranking-accuracy", it)).n, 300);
});

Deno.test("what does not exist is absent with its reason, never 0 and never NaN", async () => {
  const nan = policy(() => NaN, (_, ys) =>
    Promise.resolve({
      kl: Float64Array.from(ys, () => NaN),
      entropy: Float64Array.from(ys, () => NaN),
    }));
  const broken = heldOut.map((c) => ({
    ...c,
    w: { ...c.w, logp: NaN },
    l: { ...c.l, logp: NaN },
  }));
  const subjects: Record<string, Parts> = {
    nothing: {},
    "one sampled prompt": {
      ...sampled,
      draws: drawn([a], samples.slice(0, 2).map(({ y }) => y)),
      baseline: drawn([a], starts.slice(0, 1)),
      comparisons: heldOut.slice(0, 2),
      implied,
    },
    "a policy of NaN": {
      ...enumerated,
      draws: listed(() => NaN),
      policy: nan,
      comparisons: broken,
      implied,
    },
    "samples of NaN": { ...sampled, policy: nan },
  };
  for (const [name, parts] of Object.entries(subjects)) {
    const it = subject({ ...parts, testbed: { ...parts.testbed, oracle } });
    for (const evaluator of evaluators) {
      // The start policy's own ranking does not depend on the broken one.
      if (name === "a policy of NaN" && evaluator.id === "idealised-ranking-accuracy") continue;
      const found = await taken(evaluator, it);
      if (name === "samples of NaN" && !/^(kl|entropy)/.test(evaluator.id)) continue;
      assert.ok("absent" in found, `${evaluator.id} of ${name} is present`);
      assert.match(found.absent, /^[A-Z].*[^.]$/);
    }
  }
  const missed = subject({ ...enumerated, reference: policy(() => -Infinity) });
  assert.equal(await reason("kl", missed), "Not finite: found Infinity at prompt p");
  assert.match(
    await reason("win-rate", subject({ draws: enumerated.draws!, baseline: enumerated.baseline! })),
    /Nobody knows/,
  );
  assert.match(await reason("margin", subject({ comparisons: broken })), /found NaN .* prompt a/);
});

Deno.test("answers to different prompts are never matched", async () => {
  const crossed = subject({ ...enumerated, baseline: enumerated.baseline!.toReversed() });
  await assert.rejects(() => outcome("win-rate", crossed), /answers to p with answers to q/);
});
