// Over 400 lines, because all tests share one small language model and one way to make files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import {
  absence,
  type Budget,
  type Method,
  plan,
  rng,
  type RunRecord,
  type Subject,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { type Dataset, dataset } from "../benchmarks/dataset.ts";
import { encode, longestAnswer, longestPrompt, sequence } from "../benchmarks/dataset/encode.ts";
import type { DatasetRow } from "../benchmarks/dataset/row.ts";
import { learnTokenizer, readTokenizer } from "../benchmarks/text/tokenizer.ts";
import cream from "../methods/cream.ts";
import dpo from "../methods/dpo.ts";
import curryDpo from "../methods/curry-dpo.ts";
import kto from "../methods/kto.ts";
import lipo from "../methods/lipo.ts";
import onlineDpo from "../methods/online-dpo.ts";
import osp from "../methods/osp.ts";
import rlhfWorkflow from "../methods/rlhf-workflow.ts";
import selm from "../methods/selm.ts";
import sft from "../methods/sft.ts";
import spin from "../methods/spin.ts";
import { base, bytes } from "./fake/base.ts";
import { trained } from "./fixtures/trained.ts";

/** Keeps what it makes; trains nothing. */
function shop(): Workshop & { readonly made: string[]; readonly reports: number[] } {
  const kept = new Map<string, Uint8Array>();
  const made: string[] = [];
  const reports: number[] = [];
  const never = () => {
    throw new Error("A dataset trains and samples nothing by itself");
  };
  return {
    made,
    reports,
    call: never,
    train: never,
    policy: never,
    progress: (_, done) => reports.push(done),
    async cached(name, key, make) {
      const id = JSON.stringify([name, key]);
      if (!kept.has(id)) {
        made.push(name);
        kept.set(id, await make());
      }
      return kept.get(id)!;
    },
  };
}

type JsonRow = { readonly [field: string]: unknown };
const pairs = (n: number, prompt = (i: number) => `prompt ${i}`): JsonRow[] =>
  Array.from({ length: n }, (_, i) => ({ prompt: prompt(i), chosen: `+${i}`, rejected: `-${i}` }));

async function withFile<T>(
  rows: readonly JsonRow[],
  use: (file: string) => Promise<T>,
  name = "my rows.jsonl",
): Promise<T> {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, name);
    await Deno.writeTextFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    return await use(file);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

interface Opened {
  readonly benchmark: Dataset;
  readonly testbed: Testbed;
  readonly notes: readonly string[];
}
const opened = (rows: readonly JsonRow[], name?: string): Promise<Opened> =>
  withFile(rows, async (file) => {
    const [benchmark, workshop] = [await dataset(file, base), shop()];
    const { notes } = await benchmark.describe(workshop);
    return { benchmark, testbed: await benchmark.open(null, rng(1), workshop), notes };
  }, name);

const textOf = ({ tokens }: { tokens: readonly number[] }) => bytes.decode(tokens);
const promptsOf = (testbed: Testbed, split: "train" | "test") => testbed.prompts(split).map(textOf);
const noted = (notes: readonly string[], note: string | RegExp) =>
  assert.ok(
    notes.some((x) => typeof note === "string" ? x.includes(note) : note.test(x)),
    `${note} is not among\n${notes.join("\n")}`,
  );

const offersOf = ({ settings }: Dataset) => Object.values(settings)[0]!.offers;

Deno.test("about a tenth of the prompts is held out, whatever the seed and the order of rows", async () => {
  const rows = pairs(200);
  const { testbed, notes } = await opened(rows);
  const [train, test] = [promptsOf(testbed, "train"), promptsOf(testbed, "test")];
  assert.equal(test.length, 20);
  assert.deepEqual([...train, ...test].sort(), rows.map(({ prompt }) => prompt).sort());
  assert.notDeepEqual(test, rows.slice(0, 20).map(({ prompt }) => prompt));
  noted(notes, "200 pairs on 200 prompts");
  noted(notes, "20 prompts with 20 pairs held out by the prompt's hash, whatever the seed");

  const turned = await opened(rows.toReversed());
  assert.deepEqual(promptsOf(turned.testbed, "test"), test);
  const ids = (split: "train" | "test") => testbed.prompts(split).map(({ id }) => id);
  assert.equal(new Set([...ids("train"), ...ids("test")]).size, 200);
});

