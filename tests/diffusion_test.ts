import assert from "node:assert/strict";
import {
  type Answer,
  type Draw,
  type Kind,
  type Method,
  perPrompt,
  type Prompt,
  rng,
  type RunRecord,
  type Subject,
  type Testbed,
  type Training,
  type Workshop,
} from "../core/mod.ts";
import diffusion from "../benchmarks/diffusion.ts";
import { demonstrations, promptsOf } from "../benchmarks/diffusion/base.ts";
import type { Domain } from "../benchmarks/diffusion/domain.ts";
import { codeOf, iconOf, icons } from "../benchmarks/diffusion/icons.ts";
import { slacksOf, towerOf, towers } from "../benchmarks/diffusion/towers.ts";
import { cpu } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import { workshop as engineered } from "../lab/train/workshop.ts";
import { methods } from "../methods/mod.ts";
import inversion from "../studies/inversion.ts";
import * as stats from "../stats/mod.ts";
import { allClose, close } from "./close.ts";

const engine = cpu({ threads: 1 });
const kept = new Map<string, Promise<Uint8Array>>();
const taught = engineered({
  engine,
  cached(name, _key, make) {
    const found = kept.get(name) ?? make();
    kept.set(name, found);
    return found;
  },
  progress: () => {},
});
const trainings: Training[] = [];
/** Learns nothing: its denoisers are as they were initialised. */
const untaught: Workshop = {
  ...taught,
  cached: (_name, _key, make) => make(),
  train(training) {
    trainings.push(training);
    return Promise.resolve(training.from);
  },
};
const open = (domain: Domain, seed: number, workshop: Workshop) =>
  diffusion.open(domain, rng(seed), workshop);
const [idleIcons, idleTowers] = [await open(icons, 1, untaught), await open(towers, 1, untaught)];
const [learnedIcons, learnedTowers] = [await open(icons, 1, taught), await open(towers, 1, taught)];

const answer = (domain: Domain, token: number, made: readonly number[]): Answer => ({
  prompt: promptsOf(domain)[token]!,
  tokens: [],
  length: 1,
  numbers: { of: "result", result: Float32Array.from(made) },
});
const resultOf = (y: Answer) => y.numbers!.result;
const clean = { shape: 2, colour: 1, row: 0, column: 2, large: true, right: false };
/** Shape 2 in colour 1. */
const wanted = 2 * 6 + 1;

Deno.test("an icon as wanted earns 2, and less by how far shape and colour are off and how unclean it is", async () => {
  const code = codeOf(clean);
  assert.deepEqual(iconOf(code), clean);
  const [right, other, moved] = await learnedIcons.check!([
    answer(icons, wanted, code),
    // Another shape, on a circle of five: 2·sin 36° away.
    answer(icons, wanted, codeOf({ ...clean, shape: 3 })),
    // A size half-way between small and large.
    answer(icons, wanted, code.with(6, 0.4)),
  ]) as [Checks, Checks, Checks];
  type Checks = { reward: number; alignment: number; off: number };
  close(right.reward, 2, 1e-6);
  assert.deepEqual([right.alignment, other.alignment], [1, 0]);
  close(other.reward, 1 + Math.exp(-2 * (2 * Math.sin(Math.PI / 5)) ** 2), 1e-6);
  close(moved.off, 0.4 ** 2 / 8, 1e-6);
  close(moved.reward, 2 - 4 * 0.4 ** 2 / 8, 1e-6);
  for (const [token, prompt] of promptsOf(icons).entries()) {
    const { shape, colour } = { shape: Math.floor(token / 6), colour: token % 6 };
    const y = answer(icons, token, codeOf({ ...clean, shape, colour }));
    assert.deepEqual(
      learnedIcons.showSteps(y)[0]!.split(", ").slice(0, 2).join(" "),
      learnedIcons.show(prompt).replace("a ", ""),
    );
  }
});

