import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shardOfEnvironment } from "../commands/shard.ts";
import { allRuns, identity, plannedRuns, readRun } from "../lab/disk/records.ts";
import { parsePlan } from "../lab/disk/schema.ts";
import type { Plan } from "../mod.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan } from "./fake/record.ts";
import { runFake } from "./fake/suite.ts";

const shardsOf = (plan: Plan, of: number): Plan[] =>
  Array.from({ length: of }, (_, i) => ({ ...plan, shard: { index: i + 1, of } }));
const counts = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

Deno.test("the shards of a plan are disjoint and together whole, whatever their number", () => {
  const plan = fakePlan(["dpo", "ipo", "kto"], 5, ["toy/plain", "toy/other"]);
  const whole = allRuns(plan).map(identity);
  assert.equal(whole.length, 30);
  for (const n of [1, 2, 3, 4, 7, 30, 31, 100]) {
    const shards = shardsOf(plan, n).map((shard) => plannedRuns(shard).map(identity));
    assert.deepEqual(shards.flat().toSorted(), whole.toSorted(), `${n}`);
    assert.equal(shards.filter((runs) => runs.length === 0).length, Math.max(0, n - 30));
  }
  assert.deepEqual(plannedRuns(plan), allRuns(plan));
});

Deno.test("shards differ by one run at most, in all, on each testbed and of each method on it", () => {
  const plan = fakePlan(["dpo", "ipo", "kto"], 5, ["toy/plain", "toy/other"]);
  for (const n of [2, 3, 4]) {
    const shards = shardsOf(plan, n).map((shard) => plannedRuns(shard));
    assert.ok(counts(shards.map((runs) => runs.length)) <= 1);
    for (const setting of ["plain", "other"]) {
      const on = shards.map((runs) => runs.filter((run) => run.setting === setting));
      assert.ok(counts(on.map((runs) => runs.length)) <= 1, setting);
      for (const method of plan.methods) {
        const its = on.map((runs) => runs.filter((run) => run.method === method).length);
        assert.ok(counts(its) <= 1, `${method} on ${setting}: ${its}`);
      }
    }
  }
});

Deno.test("a shard does its own runs alone, and is gone on with as one", async () => {
  const directory = await temporary();
  const [, plan] = shardsOf(fakePlan(["dpo", "ipo"], 3), 2);
  assert.ok(await runFake(directory, plan!));
  const { records } = await readRun(directory);
  assert.deepEqual(records.map(identity), plannedRuns(plan!).map(identity));
  // What another shard did has no business here.
  const [other] = shardsOf(plan!, 2);
  await Deno.writeTextFile(join(directory, "plan.json"), JSON.stringify(other));
  await assert.rejects(readRun(directory), {
    name: "SyntaxError",
    message: `${directory}/records.jsonl:1: dpo on toy/plain, seed 2 is not in shard 1 of 2`,
  });
  await Deno.writeTextFile(join(directory, "plan.json"), JSON.stringify(plan));
  const path = join(directory, "records.jsonl");
  const lines = (await Deno.readTextFile(path)).split("\n");
  await Deno.writeTextFile(path, `${lines[0]}\n`);
  assert.ok(await runFake(directory, "resume"));
  assert.equal((await readRun(directory)).records.length, 3);
});

Deno.test("a plan has no shard beyond its last", () => {
  const [plan] = shardsOf(fakePlan(["dpo"], 1), 4);
  assert.deepEqual(parsePlan(plan, "plan.json"), plan);
  assert.throws(() => parsePlan({ ...plan, shard: { index: 5, of: 4 } }, "plan.json"), {
    name: "SyntaxError",
    message:
      'plan.json: field "shard.index" must be valid (no more than there are shards): current value is 5',
  });
});

const environment = (variables: { readonly [name: string]: string }) => () =>
  shardOfEnvironment((name) => variables[name]);
const slurm = (id: number, count: number, least: number, more = {}) =>
  environment({
    SLURM_ARRAY_TASK_ID: `${id}`,
    SLURM_ARRAY_TASK_COUNT: `${count}`,
    SLURM_ARRAY_TASK_MIN: `${least}`,
    ...more,
  });
const gitLab = (index: string, total: string) =>
  environment({ CI_NODE_INDEX: index, CI_NODE_TOTAL: total });

