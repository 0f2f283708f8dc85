import assert from "node:assert/strict";
import fc from "fast-check";
import {
  absence,
  type Answer,
  type Benchmark,
  type Example,
  type Kind,
  type Measurement,
  plain,
  type Policy,
  type Prompt,
  rng,
  type Scored,
  type Subject,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import bandit from "../benchmarks/bandit.ts";
import { optimum } from "../benchmarks/exact/frontier.ts";
import { exact, softmax } from "../benchmarks/exact.ts";
import { paretoGapBy } from "../benchmarks/exact/pareto-gap.ts";
import game from "../benchmarks/game.ts";
import { exploited, faced, nash } from "../benchmarks/game/nash.ts";
import { cpu } from "../engine/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { measured, subject } from "../lab/train/subject.ts";

/** Neither testbed needs a workshop. */
const workshop = {} as Workshop;
const benchmarks: readonly Benchmark[] = [bandit, game];
const opened = await Promise.all(
  benchmarks.flatMap((benchmark) =>
    Object.entries(benchmark.settings).map(async ([name, setting]) => ({
      name: `${benchmark.id}/${name}`,
      offers: setting.offers,
      flip: (setting.with as { readonly flip?: number }).flip ?? 0,
      error: (setting.with as { readonly temperature?: number }).temperature ?? 0,
      testbed: await benchmark.open(setting.with, rng(1), workshop),
      again: await benchmark.open(setting.with, rng(2), workshop),
    }))
  ),
);

/** One context: three answers that the start policy gives with probabilities 1/6, 2/6 and 3/6. */
const small = (flip: number) =>
  exact({
    name: "small",
    start: [[0, Math.log(2), Math.log(3)], [0, 0, 0]],
    preferences: [[[0.5, 0.9, 0.2], [0.1, 0.5, 0.6], [0.8, 0.4, 0.5]], [
      [0.5, 1, 1],
      [0, 0.5, 1],
      [0, 0, 0.5],
    ]],
    flip,
  });

/** `share` of n draws is within 4 standard errors of p. */
function near(share: number, p: number, n: number, what: string) {
  const stderr = Math.sqrt(p * (1 - p) / n);
  assert.ok(Math.abs(share - p) <= 4 * stderr, `${what}: ${share} is within 4 × ${stderr} of ${p}`);
}

for (const { name, offers, flip, testbed, again } of opened) {
  const { oracle, answers, label, prompts, examples, heldOut, start, model } = testbed;
  const actions = answers!(prompts("test")[0]!).length;

  Deno.test(`${name}: prefer(a, b) + prefer(b, a) = 1, and an answer ties with itself`, async () => {
    for (const prompt of prompts("test")) {
      for (const a of answers!(prompt)) {
        assert.equal(await oracle!.prefer(a, a), 0.5);
        for (const b of answers!(prompt)) {
          const p = await oracle!.prefer(a, b);
          assert.ok(p >= 0 && p <= 1);
          assert.ok(Math.abs(p + await oracle!.prefer(b, a) - 1) < 1e-15);
        }
      }
    }
  });

  Deno.test(`${name}: the seed draws the examples and nothing else`, () => {
    const draw = (seed: number, from = testbed) => from.examples("pairs", 200, rng(seed));
    assert.deepEqual(draw(5), draw(5));
    assert.deepEqual(draw(5), draw(5, again));
    assert.notDeepEqual(draw(5), draw(6));
    assert.deepEqual(start, again.start);
    assert.deepEqual(testbed.truth, again.truth);
    assert.deepEqual(heldOut(), again.heldOut());
  });

  Deno.test(`${name}: the start policy has support on every example`, () => {
    const { data } = start.logits!;
    const chance = (y: Answer) => {
      const c = y.prompt.tokens[0]!;
      return softmax([...data.subarray(c * actions, (c + 1) * actions)])[y.tokens[0]!]!;
    };
    const points = examples("points", 500, rng(2));
    const seen = [
      ...points.flatMap(({ answer, unrelated }) => [answer, unrelated]),
      ...heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected]),
    ];
    assert.ok(seen.every((y) => chance(y) > 1e-6));
    assert.deepEqual(Object.keys(model.init(rng(1))), Object.keys(start));
  });

  Deno.test(`${name}: every pair of answers is held out once, better answer first`, async () => {
    const pairs = heldOut();
    assert.equal(pairs.length, prompts("test").length * actions * (actions - 1) / 2);
    const key = (a: Answer, b: Answer) =>
      `${a.prompt.id} ${[a.tokens[0]!, b.tokens[0]!].toSorted((x, y) => x - y)}`;
    assert.equal(new Set(pairs.map((p) => key(p.chosen, p.rejected))).size, pairs.length);
    for (const { chosen, rejected, strength } of pairs) {
      assert.ok(strength >= 0.5);
      assert.ok(Math.abs(strength - await oracle!.prefer(chosen, rejected)) < 1e-15);
    }
  });

  Deno.test(`${name}: examples compare two different answers, every context equally often`, () => {
    const [n, contexts] = [320, prompts("train").length];
    const pairs = examples("pairs", n, rng(4));
    assert.equal(pairs.length, n);
    for (const prompt of prompts("train")) {
      assert.equal(pairs.filter((e) => e.chosen.prompt.id === prompt.id).length, n / contexts);
    }
    for (const { chosen, rejected, strength } of pairs) {
      assert.equal(chosen.prompt, rejected.prompt);
      assert.notEqual(chosen.tokens[0], rejected.tokens[0]);
      assert.equal(strength, 1);
    }
    assert.equal(examples("pairs", contexts + 3, rng(4)).length, contexts + 3);
    assert.deepEqual(examples("pairs", 0, rng(4)), []);
  });

  Deno.test(`${name}: every kind of feedback reads the same comparisons`, () => {
    const pairs = examples("pairs", 100, rng(8));
    const both = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
    const points = examples("points", 100, rng(8));
    assert.deepEqual(points.map((e) => e.answer), both);
    assert.deepEqual(points.map((e) => e.good), pairs.flatMap(() => [1, 0]));
    const scored = examples("scored", 100, rng(8));
    assert.deepEqual(scored.map((e) => e.answer), both);
    assert.deepEqual(scored.map((e) => e.score), pairs.flatMap(() => [1, 0]));
    const winners = examples("demonstrations", 100, rng(8));
    assert.deepEqual(winners.map((e) => e.answer), pairs.map((e) => e.chosen));
    assert.ok(points.every((e) => e.unrelated.prompt === e.answer.prompt));
  });

  Deno.test(`${name}: n comparisons make as many examples as they pay for, and no part of one`, () => {
    const made = (kind: Kind) => examples(kind, 61, rng(9)).length;
    assert.deepEqual((["pairs", "triples", "objectives"] as const).map(made), [61, 20, 61]);
    assert.equal(testbed.costs!.lists, 6);
    if (!offers.includes("lists")) return assert.throws(() => made("lists"), RangeError);
    assert.equal(made("lists"), 10);
    assert.deepEqual(examples("lists", 5, rng(9)), []);
  });

  Deno.test(`${name}: lists hold four answers, best first, with the share of the others beaten`, () => {
    const lists = offers.includes("lists") ? examples("lists", 600, rng(9)) : [];
    assert.equal(lists.length, offers.includes("lists") ? 100 : 0);
    for (const { answers: ys, scores } of lists) {
      assert.equal(new Set(ys.map((y) => y.tokens[0])).size, 4);
      assert.equal(new Set(ys.map((y) => y.prompt)).size, 1);
      assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
      assert.ok(Math.abs(scores.reduce((a, b) => a + b) - 2) < 1e-12);
    }
  });

  Deno.test(`${name}: objectives read the same comparisons as pairs`, () => {
    const pairs = examples("pairs", 100, rng(8));
    const both = (e: { chosen: Answer; rejected: Answer }) => [e.chosen, e.rejected];
    assert.deepEqual(examples("objectives", 100, rng(8)).map(both), pairs.map(both));
  });

  Deno.test(`${name}: a reader is shown contexts and answers by number`, () => {
    const y = answers!(prompts("test")[3]!)[2]!;
    assert.equal(testbed.show(y.prompt), "Context 3");
    assert.deepEqual(testbed.showSteps(y), ["Answer 2"]);
    assert.equal(testbed.showSteps(y).length, y.length);
  });

  Deno.test(`${name}: a label is drawn as often as the data's own process says`, async () => {
    const [a, b] = answers!(prompts("train")[3]!) as [Answer, Answer];
    const p = await oracle!.prefer(a, b);
    const n = 4000;
    let won = 0;
    const stream = rng(`labels of ${name}`);
    for (let i = 0; i < n; i++) if (await label!(a, b, stream)) won++;
    near(won / n, p * (1 - flip) + (1 - p) * flip, n, "labels");
  });
}

