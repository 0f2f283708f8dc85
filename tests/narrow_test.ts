import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { answering } from "../commands/answer.ts";
import { auditing } from "../commands/audit.ts";
import { exporting } from "../commands/export.ts";
import { judging } from "../commands/judge.ts";
import { merging } from "../commands/merge.ts";
import { publishing } from "../commands/publish.ts";
import { reporting } from "../commands/report.ts";
import { voting } from "../commands/vote.ts";
import { flags, SWITCHES } from "../narrow.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const write = (...args: string[]) =>
  flags(args, "/here").filter((flag) => flag.startsWith("--allow-write"));

Deno.test("merge, publish, docs, report, export and vote may write where they are told to, and nowhere else", () => {
  assert.deepEqual(write("publish", "runs/a", "--judged", "x", "y", "--out", "site"), [
    "--allow-write=/here/site",
  ]);
  assert.deepEqual(write("publish", "runs/a", "--out=/abs/site", "--json"), [
    "--allow-write=/abs/site",
  ]);
  assert.deepEqual(write("publish", "runs/a"), []);
  assert.deepEqual(write("docs", "--out", "d"), ["--allow-write=/here/d"]);
  assert.deepEqual(write("merge", "parts/1", "parts/2", "--mixed", "--out", "all/run"), [
    "--allow-write=/here/all",
  ]);
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
  assert.throws(() => write("bench"), /expected merge,publish,docs,report,export,vote,judge/);
  for (const command of ["merge", "publish", "docs", "report", "export", "vote"]) {
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

Deno.test("deno task report, merge, publish and export do their work with no more than that", async () => {
  const directory = await temporary();
  const baseline = join(root, "results/baseline");
  const page = join(directory, "page.html");
  const report = await task("report", baseline, "--out", page);
  assert.equal(report.code, 0, report.stderr);
  assert.match(await Deno.readTextFile(page), /<html/);
  const run = join(directory, "b/run");
  const merge = await task("merge", baseline, "--out", run);
  assert.equal(
    merge.stdout.trimEnd().split("\n").at(-1)!.replace(/^\d+ of \d+/, ""),
    ` runs are in ${run}`,
  );
  const site = join(directory, "a/site");
  const publish = await task("publish", baseline, "--out", site);
  assert.equal(publish.code, 0, publish.stderr);
  Deno.statSync(join(site, "index.html"));
  const wrong = await task("export", baseline, "--method", "dpo", "--out", join(directory, "m"));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: /m);
  assert.doesNotMatch(wrong.stderr, /Requires|NotCapable/);
});

Deno.test("options without a value are known, as what follows them is no value of theirs", () => {
  const narrow: readonly CommandUnknownOpts[] = [
    ...[merging, publishing, reporting, exporting, voting, judging, auditing, answering],
  ];
  const none = narrow.flatMap(({ options }) =>
    options.filter(({ required, optional }) => !required && !optional).map(({ long }) => long!)
  );
  for (const name of none) assert.ok(SWITCHES.includes(name), name);
  const known = ["--verbose", "--help", "-h", ...none];
  for (const name of SWITCHES) assert.ok(known.includes(name), name);
});

/** What a command may do, by the kind of permission. */
function allowed(args: readonly string[], from: string): { [kind: string]: string[] } {
  return Object.fromEntries(
    flags(args, from).flatMap((flag) => {
      const [, kind, values] = /^--allow-(\w+)(?:=(.*))?$/.exec(flag) ?? [];
      return kind === undefined ? [] : [[kind, values?.split(",") ?? ["all"]]];
    }),
  );
}

Deno.test("judge, audit and answer reach the judge's host and port, and read and write what they are given", async () => {
  const from = await temporary();
  const settings = async (name: string, url: unknown) => {
    await Deno.writeTextFile(join(from, name), JSON.stringify({ url, model: "m" }));
    return name;
  };
  for (const name of ["a.json", "b.json"]) await Deno.writeTextFile(join(from, name), "[]");
  await Deno.mkdir(join(from, "model"));
  const file = await settings("judge.json", "https://judge.example/v1");
  const asked = (...more: string[]) => allowed([...more], from);
  const judge = asked(
    ...["judge", "--resume", "--judge", "remote:m", "--judge-file", file, "--answers", "a.json"],
    ...["b.json", "--out", "out", "--replies", "kept/replies.jsonl"],
  );
  assert.deepEqual(judge.net, ["judge.example:443"]);
  const at = (...names: string[]) => names.map((name) => join(from, name));
  assert.deepEqual(judge.write, at("out", "kept"));
  // A work tree of git keeps its commit outside.
  const git = allowed(["judge"], from).read!;
  assert.equal(git[0], root.replace(/\/$/, ""));
  assert.deepEqual(judge.read, [
    ...git,
    ...at("judge.json", "a.json", "b.json", "out", "kept"),
  ]);
  assert.ok(judge.env!.includes("PREFBENCH_JUDGE_KEY"));
  assert.equal(judge.ffi, undefined);

  const urls = {
    "http://127.0.0.1:8000/v1": "127.0.0.1:8000",
    "http://[::1]:81/v1": "[::1]:81",
    "http://judge.example": "judge.example:80",
    "https://u:p@judge.example:8443/v1": "judge.example:8443",
  };
  for (const [url, host] of Object.entries(urls)) {
    const file = await settings("other.json", url);
    const audit = asked("audit", "--judge", "remote", "--judge-file", file, "--out", "audit");
    assert.deepEqual([audit.net, audit.write], [[host], at("audit")]);
    Deno.env.set("PREFBENCH_JUDGE_URL", url);
    try {
      assert.deepEqual(asked("audit", "--judge=remote:m").net, [host]);
      // The file wins, as where it is asked.
      const both = asked("audit", "--judge=remote:m", "--judge-file=judge.json");
      assert.deepEqual(both.net, ["judge.example:443"]);
      assert.equal(asked("audit", "--judge", "local:model").net, undefined);
    } finally {
      Deno.env.delete("PREFBENCH_JUDGE_URL");
    }
  }
  for (const url of [undefined, "", "no url", "file:///etc/passwd", "http://a,b/", 7]) {
    const file = await settings("wrong.json", url);
    assert.equal(asked("judge", "--judge", "remote", "--judge-file", file).net, undefined);
  }
  for (
    const words of [
      ["judge", "--judge", "local:model"],
      ["judge", "--judge", "learned:model"],
      ["answer", "--model", "model", "--out", "x/answers.jsonl"],
      ["answer", "--model", "local:model", "--out", "x/answers.jsonl"],
    ]
  ) {
    const here = asked(...words);
    assert.deepEqual([here.net, here.ffi], [undefined, [join(root, "node_modules")]]);
    assert.ok(!here.env!.includes("PREFBENCH_JUDGE_KEY"), "native code sees no key");
    assert.ok(here.read!.includes(join(from, "model")));
    assert.deepEqual(here.write, words.includes("--out") ? at("x") : undefined);
  }
  const replay = asked("judge", "--judge", "replay:b.json", "--run", "runs/a");
  assert.deepEqual([replay.net, replay.ffi], [undefined, undefined]);
  assert.deepEqual(replay.write, at("runs/a/judged"));
  assert.ok(replay.read!.includes(join(from, "b.json")));
  const none = asked("judge", "--annotations", "*.json");
  assert.deepEqual([none.net, none.write, none.read], [undefined, undefined, [...git, from]]);
});

Deno.test("a process with what a judge gets reaches no other server, reads and writes no other file", async () => {
  const said = () => new Response("yes");
  const quiet = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using server = Deno.serve(quiet, said);
  await using other = Deno.serve(quiet, said);
  const from = await temporary();
  const probe = join(await temporary(), "probe.ts");
  const [secret, elsewhere] = [`${probe}.secret`, `${probe}.out`];
  await Deno.writeTextFile(secret, "secret");
  await Deno.writeTextFile(
    probe,
    `const tries: { [name: string]: () => Promise<unknown> } = {
      own: () => fetch("http://127.0.0.1:${server.addr.port}").then((found) => found.text()),
      other: () => fetch("http://127.0.0.1:${other.addr.port}"),
      outside: () => fetch("http://example.com"),
      read: () => Deno.readTextFile(${JSON.stringify(secret)}),
      write: () => Deno.writeTextFile(${JSON.stringify(elsewhere)}, "x"),
      inside: () => Deno.mkdir(${JSON.stringify(join(from, "out"))}),
      run: async () => await new Deno.Command(Deno.execPath()).output(),
      env: async () => Deno.env.get("HF_TOKEN"),
    };
    const found: { [name: string]: string } = {};
    for (const [name, attempt] of Object.entries(tries)) {
      found[name] = await (async () => attempt())().then(() => "may", (error) => error.name);
    }
    console.log(JSON.stringify(found));`,
  );
  const file = join(from, "judge.json");
  const url = `http://127.0.0.1:${server.addr.port}/v1`;
  await Deno.writeTextFile(file, JSON.stringify({ url, model: "m" }));
  const words = ["judge", "--judge", "remote", "--judge-file", file, "--out", join(from, "out")];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...flags(words, from), probe],
  }).output();
  const text = new TextDecoder();
  const no = "NotCapable";
  assert.deepEqual(
    JSON.parse(text.decode(stdout) || text.decode(stderr)),
    { own: "may", other: no, outside: no, read: no, write: no, inside: "may", run: no, env: no },
  );
});

