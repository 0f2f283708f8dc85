// Over 400 lines, because the ways in which a row can be wrong are many and each has its message.
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { type ColumnSource, parquetWriteFile } from "hyparquet-writer";
import { readDataset } from "../benchmarks/dataset/read.ts";
import type { DatasetRow } from "../benchmarks/dataset/row.ts";

const fixtures = join(import.meta.dirname!, "fixtures", "dataset");

/** What rows say; by what they are kept together is tested elsewhere. */
async function rowsOf(file: string): Promise<DatasetRow[]> {
  return await Array.fromAsync(readDataset(file), ({ asked: _, ...row }) => row);
}

/** Reads rows from a temporary file with this content. */
async function read(content: string | Uint8Array, name = "rows.jsonl"): Promise<DatasetRow[]> {
  const dir = await Deno.makeTempDir();
  const old = Deno.cwd();
  try {
    await Deno.writeFile(
      join(dir, name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    Deno.chdir(dir);
    return await rowsOf(name);
  } finally {
    Deno.chdir(old);
    await Deno.remove(dir, { recursive: true });
  }
}
const lines = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function readParquet(columnData: ColumnSource[], options = {}): Promise<DatasetRow[]> {
  const file = await Deno.makeTempFile({ suffix: ".parquet" });
  try {
    await parquetWriteFile({ filename: file, columnData, ...options });
    return await rowsOf(file);
  } finally {
    await Deno.remove(file);
  }
}

const pair = (prompt: string, chosen: string, rejected: string, repaired = false): DatasetRow => ({
  kind: "pair",
  prompt,
  chosen,
  rejected,
  repaired,
});
const said = (role: string, content: string) => ({ role, content });
const sky = said("user", "What colour is the sky?");
const [blue, green] = [said("assistant", "It is blue."), said("assistant", "It is green.")];
const skyPair = pair(
  "user: What colour is the sky?\nassistant:",
  " It is blue.",
  " It is green.",
);

Deno.test("pairs of strings are read as they stand, and other columns leave them so", async () => {
  assert.deepEqual(
    await read(
      lines({ prompt: "The sky is", chosen: " blue", rejected: " red", label: 3, x: [1] }),
    ),
    [pair("The sky is", " blue", " red")],
  );
});

Deno.test("messages become lines, and the speaker of all answers ends the prompt", async () => {
  const system = said("system", "Be brief");
  assert.deepEqual(
    await read(lines(
      { prompt: [sky], chosen: [blue], rejected: [green] },
      { prompt: [system, sky], chosen: [blue, sky, green], rejected: [green] },
      { prompt: [sky], chosen: [blue], rejected: [said("user", "Hm")] },
    )),
    [
      skyPair,
      pair(
        "system: Be brief\nuser: What colour is the sky?\nassistant:",
        " It is blue.\nuser: What colour is the sky?\nassistant: It is green.",
        " It is green.",
      ),
      pair("user: What colour is the sky?\n", "assistant: It is blue.", "user: Hm"),
    ],
  );
});

Deno.test("a prompt that messages share is taken from them, and a string prompt gives way", async () => {
  assert.deepEqual(
    await read(lines(
      { chosen: [sky, blue], rejected: [sky, green] },
      { prompt: sky.content, chosen: [sky, blue], rejected: [sky, green] },
      { prompt: sky.content, chosen: [blue], rejected: [green] },
      { chosen: [{ ...sky, name: "Ann" }, blue], rejected: [{ ...sky, name: "Bob" }, green] },
    )),
    [skyPair, skyPair, skyPair, skyPair],
  );
});

Deno.test("equal message lists keep their last message as the answer", async () => {
  assert.deepEqual(
    await read(lines({ chosen: [sky, blue], rejected: [sky, blue] })),
    [pair("user: What colour is the sky?\nassistant:", " It is blue.", " It is blue.")],
  );
});

Deno.test("strings without a prompt are cut at the last mark of the assistant that they share", async () => {
  const hh = "\n\nHuman: Hi\n\nAssistant:";
  const cases: [string, string, DatasetRow][] = [
    [`${hh} We hear it is`, `${hh} We hear not`, pair(hh, " We hear it is", " We hear not")],
    [`${hh} same`, `${hh} same`, pair(hh, " same", " same")],
    [
      `${hh} Yes\n\nHuman: Why?\n\nAssistant: A: so`,
      `${hh} Yes\n\nHuman: Why?\n\nAssistant: A: no`,
      pair(`${hh} Yes\n\nHuman: Why?\n\nAssistant:`, " A: so", " A: no"),
    ],
    // They part before the second answer.
    [
      `${hh} Yes\n\nHuman: Why?\n\nAssistant: x`,
      `${hh} Yes\n\nHuman: When?\n\nAssistant: x`,
      pair(
        hh,
        " Yes\n\nHuman: Why?\n\nAssistant: x",
        " Yes\n\nHuman: When?\n\nAssistant: x",
      ),
    ],
    ...["<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n", "[INST] Q [/INST]", "Q: Q\nA:"]
      .map((mark): [string, string, DatasetRow] => [
        `${mark} I am`,
        `${mark} I was 😀`,
        pair(mark, " I am", " I was 😀"),
      ]),
  ];
  assert.deepEqual(
    await read(lines(...cases.map(([chosen, rejected]) => ({ chosen, rejected })))),
    cases.map(([, , row]) => row),
  );
});

Deno.test("strings that share no such mark are refused, whatever they begin with", async () => {
  for (
    const [chosen, rejected] of [["The sky is blue", "The sky is green"], [
      "Human: Hi",
      "Human: Ho",
    ], ["", "y"]]
  ) {
    await assert.rejects(read(lines({ chosen, rejected })), {
      name: "SyntaxError",
      message:
        /^rows\.jsonl:1: row must have its question in a field of its own.*--columns prompt=/,
    });
  }
});

Deno.test("unpaired rows are read from strings and messages", async () => {
  assert.deepEqual(
    await read(lines(
      { prompt: "The sky is", completion: " blue", label: true },
      { prompt: [sky], completion: [green], label: false },
    )),
    [
      { kind: "unpaired", prompt: "The sky is", completion: " blue", label: true, repaired: false },
      {
        kind: "unpaired",
        prompt: "user: What colour is the sky?\nassistant:",
        completion: " It is green.",
        label: false,
        repaired: false,
      },
    ],
  );
});

Deno.test("a byte order mark, CRLF, blank lines and a missing last newline change nothing", async () => {
  const [a, b] = [
    JSON.stringify({ prompt: "a", chosen: "b\u2028c", rejected: "\ufeffd" }),
    JSON.stringify({ prompt: "é", chosen: "🌍", rejected: "\r\n" }),
  ];
  const expected = [pair("a", "b\u2028c", "\ufeffd"), pair("é", "🌍", "\r\n")];
  for (
    const content of [
      `${a}\n${b}\n`,
      `${a}\n${b}`,
      `\ufeff${a}\r\n${b}\r\n`,
      `\n  \n${a}\n\r\n\t${b} \n\n`,
    ]
  ) assert.deepEqual(await read(content), expected);
});

Deno.test("characters that straddle the chunks of a stream survive", async () => {
  // A prime step through three-byte characters meets every way to cut one.
  const rows = Array.from({ length: 40 }, (_, i) => pair(`${i}`, "€".repeat(9973 + i), "x"));
  assert.deepEqual(await read(lines(...rows)), rows);
});

Deno.test("half a surrogate pair becomes U+FFFD and the row says so", async () => {
  assert.deepEqual(
    await read('{"prompt":"a\\ud83d","chosen":"\\udc00b","rejected":"\\ud83d\\ude00"}'),
    [pair("a\ufffd", "\ufffdb", "😀", true)],
  );
});

Deno.test("a bad row names file, line, field, what is expected and what is found", async () => {
  const ok = { prompt: "a", chosen: "b", rejected: "c" };
  const text = "must be a string or a list of messages";
  const cases: [unknown, string][] = [
    [{ ...ok, chosen: 3 }, `field "chosen" ${text}: current value is 3`],
    [{ ...ok, prompt: { a: 1 } }, `field "prompt" ${text}: current value is {"a":1}`],
    [
      { prompt: "a", chosen: "b" },
      'field "rejected" must be there beside "chosen": current fields are ["prompt","chosen"]; ' +
      "say --columns rejected=COLUMN",
    ],
    [{ ...ok, rejected: null }, `field "rejected" ${text}: current value is null`],
    [
      { ...ok, chosen: [] },
      'field "chosen" must be a string or a list of at least one message: current value is []',
    ],
    [
      { chosen: [sky, { role: "assistant", content: null }], rejected: [sky, green] },
      'field "chosen[1].content" must be a string: current value is null',
    ],
    [
      { chosen: [sky, blue], rejected: [sky, { content: "x" }] },
      'field "rejected[1].role" must be a string: it is missing',
    ],
    [
      { ...ok, prompt: ["hi"] },
      'field "prompt[0]" must be a message with "role" and "content": current value is "hi"',
    ],
    [
      { prompt: "a", completion: "b", label: 2 },
      'field "label" must be true or false, 1 or 0, or as desirable and undesirable: ' +
      "current value is 2",
    ],
    [
      { completion: "b", label: true },
      "row must have its question in a field of its own, or before a mark as " +
      '"\\n\\nAssistant:" that all its answers share: current fields are ' +
      '["completion","label"]; say --columns prompt=COLUMN, or --columns prompt= where there is none',
    ],
    [["a"], 'row must be an object: current value is ["a"]'],
    [
      { question: "a", text: "b" },
      'row must have fields "chosen" and "rejected", or "prompt", "completion" and "label", or ' +
      'others that are known: current fields are ["question","text"]; docs/own-data.md lists the ' +
      "layouts that are read, and --columns names columns, as " +
      "--columns prompt=COLUMN,chosen=COLUMN,rejected=COLUMN",
    ],
    [
      { ...ok, chosen: [sky, "x".repeat(99)] },
      'field "chosen[1]" must be a message with "role" and "content": current value is "' +
      "x".repeat(59) + "…",
    ],
    [
      { ...ok, chosen: [{ "\u009b\u202e": 1 }] },
      'field "chosen[0].role" must be a string: it is missing\n' +
      'rows.jsonl:3: field "chosen[0].content" must be a string: it is missing',
    ],
    [
      { ...ok, chosen: { "\u001b\u009b\u202e": 1 } },
      `field "chosen" ${text}: current value is {"\\u001b\\u009b\\u202e":1}`,
    ],
  ];
  for (const [row, message] of cases) {
    await assert.rejects(read(`${JSON.stringify(ok)}\n\n${JSON.stringify(row)}\n`), {
      name: "SyntaxError",
      message: `rows.jsonl:3: ${message}`,
    });
  }
});

Deno.test("a line that is not JSON or not UTF-8 is named", async () => {
  const ok = new TextEncoder().encode(lines({ prompt: "a", chosen: "b", rejected: "c" }));
  await assert.rejects(read(new Uint8Array([...ok, 0x22, 0xff, 0x22, 0x0a, ...ok])), {
    name: "SyntaxError",
    message: "rows.jsonl:2: line must be UTF-8: current bytes are not",
  });
  await assert.rejects(read(new Uint8Array([...ok, ...ok.subarray(0, 20)])), {
    name: "SyntaxError",
    message: /^rows\.jsonl:2: line must be JSON: Unterminated string in JSON at position 20$/,
  });
  await assert.rejects(read(`x\n\u001b[31m\n`), {
    message: /^rows\.jsonl:1: line must be JSON: .*\nrows\.jsonl:2: line must be JSON: .*\\u001b/,
  });
});

Deno.test("a line of more than 16 MiB is refused and the lines after it are still read", async () => {
  const content = new Uint8Array(2 ** 24 + 4).fill(0x20);
  content.set(new TextEncoder().encode("\n3\n"), 2 ** 24 + 1);
  await assert.rejects(read(content), {
    message: "rows.jsonl:1: line must be at most 16 MiB: it is longer\n" +
      "rows.jsonl:2: row must be an object: current value is 3",
  });
});

Deno.test("the first five problems are spelled out and the rest counted", async () => {
  const error = await read(lines(...Array.from({ length: 9 }, (_, i) => i))).catch((e) => e);
  assert.deepEqual(error.message.split("\n"), [
    ...[1, 2, 3, 4, 5].map((at) =>
      `rows.jsonl:${at}: row must be an object: current value is ${at - 1}`
    ),
    "rows.jsonl: 4 more problems",
  ]);
});

Deno.test("rows of two kinds in a file are refused", async () => {
  await assert.rejects(
    read(lines(
      { prompt: "a", chosen: "b", rejected: "c" },
      { prompt: "a", completion: "b", label: true },
    )),
    {
      name: "SyntaxError",
      message: 'rows.jsonl:2: row must be a pair ("chosen" and "rejected") as rows.jsonl:1 is: ' +
        'current row is an unpaired answer ("completion" and "label")',
    },
  );
});

Deno.test("an empty file is refused, and so is one of blank lines", async () => {
  for (const content of ["", "\ufeff", "\n \r\n"]) {
    await assert.rejects(read(content), {
      name: "SyntaxError",
      message: "Cannot use rows.jsonl: it holds no rows",
    });
  }
});

Deno.test("a file that is missing, an empty folder or of another format is refused by name", async () => {
  await assert.rejects(rowsOf("/nowhere/rows.jsonl"), {
    name: "NotFound",
    message: "Cannot read /nowhere/rows.jsonl: there is no such file",
  });
  await assert.rejects(read(lines({}), "rows.txt"), {
    name: "RangeError",
    message: /^Cannot read rows\.txt: a dataset is a file of \.parquet, .*, or a folder of such$/,
  });
  const dir = await Deno.makeTempDir({ suffix: ".jsonl" });
  await assert.rejects(rowsOf(dir), {
    name: "RangeError",
    message: /it holds no data files/,
  });
  await Deno.remove(dir);
});

Deno.test({
  name: "a file that may not be read is refused by name",
  permissions: { read: false },
  fn: () =>
    assert.rejects(rowsOf("/secret/rows.jsonl"), {
      name: "PermissionDenied",
      message: "Cannot read /secret/rows.jsonl: permission denied",
    }),
});

Deno.test("Parquet files of another writer read as the same rows in JSON lines do", async () => {
  // Written by pyarrow: lists of structs, nulls, zstd in two row groups; gzip with version 2 pages.
  for (const name of ["chat", "unpaired"]) {
    const rows = await rowsOf(join(fixtures, `${name}.parquet`));
    assert.equal(rows.length, 3);
    assert.deepEqual(rows, await rowsOf(join(fixtures, `${name}.jsonl`)));
  }
});

Deno.test("every compression of a Parquet file is read", async () => {
  const columns = [
    { name: "prompt", data: ["a", "b", "a"] },
    { name: "chosen", data: ["😀", "", "\ufeffx"] },
    { name: "rejected", data: ["c", "d", "e"] },
  ];
  const expected = [pair("a", "😀", "c"), pair("b", "", "d"), pair("a", "\ufeffx", "e")];
  const packed = [
    { codec: "UNCOMPRESSED" },
    { codec: "SNAPPY" },
    { codec: "GZIP", compressors: { GZIP: gzipSync } },
    { codec: "ZSTD", compressors: { ZSTD: zstdCompressSync } },
  ];
  for (const options of packed) {
    assert.deepEqual(await readParquet(columns, { ...options, rowGroupSize: 2 }), expected);
  }
});

Deno.test("a bad row of a Parquet file is named by its number", async () => {
  const file = join(fixtures, "not-utf8.parquet");
  await assert.rejects(rowsOf(file), {
    name: "SyntaxError",
    message: `${file}:2: field "prompt" must be a string or a list of messages: ` +
      "current value is bytes that are not UTF-8",
  });
  await assert.rejects(
    readParquet([
      { name: "prompt", data: ["a", "b", "c"] },
      { name: "chosen", data: [1n, 2n, 3n], type: "INT64" },
      { name: "rejected", data: ["x", null, "y"], type: "STRING" },
    ], { rowGroupSize: 2 }),
    /:1: field "chosen" must be .* current value is 1\n.*:2: .*\n.*:2: field "rejected" .* null\n.*:3: /,
  );
});

Deno.test("a Parquet file with other columns, without rows or cut short is refused", async () => {
  await assert.rejects(readParquet([{ name: "text", data: ["a"] }]), {
    name: "SyntaxError",
    message: /must have fields "chosen" and "rejected", .* current fields are \["text"\]; /,
  });
  await assert.rejects(readParquet([{ name: "chosen", data: [], type: "STRING" }]), {
    name: "SyntaxError",
    message: /it holds no rows$/,
  });
  const whole = await Deno.readFile(join(fixtures, "chat.parquet"));
  for (const size of [0, 3, 7, 100, whole.length - 100, whole.length - 1]) {
    await assert.rejects(read(whole.subarray(0, size), "cut.parquet"), {
      name: "SyntaxError",
      message: /^Cannot read cut\.parquet as a Parquet file, damaged or cut short: /,
    });
  }
  await assert.rejects(read("PAR1 but not really PAR1", "fake.parquet"), {
    name: "SyntaxError",
    message: /^Cannot read fake\.parquet as a Parquet file, damaged or cut short: /,
  });
});

Deno.test("damage to compressed text is noticed and never read as text", async () => {
  const whole = await Deno.readFile(join(fixtures, "unpaired.parquet"));
  // The first page after its header: a gzip header of ten bytes, then the prompts and their sum.
  const start = whole.indexOf(0x1f) + 10;
  for (let at = start; at < start + 28; at++) {
    const damaged = whole.slice();
    damaged[at]! ^= 1;
    await assert.rejects(read(damaged, "damaged.parquet"), {
      name: "SyntaxError",
      message: /^Cannot read damaged\.parquet as a Parquet file, damaged or cut short: /,
    });
  }
});

Deno.test("any strings written as JSON lines and as Parquet read back the same", async () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const record = fc.record({ prompt: text, chosen: text, rejected: text });
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 8 }), async (records) => {
      const expected = records.map(({ prompt, chosen, rejected }) =>
        pair(prompt, chosen, rejected)
      );
      assert.deepEqual(await read(lines(...records)), expected);
      const columns = (["prompt", "chosen", "rejected"] as const).map((name) => ({
        name,
        data: records.map((r) => r[name]),
        type: "STRING" as const,
      }));
      assert.deepEqual(await readParquet(columns), expected);
    }),
    { seed: 3, numRuns: 100 },
  );
});