Deno.test("of the bandit's labels three in ten are turned round where it is noisy, and none where it is clean", () => {
  const flipOf = (of: string) => opened.find(({ name }) => name === of)!.flip;
  assert.deepEqual([flipOf("bandit/noisy"), flipOf("bandit/clean")], [0.3, 0]);
});

Deno.test("where the better answer always wins, lists and triples are in the order of rewards", async () => {
  const { testbed } = opened.find(({ name }) => name === "bandit/deterministic")!;
  const lists = testbed.examples("lists", 300, rng(1));
  const triples = testbed.examples("triples", 300, rng(1));
  for (const { answers, scores } of lists) {
    assert.deepEqual(scores, [1, 2 / 3, 1 / 3, 0]);
    const rewards = [...await testbed.reward!(answers)];
    assert.deepEqual(rewards, rewards.toSorted((a, b) => b - a));
  }
  for (const { gold, chosen, rejected } of triples) {
    const [g, w, l] = await testbed.reward!([gold, chosen, rejected]);
    assert.ok(g! > w! && w! > l!);
  }
});

/** Two groups of raters of whom the first, three in four, always prefers 0 and the other always 1; flips aside. */
const divided = (flip: number) =>
  exact({
    name: "divided",
    start: [[0, 0], [0, 0]],
    preferences: Array(2).fill([[0.5, 0.75], [0.25, 0.5]]),
    flip,
    raters: [
      { share: 0.75, preferences: Array(2).fill([[0.5, 1], [0, 0.5]]) },
      { share: 0.25, preferences: Array(2).fill([[0.5, 0], [1, 0.5]]) },
    ],
  });

