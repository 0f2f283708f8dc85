import assert from "node:assert/strict";
import type { Objective } from "../core/mod.ts";
import { goldens as goldenValues } from "../lab/train/golden.ts";
import { lossCurves } from "../lab/train/loss-curve.ts";
import { probe, type ProbeBatch } from "../lab/train/probe.ts";
import { methods } from "../methods/mod.ts";
import { far } from "./probed.ts";

const by = (id: string) => methods.find((m) => m.id === id) as Objective;
const [dpo, kto, orpo, sppo] = [by("dpo"), by("kto"), by("orpo"), by("sppo")];

/** One loss of TRL 1.16 on one batch: its value, and its gradient by every token's log-probability. */
interface Case {
  readonly loss: string;
  readonly batch: string;
  readonly hyper: { readonly [name: string]: number };
  readonly value: number;
  readonly gradient: { readonly [name: string]: number[][] };
  readonly note?: string;
}
const goldens = JSON.parse(
  Deno.readTextFileSync(new URL("./goldens/trl-losses.json", import.meta.url)),
) as { batches: { [name: string]: ProbeBatch }; cases: Case[] };

type Given = { readonly [name: string]: number };
type Reading = (batch: ProbeBatch, hyper: Given) => ReturnType<typeof probe>;
/** A method as it is, with TRL's hyperparameters or with ours made of them. */
const plain = (id: string, ours: (trl: Given) => Given = (trl) => trl): Reading => (batch, hyper) =>
  probe(by(id), batch, ours(hyper));

/**
 * How each of TRL's losses reads in our methods. Where it differs from a paper the method that has
 * its numbers says so: its IPO divides by lengths (ours on sums is `ipo`), its SPPO takes labels for
 * win-rates (`sppo-hard`; the paper's is `sppo`), and its α is one minus the paper's.
 */
const readings: { readonly [loss: string]: readonly Reading[] } = {
  "dpo-trainer/sigmoid": [plain("dpo"), plain("online-dpo")],
  "dpo-trainer/hinge": [plain("hinge")],
  "dpo-trainer/ipo": [plain("ipo-mean", ({ beta }) => ({ tau: beta! }))],
  "dpo-trainer/exo_pair": [
    plain("exo", ({ beta, label_smoothing }) => ({ beta: beta!, epsilon: label_smoothing! })),
  ],
  "dpo-trainer/nca_pair": [plain("nca")],
  "dpo-trainer/robust": [
    plain("rdpo", ({ beta, label_smoothing }) => ({ beta: beta!, epsilon: label_smoothing! })),
  ],
  // Without a shift: after endless answers of mean reward 0. TRL adds the two terms of a pair.
  "dpo-trainer/bco_pair": [
    (batch, hyper) =>
      times(2, probe(by("bco"), { ...batch, memory: { mean: 0, count: 1e30 } }, hyper)),
  ],
  "dpo-trainer/sppo_hard": [
    plain("sppo-hard", ({ beta }) => ({ eta: 1 / beta! })),
    // TRL adds the two squares of a pair; SPPO's loss is their mean, with wins of 1 and 0.
    (batch, hyper) => times(2, probe(sppo, batch, { eta: 1 / hyper.beta! })),
  ],
  "dpo-trainer/aot": [plain("aot")],
  "dpo-trainer/aot_unpaired": [plain("aot-unpaired")],
  "dpo-trainer/apo_zero": [plain("apo-zero")],
  "dpo-trainer/apo_down": [plain("apo-down")],
  "dpo-trainer/discopop": [
    plain("discopop", ({ beta, discopop_tau }) => ({ beta: beta!, tau: discopop_tau! })),
  ],
  "dpo-trainer/sft": [plain("sft")],
  "dpo-trainer/sigmoid_norm": [plain("dpo-mean")],
  "f-dpo/forward_kl": [plain("f-dpo-forward-kl")],
  "f-dpo/js_divergence": [plain("f-dpo-js")],
  "f-dpo/alpha_divergence": [
    plain("f-dpo-alpha", ({ beta, alpha }) => ({ beta: beta!, alpha: 1 - alpha! })),
  ],
  "ld-dpo": [plain("ld-dpo", ({ beta, ld_alpha }) => ({ beta: beta!, alpha: ld_alpha! }))],
  "simpo": [plain("simpo")],
  // The preference term alone, without imitation.
  "cpo": [plain("cpo", ({ beta }) => ({ beta: beta!, alpha: 0 }))],
  "alphapo": [plain("alphapo")],
  "kto": [plain("kto")],
  "apo-zero-unpaired": [plain("apo-zero-unpaired")],
  // The odds-ratio term alone: what ORPO adds to imitation.
  "orpo-odds-ratio": [
    (batch, hyper) =>
      plus(
        probe(orpo, batch, { lambda: hyper.beta! }),
        times(-1, probe(orpo, batch, { lambda: 0 })),
      ),
  ],
};

