/** Inputs made after public bug reports, each under `fixtures/cases/` with what is right in its README. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { rng, type Testbed, type Workshop } from "../core/mod.ts";
import { rowAnswers, scorables } from "../benchmarks/dataset/checkpoint.ts";
import { dataset } from "../benchmarks/dataset.ts";
import { readDataset, type ReadingReport, readScorables } from "../benchmarks/dataset/read.ts";
import type { DatasetRow } from "../benchmarks/dataset/row.ts";
import { scorer } from "../lab/checkpoints/score.ts";
import dpo from "../methods/dpo.ts";
import { openCheckpoint } from "../models/checkpoint/checkpoint.ts";
import { base, bytes } from "./fake/base.ts";
import { trained } from "./fixtures/trained.ts";

const cases = join(import.meta.dirname!, "fixtures", "cases");
const at = (name: string) => join(cases, name);
const never = () => {
  throw new Error("A dataset trains and samples nothing by itself");
};
const shop: Workshop = {
  call: never,
  train: never,
  policy: never,
  cached: (_name, _key, make) => make(),
  progress() {},
};

async function opened(name: string): Promise<{ testbed: Testbed; notes: readonly string[] }> {
  const benchmark = await dataset(at(name), base);
  const { notes } = await benchmark.describe(shop);
  return { testbed: await benchmark.open(null, rng(1), shop), notes };
}

async function read(name: string): Promise<{ rows: DatasetRow[]; remarks: string[] }> {
  let found: ReadingReport | undefined;
  const rows = await Array.fromAsync(
    readDataset(at(name), { found: (told) => found = told }),
    ({ asked: _, ...row }) => row,
  );
  return { rows, remarks: [...found!.remarks].map(([remark, n]) => `${n} ${remark}`) };
}

const noted = (notes: readonly string[], note: string) =>
  assert.ok(notes.some((x) => x.includes(note)), `${note} is not among\n${notes.join("\n")}`);

/** The user's words, without what surrounds them. */
const questionOf = ({ tokens }: { tokens: readonly number[] }) =>
  bytes.decode(tokens).normalize("NFC").replaceAll(/\s+/g, " ").replace(/^.*Human: /, "").trim();

function checkSplit(testbed: Testbed, questions: number): void {
  const [train, test] = (["train", "test"] as const).map((split) =>
    new Set(testbed.prompts(split).map(questionOf))
  ) as [Set<string>, Set<string>];
  assert.deepEqual([...test].filter((question) => train.has(question)), []);
  assert.equal(train.size + test.size, questions);
}

Deno.test("data-hh-leak: a question is on one side of the split, and DPO finds half", async () => {
  for (const name of ["hh", "explicit"]) {
    const { testbed, notes } = await opened(`data-hh-leak/${name}.jsonl`);
    noted(notes, "720 pairs on 120 prompts");
    checkSplit(testbed, 120);
    const records = await trained({
      benchmark: await dataset(at(`data-hh-leak/${name}.jsonl`), base),
      setting: name,
      methods: [dpo],
      seeds: [1, 2],
      budget: { flops: 1e10, queries: 648 },
      cached: shop.cached,
    });
    const found = records.map(({ measures, reason }) => {
      assert.equal(reason, undefined);
      return measures["reward-accuracy"]!;
    });
    for (const { value, stderr } of found) {
      // By twelve questions' coins, whose own spread is 0.14.
      assert.ok(Math.abs(value - 0.5) < 3 * Math.hypot(stderr, 0.144), `${name}: ${value}`);
      assert.ok(value < 0.9, `${name}: ${value}`);
    }
  }
});

Deno.test("data-hh-shared-beginnings: what two answers begin with is no part of the question", async () => {
  const { testbed, notes } = await opened("data-hh-shared-beginnings/hh.jsonl");
  noted(notes, "160 pairs on 40 prompts");
  checkSplit(testbed, 40);
  const { rows: [row] } = await read("data-hh-shared-beginnings/hh.jsonl");
  assert.deepEqual(row, {
    kind: "pair",
    prompt: "\n\nHuman: Describe a river lake.\n\nAssistant:",
    chosen: " It is calm and good, number 0.",
    rejected: " It is bad, number 0.",
    repaired: false,
  });
});