Deno.test("a label's objective is the rater who gave it", () => {
  const sure = divided(0).examples("objectives", 4000, rng("raters"));
  assert.ok(sure.every((e) => e.objective === e.chosen.tokens[0]));
  near(sure.filter((e) => e.objective === 0).length / 4000, 0.75, 4000, "share");
  // With a tenth turned round, 0 is chosen by 0.75 · 0.9 + 0.25 · 0.1 = 0.7, of which 0.675 by the first.
  const loose = divided(0.1).examples("objectives", 8000, rng("raters"))
    .filter((e) => e.chosen.tokens[0] === 0);
  near(loose.length / 8000, 0.7, 8000, "chosen");
  near(
    loose.filter((e) => e.objective === 0).length / loose.length,
    0.675 / 0.7,
    loose.length,
    "by",
  );
});

Deno.test("answers are their writers' in their shares, and what nobody writes is never compared", () => {
  const [n, third] = [6000, [1 / 3, 1 / 3, 1 / 3]];
  const { examples } = exact({
    name: "written",
    start: [[0, 0, 0], [0, 0, 0]],
    preferences: Array(2).fill(Array(3).fill([0.5, 0.5, 0.5])),
    flip: 0,
    writers: [{ share: 0.2, policy: [third, third] }, {
      share: 0.8,
      policy: [[0.5, 0.5, 0], [0.5, 0, 0.5]],
    }],
  });
  const pairs = examples("pairs", n, rng("writers"));
  // The first writer alone ever gives the answer that the second leaves out, in two pairs of three.
  const unwritten = pairs.filter(({ chosen, rejected }) =>
    [chosen, rejected].some((y) => y.tokens[0] === 2 - chosen.prompt.tokens[0]!)
  );
  near(unwritten.length / n, 0.2 * 2 / 3, n, "first writer");
  assert.throws(() => examples("lists", 6, rng(1)), {
    name: "RangeError",
    message: /^Cannot compare 4 answers to "written\/0": [23] are ever written$/,
  });
});

