import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { dialogueOf, tokenizerOf } from "../benchmarks/dataset/checkpoint.ts";
import { encode } from "../benchmarks/dataset/encode.ts";
import { readScorables } from "../benchmarks/dataset/read.ts";
import { type Score, type ScoredRow, scorer, type ScoreRow } from "../lab/checkpoints/score.ts";
import { scoreAll, type ScoreJob, WINDOW } from "../lab/checkpoints/scores.ts";
import { sealsOf } from "../lab/checkpoints/seals.ts";
import { type Checkpoint, openCheckpoint, rowAnswers, scorables } from "../mod.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const golden = (family: string) => join(root, "tests/goldens/models", family);

interface Golden {
  readonly prompt: string;
  readonly answer: string;
  readonly answer_ids: readonly number[];
  readonly logprob: number;
}
const expected = (family: string): Golden[] =>
  JSON.parse(Deno.readTextFileSync(join(golden(family), "expected.json"))).rows;

async function loaded(checkpoint: Checkpoint) {
  return {
    model: checkpoint.model({ longest: 1 }),
    params: await checkpoint.load(),
    context: checkpoint.context,
    vocabulary: checkpoint.vocabulary,
  };
}

const rowOf = (
  checkpoint: Checkpoint,
  prompt: string,
  answers: readonly string[],
  end = false,
): ScoreRow => {
  const kind = answers.length > 1 ? "pair" : "answer";
  const read = rowAnswers(checkpoint, { kind, prompt, answers }, end);
  return { kind, prompt, answers: answers.map((text, i) => ({ text, read: read[i]! })) };
};
const near = (a: number | undefined, b: number, tolerance = 1e-5) =>
  assert.ok(
    a !== undefined && Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)),
    `${a} ${b}`,
  );

Deno.test("an answer's log-probability is transformers', whatever it is scored beside", async () => {
  for (const family of ["gpt2", "llama", "qwen2"]) {
    const checkpoint = await openCheckpoint(golden(family));
    const work = scorer(await loaded(checkpoint), undefined, { beta: 1, threads: 1 });
    const known = expected(family);
    // 70 rows make several batches, of several lengths.
    const rows = Array.from({ length: 70 }, (_, i) => known[i % 4]!);
    const found = await work.score(
      rows.map(({ prompt, answer }) => rowOf(checkpoint, prompt, [answer])),
    );
    found.forEach((row, i) => {
      const { prompt, answer, answer_ids, logprob } = rows[i]!;
      assert.ok("answer" in row);
      assert.deepEqual(Object.keys(row), ["prompt", "answer", "tokens", "logprob"]);
      assert.deepEqual([row.prompt, row.answer, row.tokens], [prompt, answer, answer_ids.length]);
      near(row.logprob, logprob);
    });
    await work.close();
  }
});

Deno.test("rewards are beta times the log-ratio, and margins their difference", async () => {
  const [llama, qwen] = [
    await openCheckpoint(golden("llama")),
    await openCheckpoint(golden("qwen2")),
  ];
  const work = scorer(await loaded(llama), await loaded(qwen), { beta: 0.25, threads: 1 });
  const [a, b] = [expected("llama"), expected("qwen2")];
  const { prompt } = a[0]!;
  const [pair] = await work.score([
    rowOf(llama, prompt, [a[0]!.answer, ""]),
    rowOf(llama, a[1]!.prompt, [a[1]!.answer]),
  ]);
  assert.ok(pair && "chosen" in pair);
  const ratio = a[0]!.logprob - b[0]!.logprob;
  near(pair.chosen.reference, b[0]!.logprob);
  near(pair.chosen.logRatio, ratio, 1e-4);
  near(pair.chosen.reward, 0.25 * ratio, 1e-4);
  // A text always begins with nothing: the empty answer has probability 1.
  assert.deepEqual(pair.rejected, {
    answer: "",
    tokens: 0,
    logprob: 0,
    reference: 0,
    logRatio: 0,
    reward: 0,
  });
  near(pair.margin, 0.25 * ratio, 1e-4);
  // The end token is one more, and costs what the model says of it.
  const [open, ended] = await work.score([
    rowOf(llama, prompt, [" the people"]),
    rowOf(llama, prompt, [" the people"], true),
  ]) as (Score & { prompt: string })[];
  assert.equal(ended!.tokens, open!.tokens + 1);
  assert.ok(ended!.logprob! < open!.logprob!);
  await work.close();
});