type Probe = ReturnType<typeof probe>;
const combine = (
  p: Probe,
  f: (x: number, name: string, b: number, t: number) => number,
): Probe => ({
  ...p,
  value: f(p.value, "", 0, 0),
  gradient: Object.fromEntries(
    Object.entries(p.gradient).map(([name, rows]) => [
      name,
      rows.map((row, b) => row.map((x, t) => f(x, name, b, t))),
    ]),
  ),
});
const times = (k: number, p: Probe) => combine(p, (x) => k * x);
const plus = (p: Probe, q: Probe) =>
  combine(p, (x, name, b, t) => x + (name ? q.gradient[name]![b]![t]! : q.value));

function close(got: number, want: number, tolerance: number, what: string) {
  assert.ok(
    Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)),
    `${what}: ${got} against ${want}`,
  );
}

for (const { loss, batch, hyper, value, gradient, note } of goldens.cases) {
  for (const read of readings[loss]!) {
    Deno.test(`${loss} on ${batch} has TRL's value and gradient`, () => {
      const tolerance = note?.includes("float32") ? 1e-4 : 1e-6;
      const got = read(goldens.batches[batch]!, hyper);
      close(got.value, value, tolerance, "value");
      for (const [name, rows] of Object.entries(gradient)) {
        rows.forEach((row, b) => {
          assert.equal(got.gradient[name]![b]!.length, row.length);
          row.forEach((want, t) =>
            close(got.gradient[name]![b]![t]!, want, tolerance, `${name}[${b}][${t}]`)
          );
        });
      }
    });
  }
}

Deno.test("all 71 of TRL's cases are read by some method", () => {
  assert.equal(goldens.cases.length, 71);
  assert.equal(goldens.cases.filter(({ loss }) => readings[loss]!.length > 0).length, 71);
  const losses = new Set(goldens.cases.map(({ loss }) => loss));
  assert.deepEqual(new Set(Object.keys(readings)), losses);
});

/** One pair of 4 and 5 tokens with w = 1, l = 0.5: numbers of the catalogue, derived by hand. */
const vector: ProbeBatch = {
  chosen: [[-2, -1, -1, -1]],
  rejected: [[-2, -0.5, -0.5, -0.5, -0.5]],
  ref_chosen: [[-3, -1, -1, -1]],
  ref_rejected: [[-2.5, -0.5, -0.5, -0.5, -0.5]],
};
/** At π = π_ref. */
const start: ProbeBatch = { ...vector, ref_chosen: vector.chosen, ref_rejected: vector.rejected! };