Deno.test("data-same-question-other-bytes: spaces, line ends and Unicode forms make no new question", async () => {
  const { testbed, notes } = await opened("data-same-question-other-bytes/rows.jsonl");
  noted(notes, "160 pairs on 40 prompts");
  noted(notes, "more prompts ask what another one does");
  checkSplit(testbed, 40);
  // They stand or fall together: each held-out question goes by one id.
  assert.equal(new Set(testbed.heldOut().map(({ chosen }) => chosen.prompt.id)).size, 4);
});

Deno.test("data-question-not-called-prompt: instruction and input are the question", async () => {
  const { testbed, notes } = await opened("data-question-not-called-prompt/llamafactory.jsonl");
  noted(notes, "60 pairs on 60 prompts");
  assert.equal(
    questionOf(testbed.prompts("train")[0]!).split(" ").slice(-2).join(" "),
    "Be brief.",
  );
  const { rows } = await read("data-question-not-called-prompt/llamafactory.jsonl");
  const plain = await read("data-question-not-called-prompt/as-trl.jsonl");
  assert.deepEqual(
    rows,
    plain.rows.map((row) => ({ ...row, prompt: `${row.prompt}\nBe brief.` })),
  );
});

Deno.test("data-prompt-again-in-answers: a prompt that begins every answer is taken off, with a word", async () => {
  const { rows, remarks } = await read("data-prompt-again-in-answers/rows.jsonl");
  assert.deepEqual(rows[0], {
    kind: "pair",
    prompt: "user: Describe a river lake.\nassistant:",
    chosen: " A river lake is calm.",
    rejected: " Bad river lake.",
    repaired: false,
  });
  assert.deepEqual(remarks, ['40 with "prompt" again before every answer, taken off them']);
  const strings = await read("data-prompt-again-in-answers/strings.jsonl");
  assert.deepEqual(strings.rows[0], {
    kind: "pair",
    prompt: "Describe a river lake.",
    chosen: " It is calm.",
    rejected: " It is bad.",
    repaired: false,
  });
  assert.deepEqual(strings.remarks, remarks);
});

Deno.test("data-rows-repeated: rows that are there five times are noted, and ranked once", async () => {
  const [once, often] = [
    await opened("data-rows-repeated/once.jsonl"),
    await opened("data-rows-repeated/five-times.jsonl"),
  ];
  noted(often.notes, "160 pairs repeat an earlier one: trained on each time, ranked once");
  const texts = ({ testbed }: typeof once) =>
    testbed.heldOut().map(({ chosen, rejected }) =>
      [chosen.prompt, chosen, rejected].map(({ tokens }) => bytes.decode(tokens))
    );
  assert.deepEqual(texts(often), texts(once));
});

Deno.test("data-contradictory: labels that contradict each other are noted", async () => {
  const { notes } = await opened("data-contradictory/rows.jsonl");
  noted(notes, "40 pairs label the answers of an earlier one the other way round");
});

