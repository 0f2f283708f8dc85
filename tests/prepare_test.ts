import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "../lab/suite/prepare.ts";
import { readRun } from "../lab/disk/records.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakeWorker, quiet } from "./fake/suite.ts";

const prepared = (directory: string, benchmarks: string[], stages: { [id: string]: string[][] }) =>
  prepare({
    benchmarks,
    stages,
    workers: 2,
    worker: fakeWorker(directory),
    display: quiet(),
    signal: new AbortController().signal,
  });

Deno.test("preparing makes each part once, stage by stage, of what is named, and runs nothing", async () => {
  const directory = await temporary();
  const stages = { staged: [["tokenizer"], ["base", "judge"]], other: [["base"]] };
  assert.ok(await prepared(directory, ["staged"], stages));
  const log = (await Deno.readTextFile(join(directory, "log"))).trimEnd().split("\n");
  assert.equal(log[0], "begin staged 0.0");
  assert.deepEqual(log.filter((line) => line.startsWith("begin")).toSorted(), [
    "begin staged 0.0",
    "begin staged 1.0",
    "begin staged 1.1",
  ]);
  assert.ok(await prepared(directory, ["toy"], {}));
});

Deno.test("what cannot be prepared is an error with its reason, once the rest is", async () => {
  const directory = await temporary();
  const stages = { unprepared: [["base"], ["judge"], ["pool"]], staged: [["base"]] };
  await assert.rejects(prepared(directory, ["unprepared", "staged"], stages), {
    name: "Error",
    message: "Cannot prepare unprepared: Error: No data",
  });
  const log = await Deno.readTextFile(join(directory, "log"));
  assert.match(log, /end staged 0\.0/);
  assert.doesNotMatch(log, /unprepared 2\.0/);
});

Deno.test("deno task prepare makes a folder in which bench finds all that it begins from", async () => {
  const place = await temporary();
  const rows = Array.from({ length: 40 }, (_, i) => ({
    prompt: `the government of ${i}`,
    chosen: " the people",
    rejected: " zebra",
  }));
  await Deno.writeTextFile(
    join(place, "rows.jsonl"),
    rows.map((row) => JSON.stringify(row)).join("\n"),
  );
  const model = fileURLToPath(new URL("goldens/models/gpt2", import.meta.url));
  const asked = [
    ...["--dataset", "rows.jsonl", "--model", model, "--methods", "dpo", "--seeds", "1"],
    ...["--flops", "1e7", "--device", "cpu", "--cache", "prepared"],
  ];
  const made = await cli(["prepare", ...asked], place);
  assert.equal(made.code, 0, made.stderr);
  const store = join(place, "prepared");
  assert.equal(made.stdout, `${store}\n`);
  const entries = () => [...Deno.readDirSync(store)].map(({ name }) => name).sort();
  const before = entries();
  assert.ok(before.length > 0);
  assert.deepEqual([...Deno.readDirSync(place)].map(({ name }) => name).sort(), [
    "prepared",
    "rows.jsonl",
  ]);
  const run = await cli(["bench", ...asked, "--out", "run"], place);
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(entries(), before);
  const [record] = (await readRun(join(place, "run"))).records;
  assert.match(record!.ran.start!, /^[0-9a-f]{16}$/);
});
