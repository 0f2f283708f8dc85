import assert from "node:assert/strict";
import {
  type Answer,
  type Draw,
  type Kind,
  type Method,
  type Prompt,
  rng,
  type Subject,
  written,
} from "../core/mod.ts";
import { picture } from "../core/picture.ts";
import vision from "../benchmarks/vision.ts";
import { grounding } from "../benchmarks/vision/grounding.ts";
import { askedAt, type Sought, unusual } from "../benchmarks/vision/grounding/base.ts";
import { measuresBy } from "../benchmarks/vision/grounding/measures.ts";
import {
  asking,
  type Box,
  boxOf,
  careless,
  drawn,
  image,
  overlap,
  type Rectangle,
  said,
  sceneOf,
  STOP,
  VOCABULARY,
} from "../benchmarks/vision/grounding/scene.ts";
import { cpu } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import imitation from "../methods/imitation.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";
import { keeping } from "./fixtures/workshops.ts";

const engine = cpu({ threads: 1 });
const workshop = keeping(engine);
const bed = await grounding.open(workshop);

Deno.test("two boxes overlap by what they share of what they cover, and by nothing where they only touch", () => {
  const box: Box = [1, 1, 5, 4];
  close(overlap(box, box), 1, 1e-12);
  // 2 × 3 of 12 and 9; a quarter; apart; along an edge; one within the other.
  close(overlap(box, [3, 1, 6, 4]), 6 / (12 + 9 - 6), 1e-12);
  close(overlap([0, 0, 4, 4], [2, 2, 6, 6]), 4 / 28, 1e-12);
  assert.equal(overlap(box, [6, 5, 8, 8]), 0);
  assert.equal(overlap([0, 0, 2, 2], [2, 0, 4, 2]), 0);
  close(overlap([0, 0, 8, 8], [2, 2, 4, 4]), 4 / 64, 1e-12);
});

Deno.test("an answer gives a box if it is four edges in order and a stop, and none otherwise", () => {
  const box: Box = [0, 2, 8, 5];
  assert.deepEqual(said(box), [1, 3, 9, 6, STOP]);
  assert.deepEqual(boxOf(said(box)), box);
  for (
    const tokens of [
      [1, 3, 9, STOP],
      [1, 3, 9, 6],
      [1, 3, 9, 6, 6],
      // Turned round, without a width, and with a colour for an edge.
      [9, 3, 1, 6, STOP],
      [1, 3, 1, 6, STOP],
      [1, 3, VOCABULARY - 1, 6, STOP],
      [STOP],
      [],
    ]
  ) assert.equal(boxOf(tokens), undefined, `${tokens}`);
});

Deno.test("rectangles have a colour each and a pixel between them, and a patch shows its own four pixels", () => {
  for (let i = 0; i < 50; i++) {
    const scene = sceneOf(1 + i % 4, rng("scenes").split(i));
    assert.equal(scene.length, 1 + i % 4);
    assert.equal(new Set(scene.map(({ colour }) => colour)).size, scene.length);
    for (const { box: [left, top, right, bottom] } of scene) {
      assert.ok(left >= 0 && top >= 0 && right <= 8 && bottom <= 8);
      assert.ok([right - left, bottom - top].every((side) => side >= 2 && side <= 5));
    }
    scene.forEach(({ box: [left, top, right, bottom] }, k) =>
      scene.slice(0, k).forEach(({ box: other }) =>
        assert.equal(overlap([left - 1, top - 1, right + 1, bottom + 1], other), 0)
      )
    );
  }
  // A red rectangle on the third patch of the second row and half of the fourth: bright in red there.
  const scene: Rectangle[] = [{ colour: 1, box: [4, 2, 7, 4] }];
  const many = Array.from({ length: 64 }, (_, i) => asking("q", scene, 1, rng("noise").split(i)));
  const mean = (patch: number, pixel: number) =>
    stats.mean(many.map(({ patches }) => patches![patch * image.numbers + 3 * pixel]!));
  const lit = Array.from(
    { length: 16 },
    (_, patch) => [0, 1, 2, 3].map((pixel) => mean(patch, pixel) > 0 ? 1 : 0),
  );
  const dark = [0, 0, 0, 0];
  assert.deepEqual(
    lit,
    Array.from(
      { length: 16 },
      (_, patch) => patch === 6 ? [1, 1, 1, 1] : patch === 7 ? [1, 0, 1, 0] : dark,
    ),
  );
});

