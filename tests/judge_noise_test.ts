import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Ask,
  comparisons,
  judged,
  judgeNoise,
  keyOf,
  mtBench,
  noiseParts,
  rng,
} from "../mod.ts";
import { close } from "./close.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { type Asked, type Said, scripted } from "./fake/openai.ts";

/** Of grades and of win-rates. */
const kinds = mtBench.protocol.noise;

const game = ["model first", "baseline first"] as const;
const said = (
  question: string,
  values: readonly [number, number],
  more: { readonly model?: string; readonly seed?: number; readonly turn?: number } = {},
) =>
  values.map((value, i): judgeNoise.Scoring => ({
    question,
    model: "m",
    ...more,
    game: game[i]!,
    value,
  }));

Deno.test("components, design effect and questions needed of a headline by hand", () => {
  const first = [...said("a", [0.8, 0.4]), ...said("b", [0.2, 0.2]), ...said("c", [0.6, 1])];
  const again = said("a", [0.6, 0.6]);
  const { noise, bias } = judgeNoise.noises(
    kinds,
    { "win-rate": first },
    [{ "win-rate": again }],
    rng("test"),
  );
  const { components, designEffect, needed, half, ...rest } = noise["win-rate"]!;
  // Squares of a: .8 and .6, .4 and .6, .02 each, over 1 + 1 degrees of freedom.
  const repeat = 0.02;
  close(components.repeat!, repeat, 1e-12);
  // a: .7 and .5, less (1/2 + 1/2)/2 repeats; b: equal, less 1; c: .6 and 1, less 1.
  const order = (0.02 - repeat / 2 + (0 - repeat) + (0.08 - repeat)) / 3;
  close(components.order!, order, 1e-12);
  // Means .6, .2, .8 about 8/15; judging adds a quarter of 1, 2 and 2 repeats.
  const variance = ((1 / 15) ** 2 + (1 / 3) ** 2 + (4 / 15) ** 2) / 2;
  const prompt = variance - repeat * (1 + 2 + 2) / 3 / 4;
  close(components.prompt!, prompt, 1e-12);
  assert.deepEqual([components.seed, components.answer], [undefined, undefined]);
  // Both orders, once each: of six verdicts, three questions and half of a repeat.
  close(designEffect!, (prompt + repeat / 2) / 3 / ((prompt + order / 2 + repeat) / 6), 1e-12);
  assert.equal(half, 0.01);
  assert.equal(needed, Math.ceil((prompt + repeat / 2) * (1.959963984540054 / 0.01) ** 2));
  assert.deepEqual(rest, { models: 1, prompts: 3, seeds: 1, orders: 2, again: 2, absent: {} });
  // .4 was for the baseline, .6 is for the model.
  assert.deepEqual([bias["again-win-rate"]!.value, bias["again-win-rate"]!.n], [0.5, 1]);
  const parts = noiseParts(noise["win-rate"]!).map((part) => "share" in part ? part.share : NaN);
  close(parts[1]!, order / 2 / (prompt + order / 2 + repeat), 1e-12);
  close(parts.reduce((a, b) => a + b), 1, 1e-12);
});

Deno.test("turns of a question are averaged, and models each have components of their own", () => {
  const graded = (model: string, question: string, ...grades: number[]) =>
    grades.map((value, i) => ({ question, model, turn: i + 1, value }));
  const { noise, bias } = judgeNoise.noises(
    kinds,
    {
      grade: [
        ...graded("one", "a", 4, 6),
        ...graded("one", "b", 8, 10),
        ...graded("two", "a", 1, 1),
        ...graded("two", "b", 3, 3),
      ],
      "win-rate": [],
    },
    [{ grade: [...graded("one", "a", 6, 6), { question: "b", model: "one", turn: 1, value: 8 }] }],
    rng("test"),
  );
  assert.deepEqual(Object.keys(noise), ["grade"]);
  const { components, models, orders, half, absent } = noise["grade"]!;
  // One of a: 5, then 6. Of b the second turn is missing, so that its mean would be another thing.
  close(components.repeat!, 0.5, 1e-12);
  // One: means 5.5 and 9, variance 6.125, less (1/2 + 1)/2 repeats. Two: 1 and 3.
  close(components.prompt!, (6.125 - 0.375 + 2) / 2, 1e-12);
  assert.deepEqual([models, orders, half], [2, 1, 0.1]);
  assert.deepEqual(absent, { order: "Answers are graded one by one" });
  // 4 became 6; 6 and 8 stayed.
  close(bias["again-grade"]!.value, 1 / 3, 1e-12);
});