Deno.test("at least one prompt is in each split, and two are held out where that leaves two", async () => {
  const { notes } = await opened(pairs(2));
  noted(notes, "One held-out prompt gives no standard error");
  for (const [n, held] of [[2, 1], [3, 1], [4, 2], [14, 2], [26, 3]] as const) {
    const { testbed } = await opened(pairs(n));
    assert.equal(testbed.prompts("test").length, held, `${n} prompts`);
    assert.equal(testbed.prompts("train").length, n - held, `${n} prompts`);
  }
});

Deno.test("at most 256 prompts and 512 comparisons are held out, each prompt's first one first", async () => {
  const { testbed } = await opened(pairs(9000, (i) => `prompt ${i % 3000}`));
  assert.equal(testbed.prompts("test").length, 256);
  const held = testbed.heldOut();
  assert.equal(held.length, 512);
  const ids = held.map(({ chosen }) => chosen.prompt.id);
  assert.equal(new Set(ids.slice(0, 256)).size, 256);
  assert.equal(new Set(ids.slice(256)).size, 256);
  assert.equal(testbed.comparisons, 9000 - 3 * 256);
});

Deno.test("rows of one prompt stay together, also where only the model sees one prompt", async () => {
  // 40 prompts of three rows each; their first words lie beyond what the model reads.
  const end = (i: number) => `${i % 40}`.padStart(longestPrompt, ".");
  const { testbed, notes } = await opened(pairs(120, (i) => `${i} ${end(i)}`));
  const [train, test] = [promptsOf(testbed, "train"), promptsOf(testbed, "test")];
  assert.deepEqual([train.length, test.length], [36, 4]);
  assert.deepEqual([...train, ...test].sort(), Array.from({ length: 40 }, (_, i) => end(i)).sort());
  assert.equal(testbed.heldOut().length, 12);
  for (const { chosen, rejected } of testbed.heldOut()) {
    assert.ok(test.includes(textOf(chosen.prompt)));
    assert.equal(chosen.prompt, rejected.prompt);
  }
  const drawn = testbed.examples("pairs", 120, rng(1));
  assert.equal(drawn.length, 108);
  for (const { chosen } of drawn) assert.ok(train.includes(textOf(chosen.prompt)));
  noted(notes, `120 pairs had their prompts cut to the last ${longestPrompt} tokens`);
});

Deno.test("pairs are drawn without replacement, all of them where fewer are left", async () => {
  const { testbed } = await opened(pairs(50));
  const train = 45;
  assert.equal(testbed.comparisons, train);
  const drawn = testbed.examples("pairs", 30, rng("a"));
  assert.equal(new Set(drawn.map(({ chosen }) => textOf(chosen))).size, 30);
  for (const { chosen, rejected, strength } of drawn) {
    const [i] = textOf(chosen.prompt).match(/\d+/)!;
    assert.deepEqual([textOf(chosen), textOf(rejected)], [`+${i}`, `-${i}`]);
    assert.equal(chosen.tokens.at(-1), bytes.stop);
    assert.equal(chosen.length, chosen.tokens.length);
    assert.equal(strength, 1);
  }
  assert.equal(testbed.examples("pairs", 1000, rng("a")).length, train);
  assert.deepEqual(testbed.examples("pairs", 30, rng("a")), drawn);
  assert.notDeepEqual(testbed.examples("pairs", 30, rng("b")), drawn);
  assert.deepEqual(testbed.examples("pairs", 0, rng("a")), []);
  assert.throws(() => testbed.examples("pairs", 1.5, rng("a")), RangeError);
  assert.throws(() => testbed.examples("scored", 1, rng("a")), {
    name: "RangeError",
    message:
      "Cannot draw scored from my rows.jsonl as it offers only pairs, points, demonstrations",
  });
});

