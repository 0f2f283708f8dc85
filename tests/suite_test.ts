import assert from "node:assert/strict";
import { join } from "node:path";
import { benchmarks } from "../benchmarks/mod.ts";
import type { Benchmark, RunRecord } from "../core/mod.ts";
import { stagesOf } from "../lab/suite/session.ts";
import { queue } from "../lab/suite/queue.ts";
import { readRun } from "../lab/disk/records.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan, fakeRecord, runsOf } from "./fake/record.ts";
import { fakeVictim, killAtRandom } from "./kill.ts";
import { type FakeOptions, runFake } from "./fake/suite.ts";

const withoutRan = ({ ran: _, ...rest }: RunRecord) => rest;

async function log(directory: string): Promise<string[]> {
  return (await Deno.readTextFile(join(directory, "log"))).trimEnd().split("\n");
}

/** Returns when the fake workers have logged this line. */
async function logged(directory: string, line: string): Promise<void> {
  while (!(await Deno.readTextFile(join(directory, "log")).catch(() => "")).includes(line)) {
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** What a suite of these methods leaves, on one testbed with one seed if not told otherwise. */
async function leaves(
  methods: readonly string[],
  options: FakeOptions & { seeds?: number; cells?: readonly string[] } = {},
): Promise<{ directory: string; records: readonly RunRecord[]; heard: string }> {
  const { seeds = 1, cells, heard = [], ...rest } = options;
  const directory = await temporary();
  const done = await runFake(directory, fakePlan(methods, seeds, cells), { heard, ...rest });
  assert.equal(done, true);
  const { records } = await readRun(directory);
  return { directory, records, heard: heard.join("") };
}

Deno.test("a suite leaves one record a run, in the plan's order, whoever ran it", async () => {
  const cells = ["toy/plain", "toy/noisy", "staged/plain"];
  const stages = { staged: [["tokenizer"], ["base", "judge"]] };
  const one = await leaves(["dpo", "ipo"], { workers: 1, seeds: 3, cells, stages });
  const two = await leaves(["dpo", "ipo"], { workers: 2, seeds: 3, cells, stages });
  const planned = runsOf(fakePlan(["dpo", "ipo"], 3, cells)).map((planned) => fakeRecord(planned));
  assert.deepEqual(one.records.map(withoutRan), planned.map(withoutRan));
  assert.equal(
    JSON.stringify(one.records.map(withoutRan)),
    JSON.stringify(two.records.map(withoutRan)),
  );
});

Deno.test("two workers share the runs", async () => {
  const { records } = await leaves(["dpo", "ipo", "kto"], { seeds: 5 });
  // Fake records carry the worker's process id as their commit.
  assert.equal(new Set(records.map(({ ran }) => ran.commit)).size, 2);
});

Deno.test("stages run one after the other, each part once, before their benchmark's runs", async () => {
  const stages = { staged: [["tokenizer"], [], ["base", "judge"], ["pool"]], unused: [["never"]] };
  const { directory } = await leaves(["dpo", "ipo"], {
    cells: ["toy/plain", "staged/plain"],
    stages,
  });
  const lines = await log(directory);
  const at = (line: string) => {
    assert.equal(lines.filter((l) => l === line).length, 1, line);
    return lines.indexOf(line);
  };
  assert.ok(at("end staged 0.0") < Math.min(at("begin staged 2.0"), at("begin staged 2.1")));
  assert.ok(Math.max(at("end staged 2.0"), at("end staged 2.1")) < at("begin staged 3.0"));
  assert.ok(at("end staged 3.0") < Math.min(at("begin dpo staged 1"), at("begin ipo staged 1")));
  assert.equal(lines.some((line) => line.includes("unused")), false);
});

Deno.test("a plan prepares what its own settings begin from, under the places that a worker knows", () => {
  const make = () => Promise.resolve();
  const benchmark = {
    id: "staged",
    stages: [
      [{ title: "tokens", make }],
      [{ title: "plain", settings: ["plain"], make }, {
        title: "rest",
        settings: ["rough", "odd"],
        make,
      }],
    ],
  } as unknown as Benchmark;
  const plan = fakePlan(["dpo"], 1, ["staged/odd"]);
  const stages = stagesOf(plan, [benchmark]);
  assert.deepEqual(stages, { staged: [["tokens"], [undefined, "rest"]] });
  const todo = queue([], stages, ["staged"]);
  const dealt: unknown[] = [];
  for (let job = todo.next(); job && "part" in job; job = todo.next()) {
    dealt.push([job.task.title, job.part.stage, job.part.part]);
    todo.prepared(job.part);
  }
  assert.deepEqual(dealt, [["staged: tokens", 0, 0], ["staged: rest", 1, 1]]);
});

Deno.test("parts name settings that exist", () => {
  for (const { id, settings, stages = [] } of benchmarks) {
    for (const parts of stages) {
      const named = parts.flatMap((part) => part.settings ?? Object.keys(settings));
      for (const name of named) assert.ok(name in settings, `${id}/${name}`);
    }
  }
});

Deno.test("whoever has no part to do is dealt a run that waits for none, and only such", () => {
  const plan = fakePlan(["dpo"], 2, ["toy/plain", "staged/plain"]);
  const todo = queue(runsOf(plan), { staged: [["tokenizer"], ["base"]] });
  const dealt = () => todo.next()?.task.title;
  assert.deepEqual([dealt(), dealt(), dealt(), dealt()], [
    "staged: tokenizer",
    "dpo on toy/plain, seed 1",
    "dpo on toy/plain, seed 2",
    undefined,
  ]);
  todo.prepared({ benchmark: "staged", stage: 0, part: 0 });
  assert.deepEqual([dealt(), dealt()], ["staged: base", undefined]);
  assert.equal(todo.empty, false);
  todo.prepared({ benchmark: "staged", stage: 1, part: 0 });
  assert.deepEqual([dealt(), dealt(), dealt()], [
    "dpo on staged/plain, seed 1",
    "dpo on staged/plain, seed 2",
    undefined,
  ]);
  assert.equal(todo.empty, true);
});

Deno.test("a worker goes on with the testbed and seed that it has open, and begins others that nobody has", () => {
  const todo = queue(runsOf(fakePlan(["dpo", "ipo"], 2)), {});
  const first = todo.next();
  const other = todo.next();
  const dealt = [first, other, todo.next(first), todo.next(first), todo.next(other)];
  assert.deepEqual(dealt.map((job) => job?.task.title), [
    "dpo on toy/plain, seed 1",
    "dpo on toy/plain, seed 2",
    "ipo on toy/plain, seed 1",
    "ipo on toy/plain, seed 2",
    undefined,
  ]);
});

Deno.test("the parts of a stage run side by side", async () => {
  // Each of these parts ends only after both have begun.
  const stages = { together: [["base", "judge"]] };
  const { records } = await leaves(["dpo"], { cells: ["together/plain"], stages });
  assert.deepEqual(records.map(({ outcome }) => outcome), ["ok"]);
});

Deno.test("runs with the largest budgets are dealt first", async () => {
  const { directory } = await leaves(["dpo"], { workers: 1, cells: ["small/a", "large/a"] });
  const begun = (await log(directory)).filter((line) => line.startsWith("begin"));
  assert.deepEqual(begun, ["begin dpo large 1", "begin dpo small 1"]);
});

const failures: readonly [string, string, RegExp][] = [
  ["throws", "an exception", /^RangeError: Cannot run throws on anything$/],
  [
    "dies",
    "a worker killed twice",
    /^Its worker was killed by SIGKILL, as happens when memory runs out.* \(as did the worker before it\)$/,
  ],
  ["exits", "a worker that exits twice", /^Its worker ended with exit code 7/],
  [
    "rejects-elsewhere",
    "a rejection nobody handles",
    /ended with exit code 1; its last lines: (.|\n)*Nobody waits for this/,
  ],
  [
    "is-wrong",
    "an invalid record",
    /^Record: field "steps" must be a whole number: current value is 0\.5$/,
  ],
  [
    "is-another",
    "another run's record",
    /^Returned the record of another run: is-another on toy\/plain, seed 2$/,
  ],
  ["writes-into-a-message", "a message written into", /Unreadable message/],
];
for (const [method, what, reason] of failures) {
  Deno.test(`${what} is a failed record with its reason, and the other runs go on`, async () => {
    const { records, heard } = await leaves(["dpo", method, "ipo"], { workers: 1 });
    assert.deepEqual(records.map(({ outcome }) => outcome), ["ok", "failed", "ok"]);
    const [, record] = records;
    assert.match(record!.reason!, reason);
    assert.deepEqual(record!.measures, {});
    assert.deepEqual(record!.hyper, { beta: 0.1 });
    assert.match(heard, new RegExp(`${method} on toy/plain, seed 1 failed: `));
  });
}

Deno.test("a run whose worker dies is run again in a fresh one", async () => {
  const { directory, records } = await leaves(["dies-once", "dpo"], { workers: 1 });
  assert.deepEqual(records.map(({ outcome }) => outcome), ["ok", "ok"]);
  const begun = (await log(directory)).filter((line) => line === "begin dies-once toy 1");
  assert.equal(begun.length, 2);
});

for (const method of ["hangs-once", "stops-once"]) {
  Deno.test(`a worker that is silent and does not answer is killed and its run tried again: ${method}`, async () => {
    const patience = { silence: 300, answer: 500, longest: 60_000 };
    const { directory, records, heard } = await leaves([method, "dpo"], { workers: 1, patience });
    assert.deepEqual(records.map(({ outcome }) => outcome), ["ok", "ok"]);
    const begun = (await log(directory)).filter((line) => line === `begin ${method} toy 1`);
    assert.equal(begun.length, 2);
    assert.match(heard, /its worker made no progress for .* did not answer within .* was killed/);
    assert.match(heard, /Trying once more/);
  });
}

Deno.test("a worker that is silent and answers is left to work, and given up in the end", async () => {
  const patience = { silence: 200, answer: 10_000, longest: 60_000 };
  const thinking = await leaves(["thinks"], { patience });
  assert.deepEqual(thinking.records.map(({ outcome }) => outcome), ["ok"]);
  assert.match(thinking.heard, /thinks on toy\/plain, seed 1: no progress for .* worker is there/);
  assert.doesNotMatch(thinking.heard, /killed/);
  const still = await leaves(["stands-still", "dpo"], { patience: { ...patience, longest: 700 } });
  assert.deepEqual(still.records.map(({ outcome }) => outcome), ["failed", "ok"]);
  assert.match(still.records[0]!.reason!, /no progress for .* was killed, though it was there/);
});

Deno.test("a worker that is killed or hangs while it starts is started once more", async () => {
  const patience = { silence: 2000, answer: 2000, longest: 60_000 };
  for (const trouble of ["Deno.kill(Deno.pid, 'SIGKILL')", "for (;;)"]) {
    const directory = await temporary();
    const script = join(directory, "late.ts");
    const mark = join(directory, "mark");
    await Deno.writeTextFile(
      script,
      `if (!(await Deno.lstat(${JSON.stringify(mark)}).catch(() => undefined))) {
        await Deno.writeTextFile(${JSON.stringify(mark)}, "");
        ${trouble};
      }
      await import(${JSON.stringify(new URL("fake/worker.ts", import.meta.url).href)});`,
    );
    const config = new URL("../deno.json", import.meta.url).pathname;
    const worker = ["run", "-A", "--quiet", `--config=${config}`, script, join(directory, "log")];
    const heard: string[] = [];
    assert.ok(
      await runFake(directory, fakePlan(["dpo"], 1), { worker, patience, heard, workers: 1 }),
    );
    assert.deepEqual((await readRun(directory)).records.map(({ outcome }) => outcome), ["ok"]);
    assert.match(heard.join(""), /Cannot start a worker: it was .*killed.*\n*.*Trying once more/s);
  }
});

Deno.test("what a library prints does not break the protocol, and is shown when asked for", async () => {
  const { records, heard } = await leaves(["chatters"], { verbose: true });
  assert.equal(records[0]!.outcome, "ok");
  assert.match(heard, /worker 1: a line from a library\n/);
  assert.match(heard, /worker 1: red\n/);
  const silent = await leaves(["chatters"]);
  assert.doesNotMatch(silent.heard, /library/);
});

for (const benchmark of ["unprepared", "deadly"]) {
  Deno.test(`${benchmark}: a stage that fails fails its benchmark's runs alone`, async () => {
    const { directory, records } = await leaves(["dpo", "ipo"], {
      cells: ["toy/plain", `${benchmark}/plain`],
      stages: { [benchmark]: [["tokenizer"], ["base", "judge"], ["pool"]] },
    });
    assert.deepEqual(records.map(({ outcome }) => outcome), ["ok", "ok", "failed", "failed"]);
    assert.match(records[3]!.reason!, new RegExp(`^Cannot prepare ${benchmark}: `));
    assert.equal((await log(directory)).includes(`begin ${benchmark} 2.0`), false);
  });
}

Deno.test("failed runs alone are tried again on resume, and the order stays the plan's", async () => {
  const { directory, records } = await leaves(["dies-once", "throws", "dpo"], { workers: 1 });
  assert.deepEqual(records.map(({ outcome }) => outcome), ["ok", "failed", "ok"]);
  await Deno.remove(join(directory, "log"));
  assert.equal(await runFake(directory, "resume"), true);
  assert.deepEqual(await log(directory), ["begin throws toy 1"]);
  const again = await readRun(directory);
  assert.deepEqual(again.records.map(({ method }) => method), ["dies-once", "throws", "dpo"]);
});

Deno.test("a stopped suite says so, keeps what is finished, and ends at the same records", async () => {
  const directory = await temporary();
  const controller = new AbortController();
  const heard: string[] = [];
  const plan = fakePlan(["dpo", "waits"], 2);
  const stopped = runFake(directory, plan, { signal: controller.signal, heard });
  // Both workers wait: whatever each did before is on the disk.
  for (const seed of [1, 2]) await logged(directory, `begin waits toy ${seed}`);
  controller.abort();
  assert.equal(await stopped, false);
  const { records } = await readRun(directory);
  assert.deepEqual(records.map(({ method }) => method), ["dpo", "dpo"]);
  // A kill that we meant is no failure.
  assert.doesNotMatch(heard.join(""), /killed|failed/);
});

Deno.test("a worker that cannot start is an error with what it printed, not a failed record", async () => {
  const directory = await temporary();
  const worker = ["run", "--quiet", "--no-prompt", join(directory, "absent.ts")];
  await assert.rejects(runFake(directory, fakePlan(["dpo"], 2), { worker }), {
    message: /^Cannot start a worker: it ended with exit code 1; its last lines: (.|\n)*absent\.ts/,
  });
  assert.deepEqual((await readRun(directory)).records, []);
});

Deno.test("a worker that cannot make its work ends, even if its program would catch that", async () => {
  const directory = await temporary();
  const script = join(directory, "unable.ts");
  const { href } = new URL("../lab/suite/worker.ts", import.meta.url);
  await Deno.writeTextFile(
    script,
    `import { serve } from ${JSON.stringify(href)};
try { await serve(() => Promise.reject(new RangeError("No engine"))); } catch (e) { console.log(e); }`,
  );
  const config = new URL("../deno.json", import.meta.url).pathname;
  const worker = ["run", "--quiet", "--no-prompt", "--allow-read", `--config=${config}`, script];
  await assert.rejects(runFake(directory, fakePlan(["dpo"], 1), { worker }), {
    message:
      /^Cannot start a worker: it ended with exit code 1; its last lines: RangeError: No engine/,
  });
});

Deno.test("workers exit when their suite is killed", async () => {
  const directory = await temporary();
  const flags = ["--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-run"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, import.meta.resolve("./fake/bench.ts"), directory, "1", "waits"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await logged(directory, "waiting");
  using alive = await Deno.open(join(directory, "log.alive"), { read: true, write: true });
  assert.equal(await alive.tryLock(true), false, "the worker holds its lock while it lives");
  child.kill("SIGKILL");
  await child.status;
  // Blocks for as long as the worker lives.
  await alive.lock(true);
});

Deno.test("a suite killed at random moments and resumed loses and doubles nothing", async () => {
  const verdicts = await Array.fromAsync(
    killAtRandom(fakeVictim(), { runs: 4, seed: 3, room: temporary }),
  );
  assert.equal(verdicts.length, 4);
  for (const { lost, doubled, equal } of verdicts) {
    assert.deepEqual({ lost, doubled, equal }, { lost: 0, doubled: 0, equal: true });
  }
});
