import assert from "node:assert/strict";
import { join } from "node:path";
import { alpacaEval, arenaHard, mtBench } from "../mod.ts";
import { cli, command } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { type Asked, scripted } from "./fake/openai.ts";

const permissions = [
  "--allow-net=127.0.0.1",
  "--allow-ffi=node_modules",
  "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
];
const answer = (args: readonly string[]) => cli(["answer", ...args], undefined, permissions);
const fixtures = new URL("fixtures/protocols/", import.meta.url).pathname;
const questions = {
  "alpaca-eval": `${fixtures}alpaca-baseline.json`,
  "mt-bench": `${fixtures}mt-questions.jsonl`,
  "arena-hard": `${fixtures}arena-questions.jsonl`,
} as const;
const rows = async (path: string) => {
  const text = (await Deno.readTextFile(path)).trim();
  return text.startsWith("[")
    ? JSON.parse(text)
    : text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
};

async function settings(url: string, more: object = {}): Promise<string> {
  const path = join(await temporary(), "model.json");
  await Deno.writeTextFile(path, JSON.stringify({ url, model: "toy", retries: 0, ...more }));
  return path;
}

/** Says which turn it answers and what it was told, after some thinking. */
const reply = ({ messages }: Asked) =>
  `<think>Hm, ${messages.length}.</think>\n\nTurn ${messages.length}: ${
    messages.at(-1)!.content.slice(0, 12)
  }`;