Deno.test("one draw of pairs reads as pairs, as points and as demonstrations", async () => {
  const { benchmark, testbed } = await opened(pairs(60, (i) => `prompt ${i % 20}`));
  assert.deepEqual(offersOf(benchmark), ["pairs", "points", "demonstrations"]);
  const drawn = testbed.examples("pairs", 25, rng(3));
  assert.deepEqual(
    testbed.examples("demonstrations", 25, rng(3)),
    drawn.map(({ chosen }) => ({ answer: chosen })),
  );
  const points = testbed.examples("points", 25, rng(3));
  assert.deepEqual(
    points.map(({ answer, good }) => ({ answer, good })),
    drawn.flatMap(({ chosen, rejected }) => [
      { answer: chosen, good: 1 },
      { answer: rejected, good: 0 },
    ]),
  );
  for (const { answer, unrelated, good } of points) {
    assert.deepEqual(unrelated.prompt, answer.prompt);
    const [sign, ...number] = textOf(unrelated);
    assert.equal(sign, good ? "+" : "-");
    assert.notEqual(`prompt ${Number(number.join("")) % 20}`, textOf(answer.prompt));
  }
});

const thumbs = (n: number): JsonRow[] =>
  Array.from({ length: n }, (_, i) => ({
    prompt: `prompt ${i >> 1}`,
    completion: `answer ${i}`,
    label: i % 4 === 0,
  }));

Deno.test("unpaired rows are points, and their good answers demonstrations", async () => {
  const { benchmark, testbed, notes } = await opened(thumbs(80));
  assert.deepEqual(offersOf(benchmark), ["pairs", "points", "demonstrations"]);
  assert.equal(benchmark.headline, "label-auc");
  const points = testbed.examples("points", 30, rng(3));
  assert.equal(points.length, 30);
  for (const { answer, unrelated, good } of points) {
    const i = Number(textOf(answer).split(" ")[1]);
    assert.equal(textOf(answer.prompt), `prompt ${i >> 1}`);
    assert.equal(good, i % 4 === 0 ? 1 : 0);
    assert.deepEqual(unrelated.prompt, answer.prompt);
    assert.notEqual(Number(textOf(unrelated).split(" ")[1]) >> 1, i >> 1);
  }
  assert.deepEqual(
    testbed.examples("demonstrations", 30, rng(3)),
    points.filter(({ good }) => good === 1).map(({ answer }) => ({ answer })),
  );
  noted(notes, "80 rows on 40 prompts, each one answer labelled true or false");
});

Deno.test("a good and a bad answer to one prompt are a pair, which takes both labels", async () => {
  // Of each two prompts the first has a good answer and a bad one, the second two bad ones.
  const { benchmark, testbed, notes } = await opened(thumbs(80));
  assert.deepEqual(offersOf(benchmark), ["pairs", "points", "demonstrations"]);
  assert.deepEqual(testbed.costs, { pairs: 2 });
  const number = (y: { tokens: readonly number[] }) => Number(textOf(y).split(" ")[1]);
  const pairs = testbed.examples("pairs", 20, rng(3));
  assert.equal(pairs.length, 10);
  for (const { chosen, rejected, strength } of [...pairs, ...testbed.heldOut()]) {
    assert.deepEqual([number(chosen) % 4, number(rejected)], [0, number(chosen) + 1]);
    assert.equal(strength, 1);
  }
  assert.equal(testbed.examples("pairs", 999, rng(3)).length, 20 - testbed.heldOut().length);
  noted(notes, "A pair is a good and a bad answer to one prompt, and costs the labels of both");
  const alone = await opened(thumbs(80).map((row, i) => ({ ...row, prompt: `prompt ${i}` })));
  assert.deepEqual(offersOf(alone.benchmark), ["points", "demonstrations"]);
  assert.deepEqual(alone.testbed.heldOut(), []);
  noted(alone.notes, /^No held-out prompt has a good and a bad answer, so ranking accuracies/);
  noted(alone.notes, "Pairs need a good and a bad answer to one prompt, and there are none");
  assert.throws(
    () => alone.testbed.examples("pairs", 1, rng(1)),
    /offers only points, demonstrations/,
  );
});

Deno.test("kinds that the rows cannot give are not offered", async () => {
  const bad = await opened(thumbs(8).map((row) => ({ ...row, label: false })));
  assert.deepEqual(offersOf(bad.benchmark), ["points"]);
  noted(bad.notes, "Nothing is demonstrated, as no answer is labelled true");
  const few = await opened(pairs(2));
  assert.deepEqual(offersOf(few.benchmark), ["pairs", "demonstrations"]);
  noted(few.notes, "Points need answers to two training prompts, and there are too few");
  await assert.rejects(opened([{ prompt: "a", completion: "b", label: false }]), {
    name: "RangeError",
    message: /no method learns from answers that are all labelled false, to one prompt$/,
  });
});

