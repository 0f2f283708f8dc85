import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { digestOf } from "../lab/train/digest.ts";
import {
  createRun,
  type PlannedRun,
  plannedRuns,
  readRun,
  type Stored,
  writeRun,
} from "../lab/disk/records.ts";
import { parseRecord } from "../lab/disk/schema.ts";
import { joinShards } from "../lab/disk/shards.ts";
import { cellOf } from "../lab/suite/plan.ts";
import { benchmarks, methods, type Plan, run, type RunRecord } from "../mod.ts";
import { cli, command } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord } from "./fake/record.ts";

const benchmarkOf = (id: string) => benchmarks.find((one) => one.id === id)!;
const little = { flops: 4e5, queries: 64 };
const tiny: Plan = {
  ...fakePlan(["dpo", "ipo"], 2),
  cells: [cellOf(benchmarkOf("bandit"), "clean", little)],
};
const game = cellOf(benchmarkOf("game"), "transitive", little);
const quiet = () => {};

/** A directory of a plan's runs, each carried out here and now or made up. */
async function made(
  directory: string,
  plan: Plan,
  make: (run: PlannedRun) => RunRecord | Promise<RunRecord> = (run) => fakeRecord(run),
): Promise<string> {
  await using run = await createRun(directory, plan);
  // As a suite takes what its workers send it.
  for (const one of plannedRuns(plan)) await run.append(parseRecord(await make(one), "Record"));
  await run.finish();
  return directory;
}

const real = ({ method, benchmark, ...planned }: PlannedRun) =>
  run({
    ...planned,
    method: methods.find(({ id }) => id === method)!,
    benchmark: benchmarkOf(benchmark),
  });

const withoutRan = async (directory: string) =>
  (await Deno.readTextFile(join(directory, "records.jsonl")))
    .replaceAll(/"ran":\{[^}]*\}/g, '"ran":{}');
const sharded = (plan: Plan, index: number, of: number): Plan => ({
  ...plan,
  shard: { index, of },
});
const merged = async (...directories: string[]) =>
  joinShards(await Promise.all(directories.map((one) => readRun(one))));

Deno.test("shards merged are the run that nobody shared, byte for byte but for where and when", async () => {
  const place = await temporary();
  const whole = await made(join(place, "whole"), tiny, real);
  const expected = await withoutRan(whole);
  assert.equal(expected.trimEnd().split("\n").length, 4);
  for (const n of [1, 2, 3, 6]) {
    const parts: string[] = [];
    for (let index = n; index > 0; index--) {
      const part = join(place, `${index}-of-${n}`);
      parts.push(await made(part, sharded(tiny, index, n), real));
    }
    const out = join(place, `all-of-${n}`);
    const { plan, records, missing, absent } = await merged(...parts);
    await writeRun({ directory: out, plan, records }, quiet);
    assert.equal(await withoutRan(out), expected, `${n} shards`);
    assert.deepEqual([missing, absent], [[], []]);
    assert.deepEqual((await readRun(out)).plan, tiny);
    assert.deepEqual([...Deno.readDirSync(out)].map(({ name }) => name).sort(), [
      "plan.json",
      "records.jsonl",
    ]);
  }
});

const plan = fakePlan(["dpo", "ipo"], 3);
function part(index: number, of: number, change: Partial<Stored> = {}, whole = plan): Stored {
  const shard = sharded(whole, index, of);
  const records = plannedRuns(shard).map((planned) => fakeRecord(planned));
  return { directory: `part-${index}`, plan: shard, records, ...change };
}
const titles = (runs: readonly { method: string; seed: number }[]) =>
  runs.map(({ method, seed }) => `${method} ${seed}`);

Deno.test("a shard that came twice, or beside the whole, is taken once", () => {
  const parts = [part(1, 2), part(2, 2), part(2, 2, { directory: "again" })];
  assert.equal(joinShards(parts).records.length, 6);
  const stopped = part(1, 1, { plan, directory: "whole" });
  const some = { ...stopped, records: stopped.records.slice(0, 4) };
  assert.deepEqual(joinShards([some, part(2, 3)]).missing.map(({ seed }) => seed), [3]);
  // Shards of another number are parts of the same plan too.
  assert.deepEqual(joinShards([part(1, 2), part(2, 2), part(3, 4)]).missing, []);
});