const nll = (z: number) => Math.log1p(Math.exp(-z));
const LN2 = Math.LN2;
/** Method, hyperparameters, value on the catalogue's vector, value at the start. */
const derived: readonly [string, { [name: string]: number }, number, number][] = [
  ["dpo", { beta: 0.1 }, 0.668460, LN2],
  ["online-dpo", { beta: 0.1 }, 0.668460, LN2],
  ["diffusion-dpo", { beta: 0.1 }, 0.668460, LN2],
  ["diffusion-sft", {}, 1.25, 1.25],
  // The first step's log-ratio of 1 is cut at 0.8, against 0.5; four steps are even.
  ["d3po", { beta: 0.4, clip: 0.8 }, 0.681507, LN2],
  ["cdpo", { beta: 0.1, epsilon: 0.1 }, 0.673460, LN2],
  ["rdpo", { beta: 0.1, epsilon: 0.1 }, 0.662210, LN2],
  ["ipo", { tau: 0.1 }, 20.25, 25],
  ["ipo-mean", { tau: 0.1 }, 23.5225, 25],
  ["hinge", { beta: 0.1 }, 0.95, 1],
  ["slic", { delta: 1, lambda: 0.1 }, 2.5, 2.5],
  ["exo", { beta: 0.1, epsilon: 1e-3 }, 2.675227, 2.761231],
  ["nca", { beta: 0.1 }, 1.375825, 2 * LN2],
  ["apo-zero", { beta: 0.1 }, 0.987518, 1],
  ["apo-zero-unpaired", { beta: 0.1 }, 0.987518 / 2, 1 / 2],
  ["apo-down", { beta: 0.1 }, 1.012482, 1],
  ["discopop", { beta: 0.1, tau: 0.05 }, 0.875181, 0.846574],
  ["cpo", { beta: 0.1, alpha: 1 }, 1.994397, 1.994397],
  ["orpo", { lambda: 0.1 }, 1.360923, 1.360923],
  ["simpo", { beta: 2, gamma: 1 }, 2.039387, 2.039387],
  ["po", { beta: 2, gamma: 1 }, 5 / 4 + 2.039387, 5 / 4 + 2.039387],
  // r = 4·(1 − e^{0.25·1.25}) and 4·(1 − e^{0.25·0.8}).
  ["alphapo", { beta: 2, gamma: 1, alpha: 0.25 }, nll(-2.163482), nll(-2.163482)],
  ["r-dpo", { beta: 0.1, alpha: 0.01 }, 0.673347, nll(-0.01)],
  ["rpo", { beta: 0.1, eta: 1 }, 1.918460, LN2 + 5 / 4],
  ["rpo-sum", { beta: 0.1, eta: 0.1 }, 0.668460 + 0.05, LN2 + 0.05],
  ["sft-dpo", { beta: 0.1, lambda: 1 }, 1.918460, LN2 + 5 / 4],
  ["flex-dpo", { beta: 0.1, betaRejected: 0.02 }, nll(0.1 * 1 - 0.02 * 0.5), LN2],
  ["dpop", { beta: 0.1, lambda: 5 }, 0.668460, LN2],
  ["cal-dpo", { beta: 0.1, lambda: 1 }, 46.724077, LN2 + 50],
  ["sppo-hard", { eta: 10 }, 46.25, 50],
  // Half of SPPO-hard: the mean of the two squares.
  ["sppo", { eta: 10 }, 23.125, 25],
  ["sft", {}, 5 / 4, 5 / 4],
  ["asft", { lambda: 1 }, 2.5 - Math.log(1 - Math.exp(-0.8)), 2.5 - Math.log(1 - Math.exp(-0.8))],
  // Of one pair, sorting does nothing.
  ["aot", { beta: 0.1 }, 0.668460, LN2],
  ["aot-unpaired", { beta: 0.1 }, 0.668460, LN2],
  ["dpo-mean", { beta: 2 }, nll(2 * (1 / 4 - 0.5 / 5)), LN2],
  // The fifth token of y_l is as likely as under the reference: nothing to weigh.
  ["ld-dpo", { beta: 0.1, alpha: 0.3 }, 0.668460, LN2],
  // f′ = log 2u/(1 + u), −1/u, (1 − u^{−1/2})·2 at u = e and √e.
  ["f-dpo-js", { beta: 0.1 }, nll(0.1 * (nll(0.5) - nll(1))), LN2],
  ["f-dpo-forward-kl", { beta: 0.1 }, nll(0.1 * (Math.exp(-0.5) - Math.exp(-1))), LN2],
  ["f-dpo-alpha", { beta: 0.1, alpha: 0.5 }, nll(0.2 * (Math.exp(-0.25) - Math.exp(-0.5))), LN2],
  // The moving average is 0.05 by then: β = 0.1·(1 + 0.6·0.45).
  ["beta-dpo", { beta: 0.1, adapt: 0.6, drop: 0.2, momentum: 0.9 }, nll(0.127 * 0.5), LN2],
  // What their prompts say beside the question is not the loss's matter: IPO's, and DPO's.
  ["fspo", { beta: 0.1 }, (0.5 - 5) ** 2, 25],
  ["reward-augmented", { beta: 0.1 }, nll(0.05), LN2],
  // δ is the mean of the two rewards, 0.075.
  ["bco", { beta: 0.1 }, nll(0.025), LN2],
];
for (const [id, hyper, value, atStart] of derived) {
  Deno.test(`${id} has the value of the catalogue's test vector, and at the start`, () => {
    close(probe(by(id), vector, hyper).value, value, 1e-6, "value");
    close(probe(by(id), start, hyper).value, atStart, 1e-6, "value at the start");
  });
}

