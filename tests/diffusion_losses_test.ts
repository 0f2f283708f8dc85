/** Losses of diffusion against their papers' own code, as formulas on plain numbers. */
import assert from "node:assert/strict";
import {
  type Answer,
  type Answers,
  type Expr,
  input,
  type Likelihood,
  type Params,
  rng,
  type Scope,
} from "../core/mod.ts";
import { cpu, gradient, interpret } from "../engine/mod.ts";
import { learner } from "../lab/train/learner.ts";
import { modelPolicy } from "../lab/train/policy.ts";
import { probe } from "../lab/train/probe.ts";
import { reference } from "../lab/train/reference.ts";
import d3po from "../methods/d3po.ts";
import { advantages, surrogate } from "../methods/ddpo.ts";
import diffusionDpo from "../methods/diffusion-dpo.ts";
import diffusionSft from "../methods/diffusion-sft.ts";
import dpo from "../methods/dpo.ts";
import { apart } from "../methods/dro.ts";
import { semiPolicy } from "../methods/seppo.ts";
import { denoiser } from "../models/denoiser.ts";
import { normals, schedule, seenAt } from "../models/schedule.ts";
import { allClose, close } from "./close.ts";

const shape = {
  numbers: 4,
  vocabulary: 3,
  width: 16,
  layers: 1,
  steps: 8,
  snr: [16, Math.exp(-5.5)],
} as const;
const { numbers: D, steps: T } = shape;
const model = denoiser(shape);
const moments = schedule(shape);
const engine = cpu({ threads: 1 });
const calls = { sampling: engine.call, scoring: engine.call };
const [own, other] = ["own", "other"].map((name) => model.init(rng(name))) as [Params, Params];
const policyOf = (params: Params) => modelPolicy(model, () => params, calls);

const results = Array.from({ length: 4 }, (_, i): Answer => ({
  prompt: { id: `${i % 2}`, tokens: [i % 2] },
  tokens: [],
  length: 1,
  numbers: { of: "result", result: Float32Array.from(normals(D, rng("results").split(i))) },
}));
const pairs = [0, 1].map((i) => ({
  chosen: results[i]!,
  rejected: results[2 + i]!,
  strength: 1,
}));
/** The moments and noises that a learner's first step will see these pairs under. */
const drawn = () => {
  const draws = rng("learner").split("moments");
  return pairs.map(() => ({ time: 2 + draws.below(T - 1), noise: normals(D, draws) }));
};
/** The mean over numbers of the squared error of the noise as a policy guesses it. */
async function errorOf(params: Params, y: Answer, time: number, noise: readonly number[]) {
  const moment = moments[time]!;
  // At weight 1 the log-probability is minus the squared error of the result, up to a constant.
  const seen = (weight: number) =>
    seenAt(y.prompt, y.numbers!.result, { time, moment, noise, weight });
  const [one, none] = await policyOf(params).logp([seen(1), seen(0)]);
  const ratio = moment.signal / (1 - moment.signal);
  return ratio * (none! - one!) / D;
}
const step = (loss: (scope: Scope<"noised">) => Expr) =>
  learner<"noised">({
    model,
    from: own,
    loss,
    reference: reference(policyOf(other)),
    optimiser: { rate: 1e-3, warmup: 0, batch: 2, clip: 1 },
    training: engine.call,
    calls,
    rng: rng("learner"),
    progress: () => 0,
  });

Deno.test("diffusion-dpo is the official loss of two pairs, with β′ = 2·β·D·(T − 1)·w/SNR", async () => {
  let official = 0;
  for (const [i, { time, noise }] of drawn().entries()) {
    const { signal, weight } = moments[time]!;
    const beta = 2 * 0.3 * D * (T - 1) * weight / (signal / (1 - signal));
    const { chosen, rejected } = pairs[i]!;
    const [w, l] = [
      await errorOf(own, chosen, time, noise),
      await errorOf(own, rejected, time, noise),
    ];
    const [refW, refL] = [
      await errorOf(other, chosen, time, noise),
      await errorOf(other, rejected, time, noise),
    ];
    const inside = -0.5 * beta * ((w - l) - (refW - refL));
    official += Math.log1p(Math.exp(-inside)) / 2;
    assert.ok(Math.abs(inside) > 1e-3, "a margin of nothing would hide a wrong factor");
  }
  using learning = step((scope) => diffusionDpo.loss(scope, { beta: 0.3 }));
  await learning.step(pairs);
  close(learning.loss, official, 1e-5);
});

Deno.test("diffusion-dpo is dpo.ts' loss on other examples, and nothing else", () => {
  const batch = {
    chosen: [[-1.5], [-0.7]],
    rejected: [[-0.25], [-2]],
    ref_chosen: [[-1.2], [-0.9]],
    ref_rejected: [[-0.3], [-1.5]],
  };
  assert.deepEqual(probe(diffusionDpo, batch, { beta: 0.3 }), probe(dpo, batch, { beta: 0.3 }));
});

