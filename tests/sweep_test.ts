import assert from "node:assert/strict";
import { sweep } from "../lab/suite/sweep.ts";
import { variantOf } from "../lab/suite/variant.ts";
import { methods } from "../mod.ts";

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
    ["dpo", ["gamma=1"], /^Cannot set gamma: no method of this run has it, they have rate, beta$/],
    ["dpo", ["beta=1", "dpo.beta=2"], /^Cannot set beta of dpo twice$/],
    [
      "cdpo",
      ["epsilon=0.6"],
      /^Cannot set epsilon of cdpo to 0.6: it must be a number from 0 to 0.45$/,
    ],
    ["iterative-dpo", ["rounds=2.5"], /to 2.5: it must be a whole number from 1 to 16$/],
  ];
  for (const [ids, settings, message] of cases) {
    assert.throws(() => swept(ids, ...settings), { name: "RangeError", message });
  }
});