Deno.test("a Slurm array may be numbered from any number in steps, and GitLab counts from 1", () => {
  assert.deepEqual(slurm(0, 4, 0)(), { index: 1, of: 4 });
  assert.deepEqual(slurm(4, 4, 1)(), { index: 4, of: 4 });
  const steps = { SLURM_ARRAY_TASK_STEP: "10", SLURM_ARRAY_TASK_MAX: "40" };
  assert.deepEqual(slurm(30, 4, 10, steps)(), { index: 3, of: 4 });
  assert.deepEqual(gitLab("1", "5")(), { index: 1, of: 5 });
  assert.deepEqual(gitLab("5", "5")(), { index: 5, of: 5 });
  const both = { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" };
  assert.deepEqual(slurm(1, 4, 0, both)(), { index: 2, of: 4 });
});

Deno.test("an environment that names no place, or two, is refused", () => {
  const refused: readonly [() => unknown, string][] = [
    [environment({}), "neither SLURM_ARRAY_TASK_ID nor CI_NODE_INDEX is set: give --shard i/n"],
    [
      slurm(3, 3, 1, { SLURM_ARRAY_TASK_MAX: "7", SLURM_ARRAY_TASK_STEP: "1" }),
      "task 3 has no place among 3 from 1 on in steps of 1: number the array evenly, or give --shard i/n",
    ],
    [
      slurm(2, 2, 1, { SLURM_ARRAY_TASK_STEP: "2" }),
      "task 2 has no place among 2 from 1 on in steps of 2: number the array evenly, or give --shard i/n",
    ],
    [
      environment({ SLURM_ARRAY_TASK_ID: "1", SLURM_ARRAY_TASK_COUNT: "4" }),
      "SLURM_ARRAY_TASK_MIN is not set: expected a whole number",
    ],
    [
      slurm(1, 4, 0, { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "4" }),
      "Slurm says 2/4 and CI_NODE_INDEX/CI_NODE_TOTAL 1/4: give --shard i/n",
    ],
    [
      gitLab("0", "4"),
      "CI_NODE_INDEX is 0 and CI_NODE_TOTAL 4: expected a number from 1 to as many",
    ],
    [
      gitLab("5", "4"),
      "CI_NODE_INDEX is 5 and CI_NODE_TOTAL 4: expected a number from 1 to as many",
    ],
    [gitLab("one", "4"), 'CI_NODE_INDEX is "one": expected a whole number'],
  ];
  for (const [read, why] of refused) {
    assert.throws(read, {
      name: "RangeError",
      message: `Cannot take the shard from the environment: ${why}`,
    });
  }
});

Deno.test("bench refuses a shard that is none, and writes nothing", async () => {
  const directory = await temporary();
  const among = "It must be one of 1/4 to 4/4.";
  const refused: readonly [string, string][] = [
    ["0/4", `option '--shard <i/n>' argument '0/4' is invalid. ${among}`],
    ["5/4", `option '--shard <i/n>' argument '5/4' is invalid. ${among}`],
    [
      "a/b",
      "option '--shard <i/n>' argument 'a/b' is invalid. It must be one of so many, as 2/4, or env.",
    ],
    ["1/0", "option '--shard <i/n>' argument '1/0' is invalid. There must be at least one shard."],
  ];
  for (const [text, message] of refused) {
    const { code, stderr } = await cli(["bench", "--shard", text, "--out", "x"], directory);
    assert.equal(code, 1);
    assert.equal(stderr, `error: ${message}\n`);
  }
  const both = await cli(["bench", "--shard", "1/2", "--resume", "x"], directory);
  assert.match(
    both.stderr,
    /'--resume <dir>' cannot be used with option '--shard <i\/n>'/,
  );
  assert.deepEqual([...Deno.readDirSync(directory)], []);
});

Deno.test("deno task bench may read each variable that says its shard", () => {
  const read = (path: string) =>
    Deno.readTextFileSync(fileURLToPath(new URL(path, import.meta.url)));
  const { tasks } = JSON.parse(read("../deno.json")) as {
    tasks: { readonly [name: string]: { readonly command: string } };
  };
  const granted = /--allow-env=(\S+)/.exec(tasks.bench!.command)![1]!.split(",");
  const asked: string[] = [];
  const listening = (values: { readonly [name: string]: string }) => (name: string) => {
    asked.push(name);
    return values[name];
  };
  const [one, four] = ["1", "4"];
  shardOfEnvironment(listening({
    SLURM_ARRAY_TASK_ID: one,
    SLURM_ARRAY_TASK_COUNT: four,
    SLURM_ARRAY_TASK_MIN: one,
    CI_NODE_INDEX: one,
    CI_NODE_TOTAL: four,
  }));
  assert.deepEqual([...new Set(asked)].filter((name) => !granted.includes(name)), []);
  assert.equal(new Set(asked).size, 7);
});