Deno.test("data and measures keep to their split of the contexts", () => {
  const apart = exact({
    name: "apart",
    start: Array(4).fill([0, 0]),
    preferences: Array(4).fill([[0.5, 0.9], [0.1, 0.5]]),
    flip: 0,
    splits: { train: [0, 2], test: [1, 3] },
  });
  const contexts = (ys: readonly { prompt: Prompt }[]) =>
    [...new Set(ys.map((y) => y.prompt.tokens[0]!))].toSorted();
  const points = apart.examples("points", 20, rng(1));
  assert.deepEqual(contexts(points.map((e) => e.answer)), [0, 2]);
  assert.deepEqual(contexts(points.map((e) => e.unrelated)), [0, 2]);
  assert.deepEqual(contexts(apart.heldOut().map((e) => e.chosen)), [1, 3]);
  assert.deepEqual(apart.prompts("train").map((p) => p.id), ["apart/0", "apart/2"]);
  assert.deepEqual(apart.prompts("test").map((p) => p.id), ["apart/1", "apart/3"]);
});

Deno.test("a comparison is of two draws from the start policy that differ", () => {
  const n = 12_000;
  const pairs = small(0).examples("pairs", 2 * n, rng("pairs"))
    .filter((e) => e.chosen.prompt.tokens[0] === 0);
  assert.equal(pairs.length, n);
  const share = (i: number, j: number) =>
    pairs.filter(({ chosen, rejected }) =>
      [i, j].includes(chosen.tokens[0]!) && [i, j].includes(rejected.tokens[0]!)
    ).length / n;
  // p_i·p_j = 2/36, 3/36, 6/36, of 11/36 in all.
  near(share(0, 1), 2 / 11, n, "0 and 1");
  near(share(0, 2), 3 / 11, n, "0 and 2");
  near(share(1, 2), 6 / 11, n, "1 and 2");
});

Deno.test("offline labels win as often as the table and the flips say", () => {
  for (const [flip, expected] of [[0, 0.9], [0.3, 0.9 * 0.7 + 0.1 * 0.3], [1, 0.1]] as const) {
    const zeroOne = small(flip).examples("pairs", 30_000, rng("flips"))
      .filter((e) => e.chosen.prompt.tokens[0] === 0)
      .filter((e) => e.chosen.tokens[0]! + e.rejected.tokens[0]! === 1);
    const won = zeroOne.filter((e) => e.chosen.tokens[0] === 0).length;
    near(won / zeroOne.length, expected, zeroOne.length, `flip ${flip}`);
  }
});

Deno.test("an unrelated answer is drawn as the start policy answers another context", () => {
  const points: Example<"points">[] = small(0).examples("points", 12_000, rng("unrelated"));
  const inOther = points.filter((e) => e.answer.prompt.tokens[0] === 1);
  [1 / 6, 2 / 6, 3 / 6].forEach((p, a) =>
    near(
      inOther.filter((e) => e.unrelated.tokens[0] === a).length / inOther.length,
      p,
      inOther.length,
      `answer ${a}`,
    )
  );
});

Deno.test("two answers with their scores are those that pairs compare, rated to within the temperature", async () => {
  for (const { name, testbed, error } of opened) {
    if (!name.startsWith("bandit/")) {
      assert.throws(() => testbed.examples("scores", 2, rng(8)), RangeError);
      continue;
    }
    assert.equal(testbed.costs!.scores, 8);
    const scores = testbed.examples("scores", 1607, rng(8));
    assert.equal(scores.length, 200);
    const order = (...both: Answer[]) => both.map((y) => y.tokens[0]!).toSorted((a, b) => a - b);
    assert.deepEqual(
      scores.map(({ first, second }) => order(first, second)),
      testbed.examples("pairs", 200, rng(8)).map((e) => order(e.chosen, e.rejected)),
    );
    const gold = await testbed.reward!(scores.flatMap(({ first, second }) => [first, second]));
    const errors = scores.flatMap(({ firstScore, secondScore }) => [firstScore, secondScore])
      .map((score, i) => score - gold[i]!);
    const root = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
    // Of 400 draws the standard error of their standard deviation is a twenty-eighth of it.
    assert.ok(Math.abs(root - error) <= error / 7, `${name}: ${root} for ${error}`);
    // Another draw of the same answers has other errors.
    const again = testbed.examples("scores", 8, rng(9))[0]!;
    assert.equal(again.firstScore === (await testbed.reward!([again.first]))[0], error === 0);
  }
});