Deno.test("what cannot be known has a reason and no number", () => {
  const of = (...scorings: judgeNoise.Scoring[][]) =>
    judgeNoise.noises(kinds, { "win-rate": scorings.flat() }, [], rng("test"), "Steady")
      .noise["win-rate"];
  const one = of(said("a", [1, 0]))!;
  assert.equal(one.components.prompt, undefined);
  assert.match(one.absent["needed"]!, /^Fewer than two questions/);
  assert.equal(one.absent["repeat"], "Steady");
  const flat = of(said("a", [1, 1]), said("b", [1, 1]))!;
  assert.deepEqual(flat.components, { prompt: 0, order: 0 });
  assert.equal(flat.absent["designEffect"], "The verdicts do not vary");
  // Two policies far apart, each the same on every question.
  const seeds = of(...["a", "b"].flatMap((question) => [
    said(question, [0, 0], { seed: 1 }),
    said(question, [1, 1], { seed: 2 }),
  ]))!;
  close(seeds.components.seed!, 0.5, 1e-12);
  assert.equal(seeds.absent["needed"], "Training seeds alone differ by more");
  assert.deepEqual(judgeNoise.noises(kinds, { "win-rate": [] }, [], rng("test")).noise, {});
});

Deno.test("a share of the questions is asked again, the same ones of every model", () => {
  const questions = Array.from({ length: 25 }, (_, i) => ({ id: `q${i}`, turns: [`${i}`] }));
  const answers = (text: string) => new Map(questions.map(({ id }) => [id, [text]]));
  const asks = comparisons({
    questions,
    baseline: { model: "base", answers: answers("b") },
    models: ["x", "y"].map((model) => ({ model, answers: answers(model) })),
  }, { orders: "both", turns: 1 });
  const again = (repeats: number, share: number) => judgeNoise.asksAgain(asks, { repeats, share });
  const ids = (some: readonly Ask[], model: string) =>
    new Set(some.filter(({ about }) => about.model === model).map(({ about }) => about.question));
  // 10 % of 25 are 3, in two orders, of two models, twice more.
  const tenth = again(3, 10);
  assert.equal(tenth.length, 3 * 2 * 2 * 2);
  assert.deepEqual(ids(tenth, "x"), ids(tenth, "y"));
  assert.ok(ids(tenth, "x").isSubsetOf(ids(again(2, 20), "x")));
  const keys = [...asks, ...tenth].map(({ about }) => keyOf(about));
  assert.equal(new Set(keys).size, keys.length);
  assert.deepEqual([again(1, 100), again(2, 0)], [[], []]);
});

const N = 40;
/** P(model is better) of a question, without noise. */
const settled = (i: number) => 0.3 + 0.4 * ((7 * i) % N) / N;
/** Added to the preference for what is shown first: half the distance of the two orders. */
const TILT = 0.05;
/** Added or taken off by a coin each time: a variance of 0.01. */
const SHAKE = 0.1;

/** A judge that says something else each time it is asked the same. */
function shaky() {
  const seen = new Map<string, number>();
  return scripted({
    reply({ messages }: Asked): Said {
      const text = messages[1]!.content;
      const nth = seen.get(text) ?? 0;
      seen.set(text, nth + 1);
      const [, first, number] = /<answer-a [^>]*>\n(m|b) (\d+)/.exec(text)!;
      const coin = rng("shaky").split(`${first} ${number} ${nth}`).uniform();
      const model = settled(Number(number));
      if (text.includes("A>>B")) {
        // A quarter of all verdicts are for the other answer.
        const better = first === "m" === model >= 0.5 === coin > 0.25 ? "A>B" : "B>A";
        return { text: `{"verdict": "${better}"}` };
      }
      const p = (first === "m" ? model : 1 - model) + TILT + (coin < 0.5 ? SHAKE : -SHAKE);
      return { text: "m", logprobs: { m: Math.log(p), M: Math.log(1 - p) } };
    },
  });
}

