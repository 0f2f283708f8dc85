import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { alpacaEval, arenaHard, mtBench, protocols, rewardBench, stats } from "../mod.ts";
import { given } from "../judges/protocols/options.ts";
import { recomputedDocuments } from "../lab/judging/document.ts";
import { userFiles } from "../lab/judging/user-files.ts";
import { close } from "./close.ts";
import { temporary } from "./fake/directory.ts";

/** The originals' own files, in the layouts in which their programs write them. */

type Rows = readonly object[];
const lines = (rows: Rows) => rows.map((row) => JSON.stringify(row)).join("\n");

/** Documents and tables of files of these contents; options name files by their keys. */
async function counted(
  protocol: string,
  files: { readonly [name: string]: string | Rows },
  options: { readonly [name: string]: unknown },
) {
  const directory = await temporary();
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : lines(content);
    await Deno.writeTextFile(join(directory, name), text);
  }
  return await recomputedDocuments({
    protocol: protocols.find(({ id }) => id === protocol)!,
    command: "",
    given: given(options),
    read: userFiles((path) => join(directory, path)),
    texts: false,
  });
}

const games = (won: boolean, sure = ">") => [
  {
    score: won ? `B${sure}A` : `A${sure}B`,
    judgment: { answer: `[[${won ? `B${sure}A` : `A${sure}B`}]]` },
  },
  {
    score: won ? `A${sure}B` : `B${sure}A`,
    judgment: { answer: `[[${won ? `A${sure}B` : `B${sure}A`}]]` },
  },
];
const battle = (judge: string, uid: string, category: string, baseline: string, won: boolean) => ({
  ...{ uid, category, judge, model: "qwq-32b", baseline },
  games: games(won, ">>"),
});
const ids = (n: number, name = "q") => Array.from({ length: n }, (_, i) => `${name}${i}`);

/** As gen_judgment.py of version 2 writes: two categories with their baselines in one file a judge. */
const second = (judge: string, won: (i: number) => boolean) => [
  ...ids(20, "h").map((uid, i) => battle(judge, uid, "hard_prompt", "o3-mini", won(i))),
  ...ids(10, "c").map((uid, i) => battle(judge, uid, "creative_writing", "gemini", won(i + 1))),
  // The baseline's own file lies in the same folder.
  { ...battle(judge, "h0", "hard_prompt", "o3-mini", true), model: "o3-mini" },
];

Deno.test("Arena-Hard 2: figures of each judge and category, or of the one that is asked for", async () => {
  const files = {
    "gpt.jsonl": second("gpt-4.1", (i) => i % 2 === 0),
    "gemini.jsonl": second("gemini-2.5", (i) => i % 4 === 0),
  };
  const judgments = Object.keys(files);
  const all = await counted("arena-hard", files, { judgments, jury: "mean" });
  const row = ({ document }: typeof all[number]) => {
    const { estimates } = document.rows[0]!;
    return [
      document.judge.id,
      document.baseline,
      estimates["win-rate"]!.value,
      estimates["win-rate"]!.n,
    ];
  };
  assert.deepEqual(all.map(row), [
    ["gpt-4.1", "o3-mini", 0.5, 20],
    ["gpt-4.1", "gemini", 0.5, 10],
    ["gemini-2.5", "o3-mini", 0.25, 20],
    ["gemini-2.5", "gemini", 0.2, 10],
    ["jury of gpt-4.1, gemini-2.5 (mean)", "o3-mini", 0.375, 20],
    ["jury of gpt-4.1, gemini-2.5 (mean)", "gemini", 0.35, 10],
  ]);
  assert.deepEqual(all.map(({ part }) => part).slice(0, 2), ["hard_prompt", "creative_writing"]);
  // The original's own figure pools the judges' rows, decisive ones thrice: here all are decisive.
  close(all[4]!.document.rows[0]!.estimates["win-rate-legacy"]!.value, 0.375);
  assert.match(
    all[0]!.document.notes!.join(),
    /2 judgements are of the baseline with itself: left out/,
  );
  const one = await counted("arena-hard", files, {
    judgments: ["gpt.jsonl"],
    category: "creative_writing",
  });
  assert.deepEqual(one.map(row), [["gpt-4.1", "gemini", 0.5, 10]]);
  const named = await counted("arena-hard", files, {
    judgments: ["gpt.jsonl"],
    baseline: "o3-mini",
  });
  assert.deepEqual(named.map(row), [["gpt-4.1", "o3-mini", 0.5, 20]]);
  await assert.rejects(
    counted("arena-hard", files, { judgments, baseline: "nonsense" }),
    /Cannot recompute Arena-Hard against nonsense: found o3-mini, gemini/,
  );
  await assert.rejects(
    counted("arena-hard", files, { judgments, category: "poems" }),
    /in category poems: found hard_prompt, creative_writing/,
  );
});

