import assert from "node:assert/strict";
import { join } from "node:path";
import { type Params, type RunRecord, type Testbed } from "../core/mod.ts";
import { dataset } from "../benchmarks/dataset.ts";
import { cpu } from "../engine/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { chooseRun, refuseFull, retrained } from "../lab/checkpoints/export.ts";
import { difference } from "../lab/disk/difference.ts";
import { createRun, type Stored } from "../lab/disk/records.ts";
import { runner } from "../lab/train/run.ts";
import { workshop } from "../lab/train/workshop.ts";
import { methods } from "../methods/mod.ts";
import { benchmarks } from "../mod.ts";
import { base } from "./fake/base.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord, runsOf } from "./fake/record.ts";

const dpo = methods.find(({ id }) => id === "dpo")!;

/** A user's rows, learned by a model so small that a run takes no time. */
async function trained() {
  const directory = await temporary();
  const rows = Array.from({ length: 60 }, (_, i) => ({
    prompt: `${i}`,
    chosen: "yes",
    rejected: "no",
  }));
  const file = join(directory, "rows.jsonl");
  await Deno.writeTextFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  const benchmark = await dataset(file, base);
  const store = join(directory, "cache");
  const engine = cpu({ threads: 1 });
  let end: { testbed: Testbed; params: Params } | undefined;
  const run = runner(
    engine,
    workshop({ engine, cached: cache(store, () => {}), progress() {} }),
  );
  const record = await run({
    method: dpo,
    benchmark,
    setting: "rows",
    seed: 3,
    budget: { flops: 3e8, queries: 40 },
    progress() {},
    ran: () => ({ at: "then", seconds: 1, commit: "", host: "" }),
    trained: (testbed, params) => void (end = { testbed, params }),
  });
  // As it is once written and read.
  const stored = JSON.parse(JSON.stringify(record)) as RunRecord;
  const again = (record: RunRecord) =>
    retrained(record, { method: dpo, benchmark, cache: store, note() {} });
  const files = end!.testbed.files!(end!.params).files;
  await engine.close();
  return { record: stored, files, again, start: end!.testbed.start };
}

Deno.test("a run trained again gives its own policy, bit for bit, and says where a record differs", async () => {
  const { record, files, again, start } = await trained();
  assert.equal(record.outcome, "ok");
  assert.ok(record.steps > 5);
  const made = await again(record);
  assert.equal(made.difference, undefined);
  assert.deepEqual(made.left, ["value.weight", "value.bias"]);
  assert.deepEqual(Object.keys(made.files), Object.keys(files));
  for (const [path, bytes] of Object.entries(files)) {
    assert.deepEqual(made.files[path], bytes, path);
  }

  // The end of the run, not its start.
  const weights = new Float32Array(made.files["model.safetensors"]!.slice(-4 * 16).buffer);
  assert.notDeepEqual([...weights], [...start.norm!.data]);

  const kl = record.measures.kl!;
  const other = { ...record, measures: { ...record.measures, kl: { ...kl, value: 7 } }, steps: 1 };
  assert.equal((await again(other)).difference, `measures.kl.value is ${kl.value}, expected 7`);
});