Deno.test("deno task answer, judge and audit ask a server with no more than that, and follow it nowhere", async () => {
  // The letter that AlpacaEval's verdicts are, and an answer like any other.
  const reply = () => ({ text: "m", logprobs: { m: -0.1, M: -3 } });
  await using server = scripted({ reply, key: "sk-test-12345678" });
  let elsewhere = 0;
  await using stranger = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    elsewhere++;
    return new Response("{}");
  });
  await using moved = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => Response.redirect(`http://127.0.0.1:${stranger.addr.port}/v1/chat/completions`, 307),
  );
  const from = await temporary();
  const settings = async (name: string, url: string) => {
    const path = join(from, name);
    const key = "sk-test-12345678";
    await Deno.writeTextFile(path, JSON.stringify({ url, key, model: "toy", retries: 0 }));
    return path;
  };
  const [own, away] = [
    await settings("judge.json", server.url),
    await settings("moved.json", `http://127.0.0.1:${moved.addr.port}/v1`),
  ];
  const questions = join(root, "tests/fixtures/protocols/alpaca-baseline.json");
  await Deno.mkdir(join(from, "answers"));
  const answers = join(from, "answers/toy.json");
  const answer = (file: string, ...more: string[]) =>
    task(
      ...["answer", "--model", "remote", "--model-file", file, "--protocol", "alpaca-eval"],
      ...["--questions", questions, "--out", answers, "--name", "toy", ...more],
    );
  const asked = await answer(own);
  assert.equal(asked.code, 0, asked.stderr);
  const judge = (file: string, out: string) =>
    task(
      ...["judge", "--protocol", "alpaca-eval", "--judge", "remote", "--judge-file", file],
      ...["--answers", answers, "--baseline", questions, "--out", join(from, out)],
    );
  const judged = await judge(own, "judged");
  assert.equal(judged.code, 0, judged.stderr);
  Deno.statSync(join(from, "judged/judged.json"));
  const audited = await task(
    ...["audit", "--judge", "remote", "--judge-file", own, "--out", join(from, "audit")],
  );
  assert.ok([0, 1, 2].includes(audited.code));
  Deno.statSync(join(from, "audit/audit.html"));
  const lost = await judge(away, "lost");
  assert.equal(lost.code, 2);
  assert.match(lost.stderr, /failed: /);
  assert.match(
    await Deno.readTextFile(join(from, "lost/failures.jsonl")),
    /307: the server sends elsewhere/,
  );
  assert.equal(elsewhere, 0);
  for (const { stderr } of [asked, judged, audited, lost]) {
    assert.doesNotMatch(stderr, /Requires|NotCapable/);
  }
});

Deno.test("deno task answer runs a checkpoint with no network, and reads what is a link", async () => {
  const from = await temporary();
  const link = join(from, "link");
  await Deno.symlink(join(root, "tests/goldens/models/llama"), link, { type: "dir" });
  const questions = join(root, "tests/fixtures/protocols/alpaca-baseline.json");
  const out = join(from, "answers.json");
  const { code, stderr } = await task(
    ...["answer", "--model", link, "--protocol", "alpaca-eval", "--questions", questions],
    ...["--out", out, "--tokens", "2", "--max-invalid", "100"],
  );
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /Requires|NotCapable/);
  Deno.statSync(out);
});