Deno.test("an answer keeps its first tokens, and its stop token where that fits", async () => {
  const answers = [longestAnswer - 1, longestAnswer, longestAnswer + 1, 100_000].map((n) =>
    Array.from({ length: n }, (_, i) => String.fromCharCode(97 + i % 23)).join("")
  );
  const { testbed, notes } = await opened(
    answers.map((chosen, i) => ({ prompt: `${i}`, chosen, rejected: "" })),
  );
  const drawn = [...testbed.examples("pairs", 4, rng(1)), ...testbed.heldOut()];
  for (const { chosen, rejected } of drawn) {
    const text = answers[Number(textOf(chosen.prompt))]!;
    const whole = [...bytes.encode(text), bytes.stop];
    assert.deepEqual(chosen.tokens, whole.slice(0, longestAnswer));
    assert.deepEqual(rejected.tokens, [bytes.stop]);
  }
  noted(notes, `3 answers cut to the first ${longestAnswer} tokens`);
});

Deno.test("a prompt keeps its last tokens, and the stop token stands for one of no text", async () => {
  const long = Array.from({ length: 100_000 }, (_, i) => String.fromCharCode(97 + i % 23)).join("");
  const { testbed, notes } = await opened(
    ["", long, "x".repeat(longestPrompt)].map((prompt) => ({ prompt, chosen: "a", rejected: "b" })),
  );
  const seen = [...testbed.prompts("train"), ...testbed.prompts("test")].map(({ tokens }) =>
    tokens
  );
  const expected = [
    [bytes.stop],
    bytes.encode(long).slice(-longestPrompt),
    bytes.encode("x".repeat(longestPrompt)),
  ];
  assert.deepEqual(seen.map(String).sort(), expected.map(String).sort());
  noted(notes, `1 pair had its prompt cut to the last ${longestPrompt} tokens`);
});

Deno.test("any text has the tokens that the tokenizer gives it, up to the limits", async () => {
  const words = "the cat sat on the mat, the hat; it's 1,000 €!  \n\tOh no… 日本語 日本 🙂🙂 ";
  const tokenizer = readTokenizer(learnTokenizer([[words.repeat(3), 1]], 320));
  const piece = fc.constantFrom(...words.match(/.{1,3}/gsu)!);
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 500, size: "max" }).map((x) => x.join("")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 9 }), async (texts) => {
      const rows = texts.map((prompt, i): DatasetRow => ({
        kind: "unpaired",
        prompt,
        completion: texts.at(-i)!,
        label: true,
        repaired: false,
      }));
      const data = await encode(ReadableStream.from(rows), tokenizer);
      rows.forEach(({ prompt }, i) => {
        const tokens = tokenizer.encode(prompt).slice(-longestPrompt);
        const own = tokens.length > 0 ? tokens : [tokenizer.stop];
        assert.deepEqual(sequence(data.prompts, data.promptOf[i]!), own);
        const answer = [...tokenizer.encode(texts.at(-i)!), tokenizer.stop];
        assert.deepEqual(sequence(data.answers, i), answer.slice(0, longestAnswer));
      });
    }),
    { seed: 5, numRuns: 100 },
  );
});

Deno.test("equal answers are trained on and never ranked", async () => {
  const long = "x".repeat(longestAnswer);
  const rows = Array.from({ length: 60 }, (_, i) => ({
    prompt: `${i >> 1}`,
    chosen: i % 2 ? "same" : `${long}+`,
    rejected: i % 2 ? "same" : `${long}-`,
  }));
  const { testbed, notes } = await opened(rows);
  assert.equal(testbed.examples("pairs", 60, rng(1)).length, 54);
  assert.deepEqual(testbed.heldOut(), []);
  noted(notes, "30 pairs with the same answer chosen and rejected: trained on, never ranked");
  noted(notes, "30 pairs with answers that are the same once cut: trained on, never ranked");
  noted(notes, "0 held-out pairs are ranked");
  assert.deepEqual(
    absent(testbed, "ranking-accuracy"),
    "The two answers of every held-out pair are the same",
  );
});