Deno.test("every objective over pairs, points or scores has numbers derived by hand", () => {
  // Below, and in conditional_losses_test.ts and general_preference_test.ts, as they need more than
  // log-probabilities of two answers.
  const apart = ["kto", "tdpo1", "tdpo2", "wpo", "reward-model", "context-aware", "gpm"];
  const known = new Set([...derived.map(([id]) => id), ...apart]);
  const few = methods.filter((m) => "loss" in m && /pairs|noised|points|scored/.test(m.feedback));
  assert.deepEqual(
    few.filter(({ id, control }) => !control && !known.has(id)).map(({ id }) => id),
    [],
  );
});

Deno.test("dpop fines a chosen answer below the reference", () => {
  const below = { ...vector, ref_chosen: [[-1, -1, -1, -1]] };
  const { value, gradient } = probe(by("dpop"), below, { beta: 0.1, lambda: 5 });
  close(value, nll(0.1 * (-1 - 0.5 - 5)), 1e-12, "value");
  close(gradient.chosen![0]![0]!, -0.1 * 6 / (1 + Math.exp(-0.65)), 1e-12, "slope");
});

Deno.test("ld-dpo weighs the steps past the shorter answer, under both policies", () => {
  const batch = { ...vector, rejected: [[-2, -0.5, -0.5, -0.5, -0.1]] };
  const { value, gradient } = probe(by("ld-dpo"), batch, { beta: 0.1, alpha: 0.25 });
  close(value, nll(0.1 * (1 - 0.5 - 0.25 * 0.4)), 1e-12, "value");
  const [row] = gradient.rejected!;
  close(row![4]!, 0.25 * row![3]!, 1e-12, "last step");
});

/** Whole distributions over two continuations: of a policy at every token, and of a fair reference. */
const spread = (p: number): ProbeBatch => {
  const [now, fair] = [[Math.log(p), Math.log(1 - p)], [-LN2, -LN2]];
  const like = (rows: readonly (readonly number[])[], row: number[]) =>
    rows.map((tokens) => tokens.map(() => row));
  return {
    ...vector,
    next_chosen: like(vector.chosen, now),
    next_rejected: like(vector.rejected!, now),
    ref_next_chosen: like(vector.chosen, fair),
    ref_next_rejected: like(vector.rejected!, fair),
  };
};

Deno.test("tdpo weighs the divergence of four against five tokens", () => {
  // KL of a fair coin from one of 1/4 is log 2 − log(3)/2 a token.
  const d = LN2 - Math.log(3) / 2;
  const one = probe(by("tdpo1"), spread(1 / 4), { beta: 0.1 });
  close(one.value, nll(0.1 * (0.5 - d)), 1e-12, "tdpo1");
  const two = probe(by("tdpo2"), spread(1 / 4), { beta: 0.1, alpha: 0.5 });
  close(two.value, nll(0.1 * (0.5 - 0.5 * d)), 1e-12, "tdpo2");
  // Only TDPO1 has a slope through D(y_w): β·σ(−z)·q by each log π there, pushing it up.
  const pushed = 0.1 * 0.5 / (1 + Math.exp(0.1 * (0.5 - d)));
  assert.ok(two.next.next_chosen!.flat(2).every((slope) => slope === 0));
  for (const slope of one.next.next_chosen!.flat(2)) close(slope, pushed, 1e-12, "D(y_w)");
  for (const slope of one.next.next_rejected!.flat(2)) close(slope, -pushed, 1e-12, "D(y_l)");
  close(
    probe(by("tdpo1"), { ...spread(1 / 2), ...start }, { beta: 0.1 }).value,
    LN2,
    1e-12,
    "start",
  );
  close(probe(by("tdpo2"), { ...spread(1 / 2), ...start }).value, LN2, 1e-12, "start");
});

