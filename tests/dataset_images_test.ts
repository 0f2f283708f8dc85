// Over 400 lines, because all tests share one way to make rows that show images.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { encode as png } from "fast-png";
import { parquetWriteFile } from "hyparquet-writer";
import { deflateSync } from "node:zlib";
import { type Method, rng, type RunRecord, type Testbed, type Workshop } from "../core/mod.ts";
import { adapted } from "../benchmarks/dataset/adapted.ts";
import { type Base, type Dataset, dataset } from "../benchmarks/dataset.ts";
import type { Mapping } from "../benchmarks/dataset/columns.ts";
import { see } from "../benchmarks/dataset/sight.ts";
import { pixelsOf } from "../formats/mod.ts";
import dpo from "../methods/dpo.ts";
import opaDpo from "../methods/opa-dpo.ts";
import sft from "../methods/sft.ts";
import { base, bytes } from "./fake/base.ts";
import { jpegOf, pngOf } from "./fixtures/images.ts";
import { trained } from "./fixtures/trained.ts";

type Row = { readonly [field: string]: unknown };
type Files = { readonly [path: string]: Uint8Array | string };

async function withFolder<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeFile(
        join(folder, path),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const lines = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).join("\n");

const never = () => {
  throw new Error("A dataset trains and samples nothing by itself");
};
const shop: Pick<Workshop, "cached" | "progress"> & Workshop = {
  call: never,
  train: never,
  policy: never,
  cached: (_name, _key, make) => make(),
  progress() {},
};

interface Opened {
  readonly benchmark: Dataset;
  readonly testbed: Testbed;
  readonly notes: string;
  readonly beside: true | undefined;
}
async function open(file: string, columns?: Mapping, own: Base = base): Promise<Opened> {
  const benchmark = await dataset(file, own, columns);
  const { notes, beside } = await benchmark.describe(shop);
  const testbed = await benchmark.open(null, rng(1), shop);
  return { benchmark, testbed, notes: notes.join("\n"), beside };
}
const opened = (rows: readonly Row[], columns?: Mapping, beside: Files = {}) =>
  withFolder(
    { "rows.jsonl": lines(rows), ...beside },
    (folder) => open(join(folder, "rows.jsonl"), columns),
  );

/** One colour, which no other number has, as a PNG. */
const shade = (i: number) => pngOf(3, 2, () => [i, 255 - i, 128]);
const url = (image: Uint8Array) => `data:image/png;base64,${image.toBase64()}`;
const prompts = ({ testbed }: Opened) => [...testbed.prompts("train"), ...testbed.prompts("test")];
/** By which number of `shade` a prompt's image was made; none where nothing is seen. */
const shadeOf = ({ patches }: { readonly patches?: Float32Array }) =>
  patches?.some((x) => x !== 0) ? Math.round((patches[0]! + 1) * 127.5) : undefined;

const say = (role: string, ...content: readonly object[]) => [{ role, content }];
const text = (text: string) => ({ type: "text", text });
const layouts: { readonly [of: string]: (i: number) => Row } = {
  "RLAIF-V's image, in base 64": (i) => ({
    image: { bytes: shade(i).toBase64(), path: null },
    question: "What is it?",
    chosen: `good ${i}`,
    rejected: `bad ${i}`,
  }),
  "TRL's images beside messages": (i) => ({
    images: [{ bytes: shade(i).toBase64(), path: "x.png" }],
    prompt: say("user", { type: "image", text: null }, text("What is it?")),
    chosen: say("assistant", text(`good ${i}`)),
    rejected: say("assistant", text(`bad ${i}`)),
  }),
  "an image within messages": (i) => ({
    prompt: say("user", { type: "image_url", image_url: { url: url(shade(i)) } }, text("What?")),
    chosen: say("assistant", text(`good ${i}`)),
    rejected: say("assistant", text(`bad ${i}`)),
  }),
  "conversations that both begin with it": (i) => {
    const asked = say("user", { type: "image", image: url(shade(i)) }, text("What is it?"));
    return {
      chosen: [...asked, ...say("assistant", text(`good ${i}`))],
      rejected: [...asked, ...say("assistant", text(`bad ${i}`))],
    };
  },
  "a data URL": (i) => ({ image: url(shade(i)), prompt: "What?", chosen: "good", rejected: "bad" }),
  "base 64 alone": (i) => ({
    image: shade(i).toBase64(),
    prompt: "What?",
    chosen: "good",
    rejected: "bad",
  }),
  "a path": (i) => ({ images: [`seen/${i}.png`], prompt: "What?", chosen: "y", rejected: "n" }),
  "thumbs": (i) => ({
    image: { path: `seen/${i}.png` },
    prompt: "What?",
    completion: "It is.",
    label: i % 2 === 0,
  }),
};

