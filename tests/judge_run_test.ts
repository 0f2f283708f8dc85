import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchmarks, judged, methods, run, type RunRecord, stats } from "../mod.ts";
import { close } from "./close.ts";
import { cli, command } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan } from "./fake/record.ts";
import { written } from "./fake/voting.ts";

const permissions = ["--allow-net=127.0.0.1", "--allow-ffi=node_modules"];
const protocols = ["alpaca-eval", "mt-bench", "arena-hard", "reward-bench"] as const;
const trained = ["dpo", "ipo"];
const seeds = [1, 2];
/** Test prompts of `sequences/clean`. */
const PROMPTS = 96;

/** Two methods, really trained for a moment, from two seeds, in a run directory. */
async function made() {
  const sequences = benchmarks.find(({ id }) => id === "sequences")!;
  const records: RunRecord[] = [];
  for (const id of trained) {
    for (const seed of seeds) {
      records.push(
        await run({
          method: methods.find((method) => method.id === id)!,
          benchmark: sequences,
          setting: "clean",
          seed,
          budget: { ...sequences.budget, flops: 2e9 },
        }),
      );
    }
  }
  assert.ok(records.every(({ answers }) => answers!.length === PROMPTS));
  const plan = fakePlan(trained, seeds.length, ["sequences/clean"]);
  const suite = {
    records,
    plan: { ...plan, cells: plan.cells.map((cell) => ({ ...cell, budget: records[0]!.budget })) },
  };
  return { suite, records, directory: await written(suite) };
}
let once: ReturnType<typeof made> | undefined;
const aRun = () => once ??= made();

async function judge(protocol: string, by: string, ...more: string[]) {
  const { directory } = await aRun();
  const { code, stdout, stderr } = await cli(
    ["judge", "--protocol", protocol, "--run", directory, "--judge", by, "--json", ...more],
    directory,
    permissions,
  );
  assert.equal(code, 0, stderr);
  const folder = join(directory, "judged");
  const [kind] = by.split(":");
  const { name } = [...Deno.readDirSync(folder)].find(({ name }) =>
    name.startsWith(`${protocol}-${kind}`) && name.endsWith(".json")
  )!;
  const file = JSON.parse(await Deno.readTextFile(join(folder, name)));
  assert.deepEqual(JSON.parse(stdout), file);
  return { found: judged.parse(file), stderr };
}

for (const protocol of protocols) {
  Deno.test(`${protocol} by gold on a real run stands beside what is exact`, async () => {
    const { found, stderr } = await judge(protocol, "gold", "--repeats", "2");
    assert.match(stderr, /--repeats measures nothing here: a gold judge says the same each time/);
    assert.equal(found.on, "sequences/clean");
    assert.ok(found.judgements.every(({ failure }) => failure === undefined));
    // Records hold the answers.
    assert.equal(found.texts, undefined);
    if (protocol === "reward-bench") {
      // Each of its rows is a pair of answers; who knows the truth is right on all.
      assert.deepEqual(found.rows.map(({ model }) => model), ["gold"]);
      assert.equal(found.rows[0]!.estimates["accuracy"]!.value, 1);
      return;
    }
    const rows = new Map(found.rows.map((row) => [row.model, row]));
    for (const id of trained) {
      const { estimates, exact } = rows.get(id)!;
      assert.equal(exact!["win-rate-same-answers"]!.n, PROMPTS);
      assert.ok(exact!["win-rate"] && exact!["reward"] && exact!["grade"]);
      if (protocol === "alpaca-eval") {
        close(estimates["win-rate"]!.value, exact!["win-rate-same-answers"]!.value, 1e-9);
      } else if (protocol === "mt-bench") {
        close(estimates["grade"]!.value, exact!["grade"]!.value, 1e-9);
      } else {
        // Verdicts are thresholded: the mean of wins, ties a half.
        const { records } = await aRun();
        const wins = records.filter(({ method }) => method === id)
          .flatMap(({ answers }) => answers!.map(({ rewards }) => rewards!))
          .map(([start, end]) => end > start ? 1 : end < start ? 0 : 0.5);
        close(estimates["win-rate"]!.value, stats.mean(wins), 1e-9);
      }
    }
    assert.equal(found.bias["agreement"]!.value, 1);
    assert.ok(found.bias["order-agreement"]);
    const headlines = protocol === "mt-bench" ? ["grade", "win-rate"] : ["win-rate"];
    assert.deepEqual(Object.keys(found.noise!), headlines);
    for (const [id, { absent, seeds, components }] of Object.entries(found.noise!)) {
      assert.equal(absent["repeat"], "This judge says the same each time");
      assert.equal(seeds, 2);
      assert.ok(components.prompt !== undefined && components.seed !== undefined);
      if (id === "grade") assert.equal(components.order, undefined);
      else close(components.order!, 0, 1e-12);
    }
  });
}