Deno.test("wpo weighs a pair by how likely both answers are, at most 1, and holds that fixed", () => {
  // Mean log-probabilities of −5/4 and −4/5 against log Σ ½² = −log 2.
  const weight = Math.exp(-5 / 4 - 4 / 5 + 2 * LN2);
  const fair = probe(by("wpo"), spread(1 / 2), { beta: 0.1 });
  close(fair.value, weight * 0.668460, 1e-6, "value");
  const dpoSlope = probe(dpo, vector, { beta: 0.1 }).gradient.chosen![0]![0]!;
  close(fair.gradient.chosen![0]![0]!, weight * dpoSlope, 1e-12, "slope");
  assert.ok(fair.next.next_chosen!.flat(2).every((slope) => slope === 0));
  // A policy that spreads thinner than its answers' own log-probabilities: full weight.
  const likely = {
    ...spread(1 / 2),
    chosen: [[-0.1, -0.1, -0.1, -0.1]],
    rejected: [[0, 0, 0, 0, 0]],
  };
  const { value } = probe(by("wpo"), likely, { beta: 0.1 });
  close(value, probe(dpo, likely, { beta: 0.1 }).value, 1e-12, "full weight");
});

Deno.test("bco's shift is the mean of all rewards so far, the batch's included", () => {
  const first = probe(by("bco"), vector, { beta: 0.1 });
  close(first.memory.mean!, 0.075, 1e-12, "mean");
  assert.equal(first.memory.count, 2);
  const next = { ...vector, memory: { mean: 0.3, count: 6 } };
  const second = probe(by("bco"), next, { beta: 0.1 });
  close(second.memory.mean!, (0.3 * 6 + 0.15) / 8, 1e-12, "mean");
  close(second.value, (nll(0.1 - 0.24375) + nll(0.24375 - 0.05)) / 2, 1e-12, "value");
});

Deno.test("beta-dpo leaves out whom its noise and their distance say, and follows the margins", () => {
  const margins = [0, 1, 2, 50, -1];
  const batch: ProbeBatch = {
    chosen: margins.map((m) => [m - 60]),
    rejected: margins.map(() => [-60]),
    ref_chosen: margins.map(() => [-60]),
    ref_rejected: margins.map(() => [-60]),
    memory: { mean: 1, deviation: 2 },
  };
  const hyper = { beta: 0.1, adapt: 0.6, drop: 0.2, momentum: 0.9 };
  const { value, gradient, memory } = probe(by("beta-dpo"), batch, hyper);
  const here = 52 / 5;
  const sd = Math.sqrt(margins.reduce((sum, m) => sum + (m - here) ** 2, 0) / 5);
  close(memory.mean!, 0.9 + 0.1 * here, 1e-12, "mean");
  close(memory.deviation!, 1.8 + 0.1 * sd, 1e-12, "deviation");
  const beta = 0.1 * (1 + 0.6 * (0.5 - memory.mean!));
  // With even noise the one farthest from the mean, 50, is left out.
  assert.ok(gradient.chosen![3]![0] === 0);
  assert.ok(gradient.chosen!.every(([slope], i) => i === 3 || slope! < 0));
  close(value, [0, 1, 2, -1].reduce((sum, m) => sum + nll(beta * m), 0) / 4, 1e-9, "value");
  // Noise near 1 draws even the far one, in the place of the unluckiest.
  const lucky = {
    ...batch,
    memory: { mean: 1, deviation: 20 },
    noise: [0.5, 0.5, 1e-12, 1 - 1e-12, 0.5],
  };
  const drawn = probe(by("beta-dpo"), lucky, { ...hyper, adapt: 0 });
  assert.ok(drawn.gradient.chosen![2]![0] === 0);
  assert.notEqual(drawn.gradient.chosen![3]![0], 0);
});

Deno.test("losses along the margin have the values and slopes that their equations say", () => {
  const curves = lossCurves(methods.filter(({ id }) => ["dpo", "ipo", "ppo", "kto"].includes(id)));
  assert.deepEqual([...curves.keys()].toSorted(), ["dpo", "ipo", "kto"]);
  for (const { margin, value, slope } of curves.get("dpo")!) {
    const beta = dpo.hyper["beta"] as number;
    close(value, Math.log1p(Math.exp(-beta * margin)), 1e-9, `dpo at ${margin}`);
    close(slope, -beta / (1 + Math.exp(beta * margin)), 1e-9, `dpo's slope at ${margin}`);
  }
  const tau = by("ipo").hyper["tau"] as number;
  for (const { margin, value, slope } of curves.get("ipo")!) {
    close(value, (margin - 1 / (2 * tau)) ** 2, 1e-9, `ipo at ${margin}`);
    close(slope, 2 * (margin - 1 / (2 * tau)), 1e-9, `ipo's slope at ${margin}`);
  }
});