Deno.test("Arena-Hard: categories that share a baseline are measures of one table", async () => {
  const rows = second("j", (i) => i < 5).map((row) => ({ ...row, baseline: "base" }));
  const [{ document }] = await counted("arena-hard", { "j.jsonl": rows }, {
    judgments: ["j.jsonl"],
  }) as [Awaited<ReturnType<typeof counted>>[0]];
  const { estimates } = document.rows.find(({ model }) => model === "qwq-32b")!;
  close(estimates["win-rate-hard_prompt"]!.value, 5 / 20);
  close(estimates["win-rate-creative_writing"]!.value, 4 / 10);
});

Deno.test("Arena-Hard 0.1: question_id, turns and conv_metadata are read as uid, prompt and metadata", () => {
  const question = arenaHard.question.parse({
    question_id: "a",
    category: "arena-hard-v0.1",
    turns: [{ content: "How?" }],
  });
  assert.deepEqual(question, { uid: "a", category: "arena-hard-v0.1", prompt: "How?" });
  const conv_metadata = {
    ...{ token_len: 7, header_count: { h1: 1 }, list_count: { ordered: 2 } },
    bold_count: { "**": 0 },
  };
  const answer = arenaHard.answer.parse({
    ...{ question_id: "a", answer_id: "x", model_id: "old" },
    choices: [{ index: 0, turns: [{ content: "So." }] }],
    conv_metadata,
  });
  assert.deepEqual(answer, {
    uid: "a",
    model: "old",
    text: "So.",
    cut: false,
    metadata: conv_metadata,
  });
  // As gen_answer.py before that: turns are texts, an error is one of them.
  const older = arenaHard.answer.parse({
    ...{ question_id: "a", model_id: "old" },
    choices: [{ index: 0, turns: ["$ERROR$"] }],
  });
  const good = { ...answer, uid: "b" };
  const { answers, flaws } = arenaHard.entrant([older, good], "f");
  assert.deepEqual([[...answers], flaws.errors], [[["b", ["So."]]], ["a"]]);
  for (
    const [row, message] of [
      [{ prompt: "How?" }, /uid/],
      [{ uid: "a" }, /prompt/],
    ] as const
  ) assert.throws(() => arenaHard.question.parse(row), message);
});

Deno.test("Arena-Hard's style is in one unit: tokens of the files, or words and signs for all", () => {
  const metadata = {
    ...{ token_len: 100, header_count: {}, list_count: {} },
    bold_count: {},
  };
  const side = (model: string, known: boolean) =>
    arenaHard.entrant(
      ids(3).map((uid) => ({
        ...{ uid, model, text: "Two words", cut: false },
        ...known ? { metadata } : {},
      })),
      model,
    );
  const all = arenaHard.stylesOf([side("new", true), side("base", true)]);
  assert.deepEqual([all.of("new", "q0")!.length, all.of("base", "q0")!.length, all.notes], [
    100,
    100,
    [],
  ]);
  const some = arenaHard.stylesOf([side("new", true), side("base", false)]);
  assert.deepEqual([some.of("new", "q0")!.length, some.of("base", "q0")!.length], [2, 2]);
  assert.match(some.notes[0]!, /counted in words and signs for all answers: base has 3 without/);
  assert.deepEqual(arenaHard.stylesOf([side("new", false)]).notes, []);
});

const pair = (question_id: number, model_1: string, model_2: string, g1: string, g2: string) => ({
  ...{ question_id, model_1, model_2, g1_winner: g1, g2_winner: g2, turn: 1 },
  judge: ["gpt-4", "pair-v2"],
});