for (const [of, row] of Object.entries(layouts)) {
  Deno.test(`rows with images are read: ${of}`, async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => 10 * i + 1);
    const files = Object.fromEntries(numbers.map((i) => [`seen/${i}.png`, shade(i)]));
    const found = await opened(numbers.map(row), {}, files);
    const all = prompts(found);
    assert.deepEqual(all.map(shadeOf).sort((a, b) => a! - b!), numbers);
    // One text, as many questions as images, and no two prompts of one name.
    assert.equal(new Set(all.map(({ id }) => id)).size, 20);
    assert.equal(found.testbed.prompts("test").length, 2);
    for (const { tokens } of all) assert.match(bytes.decode(tokens.slice(16)), /What/);
    assert.match(found.notes, /20 rows show an image/);
    assert.equal(found.beside, of === "a path" || of === "thumbs" ? true : undefined);
    assert.match(found.testbed.show(all[0]!), /^\[image\] /);
  });
}

Deno.test("images in Parquet are read as structs, in lists or not, and as bytes", async () => {
  const numbers = Array.from({ length: 12 }, (_, i) => 10 * i + 1);
  const string = {
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    repetition_type: "OPTIONAL",
  } as const;
  const binary = { type: "BYTE_ARRAY", repetition_type: "OPTIONAL" } as const;
  const struct = [{ name: "bytes", ...binary }, { name: "path", ...string }];
  const texts = ["prompt", "chosen", "rejected"];
  const kinds = {
    images: {
      schema: [
        { name: "images", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "OPTIONAL", num_children: 2 },
        ...struct,
      ],
      value: (i: number): unknown => [{ bytes: shade(i), path: null }],
    },
    image: {
      schema: [{ name: "image", repetition_type: "OPTIONAL", num_children: 2 }, ...struct],
      value: (i: number): unknown => ({ bytes: shade(i), path: `${i}.png` }),
    },
    picture: { schema: [{ name: "picture", ...binary }], value: (i: number): unknown => shade(i) },
  } as const;
  await withFolder({}, async (folder) => {
    for (const [name, { schema, value }] of Object.entries(kinds)) {
      const file = join(folder, `${name}.parquet`);
      await parquetWriteFile({
        filename: file,
        columnData: [
          // deno-lint-ignore no-explicit-any
          { name, data: numbers.map(value) as any[] },
          ...texts.map((name) => ({ name, data: numbers.map((i) => `${name} ${i}`) })),
        ],
        schema: [
          { name: "root", num_children: 4 },
          ...schema,
          ...texts.map((name) => ({ name, ...string })),
        ],
      });
      const columns = name === "picture" ? { image: name } : {};
      assert.deepEqual(
        prompts(await open(file, columns)).map(shadeOf).sort((a, b) => a! - b!),
        numbers,
        name,
      );
    }
  });
});

Deno.test("one image is one question, whoever asks what of it, and the same text of two images is two", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    image: url(shade(5 * (i % 12))),
    prompt: `Of what colour is number ${i % 3 === 0 ? "one" : i}?`,
    chosen: "good",
    rejected: "bad",
  }));
  const { testbed, notes } = await opened(rows);
  const [train, test] = (["train", "test"] as const).map((split) =>
    new Set(testbed.prompts(split).map(shadeOf))
  );
  assert.equal(train!.size + testbed.prompts("test").length, 12);
  for (const image of test!) assert.ok(!train!.has(image));
  assert.match(notes, /60 pairs on 12 prompts/);
});