Deno.test("kto has the value of the catalogue's test vector with z = 0, and 1/2 at the start", () => {
  const unrelated = { unrelated: [[-1]], ref_unrelated: [[-1]] };
  close(probe(kto, { ...vector, ...unrelated }, { beta: 0.1 }).value, 0.493759, 1e-6, "value");
  close(probe(kto, { ...start, ...unrelated }, { beta: 0.1 }).value, 0.5, 1e-12, "start");
});

Deno.test("the gradients at the start are those derived by hand", () => {
  const two = (row: readonly number[]) => [row, row];
  const batch = {
    chosen: two(start.chosen[0]!),
    rejected: two(start.rejected![0]!),
    ref_chosen: two(start.chosen[0]!),
    ref_rejected: two(start.rejected![0]!),
    unrelated: two([-1]),
    ref_unrelated: two([-1]),
  };
  const p = Math.exp(-0.8);
  const slopes: readonly [string, { [name: string]: number }, number, number][] = [
    ["dpo", { beta: 0.1 }, -0.05, 0.05],
    ["ipo", { tau: 0.1 }, -10, 10],
    // Each point of a pair counts half.
    ["kto", { beta: 0.1 }, -0.0125, 0.0125],
    ["bco", { beta: 0.1 }, -0.025, 0.025],
    ["cdpo", { beta: 0.1, epsilon: 0.2 }, -0.03, 0.03],
    ["rdpo", { beta: 0.1, epsilon: 0.3 }, -0.125, 0.125],
    ["hinge", { beta: 0.1 }, -0.1, 0.1],
    ["slic", { delta: 2, lambda: 0.1 }, -1.1, 1],
    ["nca", { beta: 0.1 }, -0.025, 0.025],
    ["apo-zero", { beta: 0.1 }, -0.025, 0.025],
    ["apo-down", { beta: 0.1 }, 0, 0.025],
    ["dpop", { beta: 0.1, lambda: 5 }, -0.05, 0.05],
    ["flex-dpo", { beta: 0.1, betaRejected: 0.02 }, -0.05, 0.01],
    ["rpo", { beta: 0.1, eta: 1 }, -0.05 - 1 / 4, 0.05],
    ["rpo-sum", { beta: 0.1, eta: 0.5 }, -0.1, 0.05],
    ["sft-dpo", { beta: 0.1, lambda: 1 }, -0.05 - 1 / 4, 0.05],
    ["cal-dpo", { beta: 0.5, lambda: 1 }, -2.5, 2.5],
    ["sppo-hard", { eta: 4 }, -4, 4],
    ["asft", { lambda: 3 }, -1, 3 * p / (1 - p) / 5],
    ["f-dpo-js", { beta: 0.1 }, -0.025, 0.025],
    ["f-dpo-forward-kl", { beta: 0.1 }, -0.05, 0.05],
    ["f-dpo-alpha", { beta: 0.1, alpha: 0.3 }, -0.05, 0.05],
    ["dpo-mean", { beta: 0.1 }, -0.05 / 4, 0.05 / 5],
    ["beta-dpo", { beta: 0.1 }, -0.05, 0.05],
    // Upwards: its loss rises with the margin at z = 0, as τ is narrow.
    ["discopop", { beta: 1, tau: 0.05 }, 5 * (1 - LN2) - 0.75, 0.75 - 5 * (1 - LN2)],
  ];
  for (const [id, hyper, up, down] of slopes) {
    const { gradient } = probe(by(id), batch, hyper);
    // The mean over two pairs.
    close(gradient.chosen![0]![0]!, up / 2, 1e-9, `${id} chosen`);
    close(gradient.rejected![1]![2]!, down / 2, 1e-9, `${id} rejected`);
  }
});

Deno.test("beta-dpo is finite where log-probabilities are 120 nats apart, whatever it draws", () => {
  for (const noise of [[1e-7, 1 - 1e-7], [1 - 1e-7, 1e-7]]) {
    const { value, gradient, memory } = probe(by("beta-dpo"), { ...far, noise });
    assert.ok([value, ...Object.values(memory)].every(Number.isFinite));
    assert.ok(Object.values(gradient).flat(2).every(Number.isFinite));
  }
});

