import assert from "node:assert/strict";
import type { Objective } from "../core/mod.ts";
import { goldens as goldenValues } from "../lab/golden.ts";
import { probe, type ProbeBatch } from "../lab/probe.ts";
import dpo from "../methods/dpo.ts";
import ipo from "../methods/ipo.ts";
import kto from "../methods/kto.ts";
import { methods } from "../methods/mod.ts";
import onlineDpo from "../methods/online-dpo.ts";
import orpo from "../methods/orpo.ts";
import sft from "../methods/sft.ts";
import simpo from "../methods/simpo.ts";
import sppo from "../methods/sppo.ts";

/** One loss of TRL 1.16 on one batch: its value, and its gradient by every token's log-probability. */
interface Case {
  readonly loss: string;
  readonly batch: string;
  readonly hyper: { readonly [name: string]: number } | null;
  readonly value: number;
  readonly gradient: { readonly [name: string]: number[][] };
  readonly note?: string;
}
const goldens = JSON.parse(
  Deno.readTextFileSync(new URL("./goldens/trl-losses.json", import.meta.url)),
) as { batches: { [name: string]: ProbeBatch }; cases: Case[] };

type Reading = (batch: ProbeBatch, hyper: Case["hyper"]) => ReturnType<typeof probe>;
const plain = (method: Objective): Reading => (batch, hyper) => probe(method, batch, hyper ?? {});

/** How each of TRL's losses reads in our methods. Its IPO divides by lengths and is another method. */
const readings: { readonly [loss: string]: readonly Reading[] } = {
  "dpo-trainer/sigmoid": [
    plain(dpo),
    plain(onlineDpo),
  ],
  "dpo-trainer/sft": [plain(sft)],
  "simpo": [plain(simpo)],
  "kto": [plain(kto)],
  // TRL adds the two squares of a pair; SPPO's loss is their mean, with η = 1/β and wins of 1 and 0.
  "dpo-trainer/sppo_hard": [
    (batch, hyper) => times(2, probe(sppo, batch, { eta: 1 / hyper!.beta! })),
  ],
  // The odds-ratio term alone: what ORPO adds to imitation.
  "orpo-odds-ratio": [
    (batch, hyper) =>
      plus(
        probe(orpo, batch, { lambda: hyper!.beta! }),
        times(-1, probe(orpo, batch, { lambda: 0 })),
      ),
  ],
};

type Probe = ReturnType<typeof probe>;
const combine = (
  p: Probe,
  f: (x: number, name: string, b: number, t: number) => number,
): Probe => ({
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
  for (const read of readings[loss] ?? []) {
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

Deno.test("17 of TRL's 71 cases are covered by the methods there are", () => {
  const covered = goldens.cases.filter(({ loss }) => loss in readings);
  assert.equal(goldens.cases.length, 71);
  assert.equal(covered.length, 17);
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

const derived: readonly [string, Objective, { [name: string]: number }, number, number][] = [
  ["dpo", dpo, { beta: 0.1 }, 0.668460, Math.LN2],
  ["ipo on sums", ipo, { tau: 0.1 }, 20.25, 25],
  ["simpo", simpo, { beta: 2, gamma: 1 }, 2.039387, 2.039387],
  ["sft", sft, {}, 5 / 4, 5 / 4],
  ["orpo", orpo, { lambda: 0.1 }, 1.360923, 1.360923],
  ["sppo (half of SPPO-hard)", sppo, { eta: 10 }, 23.125, 25],
];
for (const [name, objective, hyper, value, atStart] of derived) {
  Deno.test(`${name} has the value of the catalogue's test vector, and at the start`, () => {
    close(probe(objective, vector, hyper).value, value, 1e-6, "value");
    close(probe(objective, start, hyper).value, atStart, 1e-6, "value at the start");
  });
}

Deno.test("kto has the value of the catalogue's test vector with z = 0, and 1/2 at the start", () => {
  const unrelated = { unrelated: [[-1]], ref_unrelated: [[-1]] };
  close(probe(kto, { ...vector, ...unrelated }, { beta: 0.1 }).value, 0.493759, 1e-6, "value");
  close(probe(kto, { ...start, ...unrelated }, { beta: 0.1 }).value, 0.5, 1e-12, "start");
});

Deno.test("the gradients at the start are those derived by hand: ∓β/2, ∓1/τ, ∓β/8 a pair", () => {
  const two = (row: readonly number[]) => [row, row];
  const batch = {
    chosen: two(start.chosen[0]!),
    rejected: two(start.rejected![0]!),
    ref_chosen: two(start.chosen[0]!),
    ref_rejected: two(start.rejected![0]!),
    unrelated: two([-1]),
    ref_unrelated: two([-1]),
  };
  const slopes: readonly [Objective, { [name: string]: number }, number][] = [
    [dpo, { beta: 0.1 }, 0.025],
    [ipo, { tau: 0.1 }, 5],
    // Four points, so a quarter of β/4 each.
    [kto, { beta: 0.1 }, 0.00625],
  ];
  for (const [objective, hyper, slope] of slopes) {
    const { gradient } = probe(objective, batch, hyper);
    close(gradient.chosen![0]![0]!, -slope, 1e-9, `${objective.id} chosen`);
    close(gradient.rejected![1]![2]!, slope, 1e-9, `${objective.id} rejected`);
  }
});

Deno.test("every objective is finite where log-probabilities are 120 nats apart", () => {
  const far: ProbeBatch = {
    chosen: [[-0.001], [-121, -0.5]],
    rejected: [[-121, -0.5], [-0.001]],
    ref_chosen: [[-121], [-0.5, -0.5]],
    ref_rejected: [[-0.5, -0.5], [-121]],
    unrelated: [[-121], [-0.5]],
    ref_unrelated: [[-0.5], [-121]],
  };
  for (const found of methods) {
    if (!("loss" in found)) continue;
    const { value, gradient } = probe(found, far);
    assert.ok(Number.isFinite(value), found.id);
    assert.ok(Object.values(gradient).flat(2).every(Number.isFinite), found.id);
  }
});

Deno.test("orpo stays finite for an answer that is certain", () => {
  const certain: ProbeBatch = { chosen: [[0, 0]], rejected: [[0]] };
  const { value, gradient } = probe(orpo, certain);
  assert.ok(Number.isFinite(value));
  assert.ok(Object.values(gradient).flat(2).every(Number.isFinite));
});

Deno.test("a loss that reads a reference where there is none gives NaN, not a number", () => {
  assert.ok(Number.isNaN(probe(dpo, { chosen: [[-1]], rejected: [[-2]] }).value));
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
