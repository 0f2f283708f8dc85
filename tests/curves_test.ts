import assert from "node:assert/strict";
import { benchmarks } from "../benchmarks/mod.ts";
import type { Method, RunRecord } from "../core/mod.ts";
import { cpu, engine, web } from "../engine/mod.ts";
import { runner } from "../lab/run.ts";
import { workshop } from "../lab/workshop.ts";
import { methods } from "../methods/mod.ts";
import { onGpu } from "./fixtures/gpu.ts";

/**
 * Most that a measure may differ between executors, numbers of the order of 1. Where gradients
 * cancel to rounding noise, Adam makes a whole step of that noise, on any two machines.
 */
const TOLERANCE = 1e-4;
const exceptions: { readonly [method: string]: { readonly most: number; readonly why: string } } = {
  ipo: { most: 2e-3, why: "at the start all its pairs pull alike, so an answer's may cancel" },
  ppo: { most: 5e-3, why: "its advantages have mean 0, so an answer's pulls may cancel" },
};
/** Measures that do not jump: an accuracy counts pairs, and one pair at the threshold is a step. */
const smooth = ["win-rate", "kl", "entropy", "reward", "regret", "margin"];

const bandit = benchmarks.find(({ id }) => id === "bandit")!;
/** Some 20 steps of an offline method. */
const budget = { flops: bandit.budget.flops / 60, queries: bandit.budget.queries / 4 };

function runs(on: ReturnType<typeof cpu>): (method: Method) => Promise<RunRecord> {
  const run = runner(
    on,
    workshop({ engine: on, cached: (_name, _key, make) => make(), progress: () => {} }),
  );
  return (method) =>
    run({
      method,
      benchmark: bandit,
      setting: "clean",
      seed: 1,
      budget,
      progress: () => {},
      ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
    });
}

const here = runs(cpu({ threads: 1 }));
let there: ReturnType<typeof runs> | undefined;

for (const method of methods) {
  onGpu(`${method.id} has the same curve on WebGPU as on the CPU`, async () => {
    there ??= runs(engine(await web("webgpu")));
    const [want, got] = [await here(method), await there(method)];
    assert.equal(got.outcome, "ok", got.reason);
    assert.ok(want.steps >= 15, `${want.steps} steps`);
    assert.deepEqual([got.steps, got.spent], [want.steps, want.spent]);
    assert.deepEqual(
      got.curve.map(({ progress }) => progress),
      want.curve.map((at) => at.progress),
    );
    const { most } = exceptions[method.id] ?? { most: TOLERANCE };
    want.curve.forEach(({ measures, progress }, i) => {
      for (const id of smooth) {
        const off = Math.abs(got.curve[i]!.measures[id]!.value - measures[id]!.value);
        assert.ok(off <= most, `${id} at ${progress} is off by ${off}`);
      }
    });
    // It learned something that could have differed.
    assert.ok(want.curve.at(-1)!.measures.kl!.value > 0.005);
  });
}
