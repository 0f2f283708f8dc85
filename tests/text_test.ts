import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  type Answer,
  type Example,
  type Kind,
  type Params,
  type Policy,
  rng,
  type Testbed,
  type Training,
  type Workshop,
} from "../core/mod.ts";
import text from "../benchmarks/text.ts";
import { fluencyModel, languageModel } from "../benchmarks/text/base.ts";
import { addresses, packageVersions, reviews, wordRatings } from "../benchmarks/text/corpora.ts";
import { labelChance, settings, TEMPERATURE, type TextSetting } from "../benchmarks/text/labels.ts";
import { LONGEST, PROMPT, sentences } from "../benchmarks/text/prompts.ts";
import { readParams, writeParams } from "../models/checkpoint/safetensors.ts";
import { tokenizer } from "../benchmarks/text/tokenizer.ts";
import { meanReward, squash, valence, weigh } from "../benchmarks/text/valence.ts";

/** Learns nothing and keeps what it was taught; answers repeat the prompt, then end as real sentences do. */
function fakeWorkshop() {
  const kept = new Map<string, Promise<Uint8Array>>();
  const trainings: Training[] = [];
  const keys = new Map<string, unknown>();
  let ends: readonly (readonly number[])[] = [];
  const refuse = () => Promise.reject(new Error("Not here"));
  const workshop: Workshop = {
    call: refuse,
    cached(name, key, make) {
      const at = `${name} ${JSON.stringify(key)}`;
      keys.set(name, key);
      const bytes = kept.get(at) ?? make();
      kept.set(at, bytes);
      return bytes;
    },
    train(training) {
      trainings.push(training);
      return Promise.resolve(training.from);
    },
    policy: (): Policy => ({
      async sample(prompts, rng) {
        if (ends.length === 0) {
          const reader = await tokenizer(workshop);
          const { test } = sentences(reader, await reviews());
          ends = test.map((tokens) =>
            [...tokens.slice(PROMPT), reader.stop].slice(0, LONGEST - PROMPT)
          );
        }
        return prompts.map((prompt, i) => {
          const tokens = [...prompt.tokens, ...rng.split(prompt.id).split(i).pick(ends)];
          return { prompt, tokens, length: tokens.length, logps: tokens.map(() => -4) };
        });
      },
      logp: (ys) =>
        Promise.resolve(Float64Array.from(ys, (y) => -4 * y.length - y.tokens[0]! / 100)),
      steps: refuse,
      invert: refuse,
      value: refuse,
      values: refuse,
      vectors: refuse,
      against: refuse,
    }),
    progress() {},
  };
  return { workshop, trainings, kept, keys };
}

const { workshop, trainings, kept, keys } = fakeWorkshop();
const reader = await tokenizer(workshop);
const split = sentences(reader, await reviews());
const weights = weigh(await wordRatings(), await reviews());
const seen = (y: Answer) => ({
  valence: valence(weights, reader.decode(y.prompt.tokens), reader.decode(y.tokens)),
  length: y.length,
});

const opened = await Promise.all(
  Object.entries<TextSetting>(settings).map(async ([name, setting]) => ({
    name,
    setting,
    testbed: await text.open(setting, rng(1), workshop),
    again: await text.open(setting, rng(2), workshop),
  })),
);
const { testbed: clean } = opened.find(({ name }) => name === "clean")!;

Deno.test("256 test prompts and over 2,000 train prompts open real sentences, none of them twice", () => {
  const { train, test } = split.prompts;
  assert.equal(test.length, 256);
  assert.ok(train.length > 2000, `${train.length}`);
  const all = [...train, ...test];
  assert.equal(new Set(all.map(({ tokens }) => tokens.join())).size, all.length);
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  assert.ok(all.every(({ tokens }) => tokens.length === PROMPT));
});

