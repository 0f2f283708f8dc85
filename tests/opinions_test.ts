import assert from "node:assert/strict";
import { join } from "node:path";
import { type Judged, questionIds, rng, type RunRecord, type VoteRow } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { readOpinions } from "../lab/votes/opinions.ts";
import { beside } from "../reports/findings/beside.ts";
import { findings } from "../reports/findings/findings.ts";
import { report } from "../reports/mod.ts";
import { opinions } from "../reports/findings/opinions.ts";
import { cli } from "./fake/cli.ts";
import { temporary } from "./fake/directory.ts";
import { written } from "./fake/voting.ts";
import { judgedBy, votesOf } from "./fixtures/opinions.ts";
import { corpus, hostile, suite } from "./fixtures/records.ts";
import { unpacked } from "./fixtures/unpacked.ts";

const made = suite({
  methods: ["dpo", "ipo", "sft"],
  testbeds: ["bandit/clean", "text/clean"],
  seeds: 2,
  prompts: 24,
  mishaps: false,
});
const { plan, records, catalogue } = made;
const on = "text/clean";
const close = (a: number | undefined, b: number, tolerance = 1e-9) =>
  assert.ok(a !== undefined && Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

/** One record with these answers, so that what follows can be counted by hand. */
function tiny(rewards: readonly (readonly [number, number])[]): RunRecord {
  const record = records.find(({ benchmark }) => benchmark === "text")!;
  return {
    ...record,
    method: "dpo",
    seed: 0,
    truth: { temperature: 1 },
    answers: rewards.map(([start, end], i) => ({
      prompt: `Prompt ${i}`,
      start: `start ${i}`,
      end: `end ${i}`,
      rewards: [start, end],
    })),
  };
}

// Votes 0, 1, 2, … on the pairs of `tiny`, the start policy on side A.
function vote(question: number, choice: "a" | "b" | "tie" | "skip", more: object = {}): VoteRow {
  const [row] = votesOf([tiny([[0, 1]])], "ada", { n: 1 });
  const record = tiny(Array.from({ length: question + 1 }, () => [0, 1] as const));
  const found = votesOf([record], "ada", { n: question + 1 })
    .find((one) => one.kind === "vote" && one.question === question)!;
  assert.ok(row!.kind === "vote" && found.kind === "vote");
  // Turned so that the method is B.
  const turned = found.shown[0] !== null;
  return {
    ...found,
    id: `v${question}`,
    choice: turned ? ({ a: "b", b: "a", tie: "tie", skip: "skip" } as const)[choice] : choice,
    ...more,
  };
}

Deno.test("agreement of a voter with the truth is counted over the pairs that both decide", () => {
  // The truth prefers the method on 0 and 1 and the start policy on 2, and ties on 3.
  const record = tiny([[0, 1], [0, 2], [1, 0], [1, 1]]);
  const votes = [vote(0, "b"), vote(1, "a"), vote(2, "a"), vote(3, "tie")];
  const found = opinions([record], { votes })!;
  const [truth] = found.people;
  assert.deepEqual([truth!.a, truth!.b, truth!.found.n], ["ada", "the truth", 4]);
  close(truth!.found.observed, 3 / 4);
  assert.deepEqual(truth!.decided, { share: 2 / 3, n: 3 });
  assert.ok(!("intervals" in truth!.found), "four prompts are too few");
  assert.deepEqual(found.counts, { votes: 4, skipped: 0, lost: 0 });
  assert.deepEqual(found.votes.map(({ preference }) => preference), [1, 0, 0, 0.5]);
  close(found.votes[1]!.truth, 1 / (1 + Math.exp(-2)));
});

Deno.test("what was taken back, skipped or read otherwise does not count, and is counted", () => {
  const record = tiny([[0, 1], [0, 1], [0, 1], [0, 1]]);
  const undo: VoteRow = { schema: 1, kind: "undo", undoes: "v0", voter: "ada", at: "" };
  const votes = [
    vote(0, "a"),
    undo,
    vote(0, "b", { id: "v0 again" }),
    vote(1, "skip"),
    vote(2, "b", { digest: "of another text" }),
    vote(3, "b", { seed: 9 }),
  ];
  const found = opinions([record], { votes })!;
  assert.deepEqual(found.counts, { votes: 1, skipped: 1, lost: 2 });
  assert.deepEqual(found.people.map(({ found }) => [found.n, found.observed]), [[1, 1]]);
});

Deno.test("a voter asked again is held against her first vote, which alone counts elsewhere", () => {
  const record = tiny([[0, 1], [0, 1], [0, 1]]);
  const votes = [
    vote(0, "b"),
    vote(1, "b"),
    vote(2, "b"),
    vote(0, "a", { id: "r0", repeats: "v0" }),
    vote(1, "b", { id: "r1", repeats: "v1" }),
  ];
  const [again, truth] = opinions([record], { votes })!.people;
  assert.deepEqual([again!.a, again!.b, again!.found.n], ["ada, asked again", "ada", 2]);
  close(again!.found.observed, 1 / 2);
  assert.deepEqual([truth!.found.n, truth!.found.observed], [3, 1]);
});

Deno.test("voters agree with each other on the pairs that both saw", () => {
  const record = tiny([[0, 1], [0, 1], [0, 1], [0, 1]]);
  const by = (voter: string, i: number, choice: "a" | "b" | "tie") =>
    vote(i, choice, { voter, id: `${voter}${i}` });
  const votes = [
    ...[0, 1, 2].map((i) => by("ada", i, "b")),
    ...[1, 2, 3].map((i) => by("bob", i, i === 2 ? "a" : "b")),
    by("eve", 2, "tie"),
  ];
  const found = opinions([record], { votes })!;
  const pair = found.people.find(({ a, b }) => a === "ada" && b === "bob")!;
  assert.deepEqual([pair.found.n, pair.found.observed], [2, 1 / 2]);
  // Verdicts by pair: b; b b; b a tie; b. Sides are by a coin, which turns whole pairs alone.
  const side = found.people.find(({ a }) => a === "all voters")!;
  assert.equal(side.found.n, 4);
  assert.equal(found.voters!.n, 3);
  const alpha = found.voters!.alpha!;
  const expected = [["A", "A"], ["A", "B", "tie"]];
  const turned = [["A", "A"], ["B", "A", "tie"]];
  assert.ok(
    [expected, turned].some((units) => Math.abs(stats.krippendorff(units)! - alpha) < 1e-12),
  );
});

Deno.test("a judge's verdicts are joined by question, model and seed, and by nothing else", () => {
  const record = tiny([[0, 1], [2, 0], [0, 1]]);
  const ids = questionIds(record.answers!.map(({ prompt }) => prompt));
  const judgement = (question: string, preference: number, more: object = {}) => ({
    question,
    model: "dpo",
    seed: 0,
    preference,
    ...more,
  });
  const file: Judged = {
    ...judgedBy([record], on, { id: "gold" }),
    judgements: [
      judgement(ids[0]!, 0.9),
      judgement(ids[1]!, 0.6),
      judgement(ids[2]!, 0.5),
      judgement("nobody's", 0.5),
      judgement(ids[0]!, 0.5, { model: "start" }),
      judgement(ids[0]!, 0.5, { seed: 4 }),
      judgement(ids[0]!, 0.1, { turn: 2 }),
      { question: ids[0]!, model: "dpo", seed: 0, grade: 7 },
    ],
  };
  const found = opinions([record], { judged: [file] })!;
  assert.equal(found.strangers, 3);
  const [truth] = found.judges;
  assert.deepEqual([truth!.a, truth!.found.n], ["gold (alpaca-eval)", 3]);
  close(truth!.found.observed, 1 / 3);
  assert.deepEqual(truth!.decided, { share: 1 / 2, n: 2 });
});

Deno.test("equal prompts are told apart by which time they occur", () => {
  assert.deepEqual(
    questionIds(["x", "y", "x", "x"]).map((id) => id.replace(/^[\da-f]{16}/, "")),
    ["", "", "#2", "#3"],
  );
  assert.equal(new Set(questionIds(["x", "y", "x"])).size, 3);
});

Deno.test("equal texts are nobody's agreement", () => {
  const record = tiny([[0, 1], [1, 1]]);
  const equal = {
    ...record,
    answers: record.answers!.map((answer, i) =>
      i === 1 ? { ...answer, end: answer.start } : answer
    ),
  };
  const found = opinions([equal], { judged: [judgedBy([equal], on, { id: "gold" })] })!;
  assert.equal(found.judges[0]!.found.n, 1);
});

Deno.test("a judge that gives the true preferences lies 0 from the truth, and one with a lean does not", () => {
  const judged = [
    judgedBy(records, on, { id: "gold" }),
    judgedBy(records, on, { id: "wordy", length: 0.2 }),
  ];
  const found = findings(plan, records, { ...catalogue, judged });
  const testbed = found.testbeds.find(({ key }) => key === on)!;
  const [gold, wordy] = beside(found, testbed).shifts;
  for (const [, { value, interval }] of gold!.by) {
    close(value, 0);
    close(interval!.low, 0);
  }
  assert.ok([...wordy!.by.values()].some(({ value }) => Math.abs(value) > 0.01));
  // By hand, of one method.
  const own = records.filter(({ method, benchmark }) => method === "dpo" && benchmark === "text");
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const expected = own.flatMap(({ answers, truth }) =>
    answers!.map(({ start, end, rewards }) => {
      const odds = (rewards![1] - rewards![0]) / truth.temperature!;
      return sigmoid(odds + 0.2 * (end.length - start.length)) - sigmoid(odds);
    })
  );
  close(wordy!.by.get("dpo")!.value, expected.reduce((a, b) => a + b) / expected.length);
  assert.equal(wordy!.n, 3 * 2 * 24);
});

Deno.test("the exact win-rate beside a judge's is the leaderboard's, and other measures' the protocol's", () => {
  const judged = [judgedBy(records, on, { id: "gold" })];
  const votes = votesOf(records, "ada", { n: 30 });
  const found = findings(plan, records, { ...catalogue, judged, votes });
  const testbed = found.testbeds.find(({ key }) => key === on)!;
  const { measures } = beside(found, testbed);
  assert.deepEqual(measures.map(({ id, sources }) => [id, sources]), [
    ["win-rate", ["gold (alpaca-eval)", "people"]],
    // Nobody knows a true rate of flips: it is not compared.
    ["grade", ["gold (alpaca-eval)"]],
  ]);
  for (const { method, estimate } of found.standing(testbed, "win-rate")!.rows) {
    const row = measures[0]!.rows.find((row) => row.method === method)!;
    assert.deepEqual(row.exact, [estimate.value, estimate.low, estimate.high]);
    const [share, low, high] = row.values[1]!;
    assert.ok(low < share + 1e-12 && share < high + 1e-12 && low < high);
  }
  assert.deepEqual(measures[1]!.rows[0]!.exact, [5.5, 5.2, 5.8]);
});

Deno.test("drawnMean is the mean, with an interval that holds it and none from one prompt", () => {
  const rows = [0, 1, 1, 0, 1, 1].map((value, i) => ({ prompt: `${i % 3}`, seed: i % 2, value }));
  const found = stats.drawnMean(rows, { rng: rng("a") });
  close(found.value, 4 / 6);
  assert.equal(found.n, 3);
  assert.ok(found.interval!.low < 4 / 6 && 4 / 6 < found.interval!.high);
  assert.deepEqual(stats.drawnMean(rows, { rng: rng("a") }), found);
  assert.equal(
    stats.drawnMean([{ prompt: "x", seed: 0, value: 1 }], { rng: rng("a") }).interval,
    undefined,
  );
  assert.throws(() => stats.drawnMean([], { rng: rng("a") }), RangeError);
});

// The page

const has = (html: string, what: RegExp) => assert.ok(what.test(html), `expected ${what}`);
const section = (html: string) => {
  const from = html.indexOf(' id="judges" aria-labelledby');
  return html.slice(from, html.indexOf(' id="samples" aria-labelledby', from));
};

Deno.test("the report says who judged, how far off, what failed, and who agrees; the same bytes each time", async () => {
  const all = {
    ...catalogue,
    votes: [...votesOf(records, "ada", { n: 60 }), ...votesOf(records, "bob", { n: 40, right: 7 })],
    judged: [
      judgedBy(records, on, { id: "gold" }),
      judgedBy(records, on, { id: "remote", protocol: "arena-hard", failing: 0.1 }),
      judgedBy(records, on, { id: "gold", protocol: "mt-bench" }),
    ],
  };
  const html = await report(plan, records, all);
  assert.equal(await report(plan, records, all), html);
  const found = section(html);
  has(
    found,
    /Win-rates by <bdi>gold \(alpaca-eval\)<\/bdi> lie 0\.000 from the true one, over 3 methods/,
  );
  // Each verdict of gold is the truth's on the same answers; the others add noise or grades of their own.
  has(found, /Order of the methods by \S.* against the exact order, Kendall(&#39;|')s τ-b/);
  has(found, /<bdi>gold \(alpaca-eval\)<\/bdi> 1\.00 over 3 methods/);
  has(found, /Tokens read and written/);
  has(found, /120\u202f000, 900/);
  has(found, /judgements failed on text\/clean, and count for nothing/);
  has(found, /<td>malformed<\/td>/);
  has(found, /<bdi>ada, asked again<\/bdi>/);
  has(found, /<bdi>all voters<\/bdi><\/th><td><bdi>remote \(arena-hard\)<\/bdi>/);
  has(found, /No judge was asked about bandit\/clean/);
  const data = JSON.parse(/id="data">([\s\S]*?)<\/script>/.exec(html)![1]!);
  const [bandit, text] = data.testbeds;
  assert.deepEqual(bandit.judged, []);
  assert.equal(text.judged[0].sources.length, 4);
});

Deno.test("without judges and voters the report says how to ask them, and of strangers that they are", async () => {
  has(section(await report(plan, records, catalogue)), /Nobody but the truth has judged/);
  has(section(await report(plan, records, { ...catalogue, votes: [], judged: [] })), /Nobody but/);
  const judged = [{ ...judgedBy(records, on, { id: "gold" }), on: "text/other" }];
  const found = section(await report(plan, records, { ...catalogue, judged }));
  has(
    found,
    /Not shown, as the testbed is not in this report: gold \(alpaca-eval\) on text\/other/,
  );
  has(found, /No two of them have judged the same pair/);
  has(found, /144 judgements are of prompts or models that are not on record here/);
  const skipped = votesOf(records, "ada", { n: 1 }).map((row): VoteRow =>
    row.kind === "vote" ? { ...row, choice: "skip" } : row
  );
  const one = skipped.filter((row) => row.kind === "vote" && row.repeats === undefined);
  has(
    section(await report(plan, records, { ...catalogue, votes: one })),
    /0 votes count, and 1 pair was skipped/,
  );
});

Deno.test("hostile judges and voters stay text", async () => {
  const bad = hostile();
  const cell = bad.plan.cells[0]!;
  const place = `${cell.benchmark}/${cell.setting}`;
  const judged = corpus.map((text, i): Judged => {
    const file = judgedBy(bad.records, place, { id: text.slice(0, 300), failing: 0.1 });
    return {
      ...file,
      protocol: corpus[(i + 1) % corpus.length]!,
      baseline: text,
      measures: Object.fromEntries(
        Object.entries(file.measures).map(([id, one]) => [id, { ...one, title: text, unit: text }]),
      ),
      bias: { ...file.bias, [text]: { value: 1, n: 1 } },
      judgements: file.judgements.slice(0, 40).map((one) =>
        one.failure ? { ...one, failure: { ...one.failure, reason: text } } : one
      ),
    };
  });
  const votes = corpus.flatMap((text) => votesOf(bad.records, text.slice(0, 60), { n: 12 }));
  const html = unpacked(
    await report(bad.plan, bad.records, { ...bad.catalogue, judged, votes }),
  );
  assert.equal([...html.matchAll(/<script\b/gi)].length, 7);
  assert.equal([...html.matchAll(/<\/script\b/gi)].length, 7);
  assert.ok(!/<(img|iframe|object|embed|form)\b/i.test(html));
  const tags = section(html).replaceAll(/="[^"]*"/g, "=").match(/<[^>]*>/g)!;
  assert.deepEqual(tags.filter((tag) => / on\w+=/.test(tag)), []);
});

Deno.test("report reads votes and judges where they lie, and names a file that is not as it must be", async () => {
  const directory = await written(made);
  const votes = votesOf(records, "ada", { n: 12 });
  const path = join(directory, "votes.jsonl");
  await Deno.writeTextFile(path, votes.map((row) => `${JSON.stringify(row)}\n`).join("") + '{"sch');
  const judged = join(directory, "judged");
  await Deno.mkdir(join(judged, "alpaca-gold"), { recursive: true });
  await Deno.mkdir(join(judged, "unfinished"));
  const file = judgedBy(records, on, { id: "gold" });
  await Deno.writeTextFile(join(judged, "alpaca-gold", "judged.json"), JSON.stringify(file));
  await Deno.writeTextFile(
    join(judged, "mine.json"),
    JSON.stringify({ ...file, protocol: "mt-bench" }),
  );
  const { code, stdout, stderr } = await cli(["report", directory]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /votes\.jsonl:\d+: the last line is torn and is left out/);
  const html = section(await Deno.readTextFile(stdout.trim()));
  for (const name of ["gold (alpaca-eval)", "gold (mt-bench)", "ada"]) {
    assert.ok(html.includes(`<bdi>${name}</bdi>`), name);
  }
  await Deno.writeTextFile(join(judged, "mine.json"), JSON.stringify({ ...file, on: 3 }));
  const bad = await cli(["report", directory]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /mine\.json: field "on" must be a string: current value is 3/);
  assert.deepEqual(await readOpinions([await temporary()], assert.fail), { votes: [], judged: [] });
});
