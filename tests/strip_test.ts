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
import { strip } from "../benchmarks/vision/strip.ts";
import { walks } from "../benchmarks/vision/strip/base.ts";
import {
  allDoors,
  cellsOf,
  doorOf,
  type Doors,
  drawn,
  ELSEWHERE,
  guided,
  pathsOn,
  promptOf,
  STOP,
  worthOf,
} from "../benchmarks/vision/strip/map.ts";
import { measuresBy } from "../benchmarks/vision/strip/measures.ts";
import { cpu } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import imitation from "../methods/imitation.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";
import { keeping } from "./fixtures/workshops.ts";

const engine = cpu({ threads: 1 });
const workshop = keeping(engine);
const bed = await strip.open(workshop);
const { train, test } = await walks(workshop);

const [UP, RIGHT, DOWN, LEFT] = [1, 2, 3, 4] as const;
const doors = [3, 1, 4, 2];
const map = promptOf("by hand", doors);

Deno.test("a path is worth the door that it ends at, against a wall it stays, and behind a stop it goes no further", () => {
  const of = (...tokens: number[]) => [doorOf({ tokens }), worthOf(doors, { tokens })];
  assert.deepEqual(of(UP, UP, STOP), [0, 3]);
  assert.deepEqual(of(UP, UP, UP, STOP), [0, 3]);
  assert.deepEqual(of(LEFT, RIGHT, RIGHT, RIGHT), [1, 1]);
  assert.deepEqual(of(RIGHT, DOWN, DOWN, LEFT), [2, 4]);
  assert.deepEqual(of(LEFT, STOP, LEFT), [-1, ELSEWHERE]);
  assert.deepEqual(of(STOP), [-1, ELSEWHERE]);
  assert.deepEqual(cellsOf([LEFT, LEFT, LEFT]), [[2, 2], [2, 1], [2, 0], [2, 0]]);
  assert.equal(allDoors(rng(1)).length, 24);
});

Deno.test("there are 341 paths, of which 18 end at each door", () => {
  const paths = pathsOn(map);
  assert.equal(paths.length, 1 + 4 + 16 + 64 + 256);
  assert.equal(new Set(paths.map(({ tokens }) => `${tokens}`)).size, paths.length);
  const ends = [0, 1, 2, 3].map((door) => paths.filter((y) => doorOf(y) === door).length);
  // Straight on in two moves and a stop, or three with one against the wall, and 16 of four.
  assert.deepEqual(ends, [18, 18, 18, 18]);
});

Deno.test("all paths together have probability 1, and a map differs from another in its image alone", () => {
  for (const { chances } of [...train, ...test]) {
    close(chances.reduce((a, b) => a + b), 1, 1e-5);
  }
  const images = new Set([...train, ...test].map(({ prompt }) => `${prompt.patches}`));
  assert.equal(images.size, 24);
  assert.equal(new Set([...train, ...test].map(({ prompt }) => `${prompt.tokens}`)).size, 1);
});

/** What the measures say of one map and a policy with these chances of its paths. */
async function measured(
  of: Doors,
  answers: readonly Answer[],
  weights: readonly number[],
): Promise<{ readonly [id: string]: number }> {
  const draws: Draw[] = [{ prompt: map, answers, weights, exact: true }];
  const subject = { draws: () => Promise.resolve(draws) } as Partial<Subject> as Subject;
  const found = await Promise.all(
    measuresBy(() => of).map(async ({ id, measure }) => {
      const value = await measure(subject);
      assert.ok("value" in value);
      return [id, value.value] as const;
    }),
  );
  return Object.fromEntries(found);
}

