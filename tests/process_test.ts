import assert from "node:assert/strict";
import { join } from "node:path";
import { within } from "../lab/host/process.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

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
