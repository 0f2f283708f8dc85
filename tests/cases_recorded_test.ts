import assert from "node:assert/strict";
import { arenaHard, type Judged, rng, stats } from "../mod.ts";
import { names } from "../judges/protocols/protocol-files.ts";
import { close } from "./close.ts";
import { recount } from "./fake/recount.ts";

/** Judgements as people's tools write them, each named after its folder in `fixtures/cases`. */

const only = async (...[protocol, options, keep]: Parameters<typeof recount>): Promise<Judged> => {
  const { documents, panel } = await recount(protocol, options, keep);
  assert.equal(documents.length, 1);
  assert.equal(panel, undefined);
  return documents[0]!;
};
const alpaca = (path: string) => only("alpaca-eval", { annotations: [path] });
const arena = (path: string, more = {}) => only("arena-hard", { judgments: [path], ...more });
const mt = (path: string) =>
  only("mt-bench", {
    judgments: [path],
    questions: path.replace(/[^/]*$/, "questions.jsonl"),
  });
const reward = (folder: string, rows = "rows.jsonl") =>
  only("reward-bench", { data: `${folder}/${rows}`, scores: `${folder}/scores.jsonl` });

const estimate = ({ rows: [row] }: Judged, id: string) => row!.estimates[id]!;
const near = (found: { low?: number | undefined; high?: number | undefined }, ends: number[]) => {
  close(found.low!, ends[0]!, 0.005);
  close(found.high!, ends[1]!, 0.005);
};
const failures = ({ judgements }: Judged) => judgements.filter(({ failure }) => failure).length;

Deno.test("alpaca-two-annotators: a file each, no average, and how they agree", async () => {
  const { documents, panel } = await recount("alpaca-eval", {
    annotations: ["alpaca-two-annotators/mixed.json"],
  });
  assert.deepEqual(
    documents.map((one) => [one.judge.id, estimate(one, "win-rate").value, one.judgements.length]),
    [["judge-x", 1, 20], ["judge-y", 0, 20]],
  );
  assert.notEqual(documents[0]!.judge.fingerprint, documents[1]!.judge.fingerprint);
  const [{ verdicts, alpha, pairs }] = panel!.agreement as [
    NonNullable<typeof panel>["agreement"][0],
  ];
  // They never agree: α = 1 − 1 / (20 · 20 · 2 / (40 · 39)).
  assert.equal(verdicts, 20);
  close(alpha!, 1 - 39 / 20);
  assert.deepEqual(pairs, [
    { a: "judge-x", b: "judge-y", verdicts: 20, observed: 0, kappa: 0 },
  ]);
  for (const jury of ["mean", "majority"]) {
    const all = await recount("alpaca-eval", {
      annotations: ["alpaca-two-annotators/mixed.json"],
      jury,
    });
    const last = all.documents.at(-1)!;
    assert.equal(last.judge.id, `jury of judge-x, judge-y (${jury})`);
    const found = estimate(last, "win-rate");
    assert.deepEqual([found.value, found.n], [0.5, 20]);
    assert.equal(all.panel!.jury, jury);
    assert.deepEqual(all.panel!.judges, ["judge-x", "judge-y"]);
  }
});

Deno.test("alpaca-names-alike: two models of two names, however alike", async () => {
  const { rows } = await alpaca("alpaca-names-alike/ann.json");
  assert.deepEqual(rows.map(({ model }) => model), ["Model-7B", "model-7b "]);
});

