import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flags } from "../narrow.ts";
import { temporary } from "./fake/directory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const write = (...args: string[]) =>
  flags(args, "/here").filter((flag) => flag.startsWith("--allow-write"));

Deno.test("publish, report, export and vote may write where they are told to, and nowhere else", () => {
  assert.deepEqual(write("publish", "runs/a", "--judged", "x", "y", "--out", "site"), [
    "--allow-write=/here/site",
  ]);
  assert.deepEqual(write("publish", "runs/a", "--out=/abs/site", "--json"), [
    "--allow-write=/abs/site",
  ]);
  assert.deepEqual(write("publish", "runs/a"), []);
  assert.deepEqual(write("report", "--claims", "c", "runs/a"), ["--allow-write=/here/runs/a"]);
  assert.deepEqual(write("report", "runs/a", "runs/b", "--out", "out/both.html"), [
    "--allow-write=/here/out",
  ]);
  assert.deepEqual(write("export", "runs/a", "--out", "m", "--cache", "c", "--json"), [
    "--allow-write=/here/m,/here/c",
  ]);
  assert.deepEqual(write("vote", "--json", "runs/a", "--voter", "ada"), [
    "--allow-write=/here/runs/a",
  ]);
  assert.deepEqual(write("vote", "--", "runs/a"), ["--allow-write=/here/runs/a"]);
  assert.deepEqual(write("publish", "--help"), []);
  assert.throws(() => write("publish", "r", "--out", "a,/"), /no folder or file may have a comma/);
  assert.throws(() => write("bench"), /expected publish,report,export,vote/);
  for (const command of ["publish", "report", "export", "vote"]) {
    const all = flags([command, "--out", "x", "run"], "/here");
    assert.ok(all.every((flag) => !/allow-(run|all|sys)|^-A$|allow-write$|allow-net$/.test(flag)));
  }
});

Deno.test("what may start other processes for them imports no package and no file of ours", () => {
  const code = Deno.readTextFileSync(join(root, "narrow.ts"));
  const from = [...code.matchAll(/\bimport\b[^;]*?["']([^"']+)["']/g)].map(([, name]) => name);
  assert.deepEqual(from, ["node:path"]);
  assert.doesNotMatch(code, /import\(/);
});

async function task(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", ...args],
    cwd: root,
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("deno task report, publish and export do their work with no more than that", async () => {
  const directory = await temporary();
  const baseline = join(root, "results/baseline");
  const page = join(directory, "page.html");
  const report = await task("report", baseline, "--out", page);
  assert.equal(report.code, 0, report.stderr);
  assert.match(await Deno.readTextFile(page), /<html/);
  const site = join(directory, "a/site");
  const publish = await task("publish", baseline, "--out", site);
  assert.equal(publish.code, 0, publish.stderr);
  Deno.statSync(join(site, "index.html"));
  const wrong = await task("export", baseline, "--method", "dpo", "--out", join(directory, "m"));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: /m);
  assert.doesNotMatch(wrong.stderr, /Requires|NotCapable/);
});