Deno.test("annotators are a pixel off in three edges of ten, at another rectangle or without an edge", () => {
  const scene: Rectangle[] = [{ colour: 0, box: [3, 3, 5, 5] }, { colour: 1, box: [0, 6, 2, 8] }];
  const draws = rng("annotators");
  const all = Array.from({ length: 4000 }, () => careless(scene, scene[0]!, draws));
  const share = (of: (tokens: readonly number[]) => boolean) => all.filter(of).length / 4000;
  close(share((tokens) => tokens.length === 4), 0.05, 0.01);
  // Nine in ten of what is asked for and half of the tenth, in 0.7⁴ right, and whole.
  close(share((tokens) => `${tokens}` === `${said([3, 3, 5, 5])}`), 0.95 * 0.7 ** 4 * 0.95, 0.02);
  close(share((tokens) => tokens.length === 5 && tokens[0] === 1 + 2), 0.95 * 0.15 * 0.95, 0.02);
});

/** One question asked of scenes of one and of four rectangles. */
const [one, four] = [1, 4].map((n) => askedAt(`${n}`, rng("by hand"), n)) as [Sought, Sought];

Deno.test("tight boxes are counted apart where there are more rectangles than were learned from, and what is no box everywhere", async () => {
  assert.deepEqual([unusual(one), unusual(four)], [false, true]);
  const right4 = written(four.prompt, said(four.asked.box));
  const cut = written(four.prompt, said(four.asked.box).slice(0, 4));
  const draws = [
    {
      prompt: one.prompt,
      answers: [written(one.prompt, said(one.asked.box)), written(one.prompt, [STOP])],
    },
    { prompt: four.prompt, answers: [right4, cut] },
    {
      prompt: one.prompt,
      answers: [written(one.prompt, [1, 1, 2, 2, STOP]), written(one.prompt, [STOP])],
    },
    { prompt: four.prompt, answers: [right4, right4] },
  ].map((draw): Draw => ({ ...draw, weights: [1 / 2, 1 / 2], exact: false }));
  const subject = { draws: () => Promise.resolve(draws) } as Partial<Subject> as Subject;
  const asked = ({ id }: Prompt) => id === "1" ? one : four;
  const found = Object.fromEntries(
    await Promise.all(
      measuresBy(asked).map(async ({ id, measure }) => {
        const value = await measure(subject);
        assert.ok("value" in value);
        return [id, [value.value, value.n]];
      }),
    ),
  );
  assert.deepEqual(found, { "iou-75": [1 / 4, 2], malformed: [3 / 8, 4], beyond: [3 / 4, 2] });
});

Deno.test("a quarter of the test scenes holds four rectangles and no train scene does, and seeds share all of them", async () => {
  const shown = (split: "train" | "test") =>
    bed.prompts(split).map((prompt) => bed.show(prompt).split(", ").length);
  assert.equal(Math.max(...shown("train")), 3);
  assert.equal(shown("test").filter((n) => n === 4).length, 24);
  assert.deepEqual((await grounding.open(workshop)).prompts("test"), bed.prompts("test"));
  assert.match(
    bed.show(bed.prompts("test")[0]!),
    /^(\w+ \d \d \d \d(, )?){4}\. Where is \w+\?$/,
  );
});

