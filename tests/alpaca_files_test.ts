import assert from "node:assert/strict";
import { join } from "node:path";
import { judged, parseTable } from "../mod.ts";
import { site } from "../reports/mod.ts";
import { close } from "./close.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";
import { suite } from "./fixtures/records.ts";

const fixtures = new URL("fixtures/protocols/", import.meta.url).pathname;
const alpaca = (args: readonly string[], cwd?: string) =>
  cli(["judge", "--protocol", "alpaca-eval", ...args], cwd, [
    "--allow-net=127.0.0.1",
    "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
  ]);

Deno.test("a table's cells have the names of its first line, and empty numbers are not zero", () => {
  const text = 'a,b,n\n"x, ""y""\nz",,1.5\nq,2,\nr,3,NaN\ns,4,many\n';
  assert.deepEqual(parseTable(text, "f.csv", { numbers: ["n"] }), [
    { place: "f.csv:2", row: { a: 'x, "y"\nz', b: "", n: 1.5 } },
    { place: "f.csv:4", row: { a: "q", b: "2", n: null } },
    { place: "f.csv:5", row: { a: "r", b: "3", n: null } },
    { place: "f.csv:6", row: { a: "s", b: "4", n: "many" } },
  ]);
  assert.deepEqual(parseTable("a\tb\n1,5\t\n", "f", { separator: "\t" }), [
    { place: "f:2", row: { a: "1,5", b: "" } },
  ]);
  assert.throws(
    () => parseTable("a,b\n1\n", "f.csv"),
    /^SyntaxError: f\.csv:2: the row has 1 cells/,
  );
  assert.throws(() => parseTable("a,a\n1,2\n", "f.csv"), /f\.csv:1: two columns are called "a"/);
  assert.throws(() => parseTable("", "f.csv"), /f\.csv: the file is empty/);
});

Deno.test("annotations as CSV give the figures of the same as JSON", async () => {
  const figures = async (name: string) => {
    const { code, stdout, stderr } = await alpaca([
      "--annotations",
      `${fixtures}${name}`,
      "--json",
    ]);
    assert.equal(code, 0, stderr);
    return judged.parse(JSON.parse(stdout));
  };
  const [json, csv] = [
    await figures("alpaca-annotations.json"),
    await figures("alpaca-annotations.csv"),
  ];
  assert.deepEqual(csv.rows, json.rows);
  assert.deepEqual(csv.judgements, json.judgements);
});

const head = "instruction,output_1,generator_1,output_2,generator_2,preference";
const row = (preference: string) => `do,"a, b",base,c,tuned,${preference}`;

