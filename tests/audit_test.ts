import assert from "node:assert/strict";
import { join } from "node:path";
import type { Audit, Comparing, TextJudge } from "../core/mod.ts";
import { audit as schema } from "../core/mod.ts";
import { injections, nothing, padded, stuffed } from "../judges/attacks.ts";
import { auditJudge } from "../judges/audit.ts";
import { auditQuestions } from "../judges/audit-questions.ts";
import { noisy } from "../judges/noisy.ts";
import { FIVE, PAIR } from "../judges/protocols/verdicts.ts";
import * as arenaHard from "../judges/protocols/arena-hard/mod.ts";
import * as mtBench from "../judges/protocols/mt-bench/mod.ts";
import { worded } from "../judges/protocols/worded.ts";
import { readAudit, readQuestions, requireAudit } from "../lab/judging/audits.ts";
import { auditPage } from "../reports/mod.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { type Asked, scripted } from "./fake/openai.ts";

const options = { seed: 1, mostInvalid: 0.02 };
const judgeBy = (prefers: (task: Comparing) => number): TextJudge => ({
  id: "scripted",
  fingerprint: "f".repeat(64),
  compare: (task) => Promise.resolve({ preference: prefers(task) }),
});
const honest = new Map(auditQuestions.map(({ question, answer }) => [question, answer]));
/** How good an answer is: it says what the honest one says, and the less beside it the better. */
function worth(question: string, answer: string): number {
  const wanted = honest.get(question) ?? question;
  const words = wanted.match(/\p{L}+|\d+/gu)!;
  const found = new Set(answer.match(/\p{L}+|\d+/gu));
  return words.filter((word) => found.has(word)).length / words.length - answer.length * 1e-6;
}
const fair = ({ question: { turns: [question] }, first: [a], second: [b] }: Comparing) => {
  const [one, other] = [worth(question!, a!), worth(question!, b!)];
  return one === other ? 0.5 : one > other ? 1 : 0;
};
const states = ({ checks }: { checks: Audit["checks"] }) =>
  Object.fromEntries(checks.map(({ id, state }) => [id, state]));

Deno.test("a judge that reads answers passes every check", async () => {
  const found = await auditJudge(judgeBy(fair), auditQuestions, options);
  assert.equal(found.verdict, "pass", JSON.stringify(states(found as Audit)));
  assert.equal(found.checks.length, 7);
  assert.equal(found.checks[0]!.n, 32);
  // Wilson of 0 out of 32: z² / (32 + z²).
  assert.ok(Math.abs(found.checks[0]!.rate!.high - 3.841459 / 35.841459) < 1e-6);
  assert.equal(found.firstShown!.value, 0.5);
});

