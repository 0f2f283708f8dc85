import assert from "node:assert/strict";
import type { Benchmark, TaxonomyCell } from "../core/mod.ts";
import { chooseMethods, chooseTestbeds } from "../lab/suite/choose.ts";
import { planOf } from "../lab/suite/plan.ts";

const method = (id: string, ...taxonomy: TaxonomyCell[]) => ({ id, taxonomy });
const methods = [
  method("best-of-n", "learning/paradigm/online"),
  method("dpo", "data/feedback/pair", "learning/paradigm/offline"),
  method("ipo", "data/feedback/pair", "learning/paradigm/offline"),
  method("kto", "data/feedback/point", "learning/paradigm/offline"),
  method("online-dpo", "data/feedback/pair", "learning/paradigm/online"),
  method("orpo", "constraint/reference/free"),
  method("simpo", "constraint/reference/free"),
];
const shown = { title: "wins", better: "higher" as const, means: "How often", margin: 0.02 };
const benchmark = (id: string, ...settings: string[]): Benchmark => ({
  id,
  summary: `About ${id}`,
  family: "bandit",
  settings: Object.fromEntries(
    settings.map((setting) => [setting, { summary: setting, offers: [], with: null }]),
  ),
  measures: [{ id: "win-rate", ...shown, needs: ["answers"] }],
  headline: "win-rate",
  budget: { flops: 1001, queries: 10 },
  open: () => Promise.reject(new Error("never opened")),
});
const benchmarks = [
  benchmark("bandit", "clean", "noisy"),
  benchmark("game", "transitive", "intransitive"),
  benchmark("text", "clean", "noisy", "verbose"),
];

const ids = (spec: string) => chooseMethods(spec, methods).map(({ id }) => id);
const testbeds = (spec: string) =>
  chooseTestbeds(spec, benchmarks).map(({ benchmark, setting }) => `${benchmark.id}/${setting}`);

Deno.test("methods are chosen by id, by all, and by cells of the taxonomy, each once, in the list's order", () => {
  assert.deepEqual(ids("kto,dpo,kto"), ["dpo", "kto"]);
  assert.deepEqual(ids(" ipo , dpo"), ["dpo", "ipo"]);
  assert.deepEqual(ids("all"), methods.map(({ id }) => id));
  assert.deepEqual(ids("cell:data/feedback/point"), ["kto"]);
  assert.deepEqual(ids("cell:data,simpo"), ["dpo", "ipo", "kto", "online-dpo", "simpo"]);
  assert.deepEqual(ids("cell:constraint/reference"), ["orpo", "simpo"]);
});

Deno.test("a cell's name is matched by whole steps", () => {
  assert.throws(() => ids("cell:data/feed"), /Unknown cell "data\/feed": .*data\/feedback/);
});

Deno.test("a cell that nobody stands in is not taken for a misspelt one", () => {
  const message = 'Cannot choose from cell "constraint/safety": no method here stands in it';
  assert.throws(() => ids("cell:constraint/safety"), { name: "RangeError", message });
  assert.throws(() => ids("cell:constraint/safe"), /Unknown cell "constraint\/safe": /);
});

Deno.test("testbeds are chosen by benchmark, by setting and by all", () => {
  assert.deepEqual(testbeds("game,bandit/noisy"), [
    "bandit/noisy",
    "game/transitive",
    "game/intransitive",
  ]);
  assert.equal(testbeds("all").length, 7);
});

for (
  const [spec, message] of [
    ["dop", 'Unknown method "dop": the nearest are dpo, ipo, kto, orpo'],
    ["online", 'Unknown method "online": the nearest is online-dpo'],
    ["dpo,", 'Cannot read --methods "dpo,": a name in it is empty'],
    ["", 'Cannot read --methods "": a name in it is empty'],
  ] as const
) {
  Deno.test(`methods ${JSON.stringify(spec)} are refused with what was meant`, () => {
    assert.throws(() => ids(spec), { name: "RangeError", message });
  });
}

for (
  const [spec, message] of [
    ["bandits", 'Unknown benchmark "bandits": the nearest is bandit'],
    ["bandit/nosy", 'Unknown setting of bandit "nosy": there are clean, noisy'],
    ["bandit/", 'Unknown setting of bandit "": there are clean, noisy'],
    ["tex/clean", 'Unknown benchmark "tex/clean": the nearest is text/clean'],
  ] as const
) {
  Deno.test(`benchmarks ${JSON.stringify(spec)} are refused with what was meant`, () => {
    assert.throws(() => testbeds(spec), { name: "RangeError", message });
  });
}

Deno.test("a plan scales the operations of each benchmark but not its labels, and what is given overrides either axis", () => {
  const choice = {
    command: "deno task bench",
    preset: "quick",
    methods: ["dpo", "dpo[beta=0.3]"],
    testbeds: chooseTestbeds("bandit/clean", benchmarks),
    seeds: 3,
    share: 0.25,
    device: "cpu",
    versions: {},
    ran: { at: "now", host: "here" },
  };
  const plan = planOf({ ...choice, budget: { flops: undefined, queries: undefined } });
  assert.deepEqual([plan.seeds, plan.methods], [[1, 2, 3], ["dpo", "dpo[beta=0.3]"]]);
  assert.deepEqual(plan.cells, [{
    benchmark: "bandit",
    setting: "clean",
    summary: "About bandit clean",
    budget: { flops: 251, queries: 10 },
    headline: "win-rate",
  }]);
  assert.deepEqual(plan.measures, { "win-rate": { ...shown } });
  const given = planOf({ ...choice, budget: { flops: 1e12, queries: undefined } });
  assert.deepEqual(given.cells[0]!.budget, { flops: 1e12, queries: 10 });
});