Deno.test("of captions 72 % name the right shape and 71 % the right colour, and true ones earn 1.83", () => {
  const batch = demonstrations(icons);
  const all = Array.from({ length: 40 }, (_, step) => batch(step)).flat();
  const found = all.map((y) => {
    const { shape, colour } = iconOf(resultOf(y));
    const [token] = y.prompt.tokens as [number];
    const { reward } = icons.check(resultOf(y), shape * 6 + colour);
    return { shape: shape === Math.floor(token / 6), colour: colour === token % 6, reward };
  });
  const share = (name: "shape" | "colour") => stats.mean(found.map((x) => x[name] ? 1 : 0));
  const error = 3 * Math.sqrt(0.72 * 0.28 / all.length);
  close(share("shape"), 0.65 + 0.35 / 5, error);
  close(share("colour"), 0.65 + 0.35 / 6, error);
  // E exp(−‖ε‖²/½) of two numbers of deviation 0.12, twice, less 4 · 0.12²; a few noises cross over.
  const earned = 2 / (1 + 4 * 0.12 ** 2) - 4 * 0.12 ** 2;
  close(stats.mean(found.map(({ reward }) => reward)), earned, 0.01);
  close(earned, 1.83, 0.005);
});

/** Numbers of a tower of these widths; offsets of each block from the one below. */
const tower = (
  widths: readonly number[],
  offsets: readonly number[],
) => [...widths.map((w) => 2 * (w - 1.1)), ...offsets.map((d) => 2 * d)];
const ones = [1, 1, 1, 1, 1, 1];

Deno.test("blocks that overhang by ½, ¼, ⅙ and so on of their width stand on the edge", () => {
  const offsets = [0, 1 / 10, 1 / 8, 1 / 6, 1 / 4, 1 / 2];
  slacksOf(towerOf(tower(ones, offsets))).forEach((slack) => close(slack, 0, 1e-12));
  const nearer = slacksOf(towerOf(tower(ones, offsets.map((d) => 0.9 * d))));
  assert.ok(nearer.every((slack) => slack > 0));
  const farther = slacksOf(towerOf(tower(ones, offsets.with(5, 0.6))));
  assert.ok(farther.every((slack) => slack < 0));
  // A column stands with half a width to spare; a head of 3 on a neck of 1 is borne by the neck.
  slacksOf(towerOf(tower(ones, [0, 0, 0, 0, 0, 0]))).forEach((slack) => close(slack, 0.5, 1e-12));
  const head = slacksOf(towerOf(tower(ones.with(5, 3), [0, 0, 0, 0, 0, 0.2])));
  close(head[4], 0.3, 1e-12);
  // All above: 3 at 0.2 and 1 at 0.
  close(head[3], 0.5 - 0.15, 1e-12);
});

Deno.test("a tower earns 1 if it stands with 0.04 to spare, in the silhouette that is asked for", async () => {
  const column = 2;
  const [safe, loose, fallen, other] = await learnedTowers.check!([
    answer(towers, column, tower(ones, [3, 0, 0, 0, 0, 0.45])),
    answer(towers, column, tower(ones, [3, 0, 0, 0, 0, 0.47])),
    answer(towers, column, tower(ones, [3, 0, 0, 0, 0, 0.6])),
    answer(towers, column, tower([2, 2, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0])),
  ]);
  const pick = (name: string) => [safe, loose, fallen, other].map((found) => found![name]!);
  assert.deepEqual(pick("reward"), [1, 0, 0, 0]);
  assert.deepEqual(pick("stable"), [1, 0, 0, 1]);
  allClose(pick("slack"), [0.05, 0.03, -0.1, 1], 1e-6);
  allClose(pick("silhouette"), [0, 0, 0, Math.LN2], 1e-6);
});

/** What measures need of a policy: its answers, as many to each prompt. */
function drawn(...groups: readonly (readonly Answer[])[]): Subject {
  const draws = groups.map((answers): Draw => ({
    prompt: answers[0]!.prompt,
    answers,
    weights: answers.map(() => 1 / answers.length),
    exact: false,
  }));
  return { draws: () => Promise.resolve(draws) } as Partial<Subject> as Subject;
}
async function measures({ measures }: Domain, subject: Subject) {
  const found: { [id: string]: number } = {};
  for (const { id, measure } of measures) {
    const value = await measure(subject);
    assert.ok(!("absent" in value) && Number.isFinite(value.stderr));
    found[id] = value.value;
  }
  return found;
}

