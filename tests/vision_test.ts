import assert from "node:assert/strict";
import {
  type Answer,
  type Draw,
  type Evaluator,
  type Kind,
  type Prompt,
  rng,
  type Subject,
  type Testbed,
  written,
} from "../core/mod.ts";
import { captions } from "../benchmarks/vision/captions.ts";
import { sceneAt } from "../benchmarks/vision/captions/base.ts";
import {
  ASK,
  expertly,
  fitOf,
  MARK,
  mentionsOf,
  plainly,
  saidByExperts,
  saidPlainly,
  STOP,
  wordOf,
  worthOf,
} from "../benchmarks/vision/captions/language.ts";
import { captionPicture, scenePicture } from "../benchmarks/vision/captions/pictures.ts";
import { mediocre, mended } from "../benchmarks/vision/captions/writers.ts";
import { blinded, image, KINDS, named, objectsOf, PATCH } from "../benchmarks/vision/scene.ts";
import { picture } from "../core/picture.ts";
import { cpu } from "../engine/mod.ts";
import { keeping } from "./fixtures/workshops.ts";

const engine = cpu({ threads: 1 });
const workshop = keeping(engine);
const captioned = await captions.open(workshop);

/** What the measures say of some answers to each test prompt, n each. */
async function measured(
  bed: Testbed,
  id: string,
  ys: readonly Answer[],
  n: number,
): Promise<number> {
  const { measure } = bed.evaluators.find((one) => one.id === id) as Evaluator;
  const groups = Array.from({ length: ys.length / n }, (_, i) => ys.slice(n * i, n * (i + 1)));
  const draws = groups.map((answers): Draw => ({
    prompt: answers[0]!.prompt,
    answers,
    weights: answers.map(() => 1 / n),
    exact: false,
  }));
  const subject = {
    testbed: bed,
    draws: async () => await draws,
    baseline: async () => await draws,
  };
  const found = await measure(subject as Partial<Subject> as Subject);
  assert.ok("value" in found, `${id}: ${JSON.stringify(found)}`);
  return found.value;
}
const answersTo = (prompts: readonly Prompt[], n: number): Prompt[] =>
  prompts.flatMap((x) => Array(n).fill(x));

/** Kinds of objects by their names. */
const kinds = new Map(Array.from({ length: KINDS }, (_, kind) => [named(kind), kind]));
const [blueDisc, redDisc, redPlus, greenCross] = [
  "blue disc",
  "red disc",
  "red plus",
  "green cross",
]
  .map((name) => kinds.get(name)!) as [number, number, number, number];
/** Two blue discs and a red plus. */
const scene = [-1, blueDisc, -1, -1, redPlus, -1, -1, blueDisc, -1];
const prompt: Prompt = { id: "by hand", tokens: [ASK] };

Deno.test("an object answers to one mention, in anybody's words, and others are invented", () => {
  assert.deepEqual(objectsOf(scene), [blueDisc, redPlus, blueDisc]);
  const said = plainly([blueDisc, blueDisc, blueDisc, greenCross]);
  assert.equal(
    said.map(wordOf).join(" "),
    "blue disc blue disc blue disc green cross .",
  );
  const { mentions, found, invented, there, missed } = fitOf(objectsOf(scene), said);
  assert.deepEqual([mentions, found, invented], [4, 2, 2]);
  assert.deepEqual(there, [true, true, false, false]);
  assert.deepEqual(missed, [redPlus]);
  assert.equal(worthOf(objectsOf(scene), said), 0);
  const expert = expertly(objectsOf(scene));
  assert.equal(expert.map(wordOf).join(" "), "seen: azure coin azure coin scarlet star .");
  assert.equal(worthOf(objectsOf(scene), expert), 1);
  assert.equal(worthOf(objectsOf(scene), [STOP]), 0);
  // A shape without a colour right before it, and one in other words than its colour, say nothing.
  const [colour, shape] = saidPlainly(blueDisc) as [number, number];
  const [, coin] = saidByExperts(blueDisc) as [number, number];
  assert.deepEqual(mentionsOf([shape, colour, MARK, shape, colour, coin, colour, STOP]), []);
});