/** Why a measure does not exist, asked before anything is looked at. */
function absent(testbed: Testbed, id: string): string {
  const evaluator = testbed.evaluators.find((e) => e.id === id);
  return absence(
    evaluator!,
    { testbed, lacks: {}, implied: () => 0 } as Partial<Subject> as Subject,
  ) ??
    assert.fail(`${id} is measured`);
}

Deno.test("measures that need a gold reward are absent, with the reason", async () => {
  const { testbed, notes } = await opened(pairs(30));
  for (const id of ["win-rate", "reward", "regret", "idealised-ranking-accuracy"]) {
    assert.match(absent(testbed, id), /no gold reward/, id);
  }
  noted(notes, /^Win-rate, reward, regret, .* exploitability are absent: .* no gold reward/);
  noted(notes, "Online methods cannot run, as nobody can be asked about new answers");
  for (const gone of ["oracle", "label", "reward", "fluency", "answers"] as const) {
    assert.equal(testbed[gone], undefined, gone);
  }
  assert.deepEqual(testbed.truth, {});
});

Deno.test("with one prompt nothing is held out and every measure says so", async () => {
  for (const rows of [pairs(1), pairs(5, () => "the only one")]) {
    const { testbed, notes } = await opened(rows);
    assert.deepEqual(testbed.prompts("test"), []);
    assert.deepEqual(testbed.heldOut(), []);
    assert.equal(testbed.prompts("train").length, 1);
    assert.equal(testbed.examples("pairs", 9, rng(1)).length, rows.length);
    for (const { id } of testbed.evaluators) assert.ok(absent(testbed, id), id);
    assert.match(absent(testbed, "kl"), /^Nothing is held out/);
    noted(notes, "Nothing is held out, as all rows ask one question: every measure is absent");
  }
});

Deno.test("a plan records file, fingerprint, rows and notes", async () => {
  const rows = [...pairs(4), { prompt: "x\ud83d", chosen: "a", rejected: "b" }];
  await withFile(rows, async (file) => {
    const described = await (await dataset(file, base)).describe(shop());
    assert.deepEqual(plan.shape.dataset.parse(described), described);
    assert.equal(described.file, file);
    assert.equal(described.rows, 5);
    const content = await Deno.readFile(file);
    assert.equal(described.sha256, createHash("sha256").update(content).digest("hex"));
    noted(described.notes, "1 pair with half a surrogate pair, read as U+FFFD");
  });
});

Deno.test("the benchmark is named after its file and offers at most 2,000 labels", async () => {
  const names = [
    ["my rows.jsonl", "my-rows"],
    ["../x/Ü&<b>.v2.jsonl".replaceAll("/", "∕"), "x-b-.v2"],
    ["好.jsonl", "rows"],
    [`${"a".repeat(99)}.jsonl`, "a".repeat(40)],
  ] as const;
  for (const [name, setting] of names) {
    const { benchmark } = await opened(pairs(3), name);
    assert.deepEqual(Object.keys(benchmark.settings), [setting]);
    assert.equal(benchmark.id, "dataset");
    assert.equal(benchmark.family, "text");
    assert.ok(benchmark.summary.startsWith(`${name}: 3 labelled pairs`));
    assert.deepEqual(benchmark.budget, { flops: 2e12, queries: 3 });
  }
  assert.equal((await opened(pairs(2001))).benchmark.budget.queries, 2000);
});

Deno.test("rows are encoded once, and opening needs their file no more", async () => {
  const workshop = shop();
  const benchmark = await withFile(pairs(3000), async (file) => {
    const found = await dataset(file, base);
    for (const stage of found.stages!) for (const part of stage) await part.make(workshop);
    return found;
  });
  assert.deepEqual(workshop.made, ["dataset"]);
  assert.deepEqual(workshop.reports, [1 / 3, 2 / 3, 1]);
  const testbed = await benchmark.open(null, rng(1), workshop);
  assert.equal(testbed.prompts("train").length, 2744);
  assert.deepEqual(workshop.made, ["dataset"]);
});

