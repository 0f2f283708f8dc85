import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Judged, RunRecord } from "../core/mod.ts";
import type { GatedRun, GateReport } from "../gate/mod.ts";
import { gateReport, readSource } from "../lab/disk/gate.ts";
import { createRun, identity, plannedRuns, readRun } from "../lab/disk/records.ts";
import { gateMarkdown, gateText } from "../reports/text/gate.ts";
import { gateJunit, xml } from "../reports/text/junit.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { invented, judged, options, reportOf } from "./fixtures/gate.ts";
import { corpus } from "./fixtures/records.ts";

async function stored(directory: string, { plan, records }: GatedRun): Promise<string> {
  await using run = await createRun(directory, plan);
  for (const record of records) await run.append(record);
  await run.finish();
  return directory;
}
const wave = (seed: number, prompt: number) => 0.001 * ((seed * 7 + prompt * 3) % 5);
const at = (level: number, noise = 0) =>
  invented("x", {
    value: (_, __, seed, prompt) => level + wave(seed, prompt) + noise * (seed % 2 ? 1 : -1),
  });

Deno.test("compare exits with 0, 1, 2 or 3, and prints what it found", async () => {
  const place = await temporary();
  const path = (name: string) => join(place, name);
  const base = await stored(path("base"), at(0.6));
  const [same, worse, unsure] = [
    await stored(path("same"), at(0.6)),
    await stored(path("worse"), at(0.5)),
    await stored(path("unsure"), at(0.601, 0.1)),
  ];
  const other = at(0.6);
  other.plan.device = "webgpu";
  const apart = await stored(path("apart"), other);
  const compare = (...args: string[]) => cli(["compare", ...args]);

  const passed = await compare(base, same);
  assert.equal(passed.code, 0, passed.stderr);
  assert.match(passed.stdout, /^pass +dpo +text\/clean +win-rate .*the same to the last digit$/m);
  assert.match(passed.stdout, /Pass: no measure of 1 lost as much as its margin\.\n$/);
  const html = path("changes.html");
  const failed = await compare(base, worse, "--html", html);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /Fail: of 1 measure 1 failed\.\n$/);
  assert.match(await Deno.readTextFile(html), /^<!doctype html>/);
  assert.equal((await compare(base, unsure)).code, 0);
  const strict = await compare(base, unsure, "--strict", "--json");
  assert.equal(strict.code, 2);
  assert.equal(JSON.parse(strict.stdout).state, "inconclusive");
  assert.equal((await compare(base, apart)).code, 3);

  const pooled = await compare(`${base},${worse}`, same, "--format", "json");
  const { rows, baseline } = JSON.parse(pooled.stdout);
  assert.deepEqual(baseline.sources, [base, worse]);
  assert.ok(Math.abs(rows[0].difference - 0.05) < 1e-9);
  assert.deepEqual((await compare(base, worse, same, "--json")).stdout, pooled.stdout);
  assert.equal((await compare(base, worse, "--margin", "win-rate=0.2")).code, 0);
  assert.equal((await compare(base, worse, "--margin", "0.2")).code, 0);
  assert.match((await compare(base, worse, "--format", "junit")).stdout, /^<\?xml/);
  assert.match(
    (await compare(base, worse, "--format", "markdown")).stdout,
    /^### ✕ prefbench gate/,
  );
});