Deno.test("what arrives, how many ways there are and how far off worth they are, by hand", async () => {
  const paths = pathsOn(map);
  const only = (...tokens: number[]) => paths.map((y) => `${y.tokens}` === `${tokens}` ? 1 : 0);
  const total = 18 * 10 + (341 - 72) * 0.02;
  const one = await measured(doors, paths, only(UP, UP, STOP));
  assert.deepEqual([one.arrived, one["distinct-successes"]], [1, 1]);
  close(one["target-distance"], 1 - 3 / total, 1e-12);
  const none = await measured(doors, paths, only(STOP));
  assert.deepEqual([none.arrived, none["distinct-successes"]], [0, 0]);
  // Two ways, as often: each is among a hundred for all but 2⁻¹⁰⁰.
  const [a, b] = [only(UP, UP, STOP), only(DOWN, DOWN, STOP)];
  const two = await measured(doors, paths, a.map((x, i) => (x + b[i]!) / 2));
  close(two["distinct-successes"], 2, 1e-12);
  close(two["target-distance"], 1 - 7 / total, 1e-12);
  const best = await measured(doors, paths, paths.map((y) => worthOf(doors, y) / total));
  close(best["target-distance"], 0, 1e-12);
  close(best.arrived, 180 / total, 1e-12);
  const among = (worth: number) => 18 * (1 - (1 - worth / total) ** 100);
  close(best["distinct-successes"], [1, 2, 3, 4].map(among).reduce((x, y) => x + y), 1e-9);
});

Deno.test("guides take doors that are worth less more often, and slip half the time", () => {
  const draws = rng("guides");
  const paths = Array.from({ length: 4000 }, () => guided(doors, draws));
  const arrived = paths.map((tokens) => doorOf({ tokens }));
  const share = (door: number) => arrived.filter((x) => x === door).length / 4000;
  assert.ok(share(1) > share(3) && share(3) > share(0) && share(0) > share(2));
  const straight = paths.filter((tokens) => `${tokens}` === `${[RIGHT, RIGHT, STOP]}`).length /
    4000;
  // 4/10, and each of three moves not slipped or slipped to the same.
  close(straight, 0.4 * 0.6 ** 3, 0.02);
});

Deno.test("labels of two paths are in proportion to their worth, which the gold reward says too", async () => {
  const [x] = bed.prompts("train") as [Prompt];
  const [best, worst] = [4, 1].map((worth) => {
    const door = train[0]!.doors.indexOf(worth);
    return written(x, [door + 1, door + 1, STOP]);
  }) as [Answer, Answer];
  close(await bed.oracle!.prefer(best, worst), 4 / 5, 1e-12);
  const [high, low] = await bed.reward!([best, worst]) as unknown as [number, number];
  close(stats.sigmoid(high - low), 4 / 5, 1e-12);
  assert.deepEqual(await bed.check!([best]), [{ reward: high }]);
  const pairs = bed.examples("pairs", 2000, rng("pairs"));
  let [expected, variance, right] = [0, 0, 0];
  for (const { chosen, rejected } of pairs) {
    const p = await bed.oracle!.prefer(chosen, rejected);
    assert.notEqual(p, 0.5);
    const most = Math.max(p, 1 - p);
    expected += most;
    variance += most * (1 - most);
    if (p > 0.5) right++;
  }
  close(right, expected, 3 * Math.sqrt(variance));
  const counts = Map.groupBy(pairs, ({ chosen }) => chosen.prompt.id);
  assert.deepEqual([...counts.values()].map((some) => some.length), Array(20).fill(100));
  assert.deepEqual(bed.examples("pairs", 50, rng(1)), bed.examples("pairs", 50, rng(1)));
  for (const kind of strip.offers as readonly Kind[]) {
    assert.ok(bed.examples(kind, 12, rng(1)).length > 1, kind);
  }
  await assert.rejects(
    bed.oracle!.prefer(best, written(bed.prompts("test")[0]!, [STOP])),
    /different prompts/,
  );
  assert.throws(() => bed.show(map), /Cannot find map "by hand"/);
});