Deno.test("answers are in each protocol's own format, as its own reader takes them", async () => {
  await using server = scripted({ reply });
  const directory = await temporary();
  const file = await settings(server.url);
  const out = async (protocol: keyof typeof questions) => {
    const path = join(directory, protocol);
    const { code, stdout, stderr } = await answer([
      ...["--model", "remote", "--model-file", file, "--protocol", protocol, "--out", path],
      ...["--questions", questions[protocol], "--name", "mine"],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\d+ answers; \d+ \(100 %\) with thoughts, taken off$/m);
    return await rows(path);
  };
  const alpaca = await out("alpaca-eval");
  const asked = await rows(questions["alpaca-eval"]);
  assert.deepEqual(
    alpaca.map((row: object) => alpacaEval.modelOutput.parse(row).instruction),
    asked.map(({ instruction }: { instruction: string }) => instruction),
  );
  const own = alpacaEval.entrant({ rows: alpaca, place: "f" });
  assert.deepEqual([own.model, own.flaws.thoughts], ["mine", []]);
  assert.equal(alpaca[0].output, `Turn 1: ${asked[0].instruction.slice(0, 12)}`);

  const mt = (await out("mt-bench")).map((row: object) => mtBench.answer.parse(row));
  const { answers } = mtBench.entrant(mt, "f");
  const turns = [...answers.values()][0]!;
  assert.match(turns[0]!, /^Turn 1: /);
  // The second turn is asked after the first one's answer.
  assert.match(turns[1]!, /^Turn 3: /);

  const arena = (await out("arena-hard")).map((row: object) => arenaHard.answer.parse(row));
  assert.equal(
    arenaHard.entrant(arena, "f").answers.size,
    (await rows(questions["arena-hard"])).length,
  );

  // Nothing of an earlier turn's thoughts is said again; MT-Bench's temperatures go by category.
  const second = server.calls.filter(({ asked }) => asked.messages.length === 3);
  assert.ok(second.length > 0);
  for (const { asked } of second) assert.doesNotMatch(JSON.stringify(asked.messages), /think/);
  const temperatures = new Set(server.calls.map(({ asked }) => asked.temperature));
  assert.deepEqual([...temperatures].sort(), [0, 0.7]);
});

Deno.test("a kill loses no answer, and what failed is asked for again and never an answer", async () => {
  let [sick, hanging] = [true, true];
  await using server = scripted({
    reply,
    fault(asked) {
      const { content } = asked.messages[0]!;
      if (hanging && server.calls.length > 8) return "hang";
      return sick && content.length % 3 === 0 ? "refusal" : undefined;
    },
  });
  const directory = await temporary();
  const out = join(directory, "answers.json");
  const args = [
    ...["--model", "remote", "--model-file", await settings(server.url), "--out", out],
    ...["--protocol", "alpaca-eval", "--questions", questions["alpaca-eval"]],
    ...["--concurrency", "1", "--max-invalid", "0"],
  ];
  const child = command(["answer", ...args], undefined, permissions).spawn();
  const said = [child.stdout.text(), child.stderr.text()];
  const log = `${out}.log.jsonl`;
  const lines = async () => (await Deno.readTextFile(log).catch(() => "")).split("\n").length - 2;
  while (await lines() < 7) await new Promise((done) => setTimeout(done, 5));
  child.kill("SIGKILL");
  await child.status;
  await Promise.all(said);
  hanging = false;
  assert.equal(await Deno.stat(out).catch(() => undefined), undefined);

  assert.match((await answer(args)).stderr, /Cannot answer into .*log\.jsonl: it is there already/);
  const ill = await answer([...args, "--resume"]);
  assert.equal(ill.code, 2, ill.stderr);
  assert.match(ill.stderr, /failed: refusal/);
  const failures = await rows(`${out}.failures.jsonl`);
  const some = await rows(out);
  const all = (await rows(questions["alpaca-eval"])).length;
  assert.equal(some.length + failures.length, all);
  assert.ok(failures.length > 0 && failures[0].failure === "refusal");

  sick = false;
  const before = server.calls.length;
  const well = await answer([...args, "--resume"]);
  assert.equal(well.code, 0, well.stderr);
  assert.equal(server.calls.length - before, failures.length);
  assert.equal((await rows(out)).length, all);
  // Another model, or other questions, are another file's.
  const other = await answer([...args, "--resume", "--tokens", "9"]);
  assert.match(other.stderr, /Cannot resume .*field "fingerprint"/);
  const foreign = join(directory, "mine.json");
  await Deno.writeTextFile(foreign, "[]");
  const refused = await answer(args.map((word) => word === out ? foreign : word));
  assert.match(refused.stderr, /mine\.json: it is there already, and was not written here/);
  assert.equal(await Deno.readTextFile(foreign), "[]");
});

Deno.test("what is cut off says so, thoughts that never end are a failure, and thoughts can be kept", async () => {
  const long = "a".repeat(40);
  await using server = scripted({
    reply: ({ messages: [first] }) => {
      const nth = first!.content.length % 3;
      return nth === 0 ? `<think>${long}` : nth === 1 ? `<think>x</think>${long}` : long;
    },
    fault: ({ messages: [first] }) => first!.content.length % 3 === 1 ? undefined : "cut off",
  });
  const file = await settings(server.url, {
    body: { max_completion_tokens: 7, temperature: null },
  });
  const directory = await temporary();
  const out = join(directory, "a.json");
  const args = [
    ...["--model", "remote", "--model-file", file, "--protocol", "alpaca-eval"],
    ...["--questions", questions["alpaca-eval"], "--max-invalid", "100", "--json"],
  ];
  const { code, stdout, stderr } = await answer([...args, "--out", out]);
  assert.equal(code, 0, stderr);
  const counts = JSON.parse(stdout);
  const found = await rows(out);
  assert.equal(found.length, counts.answers);
  const cut = found.filter((row: { finish_reason?: string }) => row.finish_reason === "length");
  assert.ok(cut.length === counts.cut && cut.length > 0 && cut.length < found.length);
  assert.ok(counts.failed > 0 && counts.thoughts > 0);
  assert.ok(found.every(({ output }: { output: string }) => !output.includes("think")));
  assert.deepEqual(
    new Set(
      (await rows(`${out}.failures.jsonl`)).map(({ failure }: { failure: string }) => failure),
    ),
    new Set(["cut off"]),
  );
  // The user's own fields win, in what is sent and in what is kept.
  for (const { asked } of server.calls) {
    assert.deepEqual([
      asked["max_completion_tokens"],
      "temperature" in asked,
      "max_tokens" in asked,
    ], [7, false, false]);
  }
  const [kept] = await rows(`${out}.replies.jsonl`);
  assert.deepEqual([kept.request.longest, "temperature" in kept.request], [7, false]);
  const whole = join(directory, "b.json");
  await answer([...args, "--out", whole, "--keep-thoughts"]);
  const thinking = (await rows(whole)).filter(({ output }: { output: string }) =>
    /^<think>x/.test(output)
  );
  assert.equal(thinking.length, counts.thoughts);
});

Deno.test("a checkpoint answers by our engine: the same again, and to the same questions in another order", async () => {
  const directory = await temporary();
  const llama = new URL("goldens/models/llama/", import.meta.url).pathname;
  const all = ["Say a.", "Say b, please.", "And c?"].map((instruction) => ({ instruction }));
  const out = async (name: string, asked: readonly object[], ...more: string[]) => {
    const path = join(directory, name);
    await Deno.writeTextFile(`${path}.questions.json`, JSON.stringify(asked));
    const { code, stderr } = await answer([
      ...["--model", llama, "--protocol", "alpaca-eval", "--questions", `${path}.questions.json`],
      ...["--out", path, "--tokens", "8", "--temperature", "1", ...more],
    ]);
    assert.equal(code, 0, stderr);
    return new Map(
      (await rows(path)).map((
        { instruction, output, generator }: {
          [field in "instruction" | "output" | "generator"]: string;
        },
      ) => [instruction, [output, generator]]),
    );
  };
  const first = await out("a.json", all);
  assert.equal(first.size, 3);
  assert.ok([...first.values()].every((found) => (found as string[])[1] === "llama"));
  assert.deepEqual(await out("b.json", all.toReversed()), new Map([...first].reverse()));
  assert.notDeepEqual(await out("c.json", all, "--seed", "2"), first);
});

Deno.test("what cannot be answered is refused before anything is asked", async () => {
  const directory = await temporary();
  const empty = join(directory, "none.jsonl");
  await Deno.writeTextFile(empty, "");
  const twice = join(directory, "twice.jsonl");
  const row = '{"question_id": 1, "category": "math", "turns": ["Q"]}\n';
  await Deno.writeTextFile(twice, row + row);
  const base = ["--model", directory, "--out", join(directory, "x")];
  for (
    const [args, message] of [
      [
        [...base, "--protocol", "reward-bench", "--questions", empty],
        /Allowed choices are alpaca-eval/,
      ],
      [[...base, "--protocol", "alpaca-eval", "--questions", empty], /no question is left/],
      [
        [...base, "--protocol", "alpaca-eval", "--questions", empty, "--category", "x"],
        /Cannot use --category with --protocol alpaca-eval: it is for arena-hard/,
      ],
      [
        [...base, "--protocol", "alpaca-eval"],
        /required option '--questions <file>' not specified/,
      ],
    ] as const
  ) {
    const { code, stderr } = await answer(args);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
  await using server = scripted({ reply: () => "x" });
  const { stderr } = await answer([
    ...["--model", "remote", "--model-file", await settings(server.url), "--protocol", "mt-bench"],
    ...["--questions", twice, "--out", join(directory, "y")],
  ]);
  assert.match(stderr, /Cannot answer question 1: it is there twice/);
  assert.equal(server.calls.length, 0);
});