Deno.test("diffusion-sft is the weighted error of the chosen results alone", async () => {
  let error = 0;
  for (const [i, { time, noise }] of drawn().entries()) {
    const { signal, weight, variance } = moments[time]!;
    const squares = D * await errorOf(own, pairs[i]!.chosen, time, noise) * (1 - signal) / signal;
    const entropy = D / 2 * Math.log(2 * Math.PI * Math.E * variance);
    error += (T - 1) * (weight * squares + entropy) / 2;
  }
  using learning = step((scope) => diffusionSft.loss(scope, {}));
  await learning.step(pairs);
  close(learning.loss, error, 1e-4 * Math.abs(error));
});

Deno.test("DRO is its code's error of good results less that of bad ones, weighed by moment, whatever was likely before", async () => {
  let official = 0;
  for (const [i, { time, noise }] of drawn().entries()) {
    const { signal, weight } = moments[time]!;
    const scale = D * (T - 1) * weight * (1 - signal) / signal;
    const { chosen, rejected } = pairs[i]!;
    official += scale * await errorOf(own, chosen, time, noise) / 2;
    official -= scale * await errorOf(own, rejected, time, noise) / 2;
  }
  assert.ok(Math.abs(official) > 0.1, `${official}`);
  using learning = step(apart);
  await learning.step(pairs);
  close(learning.loss, official, 1e-4 * Math.abs(official));
});

Deno.test("DRO pushes every result alike, however far it is: −½ and ½ a log-probability of two pairs", () => {
  const batch = { chosen: [[-1.5], [-120]], rejected: [[-0.25], [-120]] };
  const { value, gradient: slopes } = probe({ ...diffusionSft, loss: apart }, batch, {});
  close(value, (1.25 + 0) / 2, 1e-12);
  assert.deepEqual(slopes.chosen, [[-0.5], [-0.5]]);
  assert.deepEqual(slopes.rejected, [[0.5], [0.5]]);
});

/** SePPO's loss and its slopes by log π of the winner and of the own result, on log-ratios of three pairs. */
function semi(flip: number) {
  const [winner, own] = [[0.5, -0.4, 0], [-0.2, 0.1, 0]];
  const answers = { winner: {}, own: {} } as { [name in "winner" | "own"]: Answers };
  const [won, drawn] = ["winner", "own"].map((name) => input(name, [3])) as [Expr, Expr];
  const likelihood = (scale: number) =>
    ({
      logp: (y: Answers) => (y === answers.winner ? won : drawn).mul(scale),
    }) as Partial<Likelihood> as Likelihood;
  // One and a half of what is fed less a half of it: the log-ratio is what is fed.
  const loss = semiPolicy(
    { pi: likelihood(1.5), ref: likelihood(0.5), ...answers } as Parameters<typeof semiPolicy>[0],
    { beta: 0.3, flip },
  );
  const [byWinner, byOwn] = gradient(loss, [won, drawn]);
  const found = interpret({ loss, byWinner: byWinner!, byOwn: byOwn! }, { winner, own });
  return { value: found.loss![0]!, winner: [...found.byWinner!], own: [...found.byOwn!] };
}
const pull = (z: number) => 0.3 / (1 + Math.exp(0.3 * z)) / 3;

Deno.test("SePPO: a result is a loser where the winner is likelier than it was, ties too, else the winner is imitated", () => {
  const { value, winner, own } = semi(0);
  const softplus = (z: number) => Math.log1p(Math.exp(z));
  close(value, (softplus(-0.3 * 0.7) + 0.15 * 0.4 + Math.LN2) / 3, 1e-12);
  allClose(winner, [-pull(0.7), -0.05, -0.05], 1e-12);
  allClose(own, [pull(0.7), 0, 0.05], 1e-12);
});

Deno.test("SePPO: flipped, what may be as good is a second winner", () => {
  const { value, winner, own } = semi(1);
  const softplus = (z: number) => Math.log1p(Math.exp(z));
  close(value, (softplus(-0.3 * 0.7) + softplus(0.3 * 0.3) + Math.LN2) / 3, 1e-12);
  allClose(winner, [-pull(0.7), -pull(-0.3), -0.05], 1e-12);
  allClose(own, [pull(0.7), -pull(-0.3), 0.05], 1e-12);
});