Deno.test("icons: alignment, off, spread and distance from the wanted attributes, by hand", async () => {
  const nine = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => ({ row, column })));
  const asked = (token: number, icon: Partial<typeof clean> = {}) =>
    nine.flatMap((place) =>
      [true, false].flatMap((large) =>
        [true, false].map((right) => {
          const as = { shape: Math.floor(token / 6), colour: token % 6, ...place, large, right };
          return answer(icons, token, codeOf({ ...as, ...icon }));
        })
      )
    );
  const perfect = await measures(icons, drawn(asked(0), asked(17)));
  close(perfect.alignment, 1);
  close(perfect.off, 0, 1e-12);
  close(perfect.spread, 1, 1e-12);
  close(perfect["attribute-distance"], 0, 1e-12);
  // One place, and of the second prompt the wrong shape: (½ + 0 + 8/9 + 0 + 0)/5.
  const off = await measures(
    icons,
    drawn(asked(0, { row: 1, column: 1 }), asked(17, { row: 1, column: 1, shape: 0 })),
  );
  close(off.alignment, 0.5);
  close(off.spread, 0, 1e-12);
  close(off["attribute-distance"], (1 / 2 + 8 / 9) / 5, 1e-12);
});

Deno.test("the instance does not depend on the seed, and labels and meetings do", async () => {
  const again = await open(icons, 2, taught);
  assert.deepEqual(again.start, learnedIcons.start);
  assert.deepEqual(again.heldOut(), learnedIcons.heldOut());
  const pairs = (seed: number, n = 50) => learnedIcons.examples("pairs", n, rng(seed));
  assert.deepEqual(pairs(1), pairs(1));
  assert.notDeepEqual(pairs(1), pairs(2));
});

for (const [name, testbed] of [["icons", learnedIcons], ["towers", learnedTowers]] as const) {
  Deno.test(`${name}: pairs are paths of the start policy to results that differ in worth, labelled by Bradley–Terry`, async () => {
    const pairs = testbed.examples("pairs", 2000, rng("pairs"));
    assert.equal(pairs.length, 2000);
    const counts = Map.groupBy(pairs, ({ chosen }) => chosen.prompt.id);
    const each = [...counts.values()].map((some) => some.length);
    assert.ok(Math.max(...each) - Math.min(...each) <= 1, `${each}`);
    let [expected, variance, right] = [0, 0, 0];
    for (const { chosen, rejected } of pairs) {
      assert.equal(chosen.prompt, rejected.prompt);
      assert.ok(chosen.numbers?.of === "path" && rejected.numbers?.of === "path");
      const [w, l] = await testbed.reward!([chosen, rejected]) as unknown as [number, number];
      assert.notEqual(w, l);
      const p = stats.sigmoid(Math.abs(w - l) / 0.5);
      expected += p;
      variance += p * (1 - p);
      if (w > l) right++;
    }
    close(right, expected, 3 * Math.sqrt(variance));
    const policy = taught.policy(testbed.model, testbed.start);
    const [steps] = await policy.steps([pairs[0]!.chosen]);
    assert.equal(steps!.length, 11);
    assert.ok(steps!.every(Number.isFinite));
  });

  Deno.test(`${name}: noised pairs are the same results without their paths`, () => {
    const [pairs, noised] = (["pairs", "noised"] as const).map((kind) =>
      testbed.examples(kind, 100, rng("kinds"))
    );
    noised!.forEach(({ chosen, rejected, strength }, i) => {
      assert.equal(strength, 1);
      for (const [y, path] of [[chosen, pairs![i]!.chosen], [rejected, pairs![i]!.rejected]]) {
        assert.equal(y!.numbers!.of, "result");
        assert.equal(y!.length, 1);
        assert.deepEqual(resultOf(y!), resultOf(path!));
      }
    });
  });

  Deno.test(`${name}: the price of a check is that of as exact a mean by a noisy rater, for the start policy`, async () => {
    const policy = taught.policy(testbed.model, testbed.start);
    const groups = await perPrompt(policy, testbed.prompts("test"), 256, rng("price"));
    const variances = await Promise.all(
      groups.map(async (ys) => stats.sd([...await testbed.reward!(ys)]) ** 2),
    );
    assert.equal(testbed.prices!.checks, Math.ceil(1 + 4 * 0.5 ** 2 / stats.mean(variances)));
  });
}

Deno.test("every kind on offer is made of whole askings, and no other", () => {
  const { offers } = diffusion.settings.icons!;
  for (const kind of offers as readonly Kind[]) {
    const cost = learnedIcons.costs?.[kind] ?? 1;
    const found = learnedIcons.examples(kind, 12 * cost, rng(1));
    assert.ok(found.length >= 12, kind);
  }
  const [point] = learnedIcons.examples("points", 1, rng(1));
  assert.equal(point!.unrelated.prompt, point!.answer.prompt);
  assert.throws(
    () => learnedIcons.examples("rated", 8, rng(1)),
    /Cannot draw rated from diffusion/,
  );
  assert.throws(() => learnedIcons.examples("noised", 0.5, rng(1)), /Cannot draw 0.5 comparisons/);
});

