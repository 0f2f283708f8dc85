import assert from "node:assert/strict";
import { join, relative } from "node:path";
import type { Plan, RunRecord } from "../core/mod.ts";
import { plannedRuns, readRun } from "../lab/disk/records.ts";
import { cards } from "../benchmarks/dataset/measures.ts";
import { benchmarks, evaluators, leaves, methods, studies } from "../mod.ts";
import { cli, command, main } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const grid = [
  "--benchmarks",
  "bandit/clean,game/transitive",
  "--methods",
  "dpo,ipo",
  "--seeds",
  "2",
];
const small = [...grid, "--flops", "4e6", "--queries", "64"];

const commands = [
  "bench",
  "claims",
  "list",
  "prepare",
  "merge",
  "report",
  "publish",
  "docs",
  "compare",
  "judge",
  "judge-train",
  "audit",
  "vote",
  "export",
  "score",
  "speed",
];

const withoutRan = (records: readonly RunRecord[]) =>
  records.map((record) => JSON.stringify({ ...record, ran: null }));

Deno.test("every command explains itself and gives an example", async () => {
  for (const name of commands) {
    const { code, stdout } = await cli([name, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: deno task ${name} `));
    assert.match(stdout, new RegExp(`Examples?:\n  deno task ${name}`));
  }
  const { stdout } = await cli(["--help"]);
  assert.doesNotMatch(stdout, /worker/);
});

Deno.test("list --json prints what there is as one document", async () => {
  const listed = async (what: string) => JSON.parse((await cli(["list", what, "--json"])).stdout);
  assert.deepEqual(
    (await listed("methods")).map(({ id }: { id: string }) => id),
    [...methods, ...studies].map(({ id }) => id),
  );
  const measures = (await listed("evaluators")).map(({ id }: { id: string }) => id);
  const common = evaluators.map(({ id }) => id);
  const own = [...benchmarks.flatMap(({ measures }) => measures), ...cards].map(({ id }) => id);
  assert.deepEqual(measures, [...new Set([...common, ...own])]);
  const bandit = (await listed("benchmarks")).find(({ id }: { id: string }) => id === "bandit");
  assert.ok(Object.keys(bandit.settings).includes("narrow"));
  for (const id of ["exploitability", "nash-distance", "credit"]) assert.ok(own.includes(id), id);
  assert.deepEqual((await listed("judges"))[0].id, "gold");
  const cells = await listed("taxonomy");
  assert.deepEqual(cells.map(({ cell }: { cell: string }) => cell), leaves.map(({ cell }) => cell));
  assert.deepEqual(cells.at(leaves.findIndex(({ cell }) => cell === "data/granularity/step")), {
    cell: "data/granularity/step",
    title: "Granularity · Step-level",
    section: "3.1.3",
    methods: ["d3po", "gflowvlm", "mcts-dpo", "rationale-dpo", "tree-po"],
    studies: ["rationales", "smoothing", "step-weights"],
  });
  const kto = (await listed("methods")).find(({ id }: { id: string }) => id === "kto");
  assert.deepEqual(kto.survey, ["data/feedback/point"]);
});

Deno.test("list prints a line each for people", async () => {
  const { stdout } = await cli(["list", "methods"]);
  assert.match(stdout, /^dpo +2023 +method +Direct Preference Optimization/m);
  const cells = (await cli(["list", "taxonomy"])).stdout;
  assert.match(
    cells,
    /^constraint\/safety +3\.3\.3 +Constraint mechanism · Safety +no method yet$/m,
  );
  assert.match(cells, /^data\/granularity\/sentence +3\.1\.3 +.* 2 methods$/m);
});

const refusals: readonly [readonly string[], RegExp][] = [
  [["--methods", "dop"], /^error: Unknown method "dop": the nearest are dpo/],
  [
    ["--methods", "minimax"],
    /^error: Cannot run minimax: it is a study of several runs, which deno task claims --methods minimax/,
  ],
  [
    ["--benchmarks", "bandit/clear"],
    /^error: Unknown setting of bandit "clear": the nearest is clean$/m,
  ],
  [
    ["--flops", "none"],
    /^error: option '--flops <n>' argument 'none' is invalid\. It must be a finite number above 0/,
  ],
  [["--flops", "0"], /'--flops <n>' argument '0' is invalid/],
  [["--flops=-1e9"], /'--flops <n>' argument '-1e9' is invalid/],
  [["--flops", "1e999"], /'--flops <n>' argument '1e999' is invalid/],
  [["--flops", "0x10"], /'--flops <n>' argument '0x10' is invalid/],
  [
    ["--seeds", "1.5"],
    /'--seeds <n>' argument '1\.5' is invalid\. It must be a whole number above 0/,
  ],
  [["--queries", ""], /'--queries <n>' argument '' is invalid/],
  [["--workers", "0"], /'--workers <n>' argument '0' is invalid/],
  [
    ["--preset", "quik"],
    /'--preset <name>' argument 'quik' is invalid\. Allowed choices are quick, standard, full/,
  ],
  [["--device", "tpu"], /'--device <name>' argument 'tpu' is invalid\. Allowed choices are auto, /],
  // onnxruntime-node brings no CUDA of its own.
  [["--device", "cuda"], /^error: Cannot compute on cuda: \S.*$/m],
  [
    ["--resume", "x", "--device", "cpu"],
    /'--resume <dir>' cannot be used with option '--device <name>'/,
  ],
  [["--frobnicate"], /unknown option '--frobnicate'/],
  [
    ["--resume", "x", "--methods", "dpo"],
    /'--resume <dir>' cannot be used with option '--methods <list>'/,
  ],
  [
    ["--resume", "nowhere"],
    /^error: Cannot read a run in .*nowhere: .*plan\.json does not exist$/m,
  ],
  [["--dataset", "nowhere.jsonl"], /^error: .*nowhere\.jsonl/],
];
for (const [args, message] of refusals) {
  Deno.test(`bench ${args.join(" ")} is refused, and nothing is written`, async () => {
    const directory = await temporary();
    const out = args.includes("--resume") ? [] : ["--out", join(directory, "run")];
    const { code, stdout, stderr } = await cli(["bench", ...args, ...out], directory);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
}

Deno.test("bench --json leaves one document on stdout and a whole run directory", async () => {
  const directory = await temporary();
  // Relative, from where the user is and not where the project is.
  const { code, stdout, stderr } = await cli(
    ["bench", ...small, "--out", "mine", "--json"],
    directory,
  );
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout);
  const mine = join(directory, "mine");
  assert.equal(said.directory, mine);
  assert.deepEqual([...Deno.readDirSync(mine)].map(({ name }) => name).sort(), [
    "plan.json",
    "records.jsonl",
    "report.html",
  ]);
  const { plan, records } = await readRun(mine);
  assert.equal(
    plan.command,
    `deno task bench --preset quick --methods dpo,ipo --benchmarks bandit/clean,game/transitive --seeds 2 --flops 4000000 --queries 64 --device auto`,
  );
  assert.deepEqual(
    plan.cells.map(({ budget }) => budget),
    Array(2).fill({ flops: 4e6, queries: 64 }),
  );
  assert.equal(plan.versions.deno, Deno.version.deno);
  assert.equal(records.length, 8);
  assert.deepEqual(records.map(({ outcome }) => outcome), Array(8).fill("ok"));
  for (const { spent, budget } of records) {
    assert.ok(spent!.flops <= budget.flops && spent!.queries <= budget.queries);
  }
  const [bandit] = said.boards;
  assert.equal(bandit.measure, "win-rate");
  const mean = (method: string) => {
    const of = records.filter((r) => r.benchmark === "bandit" && r.method === method);
    return of.reduce((sum, { measures }) => sum + measures["win-rate"]!.value, 0) / of.length;
  };
  for (const { method, value } of bandit.rows) assert.ok(Math.abs(value - mean(method)) < 1e-6);
});

Deno.test("a run directory is never written over", async () => {
  const directory = await temporary();
  await Deno.writeTextFile(join(directory, "plan.json"), "precious");
  const { code, stderr } = await cli(["bench", ...small, "--out", directory]);
  assert.equal(code, 1);
  assert.match(stderr, /holds plan\.json: resume it with --resume, or choose another --out/);
  assert.equal(await Deno.readTextFile(join(directory, "plan.json")), "precious");
});

Deno.test("one worker and two leave the same records, and a resumed finished run the same report", async () => {
  const [one, two] = [join(await temporary(), "one"), join(await temporary(), "two")];
  assert.equal((await cli(["bench", ...small, "--out", one, "--workers", "1"])).code, 0);
  const { code, stdout } = await cli(["bench", ...small, "--out", two, "--workers", "2"]);
  assert.equal(code, 0);
  assert.match(stdout, /^bandit +clean\n +win-rate ↑\n/);
  assert.match(stdout, new RegExp(`Report: ${join(two, "report.html")}\n$`));
  const [first, second] = [await readRun(one), await readRun(two)];
  assert.deepEqual(withoutRan(first.records), withoutRan(second.records));

  const before = await Deno.readTextFile(join(two, "report.html"));
  await Deno.remove(join(two, "report.html"));
  assert.equal((await cli(["bench", "--resume", two])).code, 0);
  assert.equal(await Deno.readTextFile(join(two, "report.html")), before);
});

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} stops a suite cleanly and says how to resume it`, async () => {
    const directory = join(await temporary(), "it's mine");
    const many = [
      "--benchmarks",
      "bandit/clean,bandit/noisy",
      "--methods",
      "dpo,ipo,kto",
      "--seeds",
      "6",
      "--workers",
      "1",
    ];
    const child = command(["bench", ...many, "--out", directory]).spawn();
    const stderr = child.stderr.text();
    const stdout = child.stdout.text();
    while (
      !(await Deno.readTextFile(join(directory, "records.jsonl")).catch(() => "")).includes("\n")
    ) {
      await new Promise((done) => setTimeout(done, 20));
    }
    child.kill(signal);
    assert.equal((await child.status).code, exit);
    assert.equal(await stdout, "");
    const said = await stderr;
    const resume = `deno task bench --resume '${directory.replace("'", "'\\''")}'`;
    assert.ok(said.trimEnd().endsWith(resume), said);
    const { records } = await readRun(directory);
    assert.ok(records.length > 0 && records.length < 36);
    assert.match(said, new RegExp(`^${records.length} of 36 runs are done and safe`, "m"));
    assert.doesNotMatch(said, /failed|killed/);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), [
      "plan.json",
      "records.jsonl",
    ]);
  });
}

Deno.test("report puts several runs into one file, and refuses what cannot be compared", async () => {
  const directory = await temporary();
  const begin = (name: string, ...args: string[]) =>
    cli([
      "bench",
      "--benchmarks",
      "bandit/clean",
      "--seeds",
      "1",
      "--flops",
      "4e6",
      ...args,
      "--out",
      name,
    ], directory);
  for (
    const args of [["a", "--methods", "dpo"], ["b", "--methods", "ipo"], [
      "c",
      "--methods",
      "sft",
      "--queries",
      "32",
    ]]
  ) {
    assert.equal((await begin(...args as [string, ...string[]])).code, 0);
  }
  const both = await cli(["report", "a", "b", "--out", "both.html"], directory);
  assert.deepEqual(both, { code: 0, stdout: `${join(directory, "both.html")}\n`, stderr: "" });
  const html = await Deno.readTextFile(join(directory, "both.html"));
  assert.match(html, /^<!doctype html>/);
  for (const id of ["dpo", "ipo"]) assert.ok(html.includes(id));

  const nowhere = await cli(["report", "a", "b"], directory);
  assert.equal(nowhere.code, 1);
  assert.match(
    nowhere.stderr,
    /Cannot choose where a report of 2 runs goes: name the file with --out/,
  );
  const unequal = await cli(["report", "a", "c", "--out", "both.html"], directory);
  assert.equal(unequal.code, 1);
  assert.match(unequal.stderr, /their budgets on bandit\/clean are/);

  const before = await Deno.readTextFile(join(directory, "a", "report.html"));
  await Deno.remove(join(directory, "a", "report.html"));
  assert.equal((await cli(["report", relative(Deno.cwd(), join(directory, "a"))])).code, 0);
  assert.equal(await Deno.readTextFile(join(directory, "a", "report.html")), before);
});

Deno.test("a torn or damaged run is refused with its line", async () => {
  const directory = await temporary();
  const args = [
    "--benchmarks",
    "bandit/clean",
    "--methods",
    "sft",
    "--seeds",
    "1",
    "--flops",
    "1e6",
  ];
  assert.equal((await cli(["bench", ...args, "--out", "run"], directory)).code, 0);
  const path = join(directory, "run", "records.jsonl");
  const line = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, line.replace('"steps":', '"steps":"many","was":'));
  const { code, stderr } = await cli(["report", "run"], directory);
  assert.equal(code, 1);
  assert.equal(
    stderr,
    `error: ${path}:1: field "steps" must be a number: current value is "many"\n`,
  );
  await Deno.writeTextFile(path, line.slice(0, -40));
  assert.match((await cli(["report", "run"], directory)).stderr, /:1: the last line is torn/);
});

