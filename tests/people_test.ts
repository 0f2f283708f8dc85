import assert from "node:assert/strict";
import { join } from "node:path";
import { type Judged, judged, mtBench, rng } from "../mod.ts";
import { report, site } from "../reports/mod.ts";
import { close } from "./close.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { scripted } from "./fake/openai.ts";
import { judgedFile } from "./fixtures/judged.ts";
import { suite } from "./fixtures/records.ts";

const fixtures = new URL("fixtures/protocols/", import.meta.url).pathname;
const rows = async (name: string) =>
  (await Deno.readTextFile(`${fixtures}${name}`)).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
const pairs = (await rows("mt-judgments-all.jsonl")).map((row) => mtBench.pairJudgment.parse(row));
const votes = (await rows("mt-human.jsonl")).map((row) => mtBench.vote.parse(row));

type Rows = ReturnType<typeof mtBench.agreementWith>["rows"];
const row = (rows: Rows, who: "judge" | "people", turn: number | undefined, ties: boolean) =>
  rows.find((row) => row.who === who && row.turn === turn && row.ties === ties)!;
const values = ({ estimates }: Rows[number]) =>
  ["observed", "kappa", "alpha", "ac1"].map((id) => estimates[id]?.value);
const near = (found: readonly (number | undefined)[], expected: readonly number[]) =>
  found.forEach((value, i) => close(value, expected[i]!));

Deno.test("G10: a judge's games and people's votes meet whichever way round they are written", () => {
  const found = mtBench.agreementWith(
    mtBench.ofJudgments(pairs),
    mtBench.votesOf(votes),
    "f",
    rng(1),
  );
  // On the first turn the verdicts are G10's, on ten questions and three pairs of models.
  const first = row(found.rows, "judge", 1, true);
  near(values(first), [.7, .53125, .55118110, .56043956]);
  assert.equal(first.pairs, 10);
  const { low, high, n } = first.estimates["observed"]!;
  // Ten questions of which seven agree: the bootstrap's ends are tenths.
  assert.deepEqual([low, high, n], [.4, 1, 10]);
  const decided = row(found.rows, "judge", 1, false);
  assert.equal(decided.pairs, 7);
  close(decided.estimates["observed"]?.value, 6 / 7);
  assert.equal(decided.estimates["observed"]!.low, undefined, "seven questions are too few");

  // The second turn: the judge says A and B, people A A and T A.
  const second = row(found.rows, "judge", 2, true);
  assert.equal(second.pairs, 4);
  close(second.estimates["observed"]?.value, 1 / 2);
  close(row(found.rows, "judge", 2, false).estimates["observed"]?.value, 2 / 3);
  const all = row(found.rows, "judge", undefined, true);
  assert.deepEqual([all.pairs, all.estimates["observed"]!.value], [14, 9 / 14]);
  assert.equal(row(found.rows, "judge", undefined, false).estimates["observed"]!.value, 8 / 10);

  // People with each other: A A, T A and B A, so 4 A, 1 T and 1 B of 6. κ = (1/3 − 1/2) / (1 − 1/2),
  // α = 1 − (2/3) / (18/30), AC1 = (1/3 − 1/4) / (3/4).
  const people = row(found.rows, "people", 2, true);
  assert.equal(people.pairs, 3);
  near(values(people), [1 / 3, -1 / 3, -1 / 9, 1 / 9]);
  close(row(found.rows, "people", 2, false).estimates["observed"]?.value, 1 / 2);
  assert.deepEqual(row(found.rows, "people", 1, true), {
    who: "people",
    turn: 1,
    ties: true,
    pairs: 0,
    estimates: {},
    absent: { observed: "No two verdicts are on one pair" },
  });

  const { rows: _, ...counts } = found;
  assert.deepEqual(counts, {
    files: "f",
    people: 2,
    votes: 16,
    joined: 14,
    authors: 1,
    judged: 12,
    failed: 0,
    voted: 12,
  });
});

Deno.test("two games are one verdict: a tie unless both name one model, none where a game failed", () => {
  const game = (g1_winner: string, g2_winner: string) =>
    mtBench.ofJudgments([mtBench.pairJudgment.parse({
      question_id: 1,
      model_1: "b",
      model_2: "a",
      g1_winner,
      g2_winner,
      judge: ["j", "p"],
      turn: 1,
    })])[0]!.verdict;
  // Models stand in the order of their names, so model_1 is the second.
  assert.equal(game("model_1", "model_1"), "second");
  assert.equal(game("model_2", "model_2"), "first");
  assert.equal(game("model_1", "model_2"), "tie");
  assert.equal(game("model_1", "tie"), "tie");
  assert.equal(game("tie", "tie"), "tie");
  assert.equal(game("model_1", "error"), undefined);
  const [one] = mtBench.ofMatches(
    [{ question: "1", model: "a", turn: 1, games: ["model_1", undefined] }],
    "b",
    "j",
  );
  assert.equal(one!.verdict, "first", "a pair that was shown once");
});

