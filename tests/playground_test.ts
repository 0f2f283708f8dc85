import assert from "node:assert/strict";
import { cpu, interpret } from "../engine/mod.ts";
import type { Tensor } from "../core/mod.ts";
import { bandit, banditMeasures, banditTable, optimum } from "../reports/play/bandit.ts";
import { METHODS, settings, STEPS } from "../reports/play/dials.ts";
import { banditLesson, course, type Values, wordLesson } from "../reports/play/lessons.ts";
import { logpOf, logs } from "../reports/play/table.ts";
import { learners, pace, pairFeeds, rivals, stepGraph } from "../reports/play/training.ts";
import { drawn, pathOf, wordMeasures, words, wordTable } from "../reports/play/words.ts";
import { chance } from "../reports/play/draws.ts";

/** Where the sliders stand when a page opens, with some moved. */
const dialed = (lesson: keyof typeof settings, moved: Values = {}) => {
  const start = settings[lesson].dials.map(({ name, start }) => [name, start]);
  return {
    ...Object.fromEntries(start) as {
      [name in "beta" | "scale" | "rate" | "noise" | "pairs" | "seed" | "verbosity"]: number;
    },
    ...moved,
  };
};

/** What DPO, IPO and SimPO begin and end at. */
function ends(
  id: keyof typeof settings,
  moved: Values,
): { start: Values; methods: readonly Values[] } {
  const dials = dialed(id, moved);
  const run = id === "bandit" ? course(banditLesson, dials) : course(wordLesson, dials);
  for (let i = 0; i < STEPS; i++) run.advance();
  return { start: run.history[0]![0]!, methods: run.history.at(-1)! };
}
const seeds = settings.bandit.dials.find(({ name }) => name === "seed")!.values;

Deno.test("a step of each method is what ONNX Runtime computes of the same graph", async () => {
  const engine = cpu({ threads: 1 });
  const world = words({ seed: 3, pairs: 20, noise: 0.1, verbosity: 0.2 });
  const theta = world.reference.map((x, i) => x + Math.sin(i) / 4);
  const size = theta.length;
  for (const { name, loss } of rivals) {
    const graph = stepGraph(wordTable, world.pairs.length, (scope) => loss(scope, dialed("words")));
    const feeds: { readonly [name: string]: ArrayLike<number> } = {
      ...pairFeeds(world.pairs, world.reference),
      ...pace(0.05, 4),
      theta,
      first: theta.map((_, i) => Math.cos(i) / 10),
      second: theta.map(() => 0.01),
    };
    const shapes: { readonly [name: string]: readonly number[] } = {
      rate: [],
      debias1: [],
      debias2: [],
      "counts/chosen": [20, size],
      "counts/rejected": [20, size],
    };
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([input, values]): [string, Tensor] => [
        input,
        { shape: shapes[input] ?? [values.length], data: Float32Array.from(values) },
      ]),
    );
    const rounded = Object.fromEntries(Object.entries(tensors).map(([k, { data }]) => [k, data]));
    const ours = interpret(graph, rounded as { [name: string]: Float32Array });
    const theirs = await engine.call(() => graph, tensors);
    for (const [output, values] of Object.entries(ours)) {
      const most = Math.max(1, ...values.map(Math.abs));
      values.forEach((x, i) => {
        const off = Math.abs(x - theirs[output]!.data[i]!) / most;
        assert.ok(off < 1e-6, `${name}: ${output}[${i}] is off by ${off}`);
      });
    }
  }
  await engine.close();
});

Deno.test("the first losses and slopes are those that can be worked out by hand", () => {
  const { reference, pairs } = bandit({ seed: 1, pairs: 1, noise: 0 });
  const [pair] = pairs;
  const [won, lost] = [pair!.chosen, pair!.rejected].map(({ counts }) => counts.indexOf(1));
  const dials = dialed("bandit", { beta: 0.5, scale: 2, pairs: 1 });
  const lead = 2 * (reference[won!]! - reference[lost!]!) - 0.5;
  const hand = {
    DPO: { loss: Math.LN2, slope: -0.5 / 2 },
    IPO: { loss: 1, slope: -2 },
    SimPO: { loss: Math.log1p(Math.exp(-lead)), slope: -2 / (1 + Math.exp(lead)) },
  };
  for (const learner of learners(banditTable, reference, pairs, dials)) {
    const { loss, slope } = hand[learner.name as keyof typeof hand];
    assert.ok(Math.abs(learner.step() - loss) < 1e-12, learner.name);
    // The first moment is a tenth of the gradient, in which softmax's own part cancels.
    learner.standing.first.forEach((m, i) => {
      const expected = i === won ? slope : i === lost ? -slope : 0;
      assert.ok(Math.abs(10 * m - expected) < 1e-12, `${learner.name} at ${i}`);
    });
  }
});