Deno.test("a table's errors name file, line and field; an empty preference is a failure", async () => {
  const directory = await temporary();
  const path = join(directory, "mine.csv");
  const given = async (...[first, ...lines]: readonly string[]) => {
    // Each line asks about another thing.
    const rows = lines.map((line, i) => line.replace(/^do,/, `do ${i},`));
    await Deno.writeTextFile(path, `${[first, ...rows].join("\n")}\n`);
    return await alpaca(["--annotations", path, "--json", "--max-invalid", "100"]);
  };
  const some = await given(head, row("2"), row(""), row("nan"), row("1.25"));
  assert.equal(some.code, 0, some.stderr);
  const { rows: [model], judgements } = judged.parse(JSON.parse(some.stdout));
  assert.equal(model!.estimates["win-rate"]!.value, (1 + .25) / 2);
  assert.equal(model!.estimates["invalid"]!.value, 2 / 4);
  assert.equal(judgements.length, 4);
  // "a, b" has four characters, c has one.
  assert.equal(model!.estimates["baseline-length"]!.value, 4);
  for (
    const [lines, message] of [
      [[head, row("2"), row("good")], /mine\.csv:3: field "preference" must be .*"good"$/m],
      [[head, row("3")], /mine\.csv:2: field "preference" must be .*: current value is 3$/m],
      [
        [head.replace("generator_2", "model"), row("1")],
        /mine\.csv:2: field "generator_2" must be a string: current value is missing$/m,
      ],
      [[head, `${row("1")},1`], /mine\.csv:2: the row has 7 cells, and the first line names 6/],
    ] as const
  ) {
    const { code, stderr } = await given(...lines);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});

Deno.test("a published leaderboard stands beside one's own models, and never among them", async () => {
  const annotations = ["--annotations", `${fixtures}alpaca-annotations.json`];
  const directory = await temporary();
  const { code, stdout, stderr } = await alpaca([
    ...annotations,
    ...["--leaderboard", `${fixtures}alpaca-leaderboard.csv`, "--json"],
  ]);
  assert.equal(code, 0, stderr);
  const document = judged.parse(JSON.parse(stdout));
  assert.deepEqual(document.rows.map(({ model }) => model), ["tuned"]);
  const { file, rows } = document.published!;
  assert.equal(file, "alpaca-leaderboard.csv");
  const [large, middle, terse] = rows;
  assert.deepEqual([large!.model, large!.mode], ["large", "verified"]);
  // 61.25 ± 1.959964 · 1.5 percent.
  const { value, low, high, n } = large!.estimates["win-rate"]!;
  assert.equal(n, 805);
  close(value, .6125);
  close(low, .58310054);
  close(high, .64189946);
  assert.deepEqual(large!.estimates["lc-win-rate"], { value: .575, n: 805 });
  assert.deepEqual([middle!.model, middle!.estimates["win-rate"]!.n], ["middle, tuned", 804]);
  assert.equal(middle!.estimates["lc-stderr-published"], undefined);
  assert.deepEqual(Object.keys(terse!.estimates), ["win-rate", "discrete-win-rate", "length"]);

  const text = await alpaca([
    ...annotations,
    ...["--leaderboard", `${fixtures}alpaca-leaderboard.csv`],
  ]);
  assert.match(
    text.stdout,
    /^Published in alpaca-leaderboard\.csv, whose judge and questions it does not say: not to be/m,
  );
  assert.match(text.stdout, /^ {2}large \(verified\) +0\.613 \[0\.583, 0\.642\] +0\.622 +0\.575 /m);
  const made = suite({ methods: ["dpo", "sft"], testbeds: ["bandit/clean"], seeds: 2 });
  const pages = new Map(
    (await Array.fromAsync(site({
      title: "s",
      runs: [{ name: "one", plan: made.plan, records: made.records }],
      judged: [{ run: "one", judged: document }],
      catalogue: made.catalogue,
    }))).map(({ path, text }) => [path, text]),
  );
  assert.match(pages.get("judges.html")!, /<summary>3 models published elsewhere<\/summary>/);
  assert.doesNotMatch(pages.get("index.html")!, /middle, tuned/);

  // The first version has another order, and neither length control nor all counts.
  const path = join(directory, "old.csv");
  const old = async (text: string) => {
    await Deno.writeTextFile(path, text);
    return await alpaca([...annotations, "--leaderboard", path, "--json"]);
  };
  const first = await old(
    ",win_rate,avg_length,mode,n_total,standard_error\nm,50.0,1000,minimal,805,0.0\n",
  );
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(judged.parse(JSON.parse(first.stdout)).published!.rows, [{
    model: "m",
    mode: "minimal",
    estimates: { "win-rate": { value: .5, n: 805 }, length: { value: 1000, n: 805 } },
  }]);
  for (
    const [text, message] of [
      [",win_rate,n_total\nm,120,805\n", /old\.csv:2: field "win_rate" must be at most 100/],
      [",win_rate,n_total\nm,12,\n", /old\.csv:2: field "n_total" must be .*current value is null/],
      ["who,win_rate,n_total\nm,12,805\n", /old\.csv:2: a column called "" or "model" must name/],
    ] as const
  ) {
    const { code, stderr } = await old(text);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});

Deno.test("outputs are read from a table too, and joined with outputs from a list", async () => {
  await using server = scripted({ reply: () => ({ text: "m" }) });
  const directory = await temporary();
  const write = async (name: string, text: string) => {
    const path = join(directory, name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const { code, stdout, stderr } = await alpaca([
    ...["--judge", "remote", "--repeats", "1", "--out", join(directory, "out")],
    ...["--json", "--judge-file"],
    await write("judge.json", JSON.stringify({ url: server.url, model: "s" })),
    "--answers",
    await write(
      "tuned.tsv",
      '\tinstruction\toutput\tgenerator\n0\tone\t"two, and\nthree"\ttuned\n1\ttwo\t\ttuned\n',
    ),
    "--baseline",
    await write(
      "base.json",
      JSON.stringify(["two", "one"].map((instruction) => ({
        instruction,
        output: "yes",
        generator: "base",
      }))),
    ),
  ]);
  assert.equal(code, 0, stderr);
  const [row] = judged.parse(JSON.parse(stdout)).rows;
  assert.equal(row!.model, "tuned");
  // "two, and\nthree" has 14 characters, and the other answer is empty.
  assert.equal(row!.estimates["length"]!.value, 7);
  assert.equal(server.calls.length, 4);
});