Deno.test("a row longer than either context has no numbers and says why", async () => {
  const [llama, gpt2] = [
    await openCheckpoint(golden("llama")),
    await openCheckpoint(golden("gpt2")),
  ];
  const alone = scorer(await loaded(llama), undefined, { beta: 1, threads: 1 });
  const beside = scorer(await loaded(llama), await loaded(gpt2), { beta: 1, threads: 1 });
  const row = (n: number) => rowOf(llama, "a", ["b".repeat(n)]);
  assert.equal(row(64).answers[0]!.read.length, 64);
  // Prompt and answer are n + 1 tokens, of which the last is only predicted.
  const logprobs = async (work: typeof alone, n: number) => {
    const [found] = await work.score([row(n), row(3)]);
    return found as Score & ScoredRow;
  };
  assert.ok((await logprobs(alone, 128)).logprob! < 0);
  assert.deepEqual(await logprobs(alone, 129), {
    prompt: "a",
    answer: "b".repeat(129),
    tokens: 129,
    absent: "The model would read 129 tokens, and its context is 128",
  });
  assert.ok((await logprobs(beside, 64)).reward !== undefined);
  assert.match((await logprobs(beside, 65)).absent!, /read 65 tokens, and its context is 64/);
  const [pair] = await alone.score([rowOf(llama, "a", ["b".repeat(200), "b"])]);
  assert.ok(pair && "chosen" in pair && pair.margin === undefined);
  assert.ok(pair.chosen.absent && pair.rejected.logprob! < 0);
  await Promise.all([alone.close(), beside.close()]);
});

/** Scores that need no model: the length of the texts. */
const counting = (): ScoreJob["scorer"] => ({
  score: (rows) =>
    Promise.resolve(rows.map(({ prompt, answers: [first] }): ScoredRow => ({
      prompt,
      answer: first!.text,
      tokens: first!.text.length,
      logprob: -(prompt.length + first!.text.length) / 3,
    }))),
  close: () => Promise.resolve(),
});
const counted = (n: number): ScoreRow[] =>
  Array.from({ length: n }, (_, i) => ({
    kind: "answer",
    prompt: `é${i}`,
    answers: [{
      text: `line\n${i}`,
      read: { prompt: { id: "", tokens: [] }, tokens: [], length: 0 },
    }],
  }));

/** Runs a job and returns what it emitted. */
async function emitted(
  rows: readonly ScoreRow[],
  out?: { file: string; resume: boolean; made?: string },
  work = counting(),
): Promise<string[]> {
  const lines: string[] = [];
  await scoreAll({
    rows: () => ReadableStream.from(rows),
    total: rows.length,
    scorer: work,
    ...out ? { out: { made: "these models", ...out } } : {},
    emit: (row, json) => {
      assert.deepEqual(JSON.parse(json), row);
      lines.push(json);
    },
    progress() {},
  });
  return lines;
}

Deno.test("a file that was stopped anywhere goes on to the same bytes, and emits every row once", async () => {
  const directory = await temporary();
  const rows = counted(2 * WINDOW + 40);
  const [whole, part] = [join(directory, "whole.jsonl"), join(directory, "part.jsonl")];
  const lines = await emitted(rows, { file: whole, resume: false });
  assert.deepEqual(lines, await emitted(rows));
  const bytes = await Deno.readFile(whole);
  assert.equal(new TextDecoder().decode(bytes), lines.map((line) => `${line}\n`).join(""));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (at) => {
      await Deno.writeFile(part, bytes.subarray(0, at));
      await Deno.copyFile(sealsOf(whole), sealsOf(part));
      assert.deepEqual(await emitted(rows, { file: part, resume: true }), lines);
      assert.deepEqual(await Deno.readFile(part), bytes);
    }),
    { seed: 2, numRuns: 25, examples: [[0], [bytes.length], [bytes.length - 1]] },
  );
  await Deno.remove(part);
  assert.deepEqual(await emitted(rows, { file: part, resume: true }), lines);
  const left = [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted();
  assert.deepEqual(
    left,
    ["part", "whole"].flatMap((n) => [`${n}.jsonl`, `${n}.jsonl.seals.jsonl`]),
  );
});