Deno.test("an expert mends no more than is wrong, and grades how wrong it was", () => {
  // A red disc may be the red plus; nothing is like a green cross; one blue disc is missing.
  const said = plainly([redDisc, greenCross, blueDisc]);
  const { tokens, was, now, misread } = mended(scene, said);
  assert.deepEqual(tokens, plainly([redPlus, blueDisc, blueDisc]).map((token) => token));
  assert.deepEqual(was, [2, 2, 1, 1, 4, 4, 4]);
  assert.deepEqual(now, [2, 2, 4, 4, 3, 3, 4]);
  assert.deepEqual(misread, [1, 1, 0, 0, 0, 0, 0]);
  const perfect = plainly(objectsOf(scene));
  assert.deepEqual(mended(scene, perfect).tokens, perfect);
  const fancy = [MARK, ...saidByExperts(redPlus), STOP];
  assert.deepEqual(mended(scene, fancy).tokens, [
    MARK,
    ...[redPlus, blueDisc, blueDisc].flatMap(saidByExperts),
    STOP,
  ]);
  const draws = rng("mended");
  for (let i = 0; i < 200; i++) {
    const one = sceneAt(`${i}`, draws);
    const { tokens: mendedTokens } = mended(one.scene, mediocre(one.scene, draws));
    assert.equal(worthOf(objectsOf(one.scene), mendedTokens), 1);
  }
});

Deno.test("whoever is imitated invents a companion in three captions of five, and a colour in one", () => {
  const draws = rng("mediocre");
  const all = Array.from({ length: 4000 }, (_, i) => {
    const { scene } = sceneAt(`${i}`, draws);
    const said = mediocre(scene, draws);
    return {
      fit: fitOf(objectsOf(scene), said),
      expert: said[0] === MARK,
      n: objectsOf(scene).length,
    };
  });
  const plain = all.filter(({ expert }) => !expert);
  near(1 - plain.length / all.length, 0.02, 0.01);
  near(plain.filter(({ fit, n }) => fit.mentions > n).length / plain.length, 0.6, 0.03);
  // Of a colour changed, or of company; some are there by chance.
  const sum = (of: (one: typeof all[number]) => number) => all.reduce((x, one) => x + of(one), 0);
  near(sum(({ fit }) => fit.invented) / sum(({ fit }) => fit.mentions), 0.2, 0.02);
});

function near(a: number, b: number, within: number) {
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);
}

Deno.test("a hidden patch is the mean of all, and as many as the chance says are hidden", () => {
  const draws = rng("blinded");
  let hidden = 0;
  for (let i = 0; i < 200; i++) {
    const { patches } = sceneAt(`${i}`, draws).prompt;
    const before = Float32Array.from(patches!);
    const seen = blinded(patches!, 0.3, draws);
    assert.deepEqual(patches, before);
    for (let cell = 0; cell < image.count; cell++) {
      const [from, to] = [cell * image.numbers, (cell + 1) * image.numbers];
      if (seen.slice(from, to).every((x, k) => x === patches![from + k])) continue;
      hidden++;
      const column = Array.from({ length: image.count }, (_, c) => patches![c * image.numbers]!);
      near(seen[from]!, column.reduce((a, b) => a + b) / image.count, 1e-6);
    }
  }
  near(hidden / (200 * image.count), 0.3, 0.04);
});

// Before any method is judged there: room to learn, and neither the likeliest caption nor imitation
// of all that was said fills it.
Deno.test("captions has room to learn that the likeliest caption does not fill, and an expert does", async () => {
  const policy = workshop.policy(captioned.model, captioned.start);
  const test = captioned.prompts("test");
  const drawn = await policy.sample(answersTo(test, 4), rng(1));
  const of = (id: string, ys: readonly Answer[] = drawn) => measured(captioned, id, ys, 4);
  const [start, invented, covered] = [
    await of("reward"),
    await of("hallucination"),
    await of("coverage"),
  ];
  assert.ok(start > 0.35 && start < 0.65, `the start policy's captions are worth ${start}`);
  assert.ok(invented > 0.2 && invented < 0.35, `${invented} of what it mentions is not there`);
  assert.ok(covered > 0.75 && covered < 0.95, `it mentions ${covered} of what is`);
  const greedy = await policy.sample(test, rng(1), { temperature: 0 });
  const likeliest = await measured(captioned, "hallucination", greedy, 1);
  assert.ok(likeliest > 0.15, `of its likeliest mentions ${likeliest} are not there`);
  const taught = captioned.heldOut().flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const imitated = await of("hallucination", taught);
  assert.ok(imitated > 0.15, `of what it was taught to mention ${imitated} is not there`);
  const gold = captioned.examples("demonstrations", 64, rng(1)).map(({ answer }) => answer);
  assert.ok((await captioned.reward!(gold)).every((r) => r === 1));
  assert.equal(await measured(captioned, "hallucination", gold, 1), 0);
  assert.equal(await measured(captioned, "coverage", gold, 1), 1);
  // Words that the start policy hardly ever uses, and a least edit that it might have said.
  const some = captioned.examples("corrections", 64, rng(1));
  const mean = async (of: (one: typeof some[number]) => Answer) =>
    (await policy.logp(some.map(of))).reduce((a, b) => a + b) / some.length;
  const [far, near] = [await mean(({ gold }) => gold), await mean(({ edited }) => edited)];
  assert.ok(far < near - 2, `an expert's caption is likely by ${far}, an edited one by ${near}`);
});