Deno.test("alpaca-leaderboards: percents as published, with what a file says twice or against its counts", async () => {
  const board = (name: string) =>
    only("alpaca-eval", {
      annotations: ["alpaca-names-alike/ann.json"],
      leaderboard: `alpaca-leaderboards/${name}.csv`,
    });
  const twice = await board("dup");
  assert.deepEqual(
    twice.published!.rows.map(({ model, estimates }) => [model, estimates["win-rate"]!.value]),
    [["m1", 0.5], ["m1", 0.7]],
  );
  assert.deepEqual(twice.notes, ["dup.csv:3: m1 is on dup.csv:2, too"]);
  const { published, notes } = await board("counts-disagree");
  assert.equal(published!.rows[0]!.estimates["discrete-win-rate"]!.value, 0.40186);
  // (371 + 17 / 2) / 805.
  assert.deepEqual(notes, [
    "counts-disagree.csv:2: of m1 n_wins and n_draws come to 47.1 % of n_total, and discrete_win_rate is 40.186",
  ]);
  await assert.rejects(
    board("shares"),
    /shares\.csv:2: field "discrete_win_rate" must be in percent: found 0\.55 where its counts come to 55\.0 %/,
  );
  // A model that wins 5 of 805 has 0.62 %.
  const { published: weak } = await board("weak");
  assert.equal(weak!.rows[0]!.estimates["win-rate"]!.value, 0.0062);
});

Deno.test("alpaca-rows-twice: 40 questions, and the interval of the file that has them once", async () => {
  const [once, twice] = [
    await alpaca("alpaca-rows-twice/once.json"),
    await alpaca("alpaca-rows-twice/twice.json"),
  ];
  assert.deepEqual(twice.rows, once.rows);
  assert.deepEqual(estimate(twice, "win-rate").n, 40);
  near(estimate(twice, "win-rate"), [0.329, 0.625]);
  assert.match(twice.notes!.join(), /judge-x: 40 rows are there again, by one key/);
});

Deno.test("alpaca-zero-one: read as AlpacaEval does, with a word", async () => {
  const found = await alpaca("alpaca-zero-one/zero-one.json");
  assert.match(found.notes!.join(), /every preference is 0 or 1.*if 1 was meant for the model/);
});

Deno.test("alpaca-baseline-itself: ten ties leave room for what ten questions cannot tell", async () => {
  const found = estimate(await alpaca("alpaca-baseline-itself/ann.json"), "win-rate");
  assert.deepEqual([found.value, found.n], [0.5, 10]);
  near(found, [0.361, 0.639]);
});

Deno.test("alpaca-python-nan, -string-preference, -one-question, -jsonl-called-json: read", async () => {
  const nan = await alpaca("alpaca-python-nan/nan.json");
  assert.deepEqual([nan.judgements.length, failures(nan)], [3, 1]);
  const strings = await alpaca("alpaca-string-preference/strings.json");
  assert.deepEqual(strings.judgements.map(({ preference }) => preference), [1, 0, 0.5]);
  assert.equal(estimate(await alpaca("alpaca-one-question/a.json"), "win-rate").value, 1);
  for (const name of ["ann.json", "ANN.JSONL"]) {
    const lines = await alpaca(`alpaca-jsonl-called-json/${name}`);
    assert.deepEqual([estimate(lines, "win-rate").value, lines.judgements.length], [1, 5]);
  }
});

Deno.test("alpaca-csv-forms: as spreadsheets and pandas write them, or refused by line and field", async () => {
  const read = async (name: string) => {
    const { judgements, baseline } = await alpaca(`alpaca-csv-forms/${name}`);
    assert.equal(baseline, "base");
    return judgements.map(({ preference, failure }) => failure ? "failed" : preference);
  };
  assert.deepEqual(await read("bom-crlf.csv"), [1, "failed", "failed"]);
  assert.deepEqual(await read("decimal-comma.tsv"), [0.7]);
  assert.deepEqual(await read("minus-one.csv"), ["failed", 1]);
  assert.deepEqual(await read("none-words.csv"), ["failed", 1]);
  assert.deepEqual(await read("pandas-index.csv"), [1, 0]);
  assert.deepEqual(await read("semicolon.csv"), [1]);
  assert.deepEqual(await read("spaces.csv"), [1]);
  await assert.rejects(
    read("zero-based.csv"),
    /zero-based\.csv:2: field "preference" must be at least 1: current value is 0\.7/,
  );
});