Deno.test("rows without an image are kept, rows with several left out, and both counted", async () => {
  const row = (image: Row) => ({ ...image, chosen: "good", rejected: "bad" });
  const rows = [
    ...[1, 2, 3].map((i) => row({ image: url(shade(i)), prompt: `What is ${i}?` })),
    ...[4, 5].map((i) => row({ image: null, prompt: `What is ${i}?` })),
    row({ images: [], prompt: "What is 6?" }),
    row({ images: [url(shade(7)), url(shade(8))], prompt: "What is 7?" }),
    row({ images: [url(shade(9)), url(shade(9))], prompt: "What is 9?" }),
  ];
  const found = await opened(rows);
  assert.deepEqual(
    prompts(found).map(shadeOf).sort(),
    [1, 2, 3, 9, undefined, undefined, undefined],
  );
  assert.match(found.notes, /4 rows show an image/);
  assert.match(found.notes, /3 rows have no image: the model sees nothing in its place/);
  assert.match(found.notes, /1 row with several images, of which the model sees one, left out/);
  const blank = prompts(found).find((prompt) => shadeOf(prompt) === undefined)!;
  assert.match(found.testbed.show(blank), /^What is \d/);
});

Deno.test("rows without any image are read as they always were", async () => {
  const plain = Array.from(
    { length: 9 },
    (_, i) => ({ prompt: `p${i}`, chosen: "a", rejected: "b" }),
  );
  const [alone, beside] = [
    await opened(plain),
    await opened(plain.map((row) => ({ ...row, image: null, images: [] }))),
  ];
  assert.deepEqual(prompts(beside), prompts(alone));
  assert.ok(prompts(alone).every(({ patches }) => patches === undefined));
  assert.ok(alone.testbed.files && beside.testbed.files);
  const illustrated = plain.map((row, i) => ({ ...row, image: url(shade(i)) }));
  const blind = await opened(illustrated, { image: "" });
  assert.deepEqual(prompts(blind), prompts(alone));
  assert.match(blind.notes, /Columns were named by the user: image=/);
  assert.equal((await opened(illustrated)).testbed.files, undefined);
});

Deno.test("a model that sees no images refuses rows that show them, with the way out", async () => {
  const rows = lines([{ image: url(shade(1)), prompt: "p", chosen: "a", rejected: "b" }]);
  const { sees: _, ...blind } = base;
  await withFolder(
    { "rows.jsonl": rows },
    (folder) =>
      assert.rejects(
        dataset(join(folder, "rows.jsonl"), { ...blind, title: "the checkpoint in x" }),
        {
          name: "RangeError",
          message:
            /rows\.jsonl by the checkpoint in x: its rows show images.*--columns image=.*--model/s,
        },
      ),
  );
});

/** A PNG's chunk; its sum is left out, as nobody gets so far. */
function chunk(kind: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  new DataView(out.buffer).setUint32(0, data.length);
  out.set(new TextEncoder().encode(kind), 4);
  out.set(data, 8);
  return out;
}
/** A PNG that says it is so large, and unpacks to so many bytes. */
function claims(width: number, height: number, unpacked: number): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 2], 8);
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(new Uint8Array(unpacked))),
    chunk("IEND", new Uint8Array()),
  ];
  const out = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

