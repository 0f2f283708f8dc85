import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judged, protocolOptions, protocols } from "../mod.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const line = /^ {2}rewardBench\.protocol,$/m;

/** The project with one folder more, and two lines in the list of protocols; all else is as it is. */
async function withToy(): Promise<string> {
  const directory = await temporary();
  const link = async (from: string, except: readonly string[]) => {
    await Deno.mkdir(join(directory, from), { recursive: true });
    for await (const { name } of Deno.readDir(join(root, from))) {
      if (name.startsWith(".") || except.includes(name)) continue;
      await Deno.symlink(join(root, from, name), join(directory, from, name));
    }
  };
  await link("", ["judges"]);
  await link("judges", ["protocols"]);
  await link("judges/protocols", ["mod.ts"]);
  const list = await Deno.readTextFile(join(root, "judges/protocols/mod.ts"));
  assert.match(list, line);
  await Deno.writeTextFile(
    join(directory, "judges/protocols/mod.ts"),
    `import * as toy from "./toy/mod.ts";\n${list.replace(line, "$&\n  toy.protocol,")}`,
  );
  const toy = await Deno.readTextFile(join(root, "tests/fixtures/toy-protocol/mod.ts"));
  await Deno.mkdir(join(directory, "judges/protocols/toy"));
  await Deno.writeTextFile(
    join(directory, "judges/protocols/toy/mod.ts"),
    toy.replaceAll("../../../judges/protocols/", "../"),
  );
  return directory;
}

Deno.test("a fifth protocol is one folder and its place in the list", async () => {
  const directory = await withToy();
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--no-lock", "--allow-read", "--allow-write"],
        ...["--allow-net=127.0.0.1", "--allow-sys=hostname"],
        "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
        ...[join(directory, "main.ts"), ...args],
      ],
      env: { INIT_CWD: directory },
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  const write = (name: string, rows: readonly object[]) =>
    Deno.writeTextFile(join(directory, name), rows.map((row) => JSON.stringify(row)).join("\n"));

  const help = await run("judge", "--help");
  assert.match(help.stdout, /AlpacaEval, MT-Bench, Arena-Hard, RewardBench or Toy/);
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

Deno.test("a protocol's options are of one word, of one name one option, and it reads what it counts again", () => {
  const all = new Set([
    ...Object.values(protocolOptions.shared),
    ...protocols.flatMap(({ options }) => options),
  ]);
  const names = [...all].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !/^[a-zA-Z]+$/.test(name)), []);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(protocols.map(({ id }) => id)).size, protocols.length);
  for (const { id, options, recorded, headline, noise } of protocols) {
    assert.ok(options.includes(recorded), id);
    assert.ok(Object.keys(noise).every((measure) => headline.includes(measure)), id);
  }
});