Deno.test("arena-all-ties: a width for the win-rate and for the rating", async () => {
  const found = await arena("arena-all-ties/j.jsonl");
  assert.equal(estimate(found, "win-rate").value, 0.5);
  near(estimate(found, "win-rate"), [0.456, 0.544]);
  near(estimate(found, "rating"), [-0.184, 0.184]);
  const { low, high } = estimate(found, "rank");
  assert.deepEqual([low, high], [1, 2]);
});

Deno.test("arena-different-questions: said, compared on the five that both have, no rank decided", async () => {
  const found = await arena("arena-different-questions/j.jsonl");
  assert.match(found.notes!.join(), /Not all models have verdicts on the same 40 .*easy 5/);
  const [pair] = found.pairs!;
  assert.deepEqual([pair!.a, pair!.b, pair!.n], ["easy", "all", 5]);
  assert.ok(pair!.p! > 0.05 && pair!.low! < 0 && pair!.high! > 0);
  const [easy, all] = found.rows;
  // Five wins of five are not told from chance by an exact test.
  const { rating, rank } = easy!.estimates;
  assert.ok(rating!.low! < 0 && rating!.high! > rating!.value);
  assert.ok(rank!.high! >= all!.estimates["rank"]!.low!);
  close(easy!.estimates["win-rate"]!.low!, stats.wilson(5, 5).low);
});

Deno.test("one-question: figures without what one question cannot tell, by every protocol", async () => {
  const { rows: [fought], bias } = await arena("one-question/arena.jsonl");
  // The baseline is shown first in the first game, so B>>A and then A>B are two wins.
  assert.equal(fought!.estimates["win-rate"]!.value, 1);
  for (const id of ["rating", "rank"]) {
    assert.equal(fought!.absent[id], "One question says nothing of how far ratings vary");
    assert.ok(!(id in fought!.estimates));
  }
  assert.deepEqual(Object.keys(bias).filter((id) => id.startsWith("odds")), []);
  const pair = await mt("one-question/mt-pair.jsonl");
  assert.deepEqual([estimate(pair, "wins").value, estimate(pair, "wins").n], [1, 1]);
  // Pairs are counted, of which a question has one a turn.
  const turns = await mt("one-question/mt-turns.jsonl");
  assert.deepEqual(
    ["win-rate-legacy", "wins"].map((id) => estimate(turns, id).n),
    [1, 2],
  );
  assert.equal(estimate(await mt("one-question/mt-single.jsonl"), "grade").value, 8);
  const rewarded = await reward("one-question");
  assert.deepEqual(rewarded.judgements.map(({ preference }) => preference), [1]);
});

Deno.test("arena-few-wins-all: three wins of three do not outrank 190 of 200", () => {
  const battles = (model: string, n: number, won: number) =>
    Array.from({ length: n }, (_, i): arenaHard.Battle => ({
      ...{ question: `q${i}`, model },
      labels: i < won
        ? { "baseline first": "B>A", "model first": "A>B" }
        : { "baseline first": "A>B", "model first": "B>A" },
    }));
  const { rows: [few, many] } = arenaHard.reduce(
    [...battles("few", 3, 3), ...battles("many", 200, 190)],
    { baseline: "base", repetitions: 200 },
    rng(1),
  );
  assert.ok(few!.estimates["rating"]!.low! < 0.1);
  assert.ok(few!.estimates["rank"]!.high! >= 2);
  assert.equal(many!.estimates["rank"]!.low, 1);
  assert.ok(many!.estimates["rating"]!.low! > 2);
});

Deno.test("arena-rows-twice: figures and intervals of the file that has them once", async () => {
  const [once, twice] = [
    await arena("arena-rows-twice/once.jsonl"),
    await arena("arena-rows-twice/twice.jsonl"),
  ];
  assert.deepEqual(twice.rows, once.rows);
  assert.match(twice.notes!.join(), /j: 20 rows are there again/);
});

