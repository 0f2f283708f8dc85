import assert from "node:assert/strict";
import type { Method, RunRecord } from "../core/mod.ts";
import { cpu, engine, web } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import { workshop } from "../lab/train/workshop.ts";
import { methods } from "../methods/mod.ts";
import { away, bandit } from "./fixtures/away.ts";
import { onGpu } from "./fixtures/gpu.ts";

interface Exception {
  readonly most: number;
  readonly why: string;
  /** Its batches hold what its draws gave, which may be a pair more or less. */
  readonly drawn?: true;
}

/**
 * Most that a measure may differ between executors, numbers of the order of 1. Where gradients
 * cancel to rounding noise, Adam makes a whole step of that noise, on any two machines.
 */
const TOLERANCE = 3e-4;
const exceptions: { readonly [method: string]: Exception } = {
  "aot-unpaired": { most: 2e-3, why: "answers change partners where two log-ratios are level" },
  egpo: {
    most: 2e-2,
    why: "a draw between both machines' probabilities is another pair",
    drawn: true,
  },
  inpo: { most: 2e-2, why: "the same", drawn: true },
  ipo: { most: 2e-3, why: "at the start all its pairs pull alike, so an answer's may cancel" },
  lipo: { most: 2e-3, why: "weights go by ranks, which change where two answers are level" },
  "tree-po": { most: 2e-3, why: "it is LiPO on answers of one step" },
  ppo: { most: 5e-3, why: "its advantages have mean 0, so an answer's pulls may cancel" },
};
/** Measures that do not jump: an accuracy counts pairs, and one pair at the threshold is a step. */
const smooth = ["win-rate", "kl", "entropy", "reward", "regret", "margin", "brier"];

function runs(on: ReturnType<typeof cpu>): (method: Method, share: number) => Promise<RunRecord> {
  const run = runner(
    on,
    workshop({ engine: on, cached: (_name, _key, make) => make(), progress: () => {} }),
  );
  return (method, share) =>
    run({
      method,
      benchmark: bandit,
      setting: "clean",
      seed: 1,
      budget: { flops: bandit.budget.flops * share, queries: bandit.budget.queries / 4 },
      progress: () => {},
      ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
    });
}

const here = runs(cpu({ threads: 1 }));
let there: ReturnType<typeof runs> | undefined;

/** How far it got from the start; endlessly where that is not measured, as of what has no policy. */
const moved = ({ curve }: RunRecord) => curve.at(-1)!.measures.kl?.value ?? Infinity;

for (const method of methods) {
  // Losses of what no table has are held to double precision by the table of methods, and their models by their own tests.
  if (away(method)) continue;
  onGpu(`${method.id} has the same curve on WebGPU as on the CPU`, async () => {
    there ??= runs(engine(await web("webgpu")));
    // Some 10 steps of an offline method; more operations where steps are dear or small.
    let share = 1 / 120;
    let want = await here(method, share);
    // What learns nothing is to stand still on both.
    const still = method.id === "idle";
    while ((want.steps < 10 || !still && moved(want) <= 0.005) && share < 1 / 8) {
      want = await here(method, share *= 2);
    }
    assert.ok(
      want.steps >= 10 && moved(want) > 0.005 === !still,
      `${want.steps} steps, KL ${moved(want)}`,
    );
    const got = await there(method, share);
    assert.equal(got.outcome, "ok", got.reason);
    const { most, drawn }: Partial<Exception> = exceptions[method.id] ?? { most: TOLERANCE };
    // To a hundredth, or to the last operation.
    const rounded = (x: number) => drawn ? Math.round(x * 100) / 100 : x;
    const shares = ({ spent, budget, curve, steps }: RunRecord) => [
      steps,
      spent!.queries,
      rounded(spent!.flops / budget.flops),
      ...curve.map(({ progress }) => rounded(progress)),
    ];
    assert.deepEqual(shares(got), shares(want));
    if (!drawn) assert.deepEqual(got.spent, want.spent);
    want.curve.forEach(({ measures, progress }, i) => {
      assert.deepEqual(Object.keys(got.curve[i]!.measures), Object.keys(measures));
      const compared = smooth.filter((id) => id in measures);
      assert.ok(compared.length > 0, `nothing at ${progress}: ${Object.keys(measures)}`);
      for (const id of compared) {
        const off = Math.abs(got.curve[i]!.measures[id]!.value - measures[id]!.value);
        assert.ok(off <= most, `${id} at ${progress} is off by ${off}`);
      }
    });
  });
}