Deno.test("MT-Bench round robins: show_result.py's tables, of all pairs and against one model", async () => {
  const rows = [
    pair(1, "a", "b", "model_1", "model_1"),
    pair(2, "a", "b", "model_1", "model_2"),
    pair(1, "a", "c", "model_2", "model_2"),
    pair(2, "a", "c", "tie", "tie"),
    pair(1, "b", "c", "model_1", "model_1"),
    pair(2, "b", "c", "error", "model_1"),
  ];
  const table = async (options: object) => {
    const [{ document }] = await counted("mt-bench", { "p.jsonl": rows }, {
      judgments: ["p.jsonl"],
      ...options,
    }) as [Awaited<ReturnType<typeof counted>>[0]];
    const of = (model: string) => {
      const { estimates } = document.rows.find((row) => row.model === model)!;
      return ["wins", "losses", "ties", "win-rate-legacy"].map((id) => estimates[id]!.value);
    };
    return { document, of };
  };
  // By hand, as the original counts: a won 1, lost 1 and tied 2, and so on; the error counts nowhere.
  const all = await table({});
  assert.equal(all.document.baseline, "each other");
  assert.deepEqual(all.of("a"), [1, 1, 2, 0.5]);
  assert.deepEqual(all.of("b"), [1, 1, 1, 0.5]);
  assert.deepEqual(all.of("c"), [1, 1, 1, 0.5]);
  const keys = all.document.judgements.map(({ question, model, opponent, turn }) =>
    JSON.stringify([question, model, opponent, turn])
  );
  assert.equal(new Set(keys).size, 12);
  // a and b are compared on what both met c with.
  assert.deepEqual(all.document.pairs!.find(({ a, b }) => a === "a" && b === "b")!.n, 1);
  const one = await table({ baseline: "c" });
  assert.deepEqual(one.document.rows.map(({ model }) => model), ["a", "b"]);
  assert.deepEqual([one.of("a"), one.of("b")], [[0, 1, 1, 0.25], [1, 0, 0, 1]]);
  assert.match(one.document.notes!.join(), /2 of 6 pairs are of other models: left out/);
  await assert.rejects(table({ baseline: "d" }), /against d: it is in none of them/);
});

Deno.test("MT-Bench: one judge in two wordings is two judges, and not one", () => {
  const row = (wording: string) =>
    mtBench.singleJudgment.parse({
      ...{ question_id: 1, model: "m", judge: ["gpt-4", wording], score: 7, turn: 1 },
    });
  assert.equal(mtBench.byJudge([row("single-v1"), row("single-v1")])[0]!.rows.length, 1);
  assert.throws(
    () => mtBench.byJudge([row("single-v1"), row("mine")]),
    /gpt-4 judged question 1, turn 1 in two wordings, single-v1 and mine/,
  );
});

Deno.test("RewardBench's own files of scores: columns, rows, nested, and those without ids", async () => {
  const data = ids(4, "").map((_, i) => ({
    ...{ id: i, prompt: `P${i}`, chosen: "c", rejected: "r" },
    subset: i < 2 ? "llmbar-natural" : "mt-bench-hard",
  }));
  const scores = [[2, 1], [1, 2], [3, 1], [1, 1]] as const;
  const subset = data.map((row) => row.subset);
  const columns = {
    ...{ id: [0, 1, 2, 3], subset, results: [1, 0, 1, 0], model: "rm", chat_template: "tulu" },
    scores_chosen: scores.map(([a]) => [a]),
    scores_rejected: scores.map(([, b]) => [b]),
  };
  const outputs = scores.map(([scores_chosen, scores_rejected], i) => ({
    ...{ prompt: `P${i}`, results: 1, scores_chosen, scores_rejected },
    ...{ text_chosen: "<s>c", text_rejected: "<s>r" },
  }));
  const files = {
    "rows.jsonl": data,
    "columns.json": JSON.stringify(columns, null, 4),
    "outputs.jsonl": outputs,
    "all.jsonl": scores.map(([chosen, rejected]) => ({ chosen, rejected })),
    "short.jsonl": scores.slice(1).map(([chosen, rejected]) => ({ chosen, rejected })),
  };
  for (const name of ["columns.json", "outputs.jsonl", "all.jsonl"]) {
    const [found] = await counted("reward-bench", files, { data: "rows.jsonl", scores: name });
    const { estimates } = found!.document.rows[0]!;
    assert.deepEqual(
      ["accuracy", "subset-llmbar-natural", "subset-mt-bench-hard"].map((id) =>
        estimates[id]!.value
      ),
      [0.5, 0.5, 0.5],
      name,
    );
  }
  // Columns say all that is needed.
  const [alone] = await counted("reward-bench", files, { scores: "columns.json" });
  assert.equal(alone!.document.rows[0]!.estimates["accuracy"]!.value, 0.5);
  assert.equal(alone!.document.on, "columns.json");
  await assert.rejects(
    counted("reward-bench", files, { scores: "outputs.jsonl" }),
    /Cannot recompute RewardBench without --data/,
  );
  await assert.rejects(
    counted("reward-bench", files, { data: "rows.jsonl", scores: "short.jsonl" }),
    /by their order, as it names none: it has 3 scores, and there are 4 rows/,
  );
  // The second version: four answers a row, right ones first.
  const second = {
    ...{ id: ["Math:0", "Math:1"], subset: ["Math", "Math"], num_correct: [1, 1] },
    scores: [[4, 1, 4, 2], [1, 2, 0, 0]],
  };
  const [best] = await counted("reward-bench", { "v2.json": JSON.stringify(second) }, {
    scores: "v2.json",
  });
  assert.equal(best!.document.rows[0]!.estimates["accuracy"]!.value, 0.25);
  assert.deepEqual(
    rewardBench.scoresIn(
      [{ value: { id: 1, scores: ["2.0", null] }, place: "f" }],
      (schema, value) => schema.parse(value),
    ),
    [{ id: "1", scores: [2, null] }],
  );
});