Deno.test("held-out comparisons have an exact strength, and none is even", async () => {
  for (const testbed of [learnedIcons, learnedTowers]) {
    const held = testbed.heldOut();
    assert.ok(held.length >= 40, `${held.length}`);
    for (const { chosen, rejected, strength } of held) {
      close(await testbed.oracle!.prefer(chosen, rejected), strength, 1e-12);
      assert.ok(strength > 0.5);
    }
    const [a, b] = [held[0]!.chosen, held.at(-1)!.chosen];
    await assert.rejects(testbed.oracle!.prefer(a, b), /different prompts/);
  }
});

Deno.test("an answer is drawn with a few marks, in six frames from noise on, and said step by step", () => {
  for (const testbed of [learnedIcons, learnedTowers]) {
    for (const { chosen } of testbed.examples("pairs", 30, rng("seen"))) {
      const { view, marks } = testbed.picture!(chosen)!;
      assert.ok(marks.length <= 64 && view.every((x) => x > 0));
      assert.ok(marks.every(({ at, ink }) => at.every(Number.isFinite) && ink >= 0 && ink <= 6));
      const frames = testbed.frames!(chosen);
      assert.equal(frames.length, 6);
      assert.deepEqual(frames.at(-1), testbed.picture!(chosen));
      assert.notDeepEqual(frames[0], frames.at(-1));
      const steps = testbed.showSteps(chosen);
      assert.equal(steps.length, chosen.length);
      // The steps say together what the result alone says, in the order in which it was settled.
      const [told] = testbed.showSteps({
        ...chosen,
        length: 1,
        numbers: { of: "result", result: resultOf(chosen) },
      });
      const parts = (text: string) => text.split(", ").toSorted();
      assert.deepEqual(parts(steps.join("")), parts(told!));
    }
    const [prompt] = testbed.prompts("test") as [Prompt];
    assert.ok(testbed.picture!(prompt)!.marks.length > 0);
    assert.match(testbed.show(prompt), /^a \w+/);
  }
});

Deno.test("a tower that falls is drawn with a cross where it turns over, and its upper part in another ink", () => {
  const falling = towers.draw(tower(ones, [0, 0, 0, 0, 0.6, 0]));
  assert.deepEqual(falling.marks.filter(({ kind }) => kind === "cross").length, 1);
  const inks = falling.marks.filter(({ kind }) => kind === "box").map(({ ink }) => ink);
  assert.deepEqual(inks, [0, 0, 0, 0, 1, 1]);
  assert.equal(towers.words(tower(ones, [0, 0, 0, 0, 0.6, 0]))[2], "falls over block 4");
  assert.ok(towers.sketch(0).marks.every(({ kind }) => kind !== "cross"));
  assert.equal(icons.draw(codeOf(clean)).marks.filter(({ kind }) => kind === "plus").length, 1);
});