Deno.test("a prompt keeps its id and its split", async () => {
  const texts = new Map((await reviews()).map(({ id, text }) => [`text/${id}`, text]));
  for (const { id, tokens } of [...split.prompts.train, ...split.prompts.test]) {
    assert.ok(texts.get(id)!.startsWith(reader.decode(tokens)), id);
  }
  assert.deepEqual(sentences(reader, await reviews()), split);
});

Deno.test("no training sentence opens as a test prompt does", () => {
  const held = new Set(split.prompts.test.map(({ tokens }) => tokens.join()));
  assert.ok(split.train.every((tokens) => !held.has(tokens.slice(0, PROMPT).join())));
  assert.ok(split.test.every((tokens) => held.has(tokens.slice(0, PROMPT).join())));
  assert.equal(split.train.length + split.test.length, 2982);
});

Deno.test("both models learn windows of text, then the ends of training sentences alone", () => {
  const heldOut = split.test.filter((tokens) => tokens.length > 12).map((tokens) => tokens.join());
  assert.equal(trainings.length, 4, "two models in two phases, each made once");
  for (const phase of trainings) {
    const answers = [0, 1, 2].flatMap((step) => phase.batch(step));
    const tuning = phase.title.startsWith("Fine-tuning");
    assert.equal(answers.length, 3 * 32);
    for (const { prompt, tokens, length } of answers) {
      assert.equal(tokens.length, length);
      const whole = [...prompt.tokens, ...tokens].join();
      assert.ok(!heldOut.some((sentence) => whole.includes(sentence)), reader.decode(tokens));
      if (tuning) {
        assert.equal(prompt.tokens.length, PROMPT);
        assert.ok(length <= LONGEST);
        // A stop token ends every answer that is not cut, and is nowhere else.
        assert.equal(
          tokens.indexOf(reader.stop),
          length < LONGEST ? length - 1 : tokens.indexOf(reader.stop),
        );
      } else {
        assert.deepEqual([prompt.tokens.length, length], [1, 64]);
      }
    }
    assert.deepEqual(phase.batch(1), phase.batch(1));
    assert.notDeepEqual(phase.batch(1), phase.batch(2));
  }
  const windows = (half: string) =>
    trainings.filter(({ title }) => title.startsWith("Pre") && title.includes(half))
      .flatMap(({ batch }) => Array.from({ length: 60 }, (_, step) => batch(step)).flat());
  // Reviews have stop tokens between them; addresses have none.
  const spoken = windows("policy").filter(({ tokens }) => tokens.includes(reader.stop)).length;
  const share = spoken / windows("policy").length;
  assert.ok(Math.abs(share - 0.35) < 4 * Math.sqrt(0.35 * 0.65 / 1920), `${share}`);
});

Deno.test("the models read different halves of the addresses", async () => {
  const all = await addresses();
  const halves = [0, 1].map((odd) => all.filter((_, i) => i % 2 === odd).join("\n"));
  const told = (await reviews()).map(({ text }) => text).join("\n");
  ["policy", "fluency"].forEach((name, own) => {
    const { batch } = trainings.find(({ title }) =>
      title.startsWith("Pre") && title.includes(name)
    )!;
    // The middle of a window, as its ends may lie within a character.
    const texts = [0, 1, 2].flatMap(batch).filter(({ tokens }) => !tokens.includes(reader.stop))
      .map(({ tokens }) => reader.decode(tokens.slice(4, 60)).replace(/^�+|�+$/g, ""))
      .filter((text) => !told.includes(text));
    assert.ok(texts.length > 40, `${texts.length}`);
    const found = halves.map((half) => texts.filter((text) => half.includes(text)).length);
    assert.equal(found[own], texts.length);
    // Presidents quote each other, and themselves a year later.
    assert.ok(found[1 - own]! < 0.05 * texts.length, `${found} of ${texts.length}`);
  });
});