Deno.test("a sweep is arms with names, on record with their values and gone on with", async () => {
  const directory = join(await temporary(), "sweep");
  const args = ["--methods", "dpo,ipo", "--set", "dpo.beta=0.01,0.1", "--set", "rate=3"];
  const small = ["--benchmarks", "bandit/clean", "--seeds", "1", "--flops", "1e6"];
  const { code, stderr } = await cli(["bench", ...args, ...small, "--out", directory]);
  assert.equal(code, 0, stderr);
  const { plan, records } = await readRun(directory);
  assert.match(plan.command, /--set dpo\.beta=0\.01,0\.1 --set rate=3/);
  assert.deepEqual(plan.methods, ["dpo[rate=3,beta=0.01]", "dpo[rate=3]", "ipo[rate=3]"]);
  assert.deepEqual(records.map(({ hyper }) => [hyper.rate, hyper.beta]), [
    [3, 0.01],
    [3, 0.1],
    [3, undefined],
  ]);
  assert.ok(records.every(({ outcome }) => outcome === "ok"));
  const page = await Deno.readTextFile(join(directory, "report.html"));
  assert.ok(plan.methods.every((name) => page.includes(name)));
  assert.equal((await cli(["bench", "--resume", directory])).code, 0);
  const odd = await cli(["bench", ...args, "--set", "dpo.gamma=1"]);
  assert.deepEqual([odd.code, odd.stderr], [
    1,
    "error: Cannot set gamma of dpo: its hyperparameters are beta\n",
  ]);
});

