import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { filesOf, fingerprint, readable, readFiles, shown } from "../formats/mod.ts";

const fixtures = join(import.meta.dirname!, "fixtures", "dataset");
const utf8 = (text: string) => new TextEncoder().encode(text);

async function inFolder<T>(
  files: { readonly [name: string]: string | Uint8Array },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, typeof content === "string" ? utf8(content) : content);
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Values by their places; problems as texts. */
async function read(path: string): Promise<{ places: string[]; values: unknown[] }> {
  const found = { places: [] as string[], values: [] as unknown[] };
  for await (const { entries, place } of readFiles(await filesOf(path))) {
    for (const entry of entries) {
      found.places.push(place(entry.at).replace(/^.*\//, ""));
      found.values.push("problem" in entry ? `! ${entry.problem}` : entry.value);
    }
  }
  return found;
}
const valuesOf = (name: string, content: string | Uint8Array) =>
  inFolder({ [name]: content }, async (folder) => (await read(join(folder, name))).values);

const rows = [{ a: 'x, "y"', b: 1 }, { a: "é\n[{", b: null }, { a: "", b: 3 }];
const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");

Deno.test("rows are JSON lines, a list or values one after another, whatever the file is called", async () => {
  const contents = [
    lines,
    lines.trimEnd(),
    JSON.stringify(rows),
    `\ufeff ${JSON.stringify(rows, null, 2)}\n`,
    rows.map((row) => JSON.stringify(row, null, 1)).join("\n"),
    JSON.stringify(rows).replaceAll("},{", "}\r\n,\t{"),
  ];
  for (const content of contents) {
    for (const name of ["rows.jsonl", "rows.json", "ROWS.JSON", "rows.ndjson"]) {
      assert.deepEqual(await valuesOf(name, content), rows, `${name}: ${content}`);
    }
  }
});

Deno.test("a row of a list is placed by the line that it begins on", async () => {
  await inFolder(
    { "r.json": '[\n  {"a": 1},\n\n  {"a": "\\n"}, {"a": oh},\n  3\n]\n' },
    async (folder) => {
      const { places, values } = await read(join(folder, "r.json"));
      assert.deepEqual(places, ["r.json:2", "r.json:4", "r.json:4", "r.json:5"]);
      assert.deepEqual(values.toSpliced(2, 1), [{ a: 1 }, { a: "\n" }, 3]);
      assert.match(`${values[2]}`, /^! row must be JSON: Unexpected token 'o'/);
    },
  );
});

Deno.test("a list that is cut short says so, and so does one with a comma too many", async () => {
  assert.deepEqual(
    (await valuesOf("r.json", '[{"a": 1}, {"a": 2}')).at(-1),
    '! list must end with "]": the file ends before, cut short',
  );
  assert.match(
    `${(await valuesOf("r.json", '[{"a": 1}, {"a": "2')).at(-2)}`,
    /^! row must be JSON/,
  );
  assert.deepEqual(await valuesOf("r.json", "[]"), []);
});

Deno.test("any rows written as a list, indented or not, read back as they were", async () => {
  const record = fc.record({ a: fc.string({ unit: "binary" }), b: fc.jsonValue() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 5 }),
      fc.integer({ min: 0, max: 2 }),
      async (all, n) => {
        const text = JSON.stringify(all, null, n);
        assert.deepEqual(await valuesOf("r.json", text), JSON.parse(text));
      },
    ),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("NaN and Infinity, as Python writes them, are read as null and noted; in a text they stay", async () => {
  await inFolder(
    { "r.jsonl": '{"a": NaN, "b": -Infinity, "c": "NaN, \\"Infinity"}\n' },
    async (folder) => {
      for await (const { entries: [entry] } of readFiles([join(folder, "r.jsonl")])) {
        assert.deepEqual(entry, {
          at: 1,
          value: { a: null, b: null, c: 'NaN, "Infinity' },
          remark: "with NaN or Infinity, read as null",
        });
      }
    },
  );
});

Deno.test("a field that stands twice in a row is in doubt, one of a field is not", async () => {
  assert.deepEqual(
    await valuesOf(
      "r.jsonl",
      '{"a":"a","b":{"a":1,"b":"\\"a\\":"},"c":[{"a":2}]}\n{"a":1,"a" :2}\n',
    ),
    [
      { a: "a", b: { a: 1, b: '"a":' }, c: [{ a: 2 }] },
      '! line must have each field once: "a" is there twice',
    ],
  );
});

Deno.test("gzip and Zstandard are known by their bytes, several frames are read, and a cut is noticed", async () => {
  const half = lines.indexOf("\n") + 1;
  for (
    const [extension, pack, name] of [
      ["gz", gzipSync, "gzip"],
      ["zst", zstdCompressSync, "Zstandard"],
    ] as const
  ) {
    const whole = new Uint8Array([
      ...pack(utf8(lines.slice(0, half))),
      ...pack(utf8(lines.slice(half))),
    ]);
    for (
      const file of [`rows.jsonl.${extension}`, `ROWS.JSON.${extension.toUpperCase()}`, "r.jsonl"]
    ) {
      assert.deepEqual(await valuesOf(file, whole), rows, file);
    }
    await assert.rejects(valuesOf("r.jsonl", whole.subarray(0, -3)), {
      name: "SyntaxError",
      message: new RegExp(`r\\.jsonl as ${name}, damaged or cut short`),
    });
  }
});

Deno.test("CSV has its names in the first line; quotes, semicolons, tabs and a byte order mark are read", async () => {
  const expected = [{ a: 'x, "y"', b: "1" }, { a: "é\n[{", b: null }];
  const table = (by: string) => `\ufeffa${by}b\r\n"x, ""y"""${by}1\r\n"é\n[{"${by}\r\n`;
  assert.deepEqual(await valuesOf("t.csv", table(",")), expected);
  assert.deepEqual(await valuesOf("T.CSV", table(";")), expected);
  assert.deepEqual(await valuesOf("t.tsv", table("\t")), expected);
  assert.deepEqual(await valuesOf("t.csv.gz", gzipSync(utf8(table(",")))), expected);
});

Deno.test("a bad row of CSV is placed by the line it begins on, and a bad table is refused", async () => {
  await inFolder({ "t.csv": 'a,b\n"1\n\n",2\n3\n4,5,6\n7,8\n' }, async (folder) => {
    const { places, values } = await read(join(folder, "t.csv"));
    assert.deepEqual(places, ["t.csv:2", "t.csv:5", "t.csv:6", "t.csv:7"]);
    assert.deepEqual(values.slice(1, 3), [
      "! row must have 2 cells as the first line has: it has 1",
      "! row must have 2 cells as the first line has: it has 3",
    ]);
  });
  await assert.rejects(valuesOf("t.csv", "a,a\n1,2\n"), /:1: column "a" must be there once/);
  await assert.rejects(valuesOf("t.csv", 'a,b\n"1,2\n'), /t\.csv: not CSV: Quote Not Closed/);
  await assert.rejects(
    valuesOf("t.csv", new Uint8Array([...utf8("a,b\n1,2\n"), 0xff, 0x2c, 0x31, 0x0a])),
    /t\.csv: must be UTF-8: bytes after line \d are not/,
  );
});

const said = (role: string, content: string) => [{ role, content }];
const arrowRows = [0, 1, 2].map((i) => ({
  prompt: said("user", `${i} é`),
  chosen: said("assistant", `+${i}`),
  rejected: said("assistant", `-${i}`),
  score_chosen: i === 1 ? 1.5 : null,
  n: BigInt(i),
}));

Deno.test("Arrow files of another writer are read, as files, as streams and as shards of a folder", async () => {
  // By pyarrow 26, and by save_to_disk of datasets 5.2 in two shards.
  for (const name of ["file.arrow", "zstd.arrow", "saved"]) {
    assert.deepEqual((await read(join(fixtures, name))).values, arrowRows, name);
  }
  const bytes = await Deno.readFile(join(fixtures, "file.arrow"));
  assert.deepEqual(await valuesOf("a.bin", gzipSync(bytes)), arrowRows);
  await assert.rejects(read(join(fixtures, "lz4.arrow")), {
    name: "SyntaxError",
    message: /lz4\.arrow as an Arrow file, compressed by LZ4: write it with Zstandard/,
  });
  for (const size of [9, 500, bytes.length - 700, bytes.length - 8]) {
    await assert.rejects(valuesOf("a.arrow", bytes.subarray(0, size)), {
      name: "SyntaxError",
      message: /a\.arrow as an Arrow file, damaged or cut short/,
    });
  }
});

Deno.test("a folder gives its shards in order, and is refused where it does not tell which are meant", async () => {
  const names = async (files: { readonly [name: string]: string }, path = "") =>
    await inFolder(
      files,
      async (folder) =>
        (await filesOf(join(folder, path))).map((file) => file.slice(folder.length + 1)),
    );
  const [one, two] = ["train-00000-of-00002.jsonl.gz", "train-00001-of-00002.jsonl.gz"];
  const shards = { [two]: "", [one]: "", "README.md": "", ".hidden.jsonl": "", "state.json": "" };
  assert.deepEqual(await names(shards), [one, two]);
  assert.deepEqual(await names({ "a/x.jsonl": "", "b/c/y.jsonl": "", "z.csv": "" }, "**/*.jsonl"), [
    "a/x.jsonl",
    "b/c/y.jsonl",
  ]);
  assert.deepEqual(await names({ "a1.csv": "", "a2.csv": "", "b1.csv": "" }, "{a,b}[12].csv"), [
    "a1.csv",
    "a2.csv",
    "b1.csv",
  ]);
  assert.deepEqual(await names({ "a[1].csv": "" }, "a[1].csv"), ["a[1].csv"]);
  await assert.rejects(names({ "a.csv": "", "a.jsonl": "" }), {
    name: "RangeError",
    message: /must be of one format: name them as .*\*\.csv or .*\*\.jsonl$/,
  });
  await assert.rejects(names({ [one]: "", "test-00000-of-00001.jsonl.gz": "" }), {
    name: "RangeError",
    message: /must be of one split: name them as .*test\* or .*train\*$/,
  });
  await assert.rejects(names({ "train/data.arrow": "", "dataset_dict.json": "" }), {
    name: "RangeError",
    message: /it holds no data files .*; name one of its folders: .*train$/,
  });
  await assert.rejects(names({ "a.csv": "" }, "*.parquet"), /no file fits the pattern$/);
  assert.equal(readable("/x/y/*/z.jsonl"), "/x/y");
  assert.equal(readable("/x/y.jsonl"), "/x/y.jsonl");
});

Deno.test("a fingerprint is the file's own, or of all files in order", async () => {
  await inFolder({ a: "1", b: "2" }, async (folder) => {
    const [a, b] = ["a", "b"].map((name) => join(folder, name)) as [string, string];
    assert.equal(
      await fingerprint([a]),
      "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    );
    const both = [await fingerprint([a, b]), await fingerprint([b, a]), await fingerprint([a])];
    assert.equal(new Set(both).size, 3);
  });
});

Deno.test("a value of any depth is shown in a few characters", () => {
  let deep: unknown = "x";
  for (let i = 0; i < 200_000; i++) deep = i % 2 ? [deep] : { a: deep };
  assert.match(shown(deep), /^\[\{"a":\[.*…$/);
  assert.ok(shown(deep).length < 70);
  assert.equal(
    shown({ a: [1n, null, "\u202e"], b: { c: true } }),
    '{"a":[1,null,"\\u202e"],"b":{"c":true}}',
  );
});