Deno.test("the parameters depend neither on the context nor on the longest answer asked for", async () => {
  const [short, long] = [
    await languageModel(workshop),
    await languageModel(workshop, { context: 128, longest: 64 }),
  ];
  assert.deepEqual(short.start, long.start);
  assert.equal(short.tokenizer.stop, reader.stop);
  assert.equal(trainings.length, 4);
  const { start } = await fluencyModel(workshop);
  assert.ok(start.embed!.data.length > short.start.embed!.data.length);
});

Deno.test("every stage finds what opening made, and opening finds what the stages made", async () => {
  const before = kept.size;
  for (const part of text.stages!.flat()) await part.make(workshop);
  assert.equal(kept.size, before);
  const fresh = fakeWorkshop();
  for (const part of text.stages!.flat()) await part.make(fresh.workshop);
  const made = fresh.kept.size;
  await text.open(settings.clean, rng(1), fresh.workshop);
  assert.equal(fresh.kept.size, made);
  assert.deepEqual([...fresh.kept.keys()].sort(), [...kept.keys()].sort());
});

Deno.test("keys hold what the bytes rest on: texts, tokenizer, training sentences, parameters", async () => {
  const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  for (const half of ["policy", "judge"]) {
    const key = keys.get(`text ${half}`) as Record<string, unknown>;
    assert.equal(key.tokenizer, sha256(reader.json));
    assert.equal(key.sentences, sha256(JSON.stringify(split.train)));
    assert.deepEqual(key.texts, await packageVersions());
  }
  const { models } = keys.get("text pool") as { models: string[] };
  assert.deepEqual(models, [
    sha256(writeParams((await languageModel(workshop)).start)),
    sha256(writeParams((await fluencyModel(workshop)).start)),
  ]);
});

for (const { name, setting, testbed, again } of opened) {
  const { oracle, heldOut, examples, label, prompts, reward } = testbed;

  Deno.test(`text/${name}: prefer(a, b) + prefer(b, a) = 1, and P follows the gold reward`, async () => {
    for (const { chosen: a, rejected: b } of examples("pairs", 300, rng("x"))) {
      const p = await oracle!.prefer(a, b);
      assert.equal(p + await oracle!.prefer(b, a), 1);
      const [first, second] = await reward!([a, b]);
      assert.ok(Math.abs(p - 1 / (1 + Math.exp(-(first! - second!) / TEMPERATURE))) < 1e-12);
      assert.equal(await oracle!.prefer(a, a), 0.5);
    }
  });

  Deno.test(`text/${name}: labels come as often as their exact probability says`, async () => {
    const draws = rng("labels");
    for (const { chosen: a, rejected: b } of examples("pairs", 3, rng("x"))) {
      const n = 4000;
      let won = 0;
      for (let i = 0; i < n; i++) won += Number(await label!(a, b, draws));
      const p = labelChance(setting, seen(a), seen(b));
      assert.ok(Math.abs(won / n - p) < 4 * Math.sqrt(p * (1 - p) / n), `${won / n} is near ${p}`);
    }
  });

  Deno.test(`text/${name}: offline labels go the way of their exact probability`, () => {
    const pairs = examples("pairs", 4000, rng("x"));
    const chances = pairs.map(({ chosen, rejected }) =>
      labelChance(setting, seen(chosen), seen(rejected))
    );
    // E[P of the label drawn] is E[p² + (1 − p)²].
    const found = chances.reduce((sum, p) => sum + p, 0) / pairs.length;
    const expected = chances.reduce((sum, p) => sum + p * p + (1 - p) ** 2, 0) / pairs.length;
    assert.ok(Math.abs(found - expected) < 0.02, `${found} is near ${expected}`);
    assert.ok(pairs.every(({ strength }) => strength === 1));
  });

  Deno.test(`text/${name}: held-out comparisons are of test prompts and rank by the gold reward`, async () => {
    const test = new Set(prompts("test"));
    const held = heldOut();
    assert.ok(held.length > 400, `${held.length}`);
    assert.equal(
      new Set(held.flatMap(({ chosen, rejected }) => [chosen, rejected])).size,
      2 * held.length,
    );
    for (const { chosen, rejected, strength } of held) {
      assert.ok(test.has(chosen.prompt) && rejected.prompt === chosen.prompt);
      assert.ok(strength > 0.5);
      assert.equal(await oracle!.prefer(chosen, rejected), strength);
    }
  });

  Deno.test(`text/${name}: the seed of the testbed changes nothing, the seed of the draw changes the examples`, () => {
    const shown = (from: Testbed, seed: number) =>
      JSON.stringify(from.examples("points", 50, rng(seed)));
    assert.equal(shown(testbed, 1), shown(again, 1));
    assert.notEqual(shown(testbed, 1), shown(testbed, 2));
    assert.deepEqual(heldOut(), again.heldOut());
  });
}