Deno.test("claims that were stopped and resumed leave what an undisturbed run leaves", async () => {
  const directory = await temporary();
  const claims = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await cli(["claims", "--json", ...args]);
    assert.equal(code, 0, stderr);
    return { said: JSON.parse(stdout), stderr };
  };
  const [whole, stopped] = ["whole", "stopped"].map((name) => join(directory, name));
  const asked = ["--methods", "ipo", "--seeds", "2", "--device", "cpu"];
  const { said, stderr } = await claims([...asked, "--out", whole!]);
  assert.match(stderr, /Judging: \d+ runs/);
  assert.equal(said.rows.length, 1);
  const [{ id, verdict, effect, command, rivals }] = said.rows;
  assert.deepEqual([id, rivals.map(({ method }: { method: string }) => method)], ["ipo", ["dpo"]]);
  assert.equal(effect.seeds, 2);
  assert.match(verdict, /^(confirmed|refuted|undecided|not informative)$/);
  assert.equal(command, "deno task claims --methods ipo --seeds 2 --first-seed 1");
  const page = await Deno.readTextFile(join(whole!, "claims.html"));
  assert.match(page, /^<!doctype html>/);

  const child = begun([...asked, "--out", stopped!]);
  await untilSomeRecord(join(stopped!, "judged", "records.jsonl"));
  child.kill("SIGKILL");
  await child.status;
  const again = await claims(["--resume", stopped!, "--beside", whole!]);
  const { directory: _d, page: _p, ran: _r, agreements: [agreement], ...rest } = again.said;
  const { directory: _d0, page: _p0, ran: _r0, ...first } = said;
  assert.deepEqual(rest, first);
  assert.deepEqual([agreement.contradict, agreement.open], [[], []]);
  const drawn = join(directory, "report.html");
  const judged = join(whole!, "judged");
  assert.equal((await cli(["report", judged, "--claims", whole!, "--out", drawn])).code, 0);
  assert.match(await Deno.readTextFile(drawn), /<strong>Verdict\.<\/strong>/);
  const twice = await cli(["claims", ...asked, "--out", stopped!]);
  assert.match(twice.stderr, /it is there already: go on with --resume/);

  const { said: both } = await claims(["--resume", whole!, "--replicate"]);
  assert.deepEqual([both.seeds, both.secondSeeds], [[1, 2], [3, 4]]);
  assert.equal(typeof both.rows[0].second.verdict, "string");
  const { second: _s, ...row } = both.rows[0];
  assert.deepEqual(row, said.rows[0]);
});

