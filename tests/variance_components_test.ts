import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { close } from "./close.ts";

Deno.test("prompts and seeds of a table by hand", () => {
  // 10 + prompt (−2, 0, 2) + seed ±3 + interaction ±(1, −2, 1).
  const rows = [[12, 4], [11, 9], [16, 8]].flatMap((row, p) =>
    row.map((value, seed) => ({ prompt: `${p}`, seed, value }))
  );
  // Means 8, 10, 12 and 13, 7 about 10; squares of the interaction 12 over 2 · 1.
  const found = stats.varianceComponents(rows);
  close(found.prompt, 8 / 2 - 6 / 2);
  close(found.seed, 18 - 6 / 3);
  close(found.answer, 6);
  assert.deepEqual([found.order, found.repeat], [undefined, undefined]);
  assert.deepEqual([found.prompts, found.seeds, found.incomplete], [3, 2, 0]);
});

Deno.test("orders and repeats by hand, and what one order leaves", () => {
  const said = (prompt: string, order: "first" | "second", ...values: number[]) =>
    values.map((value) => ({ prompt, order, value }));
  const rows = [
    ...said("a", "first", 1, 3),
    ...said("a", "second", 4),
    ...said("b", "first", 6, 6, 6),
    ...said("b", "second", 10),
  ];
  const found = stats.varianceComponents(rows);
  // Squares 2 over 1 + 2 degrees of freedom.
  close(found.repeat, 2 / 3);
  // a: 2 and 4, less (1/2 + 1)/2 repeats; b: 6 and 10, less (1/3 + 1)/2.
  const order = (2 - 2 / 3 * .75 + 8 - 2 / 3 * 2 / 3) / 2;
  close(found.order, order);
  // Means 3 and 8; judging adds a quarter of 3/2 and of 4/3 repeats.
  close(found.prompt, 12.5 - 2 / 3 * (1.5 + 4 / 3) / 2 / 4);
  const plan = { prompts: 10, seeds: 1, orders: 2, repeats: 1 } as const;
  close(stats.varianceOfMean(found, plan), (found.prompt + 1 / 3) / 10);
  close(
    stats.varianceOfMean(found, { ...plan, orders: 1, repeats: 2 }),
    (found.prompt + order / 2 + 1 / 3) / 10,
  );
});

Deno.test("components that made the verdicts are found again, with repeats of a tenth", () => {
  const random = rng("components");
  const normal = (sd: number) => sd * random.normal();
  const seeds = Array.from({ length: 30 }, () => normal(.5));
  const rows = Array.from({ length: 400 }, (_, p) => {
    const prompt = normal(1);
    return seeds.flatMap((seed, s) => {
      const answer = prompt + seed + normal(.7);
      const tilt = normal(.6);
      return (["first", "second"] as const).flatMap((order, o) =>
        Array.from({ length: p % 10 ? 1 : 2 }, () => ({
          prompt: `${p}`,
          seed: s,
          order,
          value: answer + (o ? tilt : -tilt) + normal(.4),
        }))
      );
    });
  }).flat();
  const found = stats.varianceComponents(rows);
  close(found.prompt, 1, .15);
  close(found.seed, .25, .12);
  close(found.answer, .49, .05);
  // Two values tilt and −tilt have variance 2 · tilt².
  close(found.order, .72, .03);
  close(found.repeat, .16, .03);
});

Deno.test("a plan's prompts reach the half-width asked for, or none do", () => {
  const found = {
    prompt: .2,
    seed: 1e-5,
    answer: .04,
    order: .02,
    repeat: .03,
    prompts: 0,
    seeds: 0,
    incomplete: 0,
  };
  const plan = { seeds: 5, orders: 2, repeats: 1 } as const;
  const n = stats.promptsNeeded(found, plan, .01)!;
  const half = (prompts: number) =>
    1.959963984540054 * Math.sqrt(stats.varianceOfMean(found, { ...plan, prompts }));
  assert.ok(half(n) <= .01 && half(n - 1) > .01);
  assert.equal(stats.promptsNeeded({ ...found, seed: .01 }, plan, .01), undefined);
  // Prompts alone vary: 100 verdicts on ten prompts are worth ten.
  const alone = { prompt: 1, prompts: 0, seeds: 0, incomplete: 0 };
  const ten = { prompts: 10, seeds: 5, orders: 2, repeats: 1 } as const;
  close(stats.designEffect(alone, ten), 10, 1e-12);
  // Repeats alone vary: all are worth what they are.
  close(stats.designEffect({ ...alone, prompt: 0, repeat: 1 }, ten), 1, 1e-12);
  // Both orders of one answer cancel.
  close(stats.designEffect({ ...alone, prompt: 0, order: 1 }, ten), 0, 1e-12);
  close(stats.designEffect({ ...alone, prompt: 0, order: 1 }, { ...ten, orders: 1 }), 1, 1e-12);
});

Deno.test("variances are never below 0, incomplete prompts are counted, and too few are refused", () => {
  const flat = ["a", "b", "c"].flatMap((prompt) =>
    [0, 1].map((seed) => ({ prompt, seed, value: (prompt === "b" ? 1 : 0) === seed ? 1 : 0 }))
  );
  const found = stats.varianceComponents([...flat, { prompt: "d", seed: 0, value: 9 }]);
  assert.deepEqual([found.prompt, found.seed, found.incomplete, found.prompts], [0, 0, 1, 3]);
  assert.ok(found.answer! > 0);
  assert.throws(() => stats.varianceComponents(flat.slice(0, 2)), RangeError);
  assert.throws(() => stats.varianceComponents([]), RangeError);
  const zero = { prompt: 0, prompts: 0, seeds: 0, incomplete: 0 };
  const plan = { prompts: 5, seeds: 1, orders: 1, repeats: 1 } as const;
  assert.throws(() => stats.designEffect(zero, plan), /do not vary/);
  assert.throws(() => stats.varianceOfMean(zero, { ...plan, prompts: 0 }), /0 prompts/);
  assert.throws(() => stats.promptsNeeded(zero, plan, 0), /± 0/);
});
