/** Losses over lists, triples and several objectives on numbers derived by hand. */
import assert from "node:assert/strict";
import type { Objective } from "../core/mod.ts";
import { probe, type ProbeBatch } from "../lab/train/probe.ts";
import dpoLw from "../methods/dpo-lw.ts";
import lipo from "../methods/lipo.ts";
import pro from "../methods/pro.ts";
import rrhf from "../methods/rrhf.ts";
import tpoL from "../methods/tpo-l.ts";
import tpo from "../methods/tpo.ts";

function close(got: number, want: number, what: string, tolerance = 1e-6) {
  assert.ok(Math.abs(got - want) <= tolerance, `${what}: ${got} against ${want}`);
}

/** The catalogue's test vector, which reads as a list of two: w = 1, l = 0.5. */
const vector: ProbeBatch = {
  chosen: [[-2, -1, -1, -1]],
  rejected: [[-2, -0.5, -0.5, -0.5, -0.5]],
  ref_chosen: [[-3, -1, -1, -1]],
  ref_rejected: [[-2.5, -0.5, -0.5, -0.5, -0.5]],
  gold: [[-0.5, -1.5]],
};
const start: ProbeBatch = { ...vector, ref_chosen: vector.chosen, ref_rejected: vector.rejected! };

/** One list of three: mean log-probabilities −1, −2, −1.5, log-ratios 0, 10, 5. */
const three = (scores: readonly number[]): ProbeBatch => ({
  chosen: [[-1]],
  answers: [[[-0.5, -1.5]], [[-2]], [[-1.5]]],
  ref_answers: [[[-0.5, -1.5]], [[-12]], [[-6.5]]],
  list_scores: scores.map((score) => [score]),
});

const derived: readonly [string, Objective, ProbeBatch, { [name: string]: number }, number][] = [
  ["lipo on two answers: (1/log 2 − 1/log 3)·DPO", lipo, vector, { beta: 0.1 }, 0.355925],
  ["lipo at the start: (1/log 2 − 1/log 3)·log 2", lipo, start, { beta: 0.1 }, 0.369070],
  ["lipo on three answers", lipo, three([1, 0.5, 0]), { beta: 0.1 }, 0.281160],
  ["lipo on answers that all score the same", lipo, three([0.5, 0.5, 0.5]), { beta: 0.1 }, 0],
  ["pro on three answers", pro, three([1, 0.5, 0]), { sft: 0.05 }, 1.833960],
  ["pro where the last two are equal", pro, three([1, 0.5, 0.5]), { sft: 0 }, 1.564988],
  ["rrhf of the catalogue", rrhf, vector, { rank: 1 }, 1.7],
  ["rrhf on three answers", rrhf, three([1, 0.5, 0]), { rank: 1 }, 1.5],
  ["rrhf counts no pair of equals", rrhf, three([1, 0.5, 0.5]), { rank: 1 }, 1],
  ["rrhf with twice the ranking", rrhf, three([1, 0.5, 0]), { rank: 2 }, 2],
  ["tpo", tpo, vector, { beta: 0.1, alpha: 1 }, 1.744397],
  ["tpo with y_g = y_w is CPO", tpo, { ...vector, gold: vector.chosen }, { beta: 0.1 }, 1.994397],
  ["tpo-l", tpoL, vector, { beta: 2, gamma: 0.5, alpha: 1 }, 2.620417],
  ["tpo-l without its third answer is SimPO", tpoL, vector, { gamma: 1, alpha: 0 }, 2.039387],
  ["dpo-lw on the first objective", dpoLw, vector, { beta: 0.1, w: 0.7 }, 0.467922],
  [
    "dpo-lw on another",
    dpoLw,
    { ...vector, objective: [2] },
    { beta: 0.1, w: 0.7 },
    0.200538,
  ],
];
for (const [name, objective, batch, hyper, value] of derived) {
  Deno.test(`${name}: the value derived by hand`, () => {
    close(probe(objective, batch, hyper).value, value, "value");
  });
}

Deno.test("lipo's gradient at the start pushes by the list's order, β/2 a pair times its weight", () => {
  const { gradient } = probe(lipo, start, { beta: 0.1 });
  const weight = 1 / Math.log(2) - 1 / Math.log(3);
  close(gradient.chosen![0]![0]!, -0.05 * weight, "chosen", 1e-9);
  close(gradient.rejected![0]![0]!, 0.05 * weight, "rejected", 1e-9);
});

Deno.test("lipo's weights carry no gradient: it is the weighted slope of each pair's logistic", () => {
  const { gradient } = probe(lipo, three([1, 0.5, 0]), { beta: 0.1 });
  const discount = [3, 1, 2].map((place) => 1 / Math.log(1 + place));
  const [f, gain] = [[0, 1, 0.5], [2, Math.SQRT2, 1]];
  const slope = [0, 0, 0];
  for (const [i, j] of [[0, 1], [0, 2], [1, 2]] as const) {
    const weight = (gain[i]! - gain[j]!) * Math.abs(discount[i]! - discount[j]!);
    const push = 0.1 * weight / (1 + Math.exp(f[i]! - f[j]!)) / 3;
    slope[i]! -= push;
    slope[j]! += push;
  }
  slope.forEach((want, i) => close(gradient[`answers/${i}`]![0]![0]!, want, `answer ${i}`, 1e-9));
});

Deno.test("rrhf pushes a pair apart only while it is in the wrong order, by each token's share", () => {
  const { gradient } = probe(rrhf, three([1, 0.5, 0]));
  assert.deepEqual(gradient["answers/0"], [[-0.5, -0.5]]);
  assert.deepEqual(gradient["answers/1"], [[-1]]);
  assert.deepEqual(gradient["answers/2"], [[1]]);
});