Deno.test("what nobody holds is said, run by run and shard by shard", () => {
  const { missing, absent, plan: whole } = joinShards([part(1, 3)]);
  assert.deepEqual(titles(missing), ["dpo 2", "dpo 3", "ipo 2", "ipo 3"]);
  assert.deepEqual(absent, ["shard 2 of 3", "shard 3 of 3"]);
  assert.equal(whole.shard, undefined);
});

Deno.test("a merged run began when its first shard did, on all their hosts", () => {
  const ran = (at: string, host: string) => ({ plan: { ...part(1, 2).plan, ran: { at, host } } });
  const parts = [
    part(1, 2, ran("2026-11-24", "b")),
    part(1, 2, ran("2026-11-23", "a")),
    part(1, 2, ran("2026-11-25", "b")),
  ];
  assert.deepEqual(joinShards(parts).plan.ran, { at: "2026-11-23", host: "b, a" });
});

const changed = (stored: Stored, change: (record: RunRecord) => RunRecord): Stored => (
  { ...stored, records: stored.records.map(change) }
);
const on = (host: string) => (record: RunRecord): RunRecord => (
  { ...record, ran: { ...record.ran, host } }
);

Deno.test("different records of one run are refused, with the run, both directories, both hosts and what differs", () => {
  const b = changed(
    part(1, 2, { directory: "again" }),
    (record) => on("there")(record.seed === 3 ? { ...record, steps: 4 } : record),
  );
  assert.throws(() => joinShards([part(1, 2), b]), {
    name: "RangeError",
    message:
      "Cannot merge part-1 and again: their records of dpo on toy/plain, seed 3, made on here and there, differ: steps is 4, expected 3",
  });
});

Deno.test("shards of different plans are refused, and a run that only one has is named", () => {
  const refused: readonly [Plan, string][] = [
    [
      fakePlan(["dpo", "ipo"], 4),
      "they are of different plans, dpo on toy/plain, seed 4 is in that of part-2 alone",
    ],
    [
      fakePlan(["dpo"], 3),
      "they are of different plans, ipo on toy/plain, seed 1 is in that of part-1 alone",
    ],
    [
      { ...plan, cells: [{ ...plan.cells[0]!, budget: { flops: 2, queries: 4 } }] },
      "their budgets on toy/plain are 1 operations with 4 queries and 2 operations with 4 queries",
    ],
    [
      { ...plan, cells: [{ ...plan.cells[0]!, portion: "judged" }] },
      "their test prompts on toy/plain are all and judged",
    ],
  ];
  for (const [other, why] of refused) {
    assert.throws(() => joinShards([part(1, 2), part(2, 2, {}, other)], { mixed: true }), {
      name: "RangeError",
      message: `Cannot merge part-1 and part-2: ${why}`,
    });
  }
});

const provenance = { sources: { "a.ts": "1" }, packages: { p: "1.0" }, cpu: "x" };
const start = (digest: string) => (record: RunRecord): RunRecord => (
  { ...record, ran: { ...record.ran, start: digest } }
);

Deno.test("shards that were computed otherwise, or began otherwise, are merged by --mixed alone, and it is written down", () => {
  const known = { ...plan, provenance };
  const other = (change: Partial<typeof provenance>) => ({
    ...known,
    provenance: { ...provenance, ...change },
  });
  const refused: readonly [Stored, string][] = [
    [
      part(2, 2, {}, other({ sources: { "a.ts": "2" } })),
      "Other sources in part-2 than in part-1: a.ts",
    ],
    [
      part(2, 2, {}, other({ packages: { p: "2.0" } })),
      "Another version of p than in part-1: found 2.0, expected 1.0",
    ],
    [
      part(2, 2, {}, other({ cpu: "y" })),
      "Another kind of processor than in part-1: found y, expected x",
    ],
    [
      part(2, 2, {}, { ...known, device: "wasm" }),
      "Another device than in part-1: found wasm, expected cpu",
    ],
    [
      changed(part(2, 2, {}, known), (record) => ({ ...record, hyper: { beta: 1 } })),
      'part-2, beside part-1: Other hyperparameters: found {"beta":1}, expected {"beta":0.1} of dpo. part-2, beside part-1: Other hyperparameters: found {"beta":1}, expected {"beta":0.1} of ipo',
    ],
  ];
  for (const [b, what] of refused) {
    const parts = [part(1, 2, {}, known), b];
    assert.throws(() => joinShards(parts), {
      name: "RangeError",
      message:
        `Cannot merge part-1 and part-2 as what they hold is a mixture. ${what}. Take what goes together, or all the same with --mixed, which reports will say`,
    });
    const joined = joinShards(parts, { mixed: true });
    assert.equal(joined.plan.mixed!.join(". "), what);
    assert.equal(joined.plan.provenance, undefined);
    assert.equal(joined.records.length, 6);
  }
});