Deno.test("arena-half-games, arena-one-game: half a pair is a failure with a reason", async () => {
  for (const folder of ["arena-half-games", "arena-one-game"]) {
    const found = await arena(`${folder}/j.jsonl`);
    assert.equal(failures(found), 10);
    assert.match(found.judgements[0]!.failure!.reason, /A game has none of the five labels/);
  }
});

Deno.test("arena-label-forms: written in twelve ways, and never A>B where B>A was meant", async () => {
  const { judgements, notes } = await arena("arena-label-forms/j.jsonl");
  const valid = judgements.filter(({ failure }) => !failure);
  assert.deepEqual(valid.map(({ question }) => question), ["q0", "q1", "q2", "q3", "q5", "q6"]);
  assert.ok(valid.every(({ preference }) => preference === 1));
  assert.match(notes!.join(), /6 of 24 labels are read otherwise than the file has them/);
});

Deno.test("arena-v01-files: read with the baseline's name, and asked for without", async () => {
  await assert.rejects(
    arena("arena-v01-files/j.jsonl"),
    /question q0 of m does not say the baseline: name it with --baseline/,
  );
  const found = await arena("arena-v01-files/j.jsonl", { baseline: "gpt-4-0314" });
  assert.deepEqual([found.baseline, estimate(found, "win-rate").value], ["gpt-4-0314", 1]);
});

Deno.test("mt-two-judges: a grade each, and how they agree", async () => {
  const options = {
    judgments: ["mt-two-judges/both.jsonl"],
    questions: "mt-two-judges/questions.jsonl",
  };
  const { documents, panel } = await recount("mt-bench", options);
  assert.deepEqual(
    documents.map((one) => [one.judge.id, estimate(one, "grade").value]),
    [["gpt-4", 9], ["claude", 3]],
  );
  for (const one of documents) {
    assert.ok(estimate(one, "grade").low! < estimate(one, "grade").high!);
  }
  const [agreement] = panel!.agreement;
  // Squared differences of 6 within each thing, and in half of all pairs: α = 1 − 19 / 10.
  close(agreement!.alpha!, 1 - 36 / (36 * 10 / 19));
  assert.equal(agreement!.pairs[0]!.kappa, 0);
  const jury = (await recount("mt-bench", { ...options, jury: "mean" })).documents.at(-1)!;
  assert.equal(estimate(jury, "grade").value, 6);
});

Deno.test("mt-rerun-appended, mt-pairs-appended, mt-failed-then-judged: the later row counts, and it is said", async () => {
  const rerun = await mt("mt-rerun-appended/appended.jsonl");
  assert.deepEqual([estimate(rerun, "grade").value, estimate(rerun, "grade-legacy").value], [7, 7]);
  assert.match(rerun.notes!.join(), /5 rows are there again.* 5 of them say something else/);
  const pairs = await mt("mt-pairs-appended/p.jsonl");
  assert.deepEqual([estimate(pairs, "win-rate").value, pairs.judgements.length], [0.5, 10]);
  assert.deepEqual(
    ["wins", "losses", "ties"].map((id) => estimate(pairs, id).value),
    [5, 5, 0],
  );
  assert.equal(estimate(pairs, "wins").n, 10);
  const failed = await mt("mt-failed-then-judged/both.jsonl");
  assert.deepEqual([failed.judgements.length, failures(failed)], [10, 0]);
});

Deno.test("mt-second-turn-missing: said, and compared on what both have", async () => {
  const found = await mt("mt-second-turn-missing/d.jsonl");
  assert.match(found.notes!.join(), /same 20 questions and turns \(firstonly 10\)/);
  const [pair] = found.pairs!;
  assert.deepEqual([pair!.n, pair!.verdicts, pair!.difference, pair!.p], [10, 10, 0, 1]);
});

Deno.test("mt-rating-forms: a rating that another contradicts is a failure, and the file's own is beside", async () => {
  const { judgements, notes, rows } = await mt("mt-rating-forms/forms.jsonl");
  const grade = (id: string) => judgements.find(({ question }) => question === id)!.grade;
  assert.equal(grade("10"), undefined);
  assert.deepEqual(["1", "5", "6", "8", "9"].map(grade), [8, 8, 8, 8.5, 10]);
  assert.match(notes!.join(), /5 of 10 grades are read otherwise than the file has them/);
  close(rows[0]!.estimates["grade-legacy"]!.value, 8.15);
});