Deno.test("a resumed file computes only what it lacks", async () => {
  const file = join(await temporary(), "out.jsonl");
  const rows = counted(3 * WINDOW);
  await emitted(rows, { file, resume: false });
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.split("\n").slice(0, 2 * WINDOW + 5).join("\n"));
  let asked = 0;
  const { score, close } = counting();
  await emitted(rows, { file, resume: true }, {
    score: (some) => {
      asked += some.length;
      return score(some);
    },
    close,
  });
  assert.equal(asked, WINDOW);
});

Deno.test("a file of other data, models or options is not gone on with, and stays as it is", async () => {
  const file = join(await temporary(), "out.jsonl");
  const rows = counted(2 * WINDOW);
  await emitted(rows, { file, resume: false });
  // Stopped in its second window.
  const before = (await Deno.readTextFile(file)).split("\n").slice(0, WINDOW + 10).join("\n");
  await Deno.writeTextFile(file, before);
  const refused = async (run: () => Promise<unknown>, message: RegExp, name = "RangeError") => {
    await assert.rejects(run, { name, message });
    assert.equal(await Deno.readTextFile(file), before);
  };
  await refused(
    () => emitted(rows, { file, resume: false }),
    /it is there already; go on with it by --resume/,
    "AlreadyExists",
  );
  await refused(
    () => emitted(rows.with(7, rows[8]!), { file, resume: true }),
    /line 8 must score row 8 of the data, and its texts are others$/,
  );
  await refused(
    () => emitted(rows, { file, resume: true, made: "other models" }),
    /with these models and options: it was made with others$/,
  );
  await refused(
    () => emitted(rows.slice(0, 5), { file, resume: true }),
    /it holds 265 rows, and the data have 5$/,
  );
  // Any kept row, its numbers and its texts.
  for (
    const [was, is] of [["line", 'l"'], [/(?<="logprob":-?)\d/, "7"]] as const
  ) {
    const lines = before.split("\n");
    const at = WINDOW - 1;
    const changed = lines.with(at, lines[at]!.replace(was, is)).join("\n");
    assert.notEqual(changed, before);
    await Deno.writeTextFile(file, changed);
    await assert.rejects(() => emitted(rows, { file, resume: true }), {
      name: "RangeError",
      message: `Cannot resume ${file}: rows to ${WINDOW} are not what was written`,
    });
  }
  await Deno.writeTextFile(file, before);
  await Deno.remove(sealsOf(file));
  await refused(
    () => emitted(rows, { file, resume: true }),
    /out\.jsonl\.seals\.jsonl does not say what made it$/,
  );
});

Deno.test("data that change between the two readings are noticed", async () => {
  const [short, long] = [counted(3), counted(4)];
  await assert.rejects(
    () =>
      scoreAll({
        rows: () => ReadableStream.from(long),
        total: short.length,
        scorer: counting(),
        emit() {},
        progress() {},
      }),
    { message: "Cannot trust these scores: the data had 3 rows, and now 4" },
  );
});