Deno.test("several candidates are taken together, and what parts them is refused or said", async () => {
  const place = await temporary();
  const path = (name: string) => join(place, name);
  const whole = at(0.6);
  const base = await stored(path("base"), whole);
  const shard = (index: number, change: Partial<GatedRun["plan"]> = {}) => {
    const plan = { ...whole.plan, ...change, shard: { index, of: 2 } };
    const held = new Set(plannedRuns(plan).map(identity));
    const records = whole.records.filter((record) => held.has(identity(record)));
    return stored(path(`${index}-${change.device ?? "as it was"}`), { ...whole, plan, records });
  };
  const [one, two, other] = [await shard(1), await shard(2), await shard(2, { device: "wasm" })];
  const compare = (...args: string[]) => cli(["compare", base, ...args]);
  const passed = await compare("--json", "--candidate", one, two);
  assert.equal(passed.code, 0, passed.stderr);
  const report = JSON.parse(passed.stdout) as GateReport;
  assert.deepEqual(report.candidate.sources, [`${one} + ${two}`]);
  assert.equal(report.rows[0]!.identical, report.rows[0]!.seeds.length);
  // One of them alone lacks seeds.
  const alone = await compare(one);
  assert.equal(alone.code, 3);
  assert.match(alone.stdout, /Seeds that have not finished: 2/);
  const refused = await compare("--candidate", one, other);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /is a mixture\. Another device than in .*: found wasm, expected cpu\./,
  );
  const mixed = await compare("--candidate", one, other, "--mixed", "--json");
  assert.match(
    (JSON.parse(mixed.stdout) as GateReport).notes.join("\n"),
    / is a mixture: Another device than in .*: found wasm, expected cpu$/m,
  );
});

Deno.test("compare reads judged files and gates from a file", async () => {
  const place = await temporary();
  const write = async (name: string, value: unknown) => {
    const path = join(place, name);
    await Deno.writeTextFile(path, JSON.stringify(value));
    return path;
  };
  const verdicts = (by: number): Judged =>
    judged(Array.from({ length: 60 }, (_, i) => 0.5 + 0.3 * Math.sin(i) + by));
  const [old, now] = [
    await write("old.json", verdicts(0)),
    await write("new.json", verdicts(-0.1)),
  ];
  const config = await write("gates.json", {
    schema: 1,
    gates: [{ measure: "preference", margin: 0.2 }],
  });
  assert.equal((await cli(["compare", old, now])).code, 1);
  assert.equal((await cli(["compare", old, now, "--config", config])).code, 0);
});

Deno.test("an inconclusive candidate is trained from further seeds, as many as the baseline holds", async () => {
  const place = await temporary();
  const [base, candidate] = [join(place, "base"), join(place, "candidate")];
  const bench = (seeds: number, out: string) =>
    cli([
      ...["bench", "--benchmarks", "game/transitive", "--methods", "dpo,ipo", "--device", "cpu"],
      ...["--flops", "4e5", "--queries", "64", "--seeds", `${seeds}`, "--out", out],
    ]);
  assert.equal((await bench(8, base)).code, 0);
  assert.equal((await bench(4, candidate)).code, 0);
  // Unsure at first: one method's values are pushed about, evenly up and down.
  const path = join(candidate, "records.jsonl");
  const records = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) =>
    JSON.parse(line) as RunRecord
  );
  for (const { method, seed, measures } of records) {
    if (method === "dpo") measures["exploitability"]!.value += seed % 2 ? 0.03 : -0.03;
  }
  await Deno.writeTextFile(path, records.map((one) => `${JSON.stringify(one)}\n`).join(""));

  const compare = ["compare", base, candidate, "--json", "--rerun"];
  const found = await cli([...compare, "--max-seeds", "20"]);
  assert.equal(found.code, 0, found.stderr);
  const report = JSON.parse(found.stdout) as GateReport;
  assert.deepEqual(report.looks.map(({ seeds }) => seeds), [4, 8]);
  assert.match(report.notes[0]!, /The baseline holds 8 seeds: no more can be compared, of 20/);
  const row = (method: string) => report.rows.find((one) => one.method === method)!;
  assert.deepEqual(row("ipo").seeds, [1, 2, 3, 4]);
  assert.deepEqual(row("dpo").seeds, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(row("dpo").identical, 4);
  const more = await readRun(`${candidate}-seeds-5-8`);
  assert.deepEqual(more.plan.methods, ["dpo"]);
  assert.equal(more.records.length, 4);
  // What was trained once is not trained again.
  const again = await cli(compare);
  assert.deepEqual(JSON.parse(again.stdout).rows, report.rows);
  assert.deepEqual((await readRun(`${candidate}-seeds-5-8`)).records, more.records);

  const plan = join(candidate, "plan.json");
  const text = await Deno.readTextFile(plan);
  await Deno.writeTextFile(plan, text.replace(/("prefbench": ").*?"/, '$1elsewhere"'));
  const other = await cli(compare);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /Cannot train further seeds of .*: it is of commit elsewhere/);
});

