import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunRecord } from "../core/mod.ts";
import { readRun } from "../lab/disk/records.ts";
import { judged } from "../mod.ts";
import { type Addition, copy } from "./fake/copy.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";

// Each thing is added as its page says, all to one copy of the project, and one suite runs them.

/** The first program on a page. */
function programOf(page: string): string {
  const [, program] = Deno.readTextFileSync(new URL(`../${page}`, import.meta.url))
    .match(/```ts\n([^]*?)```/)!;
  return program!;
}

const method: Addition = {
  files: {
    "methods/toy-hinge.ts": programOf("README.md").replace('id: "hinge"', 'id: "toy-hinge"'),
  },
  lines: [{
    into: "methods/all.ts",
    after: /tdpo2/,
    line: 'export { default as toyHinge } from "./toy-hinge.ts";',
  }],
};
const evaluator: Addition = {
  files: { "evaluators/top-mass.ts": programOf("docs/measures.md") },
  lines: [{
    into: "evaluators/all.ts",
    after: /self-bleu/,
    line: 'export { default as topMass } from "./top-mass.ts";',
  }],
};
const setting: Addition = {
  files: {},
  lines: [{
    into: "benchmarks/bandit.ts",
    after: /^ {2}settings: \{$/,
    line:
      '    calm: { summary: "One label in ten is turned round.", offers, with: { ...base, flip: 0.1 } },',
  }],
};
const testbed: Addition = {
  files: { "benchmarks/echo.ts": programOf("docs/testbeds.md") },
  lines: [{
    into: "benchmarks/all.ts",
    after: /diffusion/,
    line: 'export { default as echo } from "./echo.ts";',
  }],
};
const protocol: Addition = {
  files: {
    "judges/protocols/toy/mod.ts": Deno.readTextFileSync(
      new URL("fixtures/toy-protocol/mod.ts", import.meta.url),
    ).replaceAll("../../../judges/protocols/", "../"),
  },
  lines: [{
    into: "judges/protocols/all.ts",
    after: /reward-bench/,
    line: 'export * as toy from "./toy/mod.ts";',
  }],
};

const project = await copy();
const touched = {
  method: await project.add(method),
  evaluator: await project.add(evaluator),
  setting: await project.add(setting),
  testbed: await project.add(testbed),
  protocol: await project.add(protocol),
};
const out = join(await temporary(), "run");
const listing = Promise.all(
  ["methods", "evaluators", "benchmarks"].map(async (what): Promise<{ id: string }[]> => {
    const { code, stdout, stderr } = await project.cli(["list", what, "--json"]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }),
);
const running = (async () => {
  const { code, stderr } = await project.cli([
    ...["bench", "--methods", "dpo,toy-hinge", "--benchmarks", "bandit/calm,echo/clean"],
    ...["--seeds", "2", "--workers", "1", "--flops", "1e7", "--queries", "64"],
    ...["--device", "cpu", "--out", out],
  ]);
  assert.equal(code, 0, stderr);
  return { ...await readRun(out), page: await Deno.readTextFile(join(out, "report.html")) };
})();

/** Records of all methods and seeds there. */
const recordsOn = (records: readonly RunRecord[], cell: string) => {
  const found = records.filter(({ benchmark, setting }) => `${benchmark}/${setting}` === cell);
  assert.equal(found.length, 4);
  for (const { outcome, reason, steps } of found) assert.ok(outcome === "ok" && steps > 0, reason);
  return found;
};

Deno.test("a method is one file and one line: listed, trained and reported", async () => {
  assert.deepEqual(touched.method, { "methods/all.ts": 1 });
  const [methods] = await listing;
  assert.ok(methods!.some(({ id }) => id === "toy-hinge"));
  const { records, page } = await running;
  const own = records.filter((record) => record.method === "toy-hinge");
  assert.equal(own.length, 4);
  // It is the README's hinge, so it learns what no other method here does.
  for (const { benchmark, setting, seed, measures } of own) {
    const dpo = recordsOn(records, `${benchmark}/${setting}`)
      .find((record) => record.method === "dpo" && record.seed === seed)!;
    assert.notEqual(measures["win-rate"]!.value, dpo.measures["win-rate"]!.value);
  }
  assert.match(page, /toy-hinge/);
  assert.match(page, /Stops pushing pairs that are already apart/);
});

Deno.test("an evaluator is one file and one line: recorded, planned, reported and gated", async () => {
  assert.deepEqual(touched.evaluator, { "evaluators/all.ts": 1 });
  const [, evaluators] = await listing;
  const { id, ...card } = evaluators!.find(({ id }) => id === "top-mass")! as {
    id: string;
    title: string;
  };
  assert.equal(card.title, "mass of the likeliest answer");
  const { plan, records, page } = await running;
  assert.equal(plan.measures![id]!.margin, 0.02);
  for (const { measures } of recordsOn(records, "bandit/calm")) {
    const { value, n } = measures[id]!;
    assert.ok(value > 1 / 16 && value < 1 && n === 32, `${value}`);
  }
  assert.match(page, /<option +value="top-mass" *>mass of the likeliest answer<\/option>/);
  assert.match(page, /Mean probability of the answer that the policy gives most often/);
  assert.doesNotMatch(page, /does not know/);

  const config = join(out, "gates.json");
  const gates = [{ measure: "top-mass", on: "bandit/calm", minSeeds: 2 }];
  await Deno.writeTextFile(config, JSON.stringify({ schema: 1, gates }));
  const compared = await project.cli(["compare", out, out, "--config", config, "--json"]);
  const { state, rows } = JSON.parse(compared.stdout);
  assert.equal(state, "pass");
  assert.deepEqual(
    new Set(
      rows.map((row: { measure: string; better: string; margin: number }) =>
        `${row.measure} ${row.better} ${row.margin}`
      ),
    ),
    new Set(["top-mass higher 0.02"]),
  );
});

Deno.test("a setting is one line and no file: listed, trained on and reported", async () => {
  assert.deepEqual(touched.setting, { "benchmarks/bandit.ts": 1 });
  const [, , benchmarks] = await listing;
  const { settings } = benchmarks!.find(({ id }) => id === "bandit")! as {
    id: string;
    settings: { [name: string]: { summary: string } };
  };
  assert.equal(settings.calm!.summary, "One label in ten is turned round.");
  const { plan, records, page } = await running;
  recordsOn(records, "bandit/calm");
  assert.ok(plan.cells.some(({ setting }) => setting === "calm"));
  assert.match(page, /bandit\/calm/);
  assert.match(page, /One label in ten is turned round\./);
});

Deno.test("a testbed with a measure of its own is one file and one line: listed, trained on and reported", async () => {
  assert.deepEqual(touched.testbed, { "benchmarks/all.ts": 1 });
  const [, , benchmarks] = await listing;
  const ids = benchmarks!.map(({ id }) => id);
  assert.ok(ids.includes("echo"));
  assert.deepEqual(ids, ids.toSorted());
  const { plan, records, page } = await running;
  assert.equal(plan.measures!.echoed!.title, "letters echoed");
  for (const { measures } of recordsOn(records, "echo/clean")) {
    const { value, n } = measures.echoed!;
    assert.ok(value > 0 && value < 1 && n === 6, `${value}`);
    assert.ok(measures["win-rate"]!.value > 0);
  }
  assert.match(page, /echo\/clean/);
  assert.match(page, /<option +value="echoed" *>letters echoed<\/option>/);
});

Deno.test("a fifth protocol is one folder and one line", async () => {
  assert.deepEqual(touched.protocol, { "judges/protocols/all.ts": 1 });
  const run = (...args: string[]) =>
    project.cli(args, [
      "--allow-net=127.0.0.1",
      "--allow-env=PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
    ]);
  const { directory } = project;
  const write = (name: string, rows: readonly object[]) =>
    Deno.writeTextFile(join(directory, name), rows.map((row) => JSON.stringify(row)).join("\n"));

  const help = await run("judge", "--help");
  assert.match(help.stdout, /AlpacaEval, Arena-Hard, MT-Bench, RewardBench or Toy/);
  assert.match(help.stdout, /--data <file> +rows of RewardBench or Toy/);
  assert.match(help.stdout, /deno task judge --protocol toy --data rows\.jsonl/);

  // A judge that says what stands in the answer, and of one nothing at all.
  await using server = scripted({
    reply({ messages }) {
      const [, worth] = /worth (\d+)/.exec(messages[1]!.content)!;
      return worth === "0" ? "Nothing." : `{"verdict": ${worth}}`;
    },
  });
  await write("judge.json", [{ url: server.url, model: "scripted" }]);
  const worths = { good: [8, 10, 9], poor: [2, 4, 0] };
  await write(
    "rows.jsonl",
    Object.entries(worths).flatMap(([model, own]) =>
      own.map((worth, i) => ({ id: `q${i}`, model, prompt: `Q ${i}`, answer: `worth ${worth}` }))
    ),
  );
  const asked = ["--judge", "remote", "--judge-file", "judge.json", "--max-invalid", "20"];
  const toy = ["judge", "--protocol", "toy", "--json"];
  const { code, stdout, stderr } = await run(
    ...toy,
    ...asked,
    "--data",
    "rows.jsonl",
    "--out",
    "o",
  );
  assert.equal(code, 0, stderr);
  // All six, and again those of one question in ten.
  assert.match(stderr, /^1 of 8 judgements have no valid verdict/m);
  const document = judged.parse(JSON.parse(stdout));
  const means = (rows: typeof document.rows) =>
    Object.fromEntries(rows.map((row) => [row.model, row.estimates["toy-grade"]!.value]));
  assert.deepEqual(means(document.rows), { good: 9, poor: 3 });
  assert.equal(document.texts!.answers.length, 6);
  assert.ok(document.noise!["toy-grade"]!.components.prompt! > 0);
  assert.equal(document.judgements.filter(({ failure }) => failure).length, 1);
  const kept = (await Deno.readTextFile(join(directory, "o/grades.jsonl"))).trim().split("\n");
  assert.equal(kept.length, 6);

  // Its own file counted again, without a judge, comes to the same.
  await write("again.jsonl", kept.map((row) => JSON.parse(row)));
  const again = await run(...toy, "--scores", "again.jsonl", "--max-invalid", "20");
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(means(judged.parse(JSON.parse(again.stdout)).rows), means(document.rows));

  // What it does not read is refused as anywhere else, and an audit asks in its words.
  const wrong = await run("judge", "--protocol", "toy", "--ties", "half");
  assert.match(wrong.stderr, /Cannot use --ties with --protocol toy: it is for arena-hard/);
  const audit = await run("audit", "--help");
  assert.match(audit.stdout, /"toy"/);
});