Deno.test("impossible requests are refused with what is found and what is offered", async () => {
  const { examples, oracle, answers, prompts } = small(0);
  assert.throws(() => examples("revisions", 3, rng(1)), {
    name: "RangeError",
    message: "Cannot draw revisions from small as it offers only pairs, points, scored, " +
      "demonstrations, lists, triples, objectives",
  });
  for (const n of [-1, 0.5, NaN]) assert.throws(() => examples("pairs", n, rng(1)), RangeError);
  const [first, second] = prompts("test").map((prompt) => answers(prompt)[0]!);
  await assert.rejects(oracle.prefer(first!, second!), {
    name: "RangeError",
    message: 'Cannot compare answers to different prompts: "small/0" and "small/1"',
  });
  await assert.rejects(oracle.prefer(first!, { ...first!, tokens: [3] }), RangeError);
});

Deno.test("softmax sums to 1, does not mind a shift, and keeps log ratios", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.double({ min: -500, max: 500, noNaN: true }),
      (logits, shift) => {
        const p = softmax(logits);
        assert.ok(Math.abs(p.reduce((sum, x) => sum + x, 0) - 1) < 1e-12);
        softmax(logits.map((x) => x + shift)).forEach((x, i) => {
          assert.ok(Math.abs(x - p[i]!) < 1e-9);
          assert.ok(Math.abs(Math.log(p[i]! / p[0]!) - (logits[i]! - logits[0]!)) < 1e-9);
        });
      },
    ),
    { seed: 5, numRuns: 200 },
  );
});

/** What the evaluators say of the policy with these probabilities in each context. */
async function measures(
  testbed: Testbed,
  policy: (prompt: Prompt, start: readonly number[]) => Promise<readonly number[]>,
  implied?: (y: Scored) => number,
) {
  const engine = cpu({ threads: 1 });
  try {
    const calls = { sampling: engine.call, scoring: engine.call };
    const [contexts, actions] = testbed.start.logits!.shape as [number, number];
    const logits = new Float32Array(contexts * actions);
    for (const [c, prompt] of testbed.prompts("test").entries()) {
      const start = testbed.start.logits!.data.subarray(c * actions, (c + 1) * actions);
      const probabilities = await policy(prompt, softmax([...start]));
      logits.set(probabilities.map((p) => Math.max(-100, Math.log(p))), c * actions);
    }
    const params = { ...testbed.start, logits: { shape: [contexts, actions], data: logits } };
    return await measured(subject({
      respondent: plain(modelPolicy(testbed.model, () => params, calls)),
      reference: modelPolicy(testbed.model, () => testbed.start, calls),
      testbed,
      rng: rng("measures"),
      samples: 1,
      ...implied ? { implied } : {},
    }));
  } finally {
    await engine.close();
  }
}

const byName = (name: string) => opened.find((x) => x.name === name)!.testbed;
function close(actual: number | undefined, expected: number, within = 1e-5) {
  assert.ok(Math.abs(actual! - expected) < within, `${actual} is ${expected}`);
}
Deno.test("testbeds take exactly the shared evaluators that lack nothing there", () => {
  for (const { name, testbed } of opened) {
    const asked = subject({
      respondent: plain({} as Policy),
      reference: {} as Policy,
      testbed,
      rng: rng("needs"),
      implied: () => 0,
      samples: 1,
    });
    const taken = new Set(testbed.evaluators.map(({ id }) => id));
    for (const evaluator of evaluators) {
      const reason = absence(evaluator, asked);
      assert.equal(taken.has(evaluator.id), reason === undefined, `${name}: ${evaluator.id}`);
    }
  }
});

Deno.test("a benchmark has the cards of all that its testbeds measure, and of nothing else", () => {
  for (const { id, measures } of benchmarks) {
    const own = opened.filter(({ name }) => name.startsWith(`${id}/`));
    const taken = new Set(own.flatMap(({ testbed }) => testbed.evaluators.map(({ id }) => id)));
    assert.deepEqual(new Set(measures.map(({ id }) => id)), taken);
  }
});

