import assert from "node:assert/strict";
import { rng } from "../core/mod.ts";
import { sweep } from "../lab/suite/sweep.ts";
import { variantOf } from "../lab/suite/variant.ts";
import { runner } from "../lab/train/run.ts";
import { workshop } from "../lab/train/workshop.ts";
import { methods } from "../mod.ts";
import { cpu } from "../engine/mod.ts";
import { bandit } from "./fixtures/away.ts";

const chosen = (ids: string) => ids.split(",").map((id) => variantOf(id, methods));
const swept = (ids: string, ...settings: string[]) => sweep(chosen(ids), settings);

Deno.test("a method runs at each combination of the values that are set of it, and others as they are", () => {
  assert.deepEqual(swept("dpo,kto", "dpo.beta=0.01,0.5"), [
    "dpo[beta=0.01]",
    "dpo[beta=0.5]",
    "kto",
  ]);
  assert.deepEqual(swept("dpo", "dpo.beta=0.01,0.5", "dpo.rate=1,3"), [
    "dpo[beta=0.01]",
    "dpo[rate=3,beta=0.01]",
    "dpo[beta=0.5]",
    "dpo[rate=3,beta=0.5]",
  ]);
  assert.deepEqual(swept("dpo,kto"), ["dpo", "kto"]);
});

Deno.test("a setting without a method is of every method that has it, and its own value is the method itself", () => {
  const [dpo] = chosen("dpo");
  assert.deepEqual(swept("dpo,kto", "rate=0.5"), ["dpo[rate=0.5]", "kto[rate=0.5]"]);
  assert.deepEqual(swept("dpo,simpo", `gamma=3`), ["dpo", "simpo[gamma=3]"]);
  assert.deepEqual(swept("dpo", `beta=${dpo!.hyper.beta},9`), ["dpo", "dpo[beta=9]"]);
  assert.deepEqual(swept("dpo", "beta=9,9"), ["dpo[beta=9]"]);
});

Deno.test("a setting that is misspelt, nobody's, out of bounds or given twice is refused by name", () => {
  const cases: readonly [string, readonly string[], RegExp][] = [
    ["dpo", ["dpo.beta"], /^Cannot read --set "dpo.beta": expected METHOD\.NAME=VALUE/],
    ["dpo", ["beta=0.1,x"], /^Cannot read --set "beta=0.1,x": found "x", expected a number$/],
    ["dpo", ["beta="], /found "", expected a number$/],
    ["dpo", ["beta=Infinity"], /found "Infinity", expected a number$/],
    ["dpo", ["kto.beta=1"], /^Cannot set beta of kto: the methods of this run are dpo$/],
    ["dpo", ["dpo.gamma=1"], /^Cannot set gamma of dpo: its hyperparameters are beta$/],
    ["dpo", ["gamma=1"], /no method of this run has it, they have rate, beta, lr, batch, warmup$/],
    ["dpo", ["beta=1", "dpo.beta=2"], /^Cannot set beta of dpo twice$/],
    [
      "cdpo",
      ["epsilon=0.6"],
      /^Cannot set epsilon of cdpo to 0.6: it must be a number from 0 to 0.45$/,
    ],
    ["dpo", ["batch=2.5"], /^Cannot set batch of dpo to 2.5: it must be a whole number from 1 to/],
    ["dpo", ["dpo.lr=0"], /^Cannot set lr of dpo to 0: it must be a number from 1e-12 to 1$/],
    ["iterative-dpo", ["rounds=2.5"], /to 2.5: it must be a whole number from 1 to 16$/],
  ];
  for (const [ids, settings, message] of cases) {
    assert.throws(() => swept(ids, ...settings), { name: "RangeError", message });
  }
});

Deno.test("learning rate, batch and warm-up are every method's, and name a run after its own hyperparameters", () => {
  assert.deepEqual(swept("dpo,kto", "dpo.lr=5e-6", "batch=8", "dpo.beta=0.3", "kto.warmup=0"), [
    "dpo[beta=0.3,lr=0.000005,batch=8]",
    "kto[batch=8,warmup=0]",
  ]);
  const { training, hyper, id } = variantOf("dpo[beta=0.3,lr=5e-6,batch=8]", methods);
  assert.deepEqual([id, hyper, training], ["dpo", { beta: 0.3 }, { lr: 5e-6, batch: 8 }]);
  assert.equal(variantOf("dpo[beta=0.3]", methods).training, undefined);
});

Deno.test("a learning rate of three times the testbed's is rate = 3, and half a batch takes more steps", async () => {
  const engine = cpu({ threads: 1 });
  const shop = workshop({ engine, cached: (_name, _key, make) => make(), progress: () => {} });
  const { optimiser } = await bandit.open(bandit.settings.clean!.with, rng("x"), shop);
  const run = runner(engine, shop);
  const trained = (name: string) =>
    run({
      method: variantOf(name, methods),
      benchmark: bandit,
      setting: "clean",
      seed: 1,
      budget: { flops: bandit.budget.flops / 60, queries: bandit.budget.queries },
      progress: () => {},
      ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
    });
  const { hyper: factor, ...threefold } = await trained("dpo[rate=3]");
  const { hyper: own, ...absolute } = await trained(`dpo[lr=${3 * optimiser.rate}]`);
  assert.deepEqual(absolute, threefold);
  assert.deepEqual([factor.rate, own.lr], [3, 3 * optimiser.rate]);
  const half = await trained(`dpo[batch=${optimiser.batch / 2}]`);
  assert.ok(half.steps > 1.5 * threefold.steps, `${half.steps}, ${threefold.steps}`);
  assert.equal(half.hyper.batch, optimiser.batch / 2);
});