Deno.test("losses on odds stay finite for an answer that is certain", () => {
  const certain: ProbeBatch = { chosen: [[0, 0]], rejected: [[0]] };
  for (const id of ["orpo", "asft"]) {
    const { value, gradient } = probe(by(id), certain);
    assert.ok(Number.isFinite(value), id);
    assert.ok(Object.values(gradient).flat(2).every(Number.isFinite), id);
  }
});

Deno.test("a loss that reads a reference where there is none gives NaN, not a number", () => {
  assert.ok(Number.isNaN(probe(dpo, { chosen: [[-1]], rejected: [[-2]] }).value));
});

Deno.test("a probe has a memory, noise and whole distributions where a batch gives them", () => {
  const pair: ProbeBatch = { chosen: [[-1, -2], [-3]], rejected: [[-4], [-1, -1]] };
  const bare = { ...dpo as Objective<"pairs">, reference: "none" } as const;
  const keeping = probe({
    ...bare,
    memory: { mean: 0.5 },
    loss: ({ pi, chosen, memory: { mean }, noise }) => ({
      loss: pi.logp(chosen).mul(noise).mean().add(mean!),
      memory: { mean: mean!.add(pi.logp(chosen).mean()).mul(0.5) },
    }),
  }, { ...pair, noise: [1, 0.5] });
  assert.equal(keeping.value, 0.5 + (-3 - 1.5) / 2);
  assert.deepEqual(keeping.memory, { mean: (0.5 - 3) / 2 });
  assert.deepEqual(keeping.gradient.chosen, [[0.5, 0.5], [0.25]]);

  // Σₜ KL(ref‖π) of [1/2, 1/2] from [1/4, 3/4], over the three chosen tokens alone.
  const ref = [Math.log(1 / 2), Math.log(1 / 2)];
  const now = [Math.log(1 / 4), Math.log(3 / 4)];
  const all = (row: number[]) => [[row, row], [row]];
  const whole = probe({
    ...bare,
    loss({ pi, ref, chosen }) {
      const [p, q] = [pi.next(chosen), ref.next(chosen)];
      return p.fold(q.logp.exp().mul(q.logp.sub(p.logp)).sum(1)).sum();
    },
  }, {
    ...pair,
    next_chosen: all(now),
    ref_next_chosen: all(ref),
    next_rejected: [[now], [now, now]],
    ref_next_rejected: [[ref], [ref, ref]],
  });
  close(whole.value, 3 * (Math.log(2) - Math.log(3) / 2), 1e-12, "value");
  assert.deepEqual(whole.next.next_chosen, [[[-0.5, -0.5], [-0.5, -0.5]], [[-0.5, -0.5]]]);
  assert.throws(
    () => probe({ ...bare, loss: ({ pi, chosen }) => pi.next(chosen).logp.sum() }, pair),
    { name: "TypeError", message: /reads whole distributions: the batch has none/ },
  );
});

Deno.test("a card's test vector has the catalogue's values", () => {
  const found = goldenValues(methods);
  const value = (id: string) => {
    const golden = found.get(id)!;
    assert.ok("value" in golden, id);
    return golden;
  };
  const known: { readonly [id: string]: readonly [value: number, start: number] } = {
    dpo: [0.668460, 0.693147],
    ipo: [20.25, 25],
    kto: [0.493759, 0.5],
  };
  for (const [id, [at, start]] of Object.entries(known)) {
    assert.ok(Math.abs(value(id).value - at) < 1e-6, id);
    assert.ok(Math.abs(value(id).start - start) < 1e-6, id);
  }
  // −β σ(−β Δ) = −0.1 σ(−0.05) by every token of the better answer.
  assert.ok(Math.abs(value("dpo").slopes.chosen![0] + 0.1 / (1 + Math.exp(0.05))) < 1e-12);
  assert.deepEqual(
    ["dpo", "ipo", "orpo", "sft", "simpo"].map((id) => value(id).perToken),
    [false, false, true, true, true],
  );
  assert.deepEqual(found.get("ppo"), { absent: "a program has no single loss" });
});