Deno.test("mt-replies-dropped: the file's own scores count where no reply was kept", async () => {
  const found = await mt("mt-replies-dropped/d.jsonl");
  assert.deepEqual([estimate(found, "grade").value, failures(found)], [8, 0]);
  assert.match(found.notes!.join(), /no reply holds a verdict: the file's own count/);
});

Deno.test("mt-ids-mixed, mt-windows-lines: one question whatever its id is written as", async () => {
  const mixed = await mt("mt-ids-mixed/d.jsonl");
  assert.deepEqual(mixed.rows.map(({ estimates }) => estimates["grade"]!.n), [10, 10]);
  assert.equal(mixed.notes, undefined);
  assert.deepEqual(mixed.pairs!.map(({ n }) => n), [10]);
  const windows = await mt("mt-windows-lines/d.jsonl");
  assert.deepEqual([estimate(windows, "grade").value, windows.judgements.length], [8, 10]);
});

Deno.test("rb-scores-twice, -of-some, -all-equal: what is not one score a row is said", async () => {
  const twice = await reward("rb-scores-twice");
  assert.equal(estimate(twice, "accuracy").value, 0.5);
  assert.match(twice.notes!.join(), /scores\.jsonl: 10 rows are there again.* 10 of them/);
  const some = await reward("rb-scores-of-some");
  assert.match(some.notes!.join(), /15 rows have no scores/);
  const equal = await reward("rb-all-equal");
  assert.equal(estimate(equal, "accuracy").value, 0);
  assert.equal(estimate(equal, "tied").value, 1);
  assert.match(equal.notes!.join(), /20 of 20 pairs have equal scores/);
});

Deno.test("rb-scores-strings, -nested, rb-score-lines, rb-parquet, rb-ids-01, rb-huge-ids, rb-subset-case: read", async () => {
  for (const folder of ["rb-scores-strings", "rb-scores-nested", "rb-subset-case"]) {
    const found = await reward(folder);
    assert.deepEqual([estimate(found, "accuracy").value, estimate(found, "accuracy").n], [1, 20]);
  }
  assert.ok("subset-alpacaeval-easy" in (await reward("rb-subset-case")).measures);
  assert.equal(estimate(await reward("rb-score-lines"), "accuracy").value, 1);
  assert.equal(estimate(await reward("rb-parquet", "rows.parquet"), "accuracy").n, 5);
  const ids = await reward("rb-ids-01");
  close(estimate(ids, "accuracy").value, 2 / 3);
  const huge = await reward("rb-huge-ids");
  assert.equal(new Set(huge.judgements.map(({ question }) => question)).size, 4);
});

Deno.test("rb-scores-nan, rb-scores-null: a score that is not there is a failure, and rb2-ties-of-scores shares", async () => {
  for (const folder of ["rb-scores-nan", "rb-scores-null"]) {
    const found = await reward(folder);
    assert.deepEqual([found.judgements.length, failures(found)], [20, 20]);
  }
  const ties = estimate(await reward("rb2-ties-of-scores"), "accuracy");
  assert.deepEqual([ties.value, ties.n], [0.25, 20]);
  near(ties, [0.202, 0.379]);
});

Deno.test("files of one name are told apart by where they lie", () => {
  const read = { name: (path: string) => path.replace(/.*\//, "") };
  assert.equal(names(read, ["x/a.json", "y/b.json"]), "a.json, b.json");
  assert.equal(names(read, ["r/x/w/a.json", "r/y/w/a.json"]), "x/w/a.json, y/w/a.json");
  assert.equal(names(read, ["a.json", "y/a.json"]), "a.json, y/a.json");
  // One file given twice has no other place.
  assert.equal(names(read, ["x/a.json", "x/a.json"]), "a.json, a.json");
});