Deno.test("an image that is none is named by file, row and column, and says the way out", async () => {
  const photo = jpegOf(40, 30, (x, y) => [6 * x, 8 * y, 100]);
  const bad: { readonly [why: string]: unknown } = {
    "current bytes are GIF": new TextEncoder().encode(`GIF89a${" ".repeat(60)}`).toBase64(),
    "current bytes begin with 0102030405060708": {
      bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9).toBase64(),
    },
    "must be an image in base 64": "data:image/png;base64,???",
    "it says that it has 60000 × 60000": url(claims(60000, 60000, 9)),
    'as nothing is fetched: current value is "https://example.org/a.png"':
      "https://example.org/a.png",
    'there is no such file: current value is "none.png"': "none.png",
    "within the rows' folder": "../outside.png",
    "current value is 7": 7,
    "current value is {}": {},
    // These are found where pixels are.
    "must be a whole JPEG: it is damaged or cut short": photo.subarray(0, 500).toBase64(),
    "must be a whole PNG: it is damaged or cut short": shade(3).subarray(0, 50).toBase64(),
    "Cannot create a Buffer larger": url(claims(3, 3, 5e6)),
  };
  for (const [why, image] of Object.entries(bad)) {
    const rows = lines([
      { image: url(shade(1)), prompt: "p", chosen: "a", rejected: "b" },
      { image, prompt: "q", chosen: "a", rejected: "b" },
    ]);
    await withFolder({ "in/rows.jsonl": rows, "outside.png": shade(1) }, async (folder) => {
      const error: unknown = await open(join(folder, "in/rows.jsonl")).then(
        () => undefined,
        (error) => error,
      );
      assert.ok(error instanceof SyntaxError, `${why}: ${error}`);
      assert.match(error.message, /rows\.jsonl:2: field "image" must be/);
      assert.ok(error.message.includes(why), `${error.message} does not say ${why}`);
      assert.match(error.message, /say --columns image= to read the texts alone/);
    });
  }
});