Deno.test("rows-forms: each is read right, or refused by file, line and field", async () => {
  const pair = (prompt: string, chosen: string, rejected: string) => ({
    kind: "pair",
    prompt,
    chosen,
    rejected,
    repaired: false,
  });
  const chat = pair("user: Q0\nassistant:", " x", " y");
  const thumb = { kind: "unpaired", prompt: "P0", completion: "c", label: false, repaired: false };
  const right: { readonly [name: string]: object } = {
    "arena": pair("Q0", "x", "y"),
    "both-empty": pair("Q0", "", ""),
    "empty-answers": pair("Q0", "x", ""),
    "kto-response": thumb,
    "kto-tag": { ...thumb, prompt: "user: a\nassistant:", completion: " b" },
    "labels-0-1": thumb,
    "labels-1.0": thumb,
    "labels-desirable": thumb,
    "labels-strings": thumb,
    "mixed": pair("Q0", "x", "y"),
    "nemo-context": { ...chat, gap: 1 },
    "none-text": pair("Q0", "x", "nan"),
    "one-message": chat,
    "parts": chat,
    "prompt-string-answers-messages": chat,
    "prompt-string-other-than-messages": { ...chat, prompt: "user: Something else 0\nassistant:" },
    "rejected-list": {
      kind: "list",
      prompt: "Q0",
      answers: ["x", "y", "z"],
      scores: [1, 0, 0],
      repaired: false,
    },
    "rtl-emoji": pair("ما هو 0؟ ‮ 👩‍👩‍👧‍👦🏳️‍🌈", "نعم 👍🏽", "לא ‏😡"),
    "sharegpt": chat,
    "spaces-in-columns": pair("Q0", "x", "y"),
    "system": { ...chat, prompt: "system: Be kind\nuser: Q0\nassistant:" },
    "tool-calls": {
      ...chat,
      chosen: ' [{"type":"function","function":{"name":"f","arguments":{}}}]\ntool: 42\n' +
        "assistant: It is 42",
    },
    "upper-columns": pair("Q0", "x", "y"),
  };
  const remarks: { readonly [name: string]: string } = {
    "none-text": '12 with an answer "None", "nan" or the like, as missing ones are written',
    "prompt-string-other-than-messages":
      '12 with another text in "prompt" than in the conversations of their answers, which were read',
  };
  const text = "must be a string or a list of messages: current value is";
  const refused: { readonly [name: string]: string } = {
    "labels-some-null": ':6: field "label" must be true or false, 1 or 0, or as desirable and ' +
      "undesirable: current value is null",
    "null-rejected": `:1: field "rejected" ${text} null`,
    "numbers": `:1: field "prompt" ${text} 0`,
  };
  for await (const { name } of Deno.readDir(at("rows-forms"))) {
    if (!name.endsWith(".jsonl")) continue;
    const form = name.replace(".jsonl", "");
    const file = `rows-forms/${name}`;
    if (form in refused) {
      await assert.rejects(read(file), ({ name, message }: Error) => {
        assert.equal(name, "SyntaxError");
        assert.ok(message.startsWith(`${at(file)}${refused[form]}`), message);
        return true;
      });
      continue;
    }
    const found = await read(file);
    assert.equal(found.rows.length, 12, form);
    assert.deepEqual(found.rows[0], right[form], form);
    assert.deepEqual(found.remarks, form in remarks ? [remarks[form]] : [], form);
  }
});

Deno.test("jsonl-syntax: read where nothing is in doubt, else refused by file, line and cause", async () => {
  const rows = [0, 1, 2].map((i) => ({ kind: "answer", prompt: `Say ${i}.`, answers: [`${i}.`] }));
  const one = (prompt: string, answer: string) => [{ kind: "answer", prompt, answers: [answer] }];
  const read: { readonly [name: string]: object } = {
    "array-one-line.jsonl": rows,
    "array.jsonl": rows,
    "blank-lines.jsonl": rows,
    "crlf-bom.jsonl": rows,
    "gz-called-jsonl.jsonl": rows,
    "infinity.jsonl": rows,
    "nan-elsewhere.jsonl": rows,
    "no-last-newline.jsonl": rows,
    "nul-escape.jsonl": one("a\0b", "c"),
    "pretty.jsonl": rows,
    "rows.jsonl.gz": rows,
    "surrogate.jsonl": one("a\ufffd", "b"),
    "u2028.jsonl": one("a\u2028b", "c"),
  };
  const refused: { readonly [name: string]: RegExp } = {
    "comments.jsonl": /:1: line must be JSON/,
    "cr-only.jsonl": /:1: line must be JSON/,
    "empty.jsonl": /empty\.jsonl: it holds no rows/,
    "glued.jsonl": /:1: line must be JSON/,
    "half-line.jsonl": /:3: line must be JSON: Unexpected end/,
    "html.jsonl": /html\.jsonl: it is an HTML page/,
    "latin1.jsonl": /:1: line must be UTF-8/,
    "lfs-pointer.jsonl": /lfs-pointer\.jsonl: it is a Git LFS pointer .*: run git lfs pull/,
    "lfs-pointer.parquet": /lfs-pointer\.parquet: it is a Git LFS pointer/,
    "list-in-data.jsonl": /:1: .*field "data" is a list of rows, which must be a file by itself/,
    "nul-tail.jsonl": /:4: line must be JSON/,
    "pickle-like.jsonl": /:1: line must be UTF-8/,
    "single-quotes.jsonl": /:1: line must be JSON/,
    "trailing-comma.jsonl": /:1: line must be JSON/,
    "twice-a-key.jsonl": /:1: line must have each field once: "answer" is there twice/,
    "utf16.jsonl": /utf16\.jsonl: it is UTF-16: save it as UTF-8/,
  };
  for await (const { name } of Deno.readDir(at("jsonl-syntax"))) {
    if (name === "README.txt") continue;
    const found = () => Array.fromAsync(readScorables(at(`jsonl-syntax/${name}`), {}));
    if (name in read) assert.deepEqual(await found(), read[name], name);
    else await assert.rejects(found, { name: "SyntaxError", message: refused[name]! }, name);
  }
});