Deno.test("shards whose start policies differ are refused, each testbed once; what says nothing of it passes", () => {
  // With two methods and two shards of three seeds each seed is on both sides.
  const [a, b] = [part(1, 2), part(2, 2)].map((one) => changed(one, start("aa")));
  assert.equal(joinShards([a!, b!]).plan.mixed, undefined);
  assert.throws(() => joinShards([a!, changed(b!, start("bb"))]), {
    message:
      "Cannot merge part-1 and part-2 as what they hold is a mixture. part-2, beside part-1: Another start policy on toy/plain, seeds 1, 3, 2: found bb, expected aa. Take what goes together, or all the same with --mixed, which reports will say",
  });
  const mixed = joinShards([a!, changed(b!, start("bb"))], { mixed: true });
  assert.match(mixed.plan.mixed!.join(), /Another start policy on toy\/plain/);
  // It stays what it is, with nothing asked.
  const again = { directory: "all", plan: mixed.plan, records: mixed.records };
  assert.deepEqual(joinShards([again]).plan.mixed, mixed.plan.mixed);
  // Of records of earlier versions nobody knows.
  assert.equal(joinShards([a!, part(2, 2)]).plan.mixed, undefined);
});

Deno.test("a digest of parameters is of names, shapes and bits, in any order", () => {
  const tensor = (values: number[], shape = [values.length]) => (
    { shape, data: Float32Array.from(values) }
  );
  const digest = digestOf({ a: tensor([1, 2]), b: tensor([0]) });
  assert.match(digest, /^[0-9a-f]{16}$/);
  assert.equal(digestOf({ b: tensor([0]), a: tensor([1, 2]) }), digest);
  for (
    const other of [
      { a: tensor([1, 2]), b: tensor([-0]) },
      { a: tensor([1, 2], [1, 2]), b: tensor([0]) },
      { a: tensor([1, 2]), c: tensor([0]) },
      { a: tensor([1, 2, 0]) },
    ]
  ) assert.notEqual(digestOf(other), digest);
});

Deno.test("records say by which start policy they began, whatever their method and their seed", async () => {
  const two = { ...tiny, cells: [...tiny.cells, game] };
  const { records } = await readRun(await made(join(await temporary(), "run"), two, real));
  const on = (benchmark: string) =>
    new Set(records.filter((one) => one.benchmark === benchmark).map(({ ran }) => ran.start));
  assert.equal(on("bandit").size, 1);
  assert.equal(on("game").size, 1);
  assert.match([...on("game")][0]!, /^[0-9a-f]{16}$/);
  assert.notDeepEqual(on("bandit"), on("game"));
});