Deno.test("a link that leads out of the rows' folder is not followed", async () => {
  const rows = lines([{ image: "way.png", prompt: "p", chosen: "a", rejected: "b" }]);
  await withFolder({ "in/rows.jsonl": rows, "secret.png": shade(1) }, async (folder) => {
    await Deno.symlink(join(folder, "secret.png"), join(folder, "in/way.png"));
    await assert.rejects(dataset(join(folder, "in/rows.jsonl"), base), /within the rows' folder/);
  });
});

Deno.test("images beside the rows count in what a plan knows the rows by", async () => {
  const rows = lines([1, 2].map((i) => (
    { image: `${i}.png`, prompt: "p", chosen: "a", rejected: "b" }
  )));
  const files = { "rows.jsonl": rows, "1.png": shade(1), "2.png": shade(2) };
  await withFolder(files, async (folder) => {
    const file = join(folder, "rows.jsonl");
    const { sha256 } = await dataset(file, base);
    assert.equal((await dataset(file, base)).sha256, sha256);
    await Deno.writeFile(join(folder, "2.png"), shade(3));
    const changed = await dataset(file, base);
    assert.notEqual(changed.sha256, sha256);
    await Deno.writeFile(join(folder, "2.png"), shade(4));
    await assert.rejects(changed.describe(shop), /rows\.jsonl: it changed while it was read/);
  });
});

Deno.test("PNGs of every kind, and JPEGs, have the pixels that were drawn", async () => {
  const kinds = [
    { channels: 1, depth: 8, data: [0, 255, 51, 204], is: [0, 255, 51, 204] },
    { channels: 1, depth: 16, data: [0, 65535, 13107, 52428], is: [0, 255, 51, 204] },
    // Black with alpha, on white.
    { channels: 2, depth: 8, data: [0, 255, 0, 0, 0, 51, 255, 9], is: [0, 255, 204, 255] },
    {
      channels: 4,
      depth: 8,
      data: [0, 0, 0, 255, 9, 9, 9, 0, 0, 0, 0, 51, 255, 255, 255, 1],
      is: [0, 255, 204, 255],
    },
    // Two rows of two pixels of one bit, each row in a byte.
    { channels: 1, depth: 1, data: [0b01000000, 0b10000000], is: [0, 255, 255, 0] },
    { channels: 1, depth: 4, data: [0x0f, 0x3c], is: [0, 255, 51, 204] },
  ] as const;
  for (const { is, data, ...kind } of kinds) {
    const numbers = kind.depth === 16 ? Uint16Array.from(data) : Uint8Array.from(data);
    const found = await pixelsOf(png({ width: 2, height: 2, ...kind, data: numbers }));
    assert.deepEqual([...found.rgb], is.flatMap((x) => [x, x, x]), JSON.stringify(kind));
  }
  const { width, height, rgb } = await pixelsOf(
    jpegOf(24, 16, (x) => x < 12 ? [250, 10, 10] : [10, 10, 250]),
  );
  assert.deepEqual([width, height, rgb.length], [24, 16, 24 * 16 * 3]);
  const near = [[0, 250], [1, 10], [2, 10], [3 * 23, 10], [3 * 23 + 2, 250]] as const;
  for (const [at, value] of near) {
    assert.ok(Math.abs(rgb[at]! - value) < 12, `${at}: ${rgb[at]}`);
  }
});

Deno.test("what is seen of an image is the average over what lies there, patch by patch", async () => {
  // 16 × 16: each pixel its own; the second patch begins at the fifth column.
  const own = await see(pngOf(16, 16, (x, y) => [16 * x, 16 * y, 7]));
  assert.deepEqual([...own.subarray(0, 6)], [0, 0, 7, 16, 0, 7]);
  assert.deepEqual([...own.subarray(48, 51)], [64, 0, 7]);
  assert.deepEqual([...own.subarray(4 * 48, 4 * 48 + 3)], [0, 64, 7]);
  // 24 wide: one and a half columns a pixel, so (0 + 90 / 2) / 1.5 and (90 / 2 + 30) / 1.5.
  const wide = await see(pngOf(24, 16, (x) => [[0, 90, 30][x % 3]!, 0, 0]));
  assert.deepEqual([wide[0], wide[3]], [30, 50]);
  // Fewer than 16: each is seen more than once.
  const few = await see(pngOf(2, 1, (x) => [200 * x, 0, 0]));
  assert.deepEqual(
    [...few.filter((_, i) => i % 3 === 0)].sort().filter((x, i, all) => x !== all[i - 1]),
    [0, 200],
  );
});

/** Rows of which the image alone says which answer is right: red or blue, in many shades. */
function coloured(n: number, shuffled: boolean): Row[] {
  const draws = rng("coloured");
  const rows = Array.from({ length: n }, (_, i) => {
    const red = i % 2 === 0;
    const [bright, dark, green] = [150 + draws.below(100), draws.below(90), draws.below(200)];
    const paint = (x: number) =>
      [(red ? bright : dark) + x % 3, green, red ? dark : bright] as const;
    return { red, image: url(pngOf(8, 8, paint)) };
  });
  const images = shuffled
    ? draws.shuffle(rows.map(({ image }) => image))
    : rows.map(({ image }) => image);
  return rows.map(({ red }, i) => ({
    image: images[i]!,
    prompt: "Colour?",
    chosen: red ? "red" : "blue",
    rejected: red ? "blue" : "red",
  }));
}

/** Runs methods on these rows, each from seed 1. */
const runs = (
  rows: readonly Row[],
  methods: readonly Method[],
  own: Base = { ...base, rate: 1e-2 },
): Promise<RunRecord[]> =>
  withFolder({ "rows.jsonl": lines(rows) }, async (folder) =>
    trained({
      benchmark: await dataset(join(folder, "rows.jsonl"), own),
      setting: "rows",
      methods,
      budget: { flops: 2e9, queries: 200 },
      cached: shop.cached,
    }));
const accuracy = ({ measures }: RunRecord) => measures["reward-accuracy"]!.value;

Deno.test("DPO learns what the image alone says, and nothing of images that were dealt anew", async () => {
  const [seen, again, imitated, edited] = await runs(coloured(240, false), [dpo, dpo, sft, opaDpo]);
  assert.equal(accuracy(seen!), 1);
  assert.deepEqual(again, seen);
  assert.equal(imitated!.outcome, "ok");
  // What OPA-DPO learns from no rows have: mended answers of the policy itself.
  assert.equal(edited!.outcome, "unsupported");
  assert.match(edited!.reason!, /no expert mends answers there: it learns from corrections/);
  const [other] = await runs(coloured(240, true), [dpo]);
  // Of 24 held-out rows by chance: a standard error of 0.1.
  assert.ok(Math.abs(accuracy(other!) - 0.5) < 0.3, `${accuracy(other!)}`);
});

Deno.test("adapters learn to see as well, as patches have weights of their own", async () => {
  const thin = adapted({ ...base, rate: 1e-3 }, { rank: 4, alpha: 8 });
  const [record] = await runs(coloured(240, false), [dpo], thin);
  assert.equal(accuracy(record!), 1);
});