const N = 40;
const annotations = ids(N).map((instruction, i) => ({
  ...{ instruction, output_1: "x".repeat(50 + i), generator_1: "base", generator_2: "tuned" },
  ...{ output_2: "x".repeat(30 + 3 * i), annotator: "j", preference: i % 3 ? 1.8 : 1.1 },
}));

Deno.test("AlpacaEval's files for its own fit: places for instructions, and gamed rows as they are", async () => {
  const harder = ids(N).map((_, i) => Math.sin(i));
  const difficulty = ["index,instruction_difficulty", ...harder.map((d, i) => `${i},${d}`)].join(
    "\n",
  );
  const unnamed = [",instruction_difficulty", ...harder.map((d, i) => `${i},${d}`)].join("\n");
  const gamed = [
    "model,index,preference,std_delta_len,instruction_difficulty,not_gamed_baseline",
    ...ids(N).map((_, i) =>
      `gpt4_verbose,${i},${i % 2 ? 0.6 : 0.4},${(i - 20) / 10},${harder[i]},False`
    ),
  ].join("\n");
  const ours = {
    difficulty: ids(N).map((instruction, i) => ({ instruction, difficulty: harder[i]! })),
    gamed: ids(N).map((_, i) => ({
      ...{
        length: Math.tanh((i - 20) / 10),
        difficulty: harder[i]!,
        preference: i % 2 ? 0.6 : 0.4,
      },
    })),
  };
  const files = {
    "a.json": JSON.stringify(annotations),
    "d.csv": difficulty,
    "u.csv": unnamed,
    "g.csv": gamed,
    "d.jsonl": ours.difficulty,
    "g.jsonl": ours.gamed,
    "short.json": JSON.stringify(annotations.slice(1)),
  };
  const fit = async (options: object) => {
    const [found] = await counted("alpaca-eval", files, {
      ...{ annotations: ["a.json"], compat: "alpaca-v1", C: 1 },
      ...options,
    });
    return found!;
  };
  const own = await fit({ difficulty: "d.jsonl", gamed: "g.jsonl" });
  for (
    const options of [
      { difficulty: "d.csv", gamed: "g.csv" },
      { difficulty: "u.csv", gamed: "g.csv" },
      // The original takes the difficulties from the gamed rows.
      { gamed: "g.csv" },
    ]
  ) {
    assert.deepEqual((await fit(options)).document.rows, own.document.rows);
  }
  await assert.rejects(
    fit({ annotations: ["short.json"], difficulty: "d.csv" }),
    /Cannot join d\.csv by places: it has 40 of them, and there are 39 questions/,
  );
  const table = ({ tables }: typeof own) => `${tables["leaderboard.csv"]}`.split("\n", 1)[0]!;
  assert.match(table(own), /,length_controlled_winrate,lc_standard_error$/);
  const ridge = await fit({ compat: undefined, C: undefined });
  assert.match(table(ridge), /,prefbench_lc_winrate,prefbench_lc_standard_error$/);
  assert.match(table(await fit({ difficulty: "d.csv" })), /,prefbench_lc_winrate,/);
  // The error is a sampling error: the bootstrap's, and not the spread of fitted probabilities.
  const [, line] = `${ridge.tables["leaderboard.csv"]}`.split("\n");
  const { low, high } = ridge.document.rows[0]!.estimates["lc-win-rate"]!;
  const error = Number(line!.split(",").at(-1)) / 100;
  assert.ok(Math.abs(4 * error / (high! - low!) - 1) < 0.2, `${error} ${low} ${high}`);
});