const permissions = [
  "--allow-net=127.0.0.1",
  "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
];
const numbers = Array.from({ length: N }, (_, i) => i);
const files: { readonly [protocol: string]: () => [string, readonly unknown[]][] } = {
  "alpaca-eval": () =>
    ["m", "b"].map((generator) => [
      generator === "m" ? "--answers" : "--baseline",
      numbers.map((i) => ({
        instruction: `Question ${i}`,
        output: `${generator} ${i}`,
        generator,
      })),
    ]),
  "arena-hard": () => [
    ["--questions", numbers.map((i) => ({ uid: `${i}`, prompt: `Question ${i}` }))],
    ...["m", "b"].map((model): [string, unknown[]] => [
      model === "m" ? "--answers" : "--baseline",
      numbers.map((i) => ({
        uid: `${i}`,
        model,
        messages: [{ role: "assistant", content: { answer: `${model} ${i}` } }],
      })),
    ]),
  ],
};

for (const protocol of ["alpaca-eval", "arena-hard"]) {
  Deno.test(`${protocol}: a shaky judge's noise is measured by real calls, and changes no figure`, async () => {
    const directory = await temporary();
    await using server = shaky();
    const settings = join(directory, "judge.json");
    await Deno.writeTextFile(settings, JSON.stringify({ url: server.url, model: "shaky" }));
    const given: string[] = [];
    for (const [option, rows] of files[protocol]!()) {
      const path = join(directory, `${option.slice(2)}.jsonl`);
      await Deno.writeTextFile(path, rows.map((row) => JSON.stringify(row)).join("\n"));
      given.push(option, path);
    }
    const out = join(directory, "out");
    const run = async (...more: string[]) => {
      const before = server.calls.length;
      const { code, stdout, stderr } = await cli(
        [
          "judge",
          ...["--protocol", protocol, "--judge", "remote", "--judge-file", settings],
          ...["--out", out, "--json", ...given, ...more],
        ],
        directory,
        permissions,
      );
      assert.equal(code, 0, stderr);
      const document = judged.parse(JSON.parse(stdout));
      const own = await Deno.readTextFile(
        join(out, protocol === "arena-hard" ? "judgments.jsonl" : "annotations.json"),
      );
      return { document, own, calls: server.calls.length - before };
    };
    const once = await run("--repeats", "1");
    assert.equal(once.calls, 2 * N);
    assert.equal(once.document.noise!["win-rate"]!.absent["repeat"], "Nothing was asked again");
    // By default a tenth is asked once more.
    const tenth = await run("--resume");
    assert.equal(tenth.calls, 2 * N / 10);
    assert.equal(tenth.document.noise!["win-rate"]!.again, 2 * N / 10);
    // The same judgements, gone on with by asking all of them four times more.
    const often = await run("--resume", "--repeats", "5", "--repeat-share", "100");
    assert.equal(often.calls, 2 * N * 4 - 2 * N / 10);
    const none = await run("--resume", "--repeats", "5", "--repeat-share", "100");
    assert.equal(none.calls, 0);
    assert.deepEqual(
      { ...none.document, judge: undefined },
      { ...often.document, judge: undefined },
    );
    for (const { document, own } of [tenth, often]) {
      assert.deepEqual(document.rows, once.document.rows);
      assert.deepEqual(document.judgements, once.document.judgements);
      assert.equal(own, once.own);
    }
    const { components, again } = often.document.noise!["win-rate"]!;
    assert.equal(again, 2 * N * 4);
    const changed = often.document.bias["again-win-rate"]!;
    if (protocol === "alpaca-eval") {
      // Of 320 degrees of freedom the coin leaves a standard error of 0.0004.
      close(components.repeat!, SHAKE ** 2, 0.0015);
      // (2 · TILT)² / 2
      close(components.order!, 2 * TILT ** 2, 0.002);
      const mean = numbers.reduce((sum, i) => sum + settled(i), 0) / N;
      const prompt = numbers.reduce((sum, i) => sum + (settled(i) - mean) ** 2, 0) / (N - 1);
      close(components.prompt!, prompt, 0.003);
    } else {
      // Two verdicts differ where one of them alone is the wrong one.
      close(components.repeat!, 0.25 * 0.75, 0.02);
      close(changed.value, 2 * 0.25 * 0.75, 0.08);
    }
    assert.ok(changed.low! < changed.value && changed.value < changed.high!);
  });
}