Deno.test("a file that changes under way is refused", async () => {
  await withFile(pairs(3), async (file) => {
    const benchmark = await dataset(file, base);
    await Deno.writeTextFile(file, JSON.stringify(pairs(4)[3]));
    await assert.rejects(benchmark.open(null, rng(1), shop()), {
      message: `Cannot use ${file}: it changed while it was read`,
    });
  });
});

Deno.test("100,000 rows are read, split and drawn from", async () => {
  const { testbed, notes } = await opened(pairs(100_000, (i) => `prompt ${i % 60_000}`));
  noted(notes, "100,000 pairs on 60,000 prompts");
  const held = new Set(promptsOf(testbed, "test"));
  const rows = Array.from({ length: 100_000 }, (_, i) => `prompt ${i % 60_000}`);
  assert.equal(testbed.comparisons, rows.filter((prompt) => !held.has(prompt)).length);
  assert.equal(testbed.examples("points", 2000, rng(1)).length, 4000);
});

/** Runs methods on these rows, each from seed 1 with 100 labels. */
const runs = (
  rows: readonly JsonRow[],
  methods: readonly Method[],
  budget: Budget = { flops: 1e9, queries: 100 },
): Promise<RunRecord[]> =>
  withFile(rows, async (file) =>
    trained({
      benchmark: await dataset(file, base),
      setting: "my-rows",
      methods,
      budget,
      cached: shop().cached,
    }));

const letters = "abcdefghijklmnopqrstuvwxyz";
const couples = Array.from(
  { length: 26 * 26 },
  (_, i) => `${letters[i % 26]}${letters[Math.floor(i / 26)]}`,
);

Deno.test("methods learn from a user's pairs, and only their labels are measured", async () => {
  // One answer is right whatever the prompt: a rule that carries over to held-out prompts.
  const rows = couples.map((prompt) => ({ prompt, chosen: "yes", rejected: "no" }));
  const [first, ...others] = await runs(rows, [dpo, kto, sft]);
  for (const { method, outcome, reason, measures, absent, start, spent } of [first!, ...others]) {
    assert.equal(outcome, "ok", reason);
    assert.equal(spent!.queries, 100);
    assert.match(absent["win-rate"]!, /no gold reward/);
    for (
      const id of [
        "kl",
        "kl-per-token",
        "length",
        "distinct-1",
        "distinct-2",
        "self-bleu",
        "entropy",
      ]
    ) {
      assert.ok(measures[id], id);
    }
    assert.equal(measures["reward-accuracy"]!.n, 68);
    assert.ok(measures["reward-accuracy"]!.value > 0.95, method);
    assert.equal(start.kl!.value, 0);
  }
  assert.ok(first!.measures.nll!.value < Math.log(2));
  assert.ok(first!.measures.margin!.value > 0);
});

Deno.test("methods that ask about new answers, or for pairs where there are none, cannot run", async () => {
  const pair = couples.map((prompt) => ({ prompt, chosen: "yes", rejected: "no" }));
  for (const { outcome, reason } of await runs(pair, [onlineDpo, selm])) {
    assert.equal(outcome, "unsupported");
    assert.match(reason!, /dataset\/my-rows as it has nobody to ask/);
  }
  const single = couples.map((prompt, i) => ({ prompt, completion: "yes", label: i % 2 === 0 }));
  const [paired, pointed] = await runs(single, [dpo, kto]);
  assert.equal(paired!.outcome, "unsupported");
  assert.match(paired!.reason!, /offers points, demonstrations: feedback is pairs$/);
  assert.equal(pointed!.outcome, "ok");
  for (const id of ["reward-accuracy", "chosen-log-ratio", "margin"]) {
    assert.match(pointed!.absent[id]!, /^The rows are unpaired/, id);
  }
  assert.ok(pointed!.measures.kl!.value > 0);
});

Deno.test("methods that pair or judge answers of their own, and ask nobody, learn from a user's rows", async () => {
  const rows = couples.map((prompt) => ({ prompt, chosen: "yes", rejected: "no" }));
  // Enough for several steps after the answers that they draw and judge first.
  const budget = { flops: 4e9, queries: 100 };
  const records = await runs(rows, [cream, osp, rlhfWorkflow, spin], budget);
  for (const { method, outcome, reason, measures, spent } of records) {
    assert.equal(outcome, "ok", `${method}: ${reason}`);
    assert.equal(spent!.queries, 100);
    assert.ok(spent!.by.sampling > 0 && measures.kl!.value > 0, method);
  }
});