Deno.test("a learned judge on a real run leans, which only the truth can tell", async () => {
  const rows = join(await temporary(), "rows.jsonl");
  await Deno.writeTextFile(
    rows,
    Array.from({ length: 240 }, (_, i) =>
      JSON.stringify({
        prompt: `the government of ${i}`,
        chosen: ` the people of ${i % 7}`,
        rejected: ` zebra of ${i % 7}`,
      })).join("\n"),
  );
  const out = join(await temporary(), "mine");
  const golden = fileURLToPath(new URL("goldens/models/llama", import.meta.url));
  const training = await cli(
    ["judge-train", "--data", rows, "--model", golden, "--out", out, "--epochs", "1"],
    undefined,
    permissions,
  );
  assert.equal(training.code, 0, training.stderr);
  const { found } = await judge("alpaca-eval", `learned:${out}`);
  const { agreement, error, shift } = found.bias;
  assert.ok(agreement!.value < 1 && error!.value > 0 && shift !== undefined);
  for (const { estimates, exact } of found.rows) {
    assert.ok(estimates["win-rate"]!.value > 0 && estimates["win-rate"]!.value < 1);
    assert.ok(exact!["win-rate-same-answers"]);
  }
});

Deno.test("judging a run that was killed half-way goes on to the same bytes", async () => {
  const { suite } = await aRun();
  const files: string[][] = [];
  const started: number[] = [];
  for (const killed of [false, true]) {
    const directory = await written(suite);
    const asked = ["judge", "--protocol", "alpaca-eval", "--judge", "gold", "--run", "."];
    // One at a time, so that judgements come in one order.
    asked.push("--concurrency", "1");
    const log = join(directory, "judged/alpaca-eval-gold/judgements.jsonl");
    if (killed) {
      const child = command(asked, directory, permissions).spawn();
      const [stdout, stderr] = [child.stdout.text(), child.stderr.text()];
      const lines = async () => (await Deno.readTextFile(log).catch(() => "")).split("\n").length;
      while (await lines() < 20) await new Promise((done) => setTimeout(done, 1));
      child.kill("SIGKILL");
      await Promise.all([child.status, stdout, stderr]);
      started.push(await lines());
    }
    const { code, stderr } = await cli(
      [...asked, ...killed ? ["--resume"] : []],
      directory,
      permissions,
    );
    assert.equal(code, 0, stderr);
    const judgedFile = JSON.parse(
      await Deno.readTextFile(join(directory, "judged/alpaca-eval-gold.json")),
    );
    // How many calls this process made is the one thing that a kill may change.
    const { calls, ...judge } = judgedFile.judge;
    assert.ok(calls > 0);
    files.push(
      await Promise.all([
        Deno.readTextFile(log),
        JSON.stringify({ ...judgedFile, judge }),
        ...["annotations.json", "leaderboard.csv", "failures.jsonl"].map((name) =>
          Deno.readTextFile(join(directory, "judged/alpaca-eval-gold", name))
        ),
      ]),
    );
  }
  const asks = trained.length * seeds.length * PROMPTS * 2;
  assert.ok(started[0]! >= 20 && started[0]! < asks, `killed after ${started[0]} of ${asks}`);
  assert.deepEqual(files[1], files[0]);
});