Deno.test("an answer may be called answer, completion or response, and a pair may hold its prompt", async () => {
  const file = join(await temporary(), "rows.jsonl");
  const read = async (row: unknown) => {
    await Deno.writeTextFile(file, JSON.stringify(row));
    return await Array.fromAsync(readScorables(file, {}));
  };
  for (const field of ["answer", "completion", "response"]) {
    assert.deepEqual(await read({ prompt: "a", [field]: "b", label: 3 }), [
      { kind: "answer", prompt: "a", answers: ["b"] },
    ]);
  }
  const before = "Human: a\n\nAssistant:";
  assert.deepEqual(await read({ chosen: `${before} b`, rejected: `${before} bc` }), [
    { kind: "pair", prompt: before, answers: [" b", " bc"] },
  ]);
  // Of a list each answer is a row, and of a choice the winner comes first.
  assert.deepEqual(
    (await read({ prompt: "a", answers: ["b", "c", "d"], scores: [1, 2, 3] })).map((row) =>
      row.answers
    ),
    [["b"], ["c"], ["d"]],
  );
  assert.deepEqual(
    (await read({ prompt: "a", response_a: "b", response_b: "c", winner: "b" }))[0]!.answers,
    ["c", "b"],
  );
  const refused = (row: unknown, message: RegExp) =>
    assert.rejects(() => read(row), { name: "SyntaxError", message });
  await refused({ prompt: "a" }, /:1: row must have fields .*current fields are \["prompt"\]/);
  await refused(
    { prompt: "a", answer: "b", response: "c" },
    /:1: row must have one answer: current ones are "response", "answer"; say which by --columns completion=/,
  );
  await refused({ prompt: "a", answer: 5 }, /:1: field "answer" must be .*: current value is 5$/);
  await refused([[1]], /:1: row must be an object: current value is \[1\]/);
});

Deno.test("bad rows are all named before any is scored", async () => {
  const file = join(await temporary(), "bad.jsonl");
  await Deno.writeTextFile(file, '{"prompt":"a","answer":"b"}\n{"prompt":"a"}\nnot json\n');
  await assert.rejects(() => Array.fromAsync(readScorables(file, {})), {
    name: "SyntaxError",
    message: new RegExp(`^${file}:2: row must have fields [^]*\n${file}:3: line must be JSON`),
  });
});

/** The command as a user types it: with the task's own permissions. */
async function score(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "score", ...args],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("deno task score --json gives each row's numbers in order, under the task's permissions", async () => {
  const directory = await temporary();
  const data = join(directory, "rows.jsonl");
  const [a, b] = [expected("llama"), expected("qwen2")];
  await Deno.writeTextFile(
    data,
    a.map(({ prompt, answer }) => JSON.stringify({ prompt, answer })).join("\n"),
  );
  const args = ["--model", golden("llama"), "--reference", golden("qwen2"), "--data", data];
  const { code, stdout, stderr } = await score(...args, "--beta", "0.5", "--json");
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout);
  assert.deepEqual([said.model, said.reference, said.beta], [
    golden("llama"),
    golden("qwen2"),
    0.5,
  ]);
  assert.equal(said.rows.length, 4);
  a.forEach(({ prompt, answer, answer_ids, logprob }, i) => {
    const row = said.rows[i];
    assert.deepEqual([row.prompt, row.answer, row.tokens], [prompt, answer, answer_ids.length]);
    near(row.logprob, logprob);
    near(row.reward, 0.5 * (logprob - b[i]!.logprob), 1e-4);
  });

  const out = join(directory, "out.jsonl");
  const written = await score(...args, "--out", out);
  assert.deepEqual([written.code, written.stdout], [0, `4 rows: ${out}\n`]);
  assert.match(written.stderr, /1 of 1 done/);
  const again = await score(...args, "--out", out, "--resume", "--json");
  assert.equal(again.code, 0, again.stderr);
  const lines = (await Deno.readTextFile(out)).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.deepEqual(JSON.parse(again.stdout).rows, lines);
});

