import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readScorables } from "../benchmarks/dataset/read.ts";
import { carryOut } from "../commands/carry-out.ts";
import { parseCsv, writeCsv } from "../judges/protocols/csv.ts";
import { isTemporary, replaceAtomic } from "../lab/disk/atomic.ts";
import { appender } from "../lab/disk/jsonl.ts";
import { createRun } from "../lab/disk/records.ts";
import { openCheckpoint } from "../mod.ts";
import { main } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { fakePlan } from "./fake/record.ts";
import { started, written } from "./fake/voting.ts";
import { suite } from "./fixtures/records.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const llama = join(root, "tests/goldens/models/llama");
const linux = Deno.build.os === "linux";

async function copied(): Promise<string> {
  const directory = await temporary();
  for (const { name } of Deno.readDirSync(llama)) {
    await Deno.copyFile(join(llama, name), join(directory, name));
  }
  return directory;
}

Deno.test({ name: "a full disk is an error with the file's name", ignore: !linux }, async () => {
  await using file = await appender("/dev/full");
  await assert.rejects(file.append({ x: 1 }), /^Error: Cannot write \/dev\/full: No space left/);
});

Deno.test("a suite that an error ends says how to go on, as after a signal", async () => {
  const directory = await temporary();
  await using run = await createRun(join(directory, "run"), fakePlan(["dpo"], 1));
  const full = {
    ...run,
    append: () => Promise.reject(new Error("Cannot write records.jsonl: No space left")),
  };
  const heard: string[] = [];
  const { error } = console;
  console.error = (line: string) => heard.push(line);
  try {
    const ended = carryOut({
      run: full,
      stages: {},
      workers: 1,
      store: join(directory, "cache"),
      verbose: false,
      toGoOn: "To go on:\n  deno task bench --resume run",
    });
    await assert.rejects(ended, /No space left/);
  } finally {
    console.error = error;
  }
  assert.match(heard.join("\n"), /0 of 1 runs are done and safe\. To go on:\n {2}deno task bench/);
});

Deno.test({ name: "a closed stderr ends no suite", ignore: !linux }, async () => {
  const directory = await temporary();
  const out = join(directory, "run");
  const words = main(
    ["bench", "--methods", "dpo,ipo", "--benchmarks", "bandit/clean", "--seeds", "2"].concat(
      ["--flops", "1e6", "--workers", "1", "--verbose", "--out", out],
    ),
  );
  const line = [Deno.execPath(), ...words].map((word) => `'${word}'`).join(" ");
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", `${line} 2>&1 >/dev/null | true; echo "\${PIPESTATUS[0]}"`],
  }).output();
  assert.equal(new TextDecoder().decode(stdout).trim(), "0");
  Deno.statSync(join(out, "report.html"));
});

Deno.test({ name: "a pipe in place of weights is refused at once", ignore: !linux }, async () => {
  const directory = await copied();
  const path = join(directory, "model.safetensors");
  await Deno.remove(path);
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await assert.rejects(openCheckpoint(directory), /model\.safetensors: it is no file/);
});

Deno.test("an absurd number in config.json is refused by its field", async () => {
  const directory = await copied();
  const path = join(directory, "config.json");
  const config = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...config, rms_norm_eps: 1e300 }));
  await assert.rejects(openCheckpoint(directory), /config\.json: field "rms_norm_eps": /);
});

Deno.test("rows nested deeper than a stack is are refused by file, line and field", async () => {
  const directory = await temporary();
  const path = join(directory, "deep.jsonl");
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  await Deno.writeTextFile(path, `{"prompt":"a","chosen":${deep},"rejected":"b"}\n`);
  await assert.rejects(Array.fromAsync(readScorables(path, {})), (error: Error) => {
    assert.match(error.message, /deep\.jsonl:1: /);
    assert.doesNotMatch(error.message, /call stack/);
    return true;
  });
});

Deno.test("a table holds neither formulas nor what commands a terminal", () => {
  const names = ["=cmd|'/C calc'!A0", "+1", "-x", "@SUM(A1)", "\x1b[31mred", "a\u202eb"];
  const text = writeCsv(names.map((name) => [name, -1.5, NaN]));
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}]/u);
  for (const { cells: [name, number, none] } of parseCsv(text, "x")) {
    assert.doesNotMatch(name!, /^[=+\-@]/);
    assert.deepEqual([number, none], ["-1.5", ""]);
  }
});

Deno.test("what a killed judge left of a file half-written goes when it is written again", async () => {
  const directory = await temporary();
  const path = join(directory, "judged.json");
  for (const name of ["judged.json.17-0.tmp", "judged.json.mine", "other.json.17-0.tmp"]) {
    await Deno.writeTextFile(join(directory, name), "half");
  }
  await replaceAtomic(path, "whole");
  const left = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  assert.deepEqual(left, ["judged.json", "judged.json.mine", "other.json.17-0.tmp"]);
  assert.equal(left.filter(isTemporary).length, 1);
});

Deno.test("a slow connection does not hold up the end of a vote", async () => {
  const { plan, records } = suite({
    methods: ["dpo", "ipo"],
    testbeds: ["text/clean"],
    seeds: 1,
    prompts: 3,
    mishaps: false,
  });
  const server = await started(await written({ plan, records }));
  const { hostname, port } = new URL(server.link);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(
    new TextEncoder().encode(
      `POST /x HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 100\r\n\r\nhalf`,
    ),
  );
  await new Promise((done) => setTimeout(done, 300));
  const began = performance.now();
  const { code, stderr } = await server.end("SIGINT");
  assert.ok(performance.now() - began < 10_000);
  assert.equal(code, 0, stderr);
});