Deno.test("the same draw gives the same comparisons as every kind of feedback", () => {
  const of = <K extends Kind>(kind: K) => clean.examples(kind, 60, rng("same")) as Example<K>[];
  const pairs = of("pairs");
  const winners = pairs.map(({ chosen }) => chosen);
  assert.deepEqual(of("demonstrations").map(({ answer }) => answer), winners);
  assert.deepEqual(
    of("scored"),
    pairs.flatMap(({ chosen, rejected }) => [
      { answer: chosen, score: 1 },
      { answer: rejected, score: 0 },
    ]),
  );
  const points = of("points");
  assert.deepEqual(points.filter(({ good }) => good === 1).map(({ answer }) => answer), winners);
  assert.equal(points.length, 2 * pairs.length);
});

Deno.test("an unrelated answer was given to another prompt and is read after this one", () => {
  for (const { answer, unrelated } of clean.examples("points", 10_000, rng("x"))) {
    assert.equal(unrelated.prompt, answer.prompt);
    assert.equal(unrelated.length, unrelated.tokens.length);
    // Answers here begin with the prompt that they were given to.
    assert.notDeepEqual(unrelated.tokens.slice(0, PROMPT), answer.prompt.tokens);
  }
});

Deno.test("examples use every train prompt before any comes again, and two answers that differ", () => {
  const train = new Set(clean.prompts("train"));
  const pairs = clean.examples("pairs", 2 * train.size, rng("x"));
  assert.ok(
    pairs.every(({ chosen, rejected }) =>
      train.has(chosen.prompt) && chosen.prompt === rejected.prompt &&
      chosen.tokens.join() !== rejected.tokens.join()
    ),
  );
  const first = pairs.slice(0, 1000).map(({ chosen }) => chosen.prompt.id);
  assert.equal(new Set(first).size, 1000);
});

Deno.test("verbose labels prefer length, which the gold reward does not", async () => {
  const { testbed: verbose } = opened.find(({ name }) => name === "verbose")!;
  const longer = (from: Testbed) => {
    const pairs = from.examples("pairs", 3000, rng("x"));
    return pairs.reduce((sum, { chosen, rejected }) => sum + chosen.length - rejected.length, 0) /
      pairs.length;
  };
  assert.ok(longer(verbose) > longer(clean) + 0.6, `${longer(verbose)} against ${longer(clean)}`);
  const some = verbose.examples("pairs", 20, rng("x")).map(({ chosen }) => chosen);
  assert.deepEqual(await verbose.reward!(some), await clean.reward!(some));
});