Deno.test("deno task score prints a line an answer for people, harmless to a terminal", async () => {
  const data = join(await temporary(), "rows.jsonl");
  const row = { prompt: "we must", chosen: " act\u001b[2J now!", rejected: "b".repeat(500) };
  await Deno.writeTextFile(data, JSON.stringify(row));
  const { code, stdout, stderr } = await score(
    "--model",
    golden("llama"),
    "--reference",
    golden("llama"),
    "--data",
    data,
  );
  assert.equal(code, 0, stderr);
  const lines = stdout.split("\n");
  assert.equal(lines[0], "reward = 0.1 × (log π − log π_ref)");
  assert.match(lines[1]!, /^ +row +tokens +log π +reward +margin +text$/);
  assert.match(lines[2]!, /^ +1 +chosen +\d+ +-\d+\.\d{3} +0\.000 +act�\[2J now!$/);
  assert.match(lines[3]!, /^ +rejected +500 +The model would read \d+ tokens, .* is 128 +b{48}…$/);
  assert.match(stderr, /^1 answer has no numbers: longer than the model's context$/m);
});

Deno.test("deno task score refuses what it cannot do by name", async () => {
  const directory = await temporary();
  const data = join(directory, "rows.jsonl");
  await Deno.writeTextFile(data, '{"prompt":"a","answer":7}');
  const refused = async (args: readonly string[], message: RegExp) => {
    const { code, stdout, stderr } = await score(...args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  };
  const model = ["--model", golden("llama")];
  await refused(
    [...model, "--data", data],
    new RegExp(
      `^error: ${data}:1: field "answer" must be a string or a list of messages: current value is 7$`,
      "m",
    ),
  );
  await refused([...model, "--data", join(directory, "no.jsonl")], /there is no such file/);
  await refused([...model, "--data", data, "--resume"], /name it with --out/);
  await refused([...model, "--data", data, "--beta", "0"], /'--beta <n>' argument '0' is invalid/);
  await refused(
    ["--model", "./nowhere", "--data", data],
    /Cannot load .*nowhere: .*there is no such directory/,
  );
  const other = join(directory, "other");
  await Deno.mkdir(other);
  for (const { name } of Deno.readDirSync(golden("llama"))) {
    await Deno.copyFile(join(golden("llama"), name), join(other, name));
  }
  const tokenizer = JSON.parse(await Deno.readTextFile(join(other, "tokenizer.json")));
  tokenizer.model.merges = tokenizer.model.merges.slice(0, -1);
  await Deno.writeTextFile(join(other, "tokenizer.json"), JSON.stringify(tokenizer));
  await refused([...model, "--reference", other, "--data", data], /their tokenizers differ/);
  const help = await score("--help");
  assert.match(help.stdout, /^Usage: deno task score [^]*Examples:\n {2}deno task score/);
});

Deno.test("messages are scored by the chat template, with the end token only on demand", async () => {
  const directory = await temporary();
  for (const { name } of Deno.readDirSync(golden("llama"))) {
    await Deno.copyFile(join(golden("llama"), name), join(directory, name));
  }
  await Deno.writeTextFile(
    join(directory, "chat_template.jinja"),
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}" +
      "{% if add_generation_prompt %}[a]{% endif %}",
  );
  const data = join(directory, "rows.jsonl");
  const messages = {
    prompt: [{ role: "u", content: "Hi" }],
    answer: [{ role: "a", content: "Yo" }],
  };
  await Deno.writeTextFile(data, JSON.stringify(messages));
  const checkpoint = await openCheckpoint(directory);
  const [row] = await Array.fromAsync(scorables(data, checkpoint));
  assert.deepEqual(row, {
    kind: "answer",
    prompt: "[u]Hi</s>[a]",
    answers: ["Yo"],
    templated: true,
  });
  const { tokenizer } = checkpoint;
  const [open, ended] = [false, true].map((end) => rowAnswers(checkpoint, row!, end)[0]!);
  assert.deepEqual(open!.prompt.tokens, tokenizer.encode("[u]Hi</s>[a]"));
  assert.deepEqual(open!.tokens, tokenizer.encode("Yo"));
  assert.deepEqual(ended!.tokens, [...tokenizer.encode("Yo"), 2]);
});

Deno.test("--template scores strings as a user's turn, shows them as they stand, and joins RewardBench", async () => {
  const directory = await temporary();
  for (const { name } of Deno.readDirSync(golden("llama"))) {
    await Deno.copyFile(join(golden("llama"), name), join(directory, name));
  }
  const model = ["--model", directory];
  const pair = { prompt: "Hi", chosen: "Yo", rejected: "No" };
  const turn = (role: string, content: string) => [{ role, content }];
  const messages = {
    prompt: turn("user", "Hi"),
    chosen: turn("assistant", "Yo"),
    rejected: turn("assistant", "No"),
  };
  const write = async (name: string, row: object) => {
    const path = join(directory, name);
    await Deno.writeTextFile(path, `${JSON.stringify(row)}\n`);
    return path;
  };
  const [strings, spoken] = [await write("s.jsonl", pair), await write("m.jsonl", messages)];
  const none = await score(...model, "--data", strings, "--template");
  assert.match(none.stderr, /Cannot score by a template: .* has none/);
  await Deno.writeTextFile(
    join(directory, "chat_template.jinja"),
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}" +
      "{% if add_generation_prompt %}[assistant]{% endif %}",
  );
  const scored = async (data: string, ...more: string[]) => {
    const { code, stdout, stderr } = await score(...model, "--data", data, "--json", ...more);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).rows[0];
  };
  const [plain, own, theirs] = [
    await scored(strings),
    await scored(strings, "--template"),
    await scored(spoken, "--template"),
  ];
  assert.equal(own.prompt, "Hi");
  for (const side of ["chosen", "rejected"]) {
    assert.equal(own[side].logprob, theirs[side].logprob);
    assert.notEqual(own[side].logprob, plain[side].logprob);
  }
  const rows = await write("rows.jsonl", { id: 1, subset: "mine", ...pair });
  const lines = join(directory, "scores.jsonl");
  const out = await score(...model, "--data", strings, "--template", "--out", lines);
  assert.equal(out.code, 0, out.stderr);
  const judged = await cli(
    ["judge", "--protocol", "reward-bench", "--data", rows, "--scores", lines, "--json"],
    undefined,
    ["--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL"],
  );
  assert.equal(judged.code, 0, judged.stderr);
  const [{ estimates }] = JSON.parse(judged.stdout).rows;
  assert.equal(estimates.accuracy.value, own.chosen.logprob > own.rejected.logprob ? 1 : 0);
});