Deno.test("parquet-forms: every encoding gives the rows of the JSON lines, or names its row and field", async () => {
  const [strings, messages] = [
    (await read("parquet-forms/rows.jsonl")).rows,
    (await read("parquet-forms/messages.jsonl")).rows,
  ];
  const odd: { readonly [name: string]: RegExp | ((rows: readonly DatasetRow[]) => void) } = {
    "bom-text": (rows) => assert.equal(rows[0]!.prompt, "\ufeffx"),
    "cut": /cut\.parquet as a Parquet file, damaged or cut short/,
    "dotted":
      /:1: field "chosen" must be there beside "rejected": .*"chosen\.text".*--columns chosen=/,
    "empty": /it holds no rows/,
    "one-null": /:201: field "chosen" must be .*: current value is null/,
    "kto-int": labelled,
    "kto-null-pairs": labelled,
    "kto": labelled,
    "groups": () => {},
  };
  function labelled(rows: readonly DatasetRow[]) {
    assert.deepEqual([rows.length, rows[0]!.kind], [300, "unpaired"]);
  }
  for await (const { name } of Deno.readDir(at("parquet-forms"))) {
    if (!name.endsWith(".parquet")) continue;
    const form = name.replace(".parquet", "");
    const expected = odd[form];
    const found = () => read(`parquet-forms/${name}`);
    if (expected instanceof RegExp) {
      await assert.rejects(found, { name: "SyntaxError", message: expected }, name);
      continue;
    }
    const { rows } = await found();
    if (expected) expected(rows);
    else assert.deepEqual(rows, /messages|sequence/.test(form) ? messages : strings, name);
  }
});

Deno.test("score-bos-twice: tokens that a text spells out are not added again", async () => {
  // The goldens' weights, with a tokenizer that adds <s> and a template that writes it.
  const directory = await Deno.makeTempDir();
  const llama = join(import.meta.dirname!, "goldens", "models", "llama");
  for (const name of ["config.json", "model.safetensors"]) {
    await Deno.copyFile(join(llama, name), join(directory, name));
  }
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await Deno.copyFile(at(`score-bos-twice/model/${name}`), join(directory, name));
  }
  const checkpoint = await openCheckpoint(directory);
  const work = scorer(
    {
      model: checkpoint.model({ longest: 1 }),
      params: await checkpoint.load(),
      context: checkpoint.context,
      vocabulary: checkpoint.vocabulary,
    },
    undefined,
    { beta: 0.1, threads: 1 },
  );
  const scored = async (name: string, end: boolean) => {
    const rows = await Array.fromAsync(scorables(at(`score-bos-twice/${name}.jsonl`), checkpoint));
    return await work.score(rows.map((row) => {
      const read = rowAnswers(checkpoint, row, end);
      const answers = row.answers.map((text, i) => ({ text, read: read[i]! }));
      return { kind: row.kind, prompt: row.prompt, answers };
    }));
  };
  try {
    for (const name of ["messages", "templated-beforehand", "without-bos"]) {
      const [row] = await scored(name, false);
      assert.ok("logprob" in row! && Math.abs(row.logprob! + 35.742) < 1e-3, name);
    }
    for (const row of await scored("end-in-text", true)) {
      assert.ok("tokens" in row && row.tokens === 6);
    }
  } finally {
    await work.close();
    await Deno.remove(directory, { recursive: true });
  }
});