Deno.test("merge leaves a whole run directory or none, and clears up after one that was killed", async () => {
  const place = await temporary();
  const large = fakePlan(["dpo", "ipo", "kto"], 400);
  const parts = [];
  for (const index of [1, 2]) {
    parts.push(await made(join(place, "parts", `${index}`), sharded(large, index, 2)));
  }
  const out = join(place, "all", "run");
  const args = ["merge", ...parts, "--out", out];
  const began = performance.now();
  assert.equal(
    (await command(["merge", ...parts, "--out", join(place, "peace")]).output()).code,
    0,
  );
  const whole = performance.now() - began;
  const [seen, kills] = [new Set<string>(), 6];
  for (let i = 0; i < kills; i++) {
    const child = command(args).spawn();
    // Reading comes first: what is written is written towards the end.
    const timer = setTimeout(() => child.kill("SIGKILL"), whole * (0.7 + 0.3 * i / kills));
    const { signal } = await child.status;
    clearTimeout(timer);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    const there = await Deno.stat(out).then(() => true, () => false);
    seen.add(`${signal} ${there}`);
    if (there) {
      assert.equal((await readRun(out)).records.length, 1200);
      await Deno.remove(out, { recursive: true });
    }
  }
  // What a killed one may have left, whatever the moments were.
  await Deno.mkdir(join(dirname(out), `${basename(out)}.1-0.tmp`), { recursive: true });
  await Deno.writeTextFile(`${out}.lock`, "1");
  const last = await cli(args);
  assert.equal(last.code, 0, last.stderr);
  assert.equal(last.stdout, `1200 of 1200 runs are in ${out}\n`);
  assert.deepEqual([...Deno.readDirSync(dirname(out))].map(({ name }) => name), ["run"]);
  const again = await cli(args);
  assert.equal(again.code, 1);
  assert.equal(
    again.stderr,
    `error: Cannot write a run to ${out} as it is there already: choose another --out\n`,
  );
});

Deno.test("a torn last line is left out as resume cuts it off, and the shard stays as it was", async () => {
  const place = await temporary();
  const [a, b] = [
    await made(join(place, "1"), sharded({ ...plan, provenance }, 1, 2)),
    await made(join(place, "2"), sharded({ ...plan, provenance }, 2, 2)),
  ];
  const path = join(b, "records.jsonl");
  const torn = (await Deno.readTextFile(path)).slice(0, -20);
  await Deno.writeTextFile(path, torn);
  const out = join(place, "all");
  const { code, stdout, stderr } = await cli(["merge", a, b, "--out", out]);
  assert.equal(code, 2);
  assert.equal(stdout, `5 of 6 runs are in ${out}\n`);
  assert.equal(
    stderr,
    `${path}:3: left out a torn last line; its run is missing
Missing: ipo on toy/plain, seed 3
To do them:
  deno task bench --resume ${out}
`,
  );
  assert.equal(await Deno.readTextFile(path), torn);
});

Deno.test("bench --shard, merge, bench --resume and compare go together", async () => {
  const place = await temporary();
  const bench = (...args: string[]) =>
    cli([
      ...["bench", "--benchmarks", "bandit/clean", "--methods", "dpo", "--seeds", "3"],
      ...["--flops", "4e5", "--queries", "64", "--device", "cpu", ...args],
    ], place);
  const first = await bench("--shard", "1/3", "--out", "first");
  assert.equal(first.code, 0, first.stderr);
  assert.equal(
    first.stdout,
    `1 run (shard 1 of 3) in ${place}/first
To put all together: deno task merge DIR… --out RUN
`,
  );
  assert.equal((await bench("--shard", "2/3", "--out", "second", "--json")).code, 0);
  assert.equal((await bench("--out", "whole")).code, 0);
  // The third was lost.
  const found = await cli(["merge", "first", "second", "--out", "all", "--json"], place);
  assert.equal(found.code, 2, found.stderr);
  assert.deepEqual(JSON.parse(found.stdout), {
    directory: join(place, "all"),
    runs: 2,
    missing: [{ method: "dpo", benchmark: "bandit", setting: "clean", seed: 3 }],
    failed: 0,
    absent: ["shard 3 of 3"],
  });
  assert.match(found.stderr, /^Missing: shard 3 of 3\nMissing: dpo on bandit\/clean, seed 3\n/);
  const gone = await cli(["bench", "--resume", "all"], place);
  assert.equal(gone.code, 0, gone.stderr);
  const [all, whole] = [join(place, "all"), join(place, "whole")];
  assert.equal(await withoutRan(all), await withoutRan(whole));
  const plans = await Promise.all([all, whole].map(async (one) => (await readRun(one)).plan));
  assert.deepEqual({ ...plans[0]!, ran: null }, { ...plans[1]!, ran: null });
  const compared = await cli(["compare", "whole", "all"], place);
  assert.equal(compared.code, 0, compared.stderr);
  assert.match(compared.stdout, /the same to the last digit/);
});