Deno.test("the price of a check is that of as exact a mean by a noisy rater, for the start policy", () => {
  const variances = train.map(({ doors, paths, chances }) => {
    const rewards = paths.map((y) => Math.log(worthOf(doors, y)));
    const mean = rewards.reduce((sum, r, i) => sum + chances[i]! * r, 0);
    return rewards.reduce((sum, r, i) => sum + chances[i]! * (r - mean) ** 2, 0);
  });
  assert.equal(bed.prices!.checks, Math.ceil(1 + 4 / stats.mean(variances)));
});

Deno.test("held-out comparisons are of paths that are not worth the same, with their exact strength", async () => {
  const held = bed.heldOut();
  assert.equal(held.length, 4 * 12);
  for (const { chosen, rejected, strength } of held) {
    assert.ok(strength > 0.5);
    close(await bed.oracle!.prefer(chosen, rejected), strength, 1e-12);
  }
});

Deno.test("a path is drawn on its map from a ring to a disc, and said move by move", () => {
  const { view, marks } = drawn(doors, [RIGHT, RIGHT, STOP]);
  assert.deepEqual(view, [5, 5]);
  assert.deepEqual(marks.map(({ kind }) => kind), [
    ...["box", "box", "box", "box"],
    ...["ring", "line", "disc"],
  ]);
  const [, , widest] = marks as unknown as { at: number[] }[];
  assert.ok(marks.every(({ kind, at }) => kind !== "box" || at[2]! <= widest!.at[2]!));
  assert.equal(drawn(doors).marks.length, 5);
  picture.parse(bed.picture!(written(bed.prompts("test")[0]!, [UP, DOWN, UP, UP])));
  const [x] = bed.prompts("test") as [Prompt];
  assert.match(bed.show(x), /^doors: top \d, right \d, bottom \d, left \d$/);
  assert.deepEqual(bed.showSteps(written(x, [UP, LEFT, STOP])), ["up", " left", " stop"]);
  assert.deepEqual(bed.picture!(written(x, [UP, STOP])), drawn(test[0]!.doors, [UP, STOP]));
});

// What a testbed of preferences must be like before any method is judged on it.

Deno.test("paths leave room to learn, and neither the likeliest ones nor imitation fill it", async () => {
  const start = await Promise.all(
    test.map(({ doors, paths, chances }) => measured(doors, paths, chances)),
  );
  const of = (id: string) => stats.mean(start.map((one) => one[id]!));
  const target = await measured(
    doors,
    pathsOn(map),
    pathsOn(map).map((y) => worthOf(doors, y) / (180 + 269 * ELSEWHERE)),
  );
  assert.ok(of("arrived") > 0.3 && of("arrived") < 0.45, `${of("arrived")}`);
  assert.ok(of("distinct-successes") < 0.4 * target["distinct-successes"]!);
  assert.ok(of("target-distance") > 0.7);
  // The image is read: doors that are worth less are taken more often.
  const taken = [1, 2, 3, 4].map((worth) =>
    stats.mean(
      test.map(({ doors, paths, chances }) =>
        paths.reduce((sum, y, i) => sum + (doors[doorOf(y)] === worth ? chances[i]! : 0), 0)
      ),
    )
  );
  assert.ok(taken[0]! > 1.3 * taken[3]!, `${taken}`);
  const likeliest = await workshop.policy(bed.model, bed.start)
    .sample(bed.prompts("test"), rng(1), { temperature: 0 });
  const greedy = stats.mean(likeliest.map(({ prompt, tokens }) => {
    const { doors } = test.find((one) => one.prompt.id === prompt.id)!;
    return Math.log(worthOf(doors, { tokens }));
  }));
  const record = await runner(engine, workshop)({
    method: imitation as Method,
    benchmark: vision,
    setting: "strip",
    seed: 1,
    budget: { ...vision.budget, ...strip.budget! },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });
  const { reward, "target-distance": distance } = record.measures;
  // The best is log 4.
  assert.ok(greedy < Math.log(4) - 0.2, `${greedy}`);
  assert.ok(reward!.value < Math.log(4) - 0.5 && reward!.value > 0, `${reward!.value}`);
  assert.ok(distance!.value > 0.5, `${distance!.value}`);
});