Deno.test("which model has which name, and whose vote comes first, changes no figure", () => {
  // One pair of models and two voters a question: turning names or votes round is a relabelling.
  const cast = (a: string, b: string, turned: boolean) =>
    ["AAB", "ABA", "TTT", "BAT", "BBB", "AAA", "ABB", "BTA", "AAT", "BBA", "TAB"].flatMap(
      (said, i) =>
        [...turned ? said.slice(1).split("").reverse().join("") : said.slice(1)].map((one, k) => ({
          question_id: i,
          model_a: a,
          model_b: b,
          winner: one === "T" ? "tie" : one === "A" ? "model_a" : "model_b",
          judge: `person ${k}`,
          turn: 1,
        })),
    );
  const judge = (a: string, b: string) =>
    [..."AATBBAABABT"].map((one, i) => ({
      question_id: i,
      model_a: a,
      model_b: b,
      winner: one === "T" ? "tie (inconsistent)" : one === "A" ? "model_a" : "model_b",
      judge: ["gpt-4", "pair-v2"],
      turn: 1,
    }));
  const figures = (a: string, b: string, turned: boolean) =>
    mtBench.agreementWith(
      mtBench.votesOf(judge(a, b)),
      mtBench.votesOf(cast(a, b, turned)),
      "f",
      rng(1),
    ).rows.map((row) => values(row).map((value) => value?.toFixed(12)));
  assert.deepEqual(figures("x", "y", false), figures("y", "x", false));
  assert.deepEqual(figures("x", "y", false), figures("x", "y", true));
});

Deno.test("full agreement has Wilson's interval over questions, and no interval where nothing varies", () => {
  const same = Array.from({ length: 12 }, (_, i) => ({
    question_id: i,
    model_a: "x",
    model_b: "y",
    winner: i % 2 ? "model_a" : "model_b",
    judge: "someone",
    turn: 1,
  }));
  const { rows: [found] } = mtBench.agreementWith(
    mtBench.votesOf(same),
    mtBench.votesOf(same),
    "f",
    rng(1),
  );
  // n / (n + z²) at z = 1.959964.
  close(found!.estimates["observed"]!.low, 12 / (12 + 3.8414588));
  assert.deepEqual(found!.estimates["kappa"], { value: 1, n: 12 });
});

Deno.test("votes that meet nothing, and a pair judged twice, are refused", () => {
  const verdicts = mtBench.ofJudgments(pairs);
  const strangers = mtBench.votesOf(votes).map((one) => ({ ...one, question: "none" }));
  assert.throws(
    () => mtBench.agreementWith(verdicts, strangers, "human.jsonl", rng(1)),
    /Cannot join human\.jsonl with what is judged: no vote is on one of its questions, turns and pairs of models; votes are on ada and bo, bo and cy, ada and cy, judged is ada and bo/,
  );
  assert.throws(
    () =>
      mtBench.agreementWith(
        [...verdicts, verdicts[0]!],
        mtBench.votesOf(votes),
        "f",
        rng(1),
      ),
    /question 1, turn 1, ada against bo is judged twice, by somebody pair-v2 and somebody pair-v2/,
  );
});

const judge = (args: readonly string[]) =>
  cli(["judge", "--protocol", "mt-bench", ...args], undefined, [
    "--allow-net=127.0.0.1",
    "--allow-env=INIT_CWD,PREFBENCH_JUDGE_URL,PREFBENCH_JUDGE_KEY,PREFBENCH_JUDGE_MODEL",
  ]);