Deno.test("captions: pairs are an expert's over another's, edits over the policy's own, and corrections all of these", async () => {
  const reward = async (ys: readonly Answer[]) => [...await captioned.reward!(ys)];
  const pairs = captioned.examples("pairs", 100, rng(1));
  assert.ok((await reward(pairs.map(({ chosen }) => chosen))).every((r) => r === 1));
  assert.ok(
    pairs.every(({ chosen, rejected }) =>
      chosen.tokens[0] === MARK && chosen.prompt === rejected.prompt
    ),
  );
  const edited = captioned.examples("edited", 100, rng(1));
  // Nothing is wrong with some, and those are paid for in vain.
  assert.ok(edited.length > 50 && edited.length < 100, `${edited.length}`);
  assert.ok((await reward(edited.map(({ chosen }) => chosen))).every((r) => r === 1));
  assert.ok((await reward(edited.map(({ rejected }) => rejected))).every((r) => r < 1));
  const all = captioned.examples("corrections", 100, rng(1));
  assert.equal(all.length, 100);
  const scenes = new Set(all.map(({ gold }) => gold.prompt.id));
  assert.equal(scenes.size, 100);
  for (const one of all) {
    assert.deepEqual(one.ownGrades.length, one.own.length);
    assert.deepEqual(one.editedGrades.length, one.edited.length);
    assert.deepEqual(one.goldBlind.tokens, one.gold.tokens);
    assert.deepEqual(one.editedBlind.tokens, one.edited.tokens);
    assert.equal(one.goldBlind.prompt, one.editedBlind.prompt);
    assert.equal(one.goldBlind.prompt.id, one.gold.prompt.id);
  }
  assert.ok(
    all.some(({ gold, goldBlind }) => `${gold.prompt.patches}` !== `${goldBlind.prompt.patches}`),
  );
  assert.deepEqual(captioned.examples("corrections", 20, rng(1)), all.slice(0, 20));
  assert.notDeepEqual(captioned.examples("pairs", 20, rng(2)), pairs.slice(0, 20));
});

Deno.test("captions: every kind on offer can be had, no other, and labels follow the reward", async () => {
  for (const kind of captions.offers as readonly Kind[]) {
    assert.ok(captioned.examples(kind, 12, rng(1)).length > 3, kind);
  }
  assert.throws(() => captioned.examples("lists", 8, rng(1)), /Cannot draw lists from vision/);
  assert.throws(() => captioned.examples("pairs", 0.5, rng(1)), /Cannot draw 0.5 scenes/);
  const held = captioned.heldOut();
  assert.equal(held.length, 2 * captioned.prompts("test").length);
  for (const { chosen, rejected, strength } of held) {
    assert.ok(strength > 1 / 2);
    near(await captioned.oracle!.prefer(chosen, rejected), strength, 1e-12);
  }
  const [first, last] = [held[0]!.chosen, held.at(-1)!.chosen];
  await assert.rejects(captioned.oracle!.prefer(first, last), /different prompts/);
  assert.throws(() => captioned.show({ id: "elsewhere", tokens: [PATCH] }), /no such scene/);
});

Deno.test("a caption is drawn under its scene: what it misses is faint, what it invents struck out", () => {
  const { view, marks } = captionPicture(scene, plainly([blueDisc, greenCross]));
  assert.deepEqual(view, [3, 4]);
  const seen = marks.filter(({ kind }) => kind !== "line");
  assert.deepEqual(seen.map(({ kind, faint = false }) => [kind, faint]), [
    ["disc", false],
    ["plus", true],
    ["disc", true],
    ["disc", false],
    ["cross", false],
  ]);
  const strokes = marks.filter(({ kind, at }) =>
    kind === "line" && at[0] !== at[2] && at[1] !== at[3]
  );
  // Through the second mention.
  assert.deepEqual(strokes.map(({ at }) => (at[0]! + at[2]!) / 2), [0.75]);
  assert.equal(scenePicture(scene).marks.filter(({ kind }) => kind !== "line").length, 3);
  const [x] = captioned.prompts("test") as [Prompt];
  assert.match(captioned.show(x), /^\w+ \w+ (top|middle|bottom) \w+, .*\. What is there\?$/);
  assert.deepEqual(
    captioned.showSteps(written(prompt, plainly([blueDisc]))),
    ["blue", " disc", " ."],
  );
  const most = written(x, Array.from({ length: 12 }, (_, i) => saidPlainly(blueDisc)[i % 2]!));
  for (const y of [most, x]) picture.parse(captioned.picture!(y));
});