Deno.test("pre-training sees results at every moment, by captions that are prompts", () => {
  assert.deepEqual(trainings.map(({ title }) => title).toSorted(), [
    "Pre-training the denoiser of icons",
    "Pre-training the denoiser of icons",
    "Pre-training the denoiser of towers",
    "Pre-training the denoiser of towers",
  ]);
  const [{ batch }] = trainings as [Training];
  const times = new Set(batch(3).map(({ numbers }) => numbers?.of === "glance" ? numbers.time : 0));
  assert.deepEqual(
    [...times].toSorted((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  assert.deepEqual(batch(3), batch(3));
});

const run = runner(engine, taught, 8);
const still = { at: "", seconds: 0, commit: "", host: "" };
const carried = (
  id: string,
  setting: string,
  flops: number,
  queries = 2000,
): Promise<RunRecord> => {
  const method = methods.find((m) => m.id === id) as Method;
  return run({
    method,
    benchmark: diffusion,
    setting,
    seed: 1,
    budget: { flops, queries },
    progress: () => {},
    ran: () => still,
  });
};
const value = (measured: RunRecord["measures"], id: string) => measured[id]!.value;

Deno.test("methods for any policy run on numbers as they stand, and those for tokens say why not", async () => {
  const whole = [
    ...["dpo", "ipo", "simpo", "cal-dpo", "apo-zero", "sft", "best-of-n", "online-dpo", "ppo"],
    ...["kto", "lipo", "tdpo1", "diffusion-dpo", "diffusion-sft", "d3po", "ddpo"],
    ...["ddim-inpo", "dro", "seppo", "spin-diffusion"],
  ];
  for (const id of whole) {
    const { outcome, reason, steps, measures, spent } = await carried(id, "icons", 1e9);
    assert.equal(outcome, "ok", `${id}: ${reason}`);
    assert.ok(steps > 0 && value(measures, "kl") > 0, id);
    assert.equal(spent!.asked !== undefined, id === "ddpo", id);
  }
  const { outcome, reason } = await carried("wpo", "icons", 1e9);
  assert.equal(outcome, "unsupported");
  assert.match(reason!, /Cannot run wpo on diffusion\/icons: Cannot list what may come next/);
  assert.match(
    (await carried("dpa", "icons", 1e9)).reason!,
    /that is not known of its test prompts/,
  );
});

Deno.test("both arms of the study of inversion take as many steps", async () => {
  const { arms: { inverted, noised } } = inversion;
  const [mine, theirs] = [
    await carried(inverted!.method, "icons", 3e9),
    await carried(noised!.method, "icons", 3e9 * noised!.share!.flops!),
  ];
  assert.ok(Math.abs(mine.steps - theirs.steps) <= 1, `${mine.steps}, ${theirs.steps}`);
});

Deno.test("what is simulated until it stands mostly stands, and what an answer takes is on record", async () => {
  const { outcome, steps, measures, answerFlops, answerQueries, spent } = await carried(
    "simulated-search",
    "towers",
    1e9,
  );
  assert.deepEqual([outcome, steps, spent!.queries], ["ok", 0, 6]);
  const fallen = 1 - await startStable();
  close(value(measures, "stable"), 1 - fallen ** 8, 0.06);
  // As many checks as draws but the eighth, and as many passes as draws have moments.
  close(answerQueries, 6 * (1 - fallen ** 7) / (1 - fallen), 2);
  assert.ok(answerFlops! > 2e6);
  assert.match(
    (await carried("simulated-search", "icons", 1e9)).reason!,
    /programs check reward,alignment,off here, and not "stable"/,
  );
});

Deno.test("the same seed gives the same record", async () => {
  for (const id of ["dpo", "d3po", "diffusion-dpo"]) {
    assert.deepEqual(await carried(id, "icons", 1e9), await carried(id, "icons", 1e9));
  }
});

/** The share of the start policy's towers that stand. */
async function startStable(): Promise<number> {
  const policy = taught.policy(learnedTowers.model, learnedTowers.start);
  const asked = learnedTowers.prompts("test").flatMap((prompt) => Array<Prompt>(200).fill(prompt));
  const found = await learnedTowers.check!(await policy.sample(asked, rng("standing")));
  return stats.mean(found.map(({ stable }) => stable!));
}

/** Mean gold reward of a testbed's start policy, 16 answers a prompt and more. */
async function startOf(testbed: Testbed): Promise<number> {
  const policy = taught.policy(testbed.model, testbed.start);
  const asked = testbed.prompts("test").flatMap((prompt) => Array<Prompt>(64).fill(prompt));
  return stats.mean([...await testbed.reward!(await policy.sample(asked, rng("acceptance")))]);
}

// What a testbed of preferences must be like before any method is judged on it.

Deno.test("icons leave room to learn, and imitation does not fill it", async () => {
  const [idle, start] = [await startOf(idleIcons), await startOf(learnedIcons)];
  const { flops } = diffusion.budget;
  const imitation = value((await carried("diffusion-sft", "icons", flops)).measures, "reward");
  const contrast = value((await carried("diffusion-dpo", "icons", flops)).measures, "reward");
  // The most is 2, and what truthful captions would have taught is 1.83.
  assert.ok(idle < 0.3, `${idle}`);
  assert.ok(start > 1 && start < 1.3, `${start}`);
  assert.ok(imitation > start + 0.2 && imitation < 1.6, `${imitation}`);
  assert.ok(contrast > imitation, `${contrast}`);
});

Deno.test("towers leave room to learn, and imitation does not fill it", async () => {
  const [idle, start] = [await startOf(idleTowers), await startOf(learnedTowers)];
  const { flops } = diffusion.settings.towers!.budget!;
  const imitation = value((await carried("diffusion-sft", "towers", flops!)).measures, "reward");
  // All may stand.
  assert.ok(idle < 0.2, `${idle}`);
  assert.ok(start > 0.25 && start < 0.45, `${start}`);
  assert.ok(imitation > start + 0.2 && imitation < 0.92, `${imitation}`);
});