/** D3PO's code: means over numbers for sums, ratios cut at 1 ± ε; the mean over pairs and steps. */
function official(
  rows: { readonly [name in "chosen" | "rejected" | "ref_chosen" | "ref_rejected"]: number[][] },
  numbers: number,
  beta: number,
  epsilon: number,
): number {
  let [sum, n] = [0, 0];
  const ratio = (pi: number, ref: number) =>
    Math.min(1 + epsilon, Math.max(1 - epsilon, Math.exp((pi - ref) / numbers)));
  rows.chosen.forEach((row, i) =>
    row.forEach((_, t) => {
      const w = Math.log(ratio(rows.chosen[i]![t]!, rows.ref_chosen[i]![t]!));
      const l = Math.log(ratio(rows.rejected[i]![t]!, rows.ref_rejected[i]![t]!));
      sum -= Math.log(1 / (1 + Math.exp(-(beta * w - beta * l))));
      n++;
    })
  );
  return sum / n;
}
const rows = {
  chosen: [[-3, -4, -5], [-2, -3.5, -4]],
  rejected: [[-3, -4.2, -6], [-2.5, -3, -4.4]],
  ref_chosen: [[-3.3, -4.1, -8], [-2, -3.2, -3.6]],
  ref_rejected: [[-3.1, -4.1, -5.6], [-2.4, -3.3, -9]],
};

Deno.test("D3PO is its code's mean over numbers, at β = β′/D and a cut of D·log(1 + ε)", () => {
  const [numbers, epsilon, beta] = [8, 0.1, 3.2];
  const clip = numbers * Math.log(1 + epsilon);
  const { value, gradient: slopes } = probe(d3po, rows, { beta: beta / numbers, clip });
  close(value, official(rows, numbers, beta, epsilon), 1e-12);
  // Beyond the cut nothing is pushed: log-ratios of 3 and 4.6, for cuts of 0.76.
  close(slopes.chosen![0]![2], 0, 0);
  close(slopes.rejected![1]![2], 0, 0);
  // −β σ(−βm)/BT at m = 0.3 − 0.1, by hand.
  close(slopes.chosen![0]![0], -0.4 / (1 + Math.exp(0.4 * 0.2)) / 6, 1e-9);
  // Far below the reference the code cuts at D·log(1 − ε), a little farther out than here.
  const low = { ...rows, chosen: [[-9, -4, -5], rows.chosen[1]!] };
  const found = probe(d3po, low, { beta: beta / numbers, clip }).value;
  const want = official(low, numbers, beta, epsilon);
  assert.ok(found < want && want - found < 0.4 * -numbers * Math.log(1 - epsilon ** 2) / 6);
});

Deno.test("D3PO is log 2 at the reference, with slopes ∓β/2 a step, and finite 120 nats from it", () => {
  const { ref_chosen: chosen, ref_rejected: rejected } = rows;
  const start = probe(d3po, { ...rows, chosen, rejected }, { beta: 0.4, clip: 0.8 });
  close(start.value, Math.LN2, 1e-12);
  start.gradient.chosen!.flat().forEach((slope) => close(slope, -0.2 / 6, 1e-12));
  start.gradient.rejected!.flat().forEach((slope) => close(slope, 0.2 / 6, 1e-12));
  for (const far of [120, -120]) {
    const off = chosen.map((row) => row.map((logp) => logp + far));
    const found = probe(d3po, { ...rows, chosen: off, rejected }, { beta: 0.4, clip: 0.8 });
    close(found.value, Math.log1p(Math.exp(-0.4 * Math.sign(far) * 0.8)), 1e-12);
    assert.ok(found.gradient.chosen!.flat().every((slope) => Math.abs(slope) === 0));
  }
});

Deno.test("DDPO's advantages are within a prompt, by the spread about all prompts' means", () => {
  const gains = advantages([[1, 3], [10, 10]]);
  // Deviations −1, 1, 0, 0: a root mean square of √½.
  [[-Math.SQRT2, Math.SQRT2], [0, 0]].forEach((row, i) => allClose(gains[i]!, row, 1e-7));
  assert.deepEqual(advantages([[5], [7]]), [[0], [0]]);
});

Deno.test("DDPO's gain counts until a ratio leaves the clip on the side that the advantage pulls to", () => {
  // By rows: an advantage of 2 and of −1; ratios 1, 1.5, 0.5.
  const ratios = [1, 1.5, 0.5];
  const feeds = {
    pi: [...ratios, ...ratios].map(Math.log),
    behaviour: Array(6).fill(0),
    advantage: [2, -1],
  };
  const pi = input("pi", [2, 3]);
  const loss = surrogate({
    pi: { steps: () => pi } as Partial<Likelihood> as Likelihood,
    answer: {} as Answers,
    behaviour: input("behaviour", [2, 3]),
    advantage: input("advantage", [2]),
  }, 0.2);
  const [slope] = gradient(loss, [pi]);
  const found = interpret({ loss, slope: slope! }, feeds);
  const gains = [2 * 1, 2 * 1.2, 2 * 0.5, -1, -1.5, -0.8];
  close(found.loss![0], -gains.reduce((a, b) => a + b) / 6, 1e-12);
  // By log π the slope is −ratio·A/6, or none.
  allClose([...found.slope!], [-2, 0, -1, 1, 1.5, 0].map((x) => x / 6), 1e-12);
});