Deno.test("the committed baseline is one that the gate can read: against itself it passes", async () => {
  const baseline = await readSource(
    fileURLToPath(new URL("../results/baseline", import.meta.url)),
    "it",
  );
  const { state, rows } = gateReport([baseline], baseline, options());
  assert.equal(state, "pass");
  assert.equal(rows.length, 21);
  assert.ok(rows.every(({ seeds, identical }) => seeds.length === 8 && identical === 8));
});

const refusals: readonly [
  string,
  (file: (text: string) => Promise<string>) => string[] | Promise<string[]>,
  RegExp,
][] = [
  ["one run", () => ["runs/a"], /^error: Cannot compare 1 run: name at least one baseline/],
  [
    "a run that is not there",
    () => ["nowhere", "here"],
    /^error: Cannot compare nowhere: .* does not exist/,
  ],
  [
    "gates that are not there",
    () => ["a", "b", "--config", "nowhere.json"],
    /^error: Cannot read gates: .*nowhere\.json does not exist/,
  ],
  [
    "gates that are no JSON",
    async (file) => ["a", "b", "--config", await file("{")],
    /gates\.json: not JSON/,
  ],
  [
    "an unknown field",
    async (
      file,
    ) => ["a", "b", "--config", await file('{"schema":1,"gates":[{"measure":"kl","maring":1}]}')],
    /gates\.json: field "gates\[0\]\.maring" is unknown/,
  ],
  [
    "a margin of nothing",
    async (
      file,
    ) => ["a", "b", "--config", await file('{"schema":1,"gates":[{"measure":"kl","margin":0}]}')],
    /gates\.json: field "gates\[0\]\.margin" must be .*: current value is 0/,
  ],
  ["a wrong margin", () => ["a", "b", "--margin", "x=y=1"], /must be a number above 0/],
];
for (const [what, args, said] of refusals) {
  Deno.test(`compare refuses ${what}`, async () => {
    const place = await temporary();
    const { code, stderr } = await cli([
      "compare",
      ...await args(async (text) => {
        const path = join(place, "gates.json");
        await Deno.writeTextFile(path, text);
        return path;
      }),
    ]);
    assert.equal(code, 1);
    assert.match(stderr, said);
  });
}

Deno.test("XML keeps no character that it may not hold", () => {
  assert.equal(xml("a\u0000b\u0008\u001b\ufffe\ud800c\u0085"), "abc");
  assert.equal(xml(`<&>"'\n`), "&#60;&#38;&#62;&#34;&#39;&#10;");
  assert.equal(xml("é😀"), "é😀");
});

Deno.test("a gate of nothing is an error in JUnit", () => {
  const text = gateJunit(
    { ...reportOf(() => "x"), rows: [], checks: [], state: "incomparable" },
    false,
  );
  assert.match(text, /tests="1" failures="0" errors="1"/);
});

Deno.test("a pull request's summary keeps hostile text inside its cell", () => {
  for (let k = 0; k < corpus.length; k++) {
    const text = gateMarkdown(
      reportOf((i) =>
        ["a|b`c\\|@someone <img>", ...corpus][(i + k) % 4 === 0 ? 0 : (i + k) % corpus.length]!
      ),
    );
    for (const line of text.split("\n")) {
      // Seven cells, and nothing but code between backticks.
      if (line.startsWith("| ")) assert.equal(line.split("|").length, 9, line);
      const outside = line.split("`").filter((_, i) => i % 2 === 0).join("");
      assert.doesNotMatch(
        outside.replace(/^<\/?(details|summary)>|<\/summary>$/g, ""),
        /[<@]/,
        line,
      );
    }
  }
});

Deno.test("the terminal's table steers nothing, and says each look", () => {
  const text = gateText(reportOf((i) => corpus[i % corpus.length]!));
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}|\u202e/u);
  assert.match(text, /2 looks at the data: 5 seeds at level 0.01 and 10 seeds at level 0.045/);
});
