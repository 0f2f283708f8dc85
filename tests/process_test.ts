import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { within } from "../lab/host/process.ts";
import { startWorker } from "../lab/suite/worker.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const rows = Array.from(
  { length: 40 },
  (_, i) => `${JSON.stringify({ prompt: `Say ${i}`, chosen: `yes ${i}`, rejected: "no" })}\n`,
).join("");

Deno.test("a comma in the path of a data set, checkpoint or cache is refused by that path", async () => {
  for (const bad of ["/x/c,c", "/x/,", "/,x/y"]) {
    for (const permission of ["read", "write", "ffi"]) {
      assert.throws(() => within(["worker"], { [permission]: ["/x/fine", bad] }), (error) => {
        assert.ok(error instanceof RangeError);
        assert.match(error.message, RegExp(`own ${bad}: no folder or file may have a comma`));
        return true;
      });
    }
  }
  const directory = await temporary();
  const odd = join(directory, "c,c");
  await Deno.mkdir(odd);
  for (const at of [directory, odd]) await Deno.writeTextFile(join(at, "rows.jsonl"), rows);
  const bench = (dataset: string, cache: string, out: string) =>
    cli(
      ["bench", "--dataset", dataset, "--cache", cache, "--out", join(directory, out)].concat(
        ["--methods", "dpo", "--seeds", "1", "--flops", "1e7", "--workers", "1"],
      ),
    );
  for (
    const [dataset, cache, found] of [
      [join(odd, "rows.jsonl"), join(directory, "cache"), join(odd, "rows.jsonl")],
      [join(directory, "rows.jsonl"), join(odd, "cache"), join(odd, "cache")],
    ] as const
  ) {
    const { code, stderr } = await bench(dataset, cache, found === dataset ? "one" : "two");
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^error: Cannot give a process of its own .*: no folder or file may have/m,
    );
    assert.ok(stderr.includes(found), stderr);
    assert.ok(!stderr.includes("Stack backtrace"));
  }
});

Deno.test("a worker inherits neither the judge's key nor the hub's token", async () => {
  const directory = await temporary();
  const seen = join(directory, "seen.json");
  const secrets = ["PREFBENCH_JUDGE_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY"];
  for (const name of secrets) Deno.env.set(name, "sk-secret");
  try {
    await startedAndEnded(
      directory,
      `await Deno.writeTextFile(${JSON.stringify(seen)}, JSON.stringify(Deno.env.toObject()));`,
    );
  } finally {
    for (const name of secrets) Deno.env.delete(name);
  }
  const found = await Deno.readTextFile(seen);
  assert.ok(!found.includes("sk-secret"), found);
  assert.equal(JSON.parse(found).HOME, Deno.env.get("HOME"));
});

Deno.test("every process of ours is started without the user's environment, or without the judge's key", () => {
  let starts = 0;
  for (const folder of ["lab", "commands"]) {
    for (const path of files(join(root, folder))) {
      for (const [, how] of Deno.readTextFileSync(path).matchAll(/new Deno\.Command\(([^;]*);/g)) {
        starts++;
        assert.match(how!, /clearedEnvironment\(\)|PREFBENCH_JUDGE_KEY: ""/, path);
      }
    }
  }
  assert.ok(starts >= 3);
});

Deno.test("a user's LD_LIBRARY_PATH, which Deno hands to no process, stops no suite", async () => {
  const directory = await temporary();
  Deno.env.set("LD_LIBRARY_PATH", "/nowhere");
  try {
    await startedAndEnded(directory, "");
  } finally {
    Deno.env.delete("LD_LIBRARY_PATH");
  }
});

/** A worker that does this first, started as suites start theirs. */
async function startedAndEnded(directory: string, first: string): Promise<void> {
  const script = join(directory, "worker.ts");
  await Deno.writeTextFile(
    script,
    `import { serve } from ${JSON.stringify(import.meta.resolve("../lab/suite/worker.ts"))};
    ${first}
    await serve(() => Promise.resolve({ prepare: async () => {}, run: () => Promise.reject() }));`,
  );
  const worker = await startWorker({
    command: ["run", "-A", "--quiet", `--config=${join(root, "deno.json")}`, script],
    remark() {},
    print() {},
    signal: new AbortController().signal,
  });
  await worker.kill();
}

function* files(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* files(join(directory, name));
    else if (name.endsWith(".ts")) yield join(directory, name);
  }
}