Deno.test("the start policy is even with itself, at no KL, and where the frontier begins", async () => {
  for (const { name, testbed } of opened) {
    const { measures: found } = await measures(testbed, (_, start) => Promise.resolve(start));
    close(found["win-rate"]!.value, 0.5);
    close(found.kl!.value, 0);
    if (!testbed.truth.frontier) continue;
    close(found.reward!.value, testbed.truth.frontier[0]!.reward);
    const rewards = await Promise.all(
      testbed.prompts("test").map((prompt) => testbed.reward!(testbed.answers!(prompt))),
    );
    const best = rewards.reduce((sum, each) => sum + Math.max(...each), 0) / rewards.length;
    close(found.regret!.value, best - found.reward!.value);
    assert.equal(found.reward!.n, 32, name);
  }
});

Deno.test("the optimum at β = 1 sits on the frontier, and its log ratios are the rewards", async () => {
  const testbed = byName("bandit/clean");
  const { measures: found, absent } = await measures(
    testbed,
    async (prompt, start) =>
      optimum(start, [...await testbed.reward!(testbed.answers!(prompt))], 1),
    (y) => y.logp - y.reference,
  );
  assert.deepEqual(absent, {});
  assert.ok(
    testbed.truth.frontier!.some(({ kl, reward }) =>
      Math.abs(kl - found.kl!.value) < 1e-5 && Math.abs(reward - found.reward!.value) < 1e-5
    ),
  );
  close(found["reward-accuracy"]!.value, 1, 0.01);
  // A preference that is implied exactly has the entropy and the variance of a fair coin so bent.
  const truth = testbed.heldOut().map(({ strength }) => strength);
  const mean = (f: (p: number) => number) => truth.reduce((sum, p) => sum + f(p), 0) / truth.length;
  close(found.nll!.value, mean((p) => -p * Math.log(p) - (1 - p) * Math.log(1 - p)));
  close(found.brier!.value, mean((p) => p * (1 - p)));
  assert.ok(found["calibration-error"]!.value < 1e-3);
});

Deno.test("the best answers have no regret and win as often as the table says", async () => {
  for (const name of ["bandit/clean", "bandit/deterministic"]) {
    const testbed = byName(name);
    const wins: number[] = [];
    const { measures: found } = await measures(testbed, async (prompt, start) => {
      const ys = testbed.answers!(prompt);
      const rewards = await testbed.reward!(ys);
      const best = rewards.indexOf(Math.max(...rewards));
      const row = await Promise.all(ys.map((y) => testbed.oracle!.prefer(ys[best]!, y)));
      wins.push(row.reduce((sum, p, a) => sum + p * start[a]!, 0));
      return ys.map((_, a) => a === best ? 1 : 0);
    });
    close(found.regret!.value, 0);
    close(found.entropy!.value, 0);
    close(found["win-rate"]!.value, wins.reduce((sum, p) => sum + p, 0) / wins.length);
  }
});

Deno.test("the Nash policy is not exploitable, and the start policy as much as its table says", async () => {
  for (const setting of ["transitive", "intransitive", "condorcet", "circle"]) {
    const testbed = byName(`game/${setting}`);
    const table = (prompt: Prompt) => {
      const ys = testbed.answers!(prompt);
      return Promise.all(ys.map((a) => Promise.all(ys.map((b) => testbed.oracle!.prefer(a, b)))));
    };
    const best = await measures(testbed, async (prompt) => nash(await table(prompt)));
    close(best.measures.exploitability!.value, 0);
    close(best.measures["nash-distance"]!.value, 0);
    // Against a mixture of all answers there are, everything is even.
    if (setting === "circle") close(best.measures["win-rate"]!.value, 0.5);
    else assert.ok(best.measures["win-rate"]!.value > 0.55);
    const [gaps, distances]: [number[], number[]] = [[], []];
    const begin = await measures(testbed, async (prompt, start) => {
      const [p, equilibrium] = [await table(prompt), nash(await table(prompt))];
      assert.equal(Math.max(...faced(p, start)) - 0.5, exploited(p, start));
      gaps.push(exploited(p, start));
      distances.push(start.reduce((sum, x, a) => sum + Math.max(0, x - equilibrium[a]!), 0));
      return start;
    });
    const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
    close(begin.measures.exploitability!.value, mean(gaps));
    close(begin.measures["nash-distance"]!.value, mean(distances));
    assert.ok(mean(gaps) > 0.15);
  }
});