Deno.test("measures are sums over all there is: samples of words agree, and the optimum is one", () => {
  const world = words({ seed: 2, pairs: 2, noise: 0, verbosity: 0 });
  const table = logs(wordTable, world.reference.map((x, i) => x + Math.cos(i)));
  const { worth, letters, kl } = wordMeasures(world, table);
  const draws = chance(5);
  const found = { letters: 0, kl: 0 };
  const n = 20_000;
  for (let i = 0; i < n; i++) {
    const word = drawn(table, draws);
    found.letters += word.length / n;
    found.kl += (logpOf(pathOf(word), table) - logpOf(pathOf(word), world.reference)) / n;
  }
  assert.ok(Math.abs(found.letters - letters) < 0.06, `${found.letters} for ${letters}`);
  assert.ok(Math.abs(found.kl - kl) < 0.04, `${found.kl} for ${kl}`);
  assert.ok(Math.abs(worth) < 1);

  const one = bandit({ seed: 4, pairs: 1, noise: 0 });
  const value = (table: Float64Array) => {
    const { reward, kl } = banditMeasures(one, table);
    return reward - 0.3 * kl;
  };
  const best = optimum(one, 0.3).map(Math.log);
  for (let a = 0; a < best.length; a++) {
    const aside = logs(banditTable, best.map((x, i) => i === a ? x + 0.05 : x));
    assert.ok(value(aside) < value(best));
  }
});

Deno.test("a seed gives equal worlds and courses, and another one others", () => {
  const run = (seed: number) => {
    const made = course(banditLesson, dialed("bandit", { seed, pairs: 20, noise: 0.3 }));
    for (let i = 0; i < 5; i++) made.advance();
    return made.history;
  };
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1), run(2));
  const [straight, turned] = [0, 0.3].map((noise) =>
    words({ seed: 1, pairs: 200, noise, verbosity: 0 }).pairs.map(({ chosen }) =>
      `${chosen.counts}`
    )
  );
  const changed = straight!.filter((one, i) => one !== turned![i]);
  assert.ok(changed.length > 30 && changed.length < 90, `${changed.length} of 200`);
});

Deno.test("the bandit does what the page says to look for", () => {
  for (const seed of seeds) {
    const { start, methods: [dpo, ipo] } = ends("bandit", { seed });
    assert.ok(dpo!.chosen! < ipo!.chosen! && ipo!.chosen! < start.chosen!, `seed ${seed}`);
  }
  const margins = (moved: Values) => ends("bandit", moved).methods.map(({ margin }) => margin!);
  const begun = margins({});
  assert.ok(begun[1]! < 5);
  for (const [k, margin] of margins({ noise: 0.3 }).entries()) {
    assert.ok(margin < begun[k]!, METHODS[k]);
  }
  const [dpo, ipo] = margins({ pairs: 1, beta: 0.5 });
  assert.ok(Math.abs(ipo! - 1) < 1e-3 && dpo! > 5, `${ipo}, ${dpo}`);
  const [held, near, free] = ends("bandit", { beta: 2 }).methods;
  const [far, further, same] = ends("bandit", {}).methods;
  assert.ok(held!.kl! < far!.kl! / 5 && near!.kl! < further!.kl! / 5);
  assert.deepEqual(free, same);
});

Deno.test("the words do what the page says to look for", () => {
  const [grown, kept] = [[] as number[], [] as number[]];
  for (const seed of seeds) {
    const { start, methods } = ends("words", { seed });
    const [dpo, ipo, simpo] = methods;
    if (dpo!.letters! > start.letters! && simpo!.letters! < dpo!.letters!) grown.push(seed);
    for (const { chosen, rejected } of methods) {
      assert.ok(chosen! < start.chosen! && rejected! < start.rejected!, `seed ${seed}`);
    }
    assert.ok(dpo!.chosen! < Math.min(ipo!.chosen!, simpo!.chosen!), `seed ${seed}`);
    const long = ends("words", { seed, verbosity: 0.8 }).methods;
    assert.ok(long.every(({ letters }) => letters! > 7), `seed ${seed}`);
    for (const k of [0, 1]) assert.ok(long[k]!.worth! < methods[k]!.worth!, `seed ${seed}`);
    if (long[2]!.worth! > long[0]!.worth!) kept.push(seed);
  }
  assert.deepEqual([grown.length, kept.length], [8, 9]);
});

Deno.test("a course keeps what each method measured after each step", () => {
  const made = course(wordLesson, dialed("words", { pairs: 10 }));
  made.advance();
  made.advance();
  assert.deepEqual(made.history.map((all) => all.length), [3, 3, 3]);
  assert.deepEqual(new Set(made.history[0]!.map(({ letters }) => letters)).size, 1);
  assert.throws(() => course(wordLesson, { seed: 1 }), /Cannot open a lesson without/);
});
