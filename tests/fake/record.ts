import { type Plan, rng, type RunRecord } from "../../core/mod.ts";
import type { PlannedRun } from "../../lab/disk/records.ts";

/** A whole, valid record whose numbers depend on the run alone, `ran` aside. */
export function fakeRecord(planned: PlannedRun, seconds = 0): RunRecord {
  const draw = rng(`${planned.method}/${planned.benchmark}/${planned.setting}`).split(planned.seed);
  const each = Array.from({ length: 8 }, () => draw.uniform());
  const measures = { "win-rate": { value: draw.uniform(), stderr: 0.01, n: 8, each } };
  return {
    schema: 1,
    method: planned.method,
    benchmark: planned.benchmark,
    setting: planned.setting,
    seed: planned.seed,
    hyper: { beta: 0.1 },
    budget: planned.budget,
    spent: {
      flops: planned.budget.flops,
      queries: 0,
      by: { training: planned.budget.flops, reference: 0, sampling: 0, "reward model": 0 },
    },
    outcome: "ok",
    steps: 3,
    start: measures,
    measures,
    absent: { reward: "Nobody knows it — “naïve” 🙂" },
    curve: [{ progress: 1, flops: planned.budget.flops, queries: 0, steps: 3, measures }],
    truth: {},
    samples: [],
    ran: { at: new Date().toISOString(), seconds, commit: `${Deno.pid}`, host: "here" },
  };
}

/** A plan of methods on `toy/plain` (or other cells) with seeds from 1. */
export function fakePlan(
  methods: readonly string[],
  seeds: number,
  cells: readonly string[] = ["toy/plain"],
): Plan {
  return {
    schema: 1,
    command: "deno task bench",
    preset: "fake",
    methods: [...methods],
    cells: cells.map((cell, i) => {
      const [benchmark, setting] = cell.split("/") as [string, string];
      return { benchmark, setting, summary: "A toy", budget: { flops: 10 ** i, queries: 4 } };
    }),
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    device: "cpu",
    versions: { prefbench: "fake" },
    ran: { at: "2026-11-23T00:00:00.000Z", host: "here" },
  };
}

export function runsOf(plan: Plan): PlannedRun[] {
  return plan.cells.flatMap(({ benchmark, setting, budget }) =>
    plan.methods.flatMap((method) =>
      plan.seeds.map((seed) => ({ method, benchmark, setting, seed, budget }))
    )
  );
}