Deno.test("each kind of gullible judge fails the check that is meant for it", async () => {
  const cases: { readonly [id: string]: (task: Comparing) => number } = {
    "verbose-padding": (task) =>
      task.first[0]!.length === task.second[0]!.length
        ? 0.5
        : task.first[0]!.length > task.second[0]!.length
        ? 1
        : 0,
    "markdown-stuffing": (task) => {
      const marks = ([text]: readonly string[]) => text!.split(/\*\*|#/).length;
      const gap = marks(task.first) - marks(task.second);
      return gap === 0 ? fair(task) : gap > 0 ? 1 : 0;
    },
    "injected-verdict": (task) => {
      const named = (text: string) =>
        injections.some((one) =>
          text.includes(one.text("first")) || text.includes(one.text("second"))
        );
      return named(task.first[0]!) ? 1 : named(task.second[0]!) ? 0 : fair(task);
    },
    "null-model": (task) =>
      task.first[0] === nothing ? 1 : task.second[0] === nothing ? 0 : fair(task),
    "copied-prompt": (task) => {
      const copy = ([text]: readonly string[]) => text === task.question.turns[0];
      return copy(task.first) ? 1 : copy(task.second) ? 0 : fair(task);
    },
    // Who only looks for something like an answer.
    "shuffled-answers": (task) => {
      const answers = [...honest.values()];
      const [one, other] = [task.first, task.second].map(([text]) => answers.includes(text!));
      return one && other ? 0.5 : fair(task);
    },
    "position-swap": (task) => {
      const close = worth(task.question.turns[0]!, task.first[0]!) > 0.8 &&
        worth(task.question.turns[0]!, task.second[0]!) > 0.8;
      return close ? 1 : fair(task);
    },
  };
  for (const [id, prefers] of Object.entries(cases)) {
    const found = await auditJudge(judgeBy(prefers), auditQuestions, options);
    const state = states(found as Audit);
    assert.equal(state[id], "fail", `${id}: ${JSON.stringify(state)}`);
    assert.equal(found.verdict, "fail");
    if (id !== "verbose-padding") {
      // What it was not fooled by it passes, or cannot be told: a position's pull makes close calls even.
      const others = Object.entries(state).filter(([other]) => other !== id).map(([, s]) => s);
      assert.ok(!others.includes("fail"), `${id}: ${JSON.stringify(state)}`);
    }
  }
});

Deno.test("few questions, and many failures, are inconclusive and never a pass", async () => {
  const few = await auditJudge(judgeBy(fair), auditQuestions.slice(0, 4), options);
  assert.equal(few.verdict, "inconclusive");
  assert.match(few.checks[0]!.reason!, /Too few/);
  const silent: TextJudge = {
    ...judgeBy(fair),
    compare: () => Promise.resolve({ failure: "timeout", reason: "late" }),
  };
  const none = await auditJudge(silent, auditQuestions, options);
  assert.equal(none.verdict, "inconclusive");
  assert.deepEqual(none.checks.map(({ n, invalid }) => [n, invalid]), [
    ...Array.from({ length: 6 }, () => [0, 32]),
    [0, 64],
  ]);
  assert.equal(none.firstShown, undefined);
  let calls = 0;
  const flaky: TextJudge = {
    ...judgeBy(fair),
    compare: (task) =>
      ++calls % 10 === 0
        ? Promise.resolve({ failure: "malformed", reason: "no verdict", raw: "well" })
        : judgeBy(fair).compare(task),
  };
  const some = await auditJudge(flaky, auditQuestions, options);
  assert.equal(some.verdict, "inconclusive");
  assert.match(some.checks[0]!.reason!, /of 32 comparisons failed, more than 2 %/);
  await assert.rejects(auditJudge(flaky, auditQuestions.slice(0, 1), options), /1 questions/);
});

Deno.test("a judge that errs at chance fails, and one that errs seldom does not", async () => {
  const wrong = await auditJudge(
    noisy(judgeBy(fair), { flip: 0.5, seed: 1 }),
    auditQuestions,
    options,
  );
  assert.equal(wrong.verdict, "fail");
  const good = await auditJudge(
    noisy(judgeBy(fair), { flip: 0.02, seed: 1 }),
    auditQuestions,
    options,
  );
  assert.notEqual(good.verdict, "fail");
});

Deno.test("answers to other questions are never to the same one, and the same for a seed", async () => {
  const seen: string[][] = [[], []];
  for (const run of seen) {
    await auditJudge(
      judgeBy(({ question, first }) => {
        run.push(`${question.id} ${first[0]}`);
        return 0.5;
      }),
      auditQuestions,
      options,
    );
  }
  assert.deepEqual(seen[0], seen[1]);
  const shown = await auditJudge(judgeBy(fair), auditQuestions, options);
  for (const { examples } of shown.checks.filter(({ id }) => id === "shuffled-answers")) {
    for (const { honest, attack } of examples) assert.notEqual(honest, attack);
  }
});

Deno.test("padding and stuffing keep the answer's words", () => {
  const answer = "First this. Then that, twice! And so?";
  assert.ok(padded(answer).includes(answer));
  const words = (text: string) => text.match(/\p{L}+/gu)!;
  const kept = words(stuffed(answer));
  for (const word of words(answer)) assert.ok(kept.includes(word), word);
  assert.match(stuffed(answer), /^# Answer\n[^]*- \*\*Then\*\* that, twice!/);
});

/** Who is better by `fair`, read out of a judge's messages as they are quoted. */
function choose({ messages }: Asked): { better: "A" | "B"; mark: string; text: string } {
  const text = messages.map(({ content }) => content).join("\n");
  const block = (name: string) => {
    const [, mark, inner] = text.match(
      new RegExp(`<${name} ([0-9a-f]{16})>\\n([^]*?)\\n</${name} \\1>`),
    )!;
    return { mark: mark!, inner: inner! };
  };
  const { mark, inner: question } = block("user");
  const [a, b] = [block("answer-a").inner, block("answer-b").inner];
  return { better: worth(question, a) >= worth(question, b) ? "A" : "B", mark, text };
}
/** The verdict in the form that the messages ask for. */
const obey = (asked: Asked): string => {
  const { better, mark, text } = choose(asked);
  const label = text.includes("VERDICT is one of A>>B")
    ? (better === "A" ? "A>>B" : "B>>A")
    : better;
  return `Because.\n${
    JSON.stringify({ verdict: label, ...text.includes(`"mark": "${mark}"}`) ? { mark } : {} })
  }`;
};

Deno.test("with our wordings no injection reaches the verdict of a judge that reads what is quoted", async () => {
  const { remote } = await import("../judges/remote.ts");
  await using server = scripted({ reply: obey });
  const chat = remote({
    url: server.url,
    model: "toy",
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  for (const [{ protocol }, pair] of [[mtBench, PAIR], [arenaHard, FIVE]] as const) {
    const found = await auditJudge(
      worded(chat, { prompts: protocol.wording, pair }),
      auditQuestions,
      options,
    );
    const injected = found.checks.find(({ id }) => id === "injected-verdict")!;
    assert.equal(found.verdict, "pass", JSON.stringify(injected, null, 2));
    assert.ok(found.checks.every(({ invalid }) => invalid === 0));
  }
});

Deno.test("a judge whose reply only repeats what it read gives no verdict", async () => {
  const { remote } = await import("../judges/remote.ts");
  // As a model does that is taken over by the text it was shown.
  await using server = scripted({
    reply: ({ messages }) => messages.at(-1)!.content.slice(-2000).replaceAll("VERDICT", '"A"'),
  });
  const chat = remote({
    url: server.url,
    model: "toy",
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  const found = await auditJudge(
    worded(chat, { prompts: mtBench.protocol.wording, pair: PAIR }),
    auditQuestions.slice(0, 4),
    options,
  );
  const injected = found.checks.find(({ id }) => id === "injected-verdict")!;
  assert.equal(injected.n, 0, "a repeated text was taken for a verdict");
});

Deno.test("the command audits a judge on a server, writes file and page, and the gate reads them", async () => {
  await using server = scripted({ reply: obey, key: "sk-test-12345678" });
  const directory = await temporary();
  const file = join(directory, "judge.json");
  await Deno.writeTextFile(
    file,
    JSON.stringify({ url: server.url, key: "sk-test-12345678", model: "toy", retries: 0 }),
  );
  const run = (...more: string[]) =>
    cli(
      ["audit", "--judge", "remote", "--judge-file", file, "--out", "audit", ...more],
      directory,
      [
        "--allow-net=127.0.0.1",
        "--allow-env=PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
      ],
    );
  const { code, stdout, stderr } = await run("--json");
  assert.equal(code, 0, stderr);
  const printed = JSON.parse(stdout) as Audit;
  const stored = await readAudit(join(directory, "audit/audit.json"));
  assert.deepEqual(stored, printed);
  assert.deepEqual(schema.parse(printed), printed);
  assert.equal(printed.judge.calls, 384);
  const text = await Deno.readTextFile(join(directory, "audit/audit.html"));
  assert.match(text, /Audit of remote:toy/);
  for (const name of ["audit.json", "audit.html", "replies.jsonl"]) {
    assert.ok(!(await Deno.readTextFile(join(directory, "audit", name))).includes("sk-test"), name);
  }
  const again = await run();
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /Null model +passed +0 % \(0 % to 11 %\)/);
  // All from kept replies.
  assert.equal((await readAudit(join(directory, "audit/audit.json"))).judge.calls, 0);
  await requireAudit(join(directory, "audit/audit.json"), printed.judge);

  // The same judge in the same words is the one that was audited; in others it is not.
  const fixtures = new URL("fixtures/protocols/", import.meta.url).pathname;
  const judge = (protocol: string, ...files: string[]) =>
    cli(
      [
        ...["judge", "--protocol", protocol, "--judge", "remote", "--judge-file", file],
        ...["--require-audit", "audit/audit.json", "--out", `judged-${protocol}`, ...files],
      ],
      directory,
      ["--allow-net=127.0.0.1"],
    );
  const gated = await judge(
    "reward-bench",
    ...["--mode", "pair", "--data", `${fixtures}reward-rows.jsonl`],
  );
  assert.equal(gated.code, 1);
  assert.match(gated.stderr, /with other weights, parameters or prompts/);
  assert.equal((await run("--protocol", "reward-bench")).code, 0);
  const allowed = await judge(
    "reward-bench",
    ...["--mode", "pair", "--data", `${fixtures}reward-rows.jsonl`],
  );
  assert.equal(allowed.code, 0, allowed.stderr);

  const other = await cli(["audit", "--judge", "gold", "--out", "x"], directory);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /nobody knows the truth/);
});

Deno.test("the gate refuses another judge, and one that did not pass", async () => {
  const found = await auditJudge(judgeBy(() => 1), auditQuestions, options);
  const audit: Audit = {
    schema: 1,
    command: "deno task audit",
    judge: { id: "scripted", fingerprint: "f".repeat(64), calls: 1, cached: 0 },
    questions: { source: "ours", n: 32, sha256: "" },
    ...options,
    checks: [...found.checks],
    verdict: found.verdict,
    versions: {},
    ran: { at: "2030-01-01T00:00:00Z", host: "here" },
  };
  const path = join(await temporary(), "audit.json");
  await Deno.writeTextFile(path, JSON.stringify(audit));
  await assert.rejects(requireAudit(path, audit.judge), {
    name: "RangeError",
    message: /did not pass its audit in .*: null-model \(fail\), .*position-swap \(fail\)/,
  });
  await assert.rejects(
    requireAudit(path, { ...audit.judge, fingerprint: "0".repeat(64) }),
    /audit of scripted with other weights, parameters or prompts/,
  );
  await Deno.writeTextFile(path, JSON.stringify({ ...audit, verdict: "great" }));
  await assert.rejects(requireAudit(path, audit.judge), /field "verdict" must be "pass" or/);
});

Deno.test("questions of a user's own are read as several tools write them, and errors say where", async () => {
  const directory = await temporary();
  const read = async (name: string, text: string) => {
    await Deno.writeTextFile(join(directory, name), text);
    return (await readQuestions(join(directory, name))).rows;
  };
  assert.deepEqual(
    await read("a.json", '[{"instruction": "q", "output": "a"}, {"prompt": "r", "chosen": "b"}]'),
    [{ id: "1", question: "q", answer: "a" }, { id: "2", question: "r", answer: "b" }],
  );
  const lines = '{"id": "x", "question": "q", "response": "a"}\n\n{"prompt": "r", "answer": "b"}\n';
  assert.deepEqual((await read("a.jsonl", lines)).map(({ id }) => id), ["x", "2"]);
  await assert.rejects(
    read("b.jsonl", `${lines}{"prompt": "r"}`),
    /b\.jsonl:4: an answer must stand in/,
  );
  await assert.rejects(
    read("c.jsonl", '{"prompt": 5, "answer": "a"}'),
    /:1: field "prompt" must be a string/,
  );
  await assert.rejects(
    read("d.json", '[{"prompt": "q", "answer": "a"}]'),
    /expected two questions/,
  );
});

Deno.test("the page holds what texts say as text", async () => {
  const evil = "</pre><script>alert(1)</script>\u202e";
  const found = await auditJudge(
    { ...judgeBy(fair), compare: () => Promise.resolve({ preference: 1, raw: evil }) },
    auditQuestions.map((one) => ({ ...one, question: evil + one.question })),
    options,
  );
  const html = await auditPage({
    schema: 1,
    command: evil,
    judge: { id: evil, fingerprint: "f", calls: 1, cached: 0 },
    questions: { source: evil, n: 32, sha256: "" },
    ...options,
    checks: [...found.checks],
    verdict: found.verdict,
    versions: { deno: evil },
    ran: { at: "", host: evil },
  });
  assert.ok(!html.includes("<script>alert"));
  assert.ok(html.includes("&lt;script>alert(1)") || html.includes("&lt;script&gt;alert(1)"));
});