Deno.test("the policy that is best for the objectives' sum is on the Pareto front, the start policy is not", async () => {
  const testbed = byName("bandit/objectives");
  const best = await measures(testbed, async (prompt) => {
    const rewards = [...await testbed.reward!(testbed.answers!(prompt))];
    return rewards.map((r) => r === Math.max(...rewards) ? 1 : 0);
  });
  close(best.measures["pareto-gap"]!.value, 0);
  close(best.measures.regret!.value, 0);
  const start = await measures(testbed, (_, p) => Promise.resolve(p));
  assert.ok(start.measures["pareto-gap"]!.value > 0.3);
  close(start.measures["worst-rater"]!.value, 0.5);
});

Deno.test("the distance to a Pareto front is the one drawn by hand", async () => {
  const prompt = { id: "p", tokens: [0] };
  const answers = [0, 1, 2].map((a): Answer => ({ prompt, tokens: [a], length: 1 }));
  // Rewards (1, 0), (0, 3) and (0, 0): the front is the line from the first to the second, and from
  // (x, y) on it lies at t with x + t = 1 − (y + t) / 3.
  const gap = async (weights: readonly number[]) => {
    const draws = () => Promise.resolve([{ prompt, answers, weights, exact: true }]);
    const found = await paretoGapBy(() => [[1, 0, 0], [0, 3, 0]]).measure(
      { draws } as unknown as Subject,
    );
    return (found as Measurement).value;
  };
  close(await gap([0.25, 0.75, 0]), 0);
  close(await gap([0, 0, 1]), 0.75);
  close(await gap([0.2, 0.2, 0.6]), (1 - 0.2 - 0.6 / 3) * 0.75);
});

Deno.test("who does what the larger group wants does worst by the smaller", async () => {
  const testbed = byName("bandit/groups");
  const wins: number[][] = [[], []];
  const { measures: found } = await measures(testbed, async (prompt, start) => {
    const rewards = [...await testbed.reward!(testbed.answers!(prompt))];
    const best = rewards.indexOf(Math.max(...rewards));
    const row = await Promise.all(
      testbed.answers!(prompt).map((b) =>
        testbed.oracle!.prefer(testbed.answers!(prompt)[best]!, b)
      ),
    );
    wins[0]!.push(row.reduce((sum, p, b) => sum + p * start[b]!, 0));
    return rewards.map((_, a) => a === best ? 1 : 0);
  });
  close(found["win-rate"]!.value, wins[0]!.reduce((a, b) => a + b, 0) / wins[0]!.length);
  assert.ok(found["worst-rater"]!.value < found["win-rate"]!.value - 0.1);
});

Deno.test("mass outside the data is what the policy gives to rare answers", async () => {
  for (const [name, mass] of [["bandit/narrow", 0.05], ["bandit/lucky", undefined]] as const) {
    const testbed = byName(name);
    const begin = await measures(testbed, (_, p) => Promise.resolve(p));
    if (mass) close(begin.measures["unseen-mass"]!.value, mass);
    // The best answer is rare in both, and the second best is what lucky data hold.
    for (
      const [place, outside] of [[0, 1], [1, name === "bandit/lucky" ? 0 : undefined]] as const
    ) {
      const sure = await measures(testbed, async (prompt) => {
        const rewards = [...await testbed.reward!(testbed.answers!(prompt))];
        const wanted = rewards.toSorted((a, b) => b - a)[place];
        return rewards.map((r) => r === wanted ? 1 : 0);
      });
      if (outside !== undefined) close(sure.measures["unseen-mass"]!.value, outside);
    }
  }
});

Deno.test("held-out log-ratios are the change in log-probability of better and worse answers", async () => {
  const testbed = byName("bandit/deterministic");
  const change = new Map<string, readonly number[]>();
  const { measures: found } = await measures(testbed, async (prompt, start) => {
    const rewards = [...await testbed.reward!(testbed.answers!(prompt))];
    const p = optimum(start, rewards, 1);
    change.set(prompt.id, p.map((x, a) => Math.log(x / start[a]!)));
    return p;
  });
  const pairs = testbed.heldOut();
  const mean = (of: "chosen" | "rejected") =>
    pairs.reduce((sum, e) => sum + change.get(e[of].prompt.id)![e[of].tokens[0]!]!, 0) /
    pairs.length;
  close(found["chosen-log-ratio"]!.value, mean("chosen"));
  close(found["rejected-log-ratio"]!.value, mean("rejected"));
  assert.ok(mean("chosen") > 0 && mean("rejected") < 0);
});