Deno.test("labels follow the overlap by Bradley–Terry, and a right box is a demonstration at eleven labels", async () => {
  const pairs = bed.examples("pairs", 1500, rng("pairs"));
  assert.equal(pairs.length, 1500);
  let [expected, variance, right] = [0, 0, 0];
  for (const { chosen, rejected } of pairs) {
    const [w, l] = await bed.reward!([chosen, rejected]) as unknown as [number, number];
    assert.notEqual(w, l);
    const p = stats.sigmoid(Math.abs(w - l) / 0.1);
    expected += p;
    variance += p * (1 - p);
    if (w > l) right++;
  }
  close(right, expected, 3 * Math.sqrt(variance));
  const gold = bed.examples("demonstrations", 11 * 600 + 10, rng("gold"));
  assert.equal(gold.length, 600);
  assert.deepEqual(new Set(await bed.reward!(gold.map(({ answer }) => answer))), new Set([1]));
  assert.equal(new Set(gold.map(({ answer }) => answer.prompt.id)).size, 512);
  for (const kind of grounding.offers as readonly Kind[]) {
    assert.ok(bed.examples(kind, 24, rng(1)).length > 1, kind);
    assert.deepEqual(bed.examples(kind, 24, rng(1)), bed.examples(kind, 24, rng(1)));
    assert.throws(() => bed.examples(kind, 0.5, rng(1)), /Cannot draw 0.5 comparisons/);
  }
  assert.throws(() => bed.examples("rated", 8, rng(1)), /Cannot draw rated from vision\/ground/);
  for (const { chosen, rejected, strength } of bed.heldOut()) {
    assert.ok(strength > 0.5);
    close(await bed.oracle!.prefer(chosen, rejected), strength, 1e-12);
  }
  assert.throws(() => bed.show(one.prompt), /Cannot find scene "1"/);
});

Deno.test("programs check an answer's form and its overlap, at the price of as exact a mean by a noisy rater", async () => {
  const policy = workshop.policy(bed.model, bed.start);
  const asked = bed.prompts("train").slice(0, 64);
  const ys = await policy.sample(asked.flatMap((x) => Array<Prompt>(24).fill(x)), rng("price"));
  const rewards = [...await bed.reward!(ys)];
  const variances = asked.map((_, i) => stats.sd(rewards.slice(24 * i, 24 * (i + 1))) ** 2);
  assert.equal(bed.prices!.checks, Math.ceil(1 + 4 * 0.1 ** 2 / stats.mean(variances)));
  const checks = await bed.check!(ys);
  checks.forEach((found, i) =>
    assert.deepEqual(found, {
      reward: rewards[i],
      format: boxOf(ys[i]!.tokens) ? 1 : 0,
      iou: rewards[i],
    })
  );
  assert.deepEqual(Object.keys(checks[0]!), bed.checks);
});

Deno.test("right rectangles are drawn solid and the box of an answer dashed, if it gives one", () => {
  const { scene, asked } = four;
  const { view, marks } = drawn(scene, asked.box);
  assert.deepEqual(view, [8, 8]);
  assert.deepEqual(marks.map(({ faint = false }) => faint), [false, false, false, false, true]);
  const [left, top, right, bottom] = asked.box;
  assert.deepEqual(marks.at(-1)!.at, [
    (left + right) / 2,
    (top + bottom) / 2,
    right - left,
    bottom - top,
  ]);
  const [x] = bed.prompts("test") as [Prompt];
  const solid = bed.picture!(x)!.marks.length;
  const dashed = (y: Answer) => bed.picture!(y)!.marks.length - solid;
  assert.equal(dashed(written(x, said([0, 0, 2, 2]))), 1);
  assert.equal(dashed(written(x, [STOP])), 0);
  picture.parse(bed.picture!(written(x, said([0, 0, 2, 2]))));
  assert.deepEqual(bed.showSteps(written(x, said([0, 1, 2, 3]))), ["0", " 1", " 2", " 3", " ."]);
});

// What a testbed of preferences must be like before any method is judged on it.

Deno.test("boxes leave room to learn, and neither the likeliest ones nor imitation of right ones fill it", async () => {
  const policy = workshop.policy(bed.model, bed.start);
  const asked = bed.prompts("test").flatMap((prompt) => Array<Prompt>(8).fill(prompt));
  const mean = async (temperature: number) =>
    stats.mean([...await bed.reward!(await policy.sample(asked, rng("boxes"), { temperature }))]);
  const [start, greedy] = [await mean(1), await mean(0)];
  const { measures } = await runner(engine, workshop)({
    method: imitation as Method,
    benchmark: vision,
    setting: "grounding",
    seed: 1,
    budget: { ...vision.budget, ...grounding.budget! },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });
  // The most is 1.
  assert.ok(start > 0.25 && start < 0.4, `${start}`);
  assert.ok(greedy > start && greedy < 0.65, `${greedy}`);
  assert.ok(measures.reward!.value > start + 0.1 && measures.reward!.value < 0.65);
  assert.ok(measures["iou-75"]!.value < 0.5 && measures.beyond!.value < 0.4);
});