Deno.test("a difference is found wherever it is, and the moment of a run is none", () => {
  const [record] = runsOf(fakePlan(["dpo"], 1)).map((cell) => fakeRecord(cell));
  const changed = (change: Partial<RunRecord>) => difference(record!, { ...record!, ...change });
  assert.equal(changed({}), undefined);
  assert.equal(changed({ ran: { ...record!.ran, at: "later", seconds: 9 } }), undefined);
  assert.equal(changed({ steps: 4 }), "steps is 4, expected 3");
  assert.equal(changed({ reason: "none" }), 'reason is "none", expected absent');
  assert.equal(
    changed({ absent: {} }),
    `absent.reward is absent, expected "${record!.absent.reward}"`,
  );
  assert.match(changed({ measures: {}, steps: 4 })!, /^measures\.win-rate is absent, expected \{/);
});

Deno.test("a policy that is no language model is refused by name", async () => {
  const bandit = benchmarks.find(({ id }) => id === "bandit")!;
  const [cell] = runsOf(fakePlan(["dpo"], 1, ["bandit/clean"]));
  await assert.rejects(
    retrained(fakeRecord(cell!), {
      method: dpo,
      benchmark: bandit,
      cache: await temporary(),
      note() {},
    }),
    {
      name: "RangeError",
      message:
        "Cannot export dpo on bandit/clean, seed 1: the policy of bandit/clean is a table 32×16, expected a language model",
    },
  );
});

Deno.test("the run to export is named, or is the only one it can be", () => {
  const plan = fakePlan(["dpo", "ipo"], 2, ["bandit/clean", "text/clean", "text/noisy"]);
  const records = runsOf(plan).map((cell) => fakeRecord(cell));
  const stored: Stored = { directory: "runs/x", plan, records };
  const choice = { method: "ipo", benchmark: undefined, seed: undefined };
  const of = (change: Partial<Parameters<typeof chooseRun>[1]>, from = stored) => {
    const { method, benchmark, setting, seed } = chooseRun(
      from,
      { ...choice, ...change },
      benchmarks,
    );
    return `${method} ${benchmark}/${setting} ${seed}`;
  };
  assert.equal(of({ benchmark: "text/noisy", seed: 2 }), "ipo text/noisy 2");
  const single = { ...stored, plan: { ...plan, cells: plan.cells.slice(0, 2) } };
  assert.equal(of({}, single), "ipo text/clean 1");
  assert.throws(() => of({}), /with --benchmark$/);
  assert.throws(() => of({}), /name one of text\/clean, text\/noisy with/);
  assert.throws(
    () => of({ method: "kto" }),
    /Cannot export kto from runs\/x: its methods are dpo, ipo$/,
  );
  assert.throws(() => of({ seed: 9 }), /Cannot export seed 9 from runs\/x: its seeds are 1, 2$/);
  assert.throws(() => of({ benchmark: "text/verbose" }), /testbeds of runs\/x are bandit\/clean, /);
  const torn = { ...single, records: records.slice(0, 1) };
  assert.throws(
    () => of({}, torn),
    /not finished, go on with it by deno task bench --resume runs\/x$/,
  );
  const failed = records.map((r): RunRecord => ({ ...r, outcome: "diverged", reason: "NaN" }));
  assert.throws(() => of({}, { ...single, records: failed }), /is diverged, expected ok \(NaN\)$/);
});

Deno.test("a directory that holds something is not written to", async () => {
  const directory = await temporary();
  await refuseFull(directory);
  await refuseFull(join(directory, "new"));
  await Deno.writeTextFile(join(directory, "notes"), "precious");
  await assert.rejects(refuseFull(directory), {
    name: "RangeError",
    message: `Cannot export to ${directory} as it holds notes: choose another --out`,
  });
});

Deno.test("export on the command line explains itself and refuses a table before training it", async () => {
  const directory = await temporary();
  const { stdout: help } = await cli(["export", "--help"]);
  assert.match(help, /^Usage: deno task export \[options\] <run>\n/);
  assert.match(help, /Example:\n {2}deno task export runs\/mine --method dpo/);

  const plan = fakePlan(["dpo"], 1, ["bandit/clean"]);
  {
    await using run = await createRun(join(directory, "run"), plan);
    for (const cell of runsOf(plan)) await run.append(fakeRecord(cell));
  }
  const refused = await cli(["export", "run", "--method", "dpo", "--out", "made"], directory, [
    "--allow-ffi=node_modules",
  ]);
  assert.equal(refused.stdout, "");
  assert.equal(
    refused.stderr,
    "error: Cannot export dpo on bandit/clean, seed 1: the policy of bandit/clean is a table 32×16, expected a language model\n",
  );
  assert.equal(refused.code, 1);
  assert.ok(!(await Array.fromAsync(Deno.readDir(directory))).some(({ name }) => name === "made"));
});