Deno.test("a file of thumbs has a board: pairs, points and demonstrations, and labels to measure by", async () => {
  const rows = couples.flatMap((prompt) => [
    { prompt, completion: "yes", label: true },
    { prompt, completion: "no", label: false },
  ]);
  for (const { method, outcome, reason, measures, spent } of await runs(rows, [dpo, kto, sft])) {
    assert.equal(outcome, "ok", reason);
    assert.equal(spent!.queries, 100);
    assert.equal(measures["label-auc"]!.n, 136);
    for (const id of ["reward-accuracy", "label-auc"]) {
      assert.ok(measures[id]!.value > 0.9, `${method}: ${id} ${measures[id]!.value}`);
    }
    assert.ok(measures["label-accuracy"]!.value >= 0.5, method);
  }
});

Deno.test("lists are learned from as lists, and by pairs as sure as their scores lie apart", async () => {
  const rows = couples.map((prompt, i) => ({
    prompt,
    // Four answers, and now and then six or three.
    responses: ["aaaa", "aaa", "aa", "a", "", "bb"].slice(
      0,
      i % 10 === 0 ? 6 : i % 10 === 1 ? 3 : 4,
    ),
    scores: [9, 7, 7, 1, 0, -1].slice(0, i % 10 === 0 ? 6 : i % 10 === 1 ? 3 : 4),
  }));
  const { benchmark, testbed, notes } = await opened(rows);
  assert.deepEqual(offersOf(benchmark), ["pairs", "lists", "points", "demonstrations"]);
  assert.deepEqual(testbed.costs, { lists: 6 });
  noted(notes, "Lists are learned from 4 answers each, which cost 6 labels");
  const lists = testbed.examples("lists", 6 * 30 + 5, rng(1));
  assert.equal(lists.length, 30);
  for (const { answers, scores } of lists) {
    const texts = answers.map((y) => textOf(y));
    // The best, the worst and equal steps between; ties beat half.
    if (texts.at(-1) === "a") {
      assert.deepEqual(texts, ["aaaa", "aaa", "aa", "a"]);
      assert.deepEqual(scores, [1, 0.5, 0.5, 0]);
    } else assert.deepEqual(texts, ["aaaa", "aa", "a", "bb"]);
  }
  const strengths = new Map(
    testbed.examples("pairs", 9999, rng(1)).map(({ chosen, rejected, strength }) => [
      `${textOf(chosen)} ${textOf(rejected)}`,
      strength,
    ]),
  );
  assert.equal(strengths.get("aaaa bb"), 1);
  assert.equal(strengths.get("aaaa a"), 0.9);
  assert.equal(strengths.get("aaaa aaa"), 0.6);
  assert.ok(!strengths.has("aaa aa"));
  assert.ok(testbed.heldOut().every(({ strength }) => strength === 1));
  const records = await runs(rows, [dpo, lipo, curryDpo, sft]);
  for (const { method, outcome, reason, measures } of records) {
    assert.equal(outcome, "ok", `${method}: ${reason}`);
    assert.ok(measures["reward-accuracy"], method);
  }
});

Deno.test("a budget that pays for no step is no result", async () => {
  const [record] = await runs(pairs(40), [dpo], { flops: 1e4, queries: 20 });
  assert.equal(record!.outcome, "unsupported");
  assert.match(
    record!.reason!,
    /^Cannot train dpo on dataset\/my-rows: the budget pays for no step: /,
  );
  assert.deepEqual([record!.steps, record!.measures], [0, {}]);
});

Deno.test("a method runs on a file of one row, which measures nothing", async () => {
  const [record] = await runs(pairs(1), [dpo]);
  assert.equal(record!.outcome, "ok", record!.reason);
  assert.ok(record!.steps > 10);
  assert.deepEqual(record!.measures, {});
  assert.deepEqual(record!.samples, []);
  assert.match(record!.absent.kl!, /^Nothing is held out/);
});