Deno.test("a set of claims takes in those that came since, and keeps what still follows", async () => {
  const directory = join(await temporary(), "set");
  const asked = ["--methods", "ipo", "--seeds", "1", "--device", "cpu", "--out", directory];
  assert.equal((await cli(["claims", ...asked])).code, 0);
  const read = (name: string) => Deno.readTextFile(join(directory, name));
  const before = (await read("judged/records.jsonl")).trim().split("\n");
  // As a catalogue's set is left behind when a method is written.
  const wish = JSON.parse(await read("asked.json"));
  const grown = JSON.stringify({ ...wish, methods: "ipo,hinge" });
  await Deno.writeTextFile(join(directory, "asked.json"), grown);
  const refused = await cli(["claims", "--resume", directory]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /other runs follow from its claims now.*or keep with --mixed/s);
  const { code, stderr, stdout } = await cli([
    "claims",
    "--resume",
    directory,
    "--mixed",
    "--json",
  ]);
  assert.equal(code, 0, stderr);
  const { rows, runs, failed } = JSON.parse(stdout);
  assert.deepEqual(rows.map(({ id }: { id: string }) => id), ["hinge", "ipo"]);
  const after = (await read("judged/records.jsonl")).trim().split("\n");
  assert.deepEqual(before.filter((line) => !after.includes(line)), []);
  assert.ok(after.length > before.length);
  const plans = await Promise.all(
    ["search", "growth", "repeat", "judged"].map(async (name) =>
      JSON.parse(await read(`${name}/plan.json`))
    ),
  );
  assert.equal(plannedTotal(plans), runs);
  assert.equal(failed, 0);

  // What several machines did of it, as one: nothing is run again.
  const said = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await cli(["claims", "--json", ...args]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  const part = (i: number) => `${directory}-${i}`;
  const same = ["--methods", "ipo,hinge", "--seeds", "1", "--device", "cpu"];
  const parts = [];
  for (const i of [1, 2]) {
    const shard = ["--shard", `${i}/2`, "--from", directory, "--mixed", "--out", part(i)];
    parts.push(await said([...same, ...shard]));
  }
  assert.deepEqual(parts.flatMap(({ rows }) => rows.map(({ id }: { id: string }) => id)).sort(), [
    "hinge",
    "ipo",
  ]);
  const joined = join(directory, "..", "joined");
  const whole = await said([...same, "--from", part(1), part(2), "--mixed", "--out", joined]);
  assert.deepEqual([whole.rows, whole.search], [rows, JSON.parse(stdout).search]);
  const had = await Deno.readTextFile(join(joined, "judged", "records.jsonl"));
  assert.equal(had, await read("judged/records.jsonl"));
  const odd = await cli(["claims", ...same, "--first-seed", "7", "--from", part(1)]);
  assert.match(odd.stderr, /its first seed is 1, and is to be 7/);
});

function plannedTotal(plans: readonly Plan[]): number {
  return plans.reduce((sum, plan) => sum + plannedRuns(plan).length, 0);
}

function begun(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: main(["claims", ...args]),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function untilSomeRecord(path: string): Promise<void> {
  const size = async () => (await Deno.stat(path).catch(() => ({ size: 0 }))).size;
  while (await size() === 0) await new Promise((done) => setTimeout(done, 10));
}
