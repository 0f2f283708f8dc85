import assert from "node:assert/strict";
import { join } from "node:path";
import { readRun } from "../lab/disk/records.ts";
import { copy } from "./fake/copy.ts";
import { temporary } from "./fake/directory.ts";

/** As docs/measures.md has it. */
const [, evaluator] = Deno.readTextFileSync(new URL("../docs/measures.md", import.meta.url))
  .match(/```ts\n([^]*?)```/)!;

Deno.test("an evaluator is one file and its line: listed, recorded, planned, reported and gated", async () => {
  const project = await copy();
  await project.add("evaluators/top-mass.ts", evaluator!);
  await project.insert("evaluators/mod.ts", /^import/, 'import topMass from "./top-mass.ts";');
  await project.insert("evaluators/mod.ts", /^ {2}winRate,$/, "  topMass,");

  const listed = await project.cli("list", "evaluators");
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /^top-mass +mass of the likeliest answer +higher is better$/m);

  const out = join(await temporary(), "run");
  const ran = await project.cli(
    "bench",
    ...["--methods", "dpo", "--benchmarks", "bandit/clean", "--seeds", "2", "--workers", "1"],
    ...["--flops", "1e6", "--queries", "64", "--device", "cpu", "--out", out],
  );
  assert.equal(ran.code, 0, ran.stderr);
  const { plan, records } = await readRun(out);
  assert.equal(plan.measures!["top-mass"]!.margin, 0.02);
  for (const { measures } of records) {
    const { value, n } = measures["top-mass"]!;
    assert.ok(value > 1 / 16 && value < 1 && n === 32, `${value}`);
  }
  const page = await Deno.readTextFile(join(out, "report.html"));
  assert.match(page, /<option +value="top-mass" *>mass of the likeliest answer<\/option>/);
  assert.match(page, /Mean probability of the answer that the policy gives most often/);
  assert.doesNotMatch(page, /does not know/);

  const config = join(out, "gates.json");
  const gates = [{ measure: "top-mass", on: "bandit/clean", minSeeds: 2 }];
  await Deno.writeTextFile(config, JSON.stringify({ schema: 1, gates }));
  const compared = await project.cli("compare", out, out, "--config", config, "--json");
  const { state, rows } = JSON.parse(compared.stdout);
  assert.equal(state, "pass");
  assert.deepEqual(
    rows.map(({ measure, better, margin }: typeof gates[number] & {
      better: string;
      margin: number;
    }) => [measure, better, margin]),
    [["top-mass", "higher", 0.02]],
  );
});