Deno.test("an answer of which the tokenizer or the template makes nothing is refused, not certain", async () => {
  const directory = await temporary();
  const made = async (name: string, file: string, change: object) => {
    const to = join(directory, name);
    await Deno.mkdir(to);
    for (const { name } of Deno.readDirSync(golden("llama"))) {
      await Deno.copyFile(join(golden("llama"), name), join(to, name));
    }
    const json = JSON.parse(await Deno.readTextFile(join(to, file)));
    await Deno.writeTextFile(join(to, file), JSON.stringify({ ...json, ...change }));
    return to;
  };
  const empties = {
    normalizer: { type: "Replace", pattern: { Regex: "[a-z]" }, content: "" },
  };
  const deaf = await openCheckpoint(await made("deaf", "tokenizer.json", empties));
  const row = (answer: string) =>
    rowAnswers(deaf, { kind: "answer", prompt: "Say", answers: [answer] }, true);
  assert.throws(() => row("yes"), {
    name: "RangeError",
    message: 'Cannot read the answer "yes": the tokenizer makes no token of it',
  });
  assert.equal(row("")[0]!.tokens.length, 1);
  async function* pairs() {
    yield { kind: "pair", prompt: "Say", chosen: "YES", rejected: "no", repaired: false } as const;
  }
  await assert.rejects(encode(pairs(), tokenizerOf(deaf)), /the answer "no": .* no token of it/);
  const template = { chat_template: '{{ "".constructor }}' };
  const mute = await openCheckpoint(await made("mute", "tokenizer_config.json", template));
  const found = dialogueOf(mute)(
    [{ role: "user", content: "Say" }],
    [[{ role: "assistant", content: "hi" }]],
  );
  assert.match(`${found}`, /it leaves out what "assistant" says/);
});