Deno.test("AlpacaEval: several files of annotations are one set, each model compared with each", async () => {
  const other = annotations.map((row) => ({ ...row, generator_2: "other", preference: 1.5 }));
  const [found] = await counted("alpaca-eval", {
    "one.json": JSON.stringify(annotations),
    "two.jsonl": other,
  }, { annotations: ["one.json", "two.jsonl"] });
  const { rows, pairs, on } = found!.document;
  assert.deepEqual(rows.map(({ model }) => model), ["tuned", "other"]);
  assert.equal(on, "one.json, two.jsonl");
  const mean = stats.mean(annotations.map(({ preference }) => preference)) - 1.5;
  close(pairs![0]!.difference!, mean);
  assert.equal(pairs![0]!.n, N);
});

Deno.test("thoughts are taken off answers before their lengths are controlled for, unless they are kept", () => {
  const rows = annotations.map((row) => ({
    ...row,
    output_2: `<think>${"y".repeat(500)}</think>\n\n${row.output_2}`,
  })).map((row) => alpacaEval.annotation.parse(row));
  const of = (keepThoughts: boolean) =>
    alpacaEval.fromAnnotations(rows, "f", { keepThoughts }).annotators[0]!;
  const plain = alpacaEval.fromAnnotations(
    annotations.map((row) => alpacaEval.annotation.parse(row)),
    "f",
  ).annotators[0]!;
  assert.deepEqual(of(false).rows, plain.rows);
  assert.equal(of(true).rows[0]!.lengths[1], plain.rows[0]!.lengths[1] + 517);
  assert.equal(of(false).flaws.get("tuned")!.thoughts.length, N);
  assert.match(of(false).notes.join(), /tuned: of 40 answers 40 hold thoughts/);
});

Deno.test("a jury of three names whom most of them name, and of grades the one in the middle", () => {
  const judges = [[1, 0, 0.5], [1, 1, 1], [0, 0.5, 0.5]].map((values, j) => ({
    annotator: `j${j}`,
    rows: values.map((preference, i) => ({
      ...{ question: `q${i}`, model: "m", preference, lengths: [1, 1] as const },
    })),
    ...{ texts: { questions: [], answers: [] }, flaws: new Map(), notes: [] },
  }));
  const said = (kind: "mean" | "majority") =>
    alpacaEval.juryOf(kind, judges).map(({ preference }) => preference);
  assert.deepEqual(said("majority"), [1, 0.5, 0.5]);
  assert.deepEqual(said("mean"), [2 / 3, 0.5, 2 / 3]);
  const grades = [8, 3, 7].map((grade) => [{ question: "q", model: "m", turn: 1, grade }]);
  assert.equal(mtBench.juryOfGrades("majority", grades)[0]!.grade, 7);
  assert.equal(mtBench.juryOfGrades("mean", grades)[0]!.grade, 6);
  // Where a judge has nothing to say, neither has the jury.
  const [first, ...others] = judges;
  const lacking = [
    { ...first!, rows: first!.rows.map(({ preference: _, ...row }) => row) },
    ...others,
  ];
  assert.ok(alpacaEval.juryOf("mean", lacking).every(({ failure }) => failure));
});

Deno.test("a folder of judgements is its shards in order, whole whatever they are compressed in", async () => {
  const directory = await temporary();
  const line = (id: number) => new TextEncoder().encode(`{"id": ${id}}\n`);
  const shards = {
    "a.jsonl": [line(1), line(2)],
    "b.jsonl": [line(3), line(4)].map((bytes) => gzipSync(bytes)),
    // Two frames, as programs write that compress in parallel.
    "c.jsonl.zst": [line(5), line(6)].map((bytes) => zstdCompressSync(bytes)),
  };
  for (const [name, parts] of Object.entries(shards)) {
    await Deno.writeFile(join(directory, name), Buffer.concat(parts));
  }
  const read = userFiles((path) => join(directory, path));
  const ids = async (path: string) =>
    (await read.entries(path)).map(({ value }) => (value as { id: number }).id);
  assert.deepEqual(await ids("."), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await ids("c.*"), [5, 6]);
  const pointer = join(directory, "lfs.jsonl");
  await Deno.writeTextFile(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  await assert.rejects(read.entries("lfs.jsonl"), /it is a Git LFS pointer/);
});