Deno.test("the gold reward is the answer's valence; under proxy, fluency counts as much", async () => {
  const { testbed: proxy } = opened.find(({ name }) => name === "proxy")!;
  const ys = proxy.heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const fluency = await proxy.fluency!(ys);
  ys.forEach((y, i) => assert.equal(fluency[i], (-4 * y.length - y.tokens[0]! / 100) / y.length));
  const [gold, of] = [await proxy.reward!(ys), await clean.reward!(ys)];
  // All test answers of the pool set what fluency is usual, so one unknown fits every answer.
  const usual = ys.map((y, i) => {
    const bonus = gold[i]! - meanReward(seen(y).valence);
    assert.equal(of[i], meanReward(seen(y).valence));
    return fluency[i]! - Math.sign(bonus) * Math.sqrt(15 * bonus ** 2 / (9 - bonus ** 2));
  });
  for (const u of usual) assert.ok(Math.abs(u - usual[0]!) < 1e-9, `${u}`);
  // The pool's mean; a few of its answers are equal to another and in no comparison.
  const mean = fluency.reduce((sum, f) => sum + f, 0) / ys.length;
  assert.ok(Math.abs(usual[0]! - mean) < 0.01, `${usual[0]} is near ${mean}`);
  assert.ok(Math.abs(squash(1) - 0.75) < 1e-12);
  // A fresh answer, equal to one of the pool, is graded alike.
  const { prompt, tokens, length } = ys[0]!;
  assert.equal((await proxy.reward!([{ prompt, tokens: [...tokens], length }]))[0], gold[0]);
});

Deno.test("answers to different prompts are not compared", async () => {
  const [first, second] = clean.examples("demonstrations", 2, rng("x")).map(({ answer }) => answer);
  const refusal = { name: "RangeError", message: /^Cannot compare answers to different prompts/ };
  await assert.rejects(clean.oracle!.prefer(first!, second!), refusal);
  await assert.rejects(clean.label!(first!, second!, rng(1)), refusal);
});

Deno.test("kinds of feedback that are not there, and odd numbers of them, are refused", () => {
  assert.throws(() => clean.examples("revisions", 1, rng(1)), {
    name: "RangeError",
    message: "Cannot draw revisions from text as it offers only pairs, points, scored, " +
      "demonstrations, lists, triples, objectives",
  });
  assert.throws(() => clean.examples("pairs", 1.5, rng(1)), { name: "RangeError" });
  assert.deepEqual(clean.examples("pairs", 0, rng(1)), []);
});

Deno.test("lists and triples are different answers to one prompt, as many as their labels pay for", () => {
  const lists = clean.examples("lists", 605, rng("lists"));
  assert.equal(lists.length, 100);
  for (const { answers, scores } of lists) {
    assert.equal(new Set(answers.map((y) => y.tokens.join())).size, 4);
    assert.equal(new Set(answers.map((y) => y.prompt.id)).size, 1);
    assert.ok(Math.abs(scores.reduce((a, b) => a + b) - 2) < 1e-12);
  }
  assert.equal(clean.examples("triples", 605, rng("lists")).length, 201);
});

Deno.test("a reader sees the prompt's text and the answer's tokens, its end included", () => {
  const ys = clean.examples("demonstrations", 40, rng("x")).map(({ answer }) => answer);
  const ended = ys.find(({ tokens }) => tokens.at(-1) === reader.stop)!;
  assert.equal(clean.show(ended.prompt), reader.decode(ended.prompt.tokens));
  const steps = clean.showSteps(ended);
  assert.equal(steps.length, ended.length);
  assert.equal(steps.at(-1), "<|end|>");
});

Deno.test("parameters survive as bytes, and damaged bytes are refused", () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
  const tensor = fc.array(finite, { maxLength: 12 }).map((xs) => ({
    shape: [xs.length],
    data: Float32Array.from(xs),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tensor, { maxKeys: 4 }), (params) => {
      const kept: Params = Object.fromEntries(Object.entries(params));
      assert.deepEqual(readParams(writeParams(kept)), kept);
    }),
    { seed: 13, numRuns: 200 },
  );
  const whole = writeParams({ x: { shape: [2, 1], data: Float32Array.of(1, -2) } });
  const refusal = { name: "SyntaxError", message: /^Cannot read parameters from \d+ bytes: / };
  assert.throws(() => readParams(whole.slice(0, -1)), refusal);
  assert.throws(() => readParams(whole.slice(0, 20)), refusal);
  assert.throws(() => readParams(new Uint8Array(3)), refusal);
  const garbled = whole.slice();
  garbled[9] = 0;
  assert.throws(() => readParams(garbled), refusal);
});