Deno.test("judge --judgments --human takes any pairs of models, and FastChat's files of single verdicts", async () => {
  const human = `${fixtures}mt-human.jsonl`;
  const args = ["--judgments", `${fixtures}mt-judgments-all.jsonl`, "--human", human];
  const { code, stdout, stderr } = await judge([...args, "--json"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /No one model is the baseline: each is against all that it met/);
  const document = judged.parse(JSON.parse(stdout));
  assert.equal(document.baseline, "each other");
  assert.deepEqual(new Set(document.rows.map(({ model }) => model)), new Set(["ada", "bo", "cy"]));
  close(row(document.agreement!.rows, "judge", 1, true).estimates["kappa"]?.value, .53125);
  const { stdout: text } = await judge(args);
  assert.match(text, /16 votes in mt-human\.jsonl: 14 are on something judged, 2 on nothing/);
  assert.match(text, /The judge with people, turn 1 +10 +0\.700 \[0\.400, 1\.000\] +0\.531/);

  // The people themselves as a judge, one verdict a pair: of the first turn alone there is one each.
  const directory = await temporary();
  const single = join(directory, "judge.json");
  await Deno.writeTextFile(
    single,
    JSON.stringify(votes.filter(({ turn }) => turn === 1).map((one) => ({ ...one, judge: ["g"] }))),
  );
  const alike = await judge(["--judgments", single, "--human", human, "--json"]);
  assert.equal(alike.code, 0, alike.stderr);
  const { agreement } = judged.parse(JSON.parse(alike.stdout));
  assert.equal(row(agreement!.rows, "judge", 1, true).estimates["observed"]!.value, 1);

  const wrong = join(directory, "wrong.jsonl");
  await Deno.writeTextFile(wrong, `${JSON.stringify({ ...votes[0], winner: "ada" })}\n`);
  for (
    const [given, message] of [
      [["--judgments", single], /single verdicts on pairs: they only serve to be compared with/],
      [
        ["--judgments", `${fixtures}mt-judgments-single.jsonl`, "--human", human],
        /Cannot join mt-human\.jsonl with what is judged: .*there are no pairs/,
      ],
      [
        ["--judgments", `${fixtures}mt-judgments-all.jsonl`, "--human", wrong],
        /wrong\.jsonl:1: field "winner" must be valid \(model_a, model_b or a tie\): current value is "ada"/,
      ],
      [
        ["--protocol", "arena-hard", "--judgments", "x.jsonl", "--human", human],
        /^error: Cannot use --human with --protocol arena-hard: it is for mt-bench$/m,
      ],
    ] as const
  ) {
    const { code, stderr } = await judge(given);
    assert.equal(code, 1, given.join(" "));
    assert.match(stderr, message);
  }
});

Deno.test("judging pairs is compared with votes, and votes on other pairs are refused before a call", async () => {
  await using server = scripted({
    // Whatever is shown first is better: every pair is a tie of its orders.
    reply: ({ messages }) => {
      const mark = /"mark": "([0-9a-f]+)"/.exec(messages[1]!.content)?.[1];
      return { text: JSON.stringify({ verdict: "A", ...mark ? { mark } : {} }) };
    },
  });
  const directory = await temporary();
  const write = async (name: string, text: string) => {
    const path = join(directory, name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const settings = await write("judge.json", JSON.stringify({ url: server.url, model: "s" }));
  const vote = (model_a: string, question_id: number, winner: string) =>
    `${
      JSON.stringify({ question_id, model_a, model_b: "tuned", winner, judge: "expert_1", turn: 1 })
    }\n`;
  const args = (human: string) => [
    ...["--mode", "pair", "--judge", "remote", "--judge-file", settings, "--json"],
    ...["--out", join(directory, "out"), "--human", human],
    ...["--questions", `${fixtures}mt-questions.jsonl`],
    ...["--answers", `${fixtures}mt-model.jsonl`, "--baseline", `${fixtures}mt-baseline.jsonl`],
  ];
  const others = await judge(args(await write("others.jsonl", vote("stranger", 1, "model_a"))));
  assert.equal(others.code, 1);
  assert.match(others.stderr, /votes are on stranger and tuned, judged is baseline and tuned/);
  const grades = await judge(args("unread.jsonl").slice(2));
  assert.equal(grades.code, 1);
  assert.match(
    grades.stderr,
    /Cannot compare grades with people's votes on pairs: judge by --mode/,
  );
  assert.equal(server.calls.length, 0);

  const human = await write(
    "human.jsonl",
    vote("baseline", 1, "tie") + vote("baseline", 2, "model_b") + vote("baseline", 99, "model_a"),
  );
  const { code, stdout, stderr } = await judge(args(human));
  assert.equal(code, 0, stderr);
  const { agreement, rows: [model] } = judged.parse(JSON.parse(stdout));
  assert.equal(model!.estimates["win-rate"]!.value, .5);
  const { rows, ...counts } = agreement!;
  assert.deepEqual(counts, {
    files: "human.jsonl",
    people: 1,
    votes: 3,
    joined: 2,
    authors: 0,
    judged: 8,
    failed: 0,
    voted: 2,
  });
  assert.equal(row(rows, "judge", undefined, true).estimates["observed"]!.value, .5);
});

Deno.test("the report and the site show the agreement, and a judge without win-rates has no column", async () => {
  const agreement = mtBench.agreementWith(
    mtBench.ofJudgments(pairs),
    mtBench.votesOf(votes),
    "<img src=x>.jsonl",
    rng(1),
  );
  const alone: Judged = {
    ...judgedFile({ protocol: "mt-bench" }),
    rows: [],
    judgements: [],
    measures: {},
    bias: {},
    agreement,
  };
  const { texts: _, ...file } = alone;
  const made = suite({ methods: ["dpo", "sft"], testbeds: ["bandit/clean"], seeds: 2 });
  const pages = new Map(
    (await Array.fromAsync(site({
      title: "s",
      runs: [{ name: "one", plan: made.plan, records: made.records }],
      judged: [{ run: "one", judged: file }],
      catalogue: made.catalogue,
    }))).map(({ path, text }) => [path, text]),
  );
  assert.doesNotMatch(pages.get("index.html")!, />mt-bench</);
  const html = await report(made.plan, made.records, { ...made.catalogue, judged: [file] });
  for (const page of [html, pages.get("judges.html")!]) {
    assert.match(
      page,
      /2 people cast 16 votes in <bdi>&lt;img src=x(>|&gt;)\.jsonl<\/bdi>; 14 are on/,
    );
    assert.match(
      page,
      /<th scope="row">Judge with people<\/th><td>1<\/td><td>count<\/td><td class="number">10<\/td><td class="number" >0\.70 \(0\.40 to 1\.00\)<\/td><td class="number" >0\.53 /,
    );
  }
});
