import assert from "node:assert/strict";
import { join } from "node:path";
import { rng, type Workshop } from "../core/mod.ts";
import { dataset } from "../benchmarks/dataset.ts";
import { glance } from "../benchmarks/dataset/images.ts";
import { readDataset, type ReadingReport } from "../benchmarks/dataset/read.ts";
import type { DatasetRow } from "../benchmarks/dataset/row.ts";
import { shapes } from "../benchmarks/dataset/shapes/mod.ts";
import { base, bytes } from "./fake/base.ts";
import { type Layout, layouts } from "./fixtures/layouts.ts";

async function withRows<T>(rows: readonly object[], use: (file: string) => Promise<T>): Promise<T> {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "rows.jsonl");
    await Deno.writeTextFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return await use(file);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const read = (rows: readonly object[]) =>
  withRows(rows, async (file) => {
    let found: ReadingReport | undefined;
    const options = { look: glance, found: (told: ReadingReport) => found = told };
    const all = await Array.fromAsync(readDataset(file, options));
    return { rows: all, found: found! };
  });

/** A row's answers, best first, or with their labels. */
function answersOf(row: DatasetRow): readonly string[] {
  if (row.kind === "pair") return [row.chosen, row.rejected];
  if (row.kind === "list") return row.answers;
  return [`${row.completion} ${row.kind === "unpaired" ? Number(row.label) : row.score}`];
}

const page = Deno.readTextFileSync(join(import.meta.dirname!, "..", "docs", "own-data.md"));

Deno.test("the page of own data lists every layout with its columns", () => {
  const table = new Map(
    page.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
      line.split("|").slice(1, -1).map((cell) => cell.trim())
    ).map(([of, ...cells]) => [of, cells]),
  );
  const kinds = { pair: "pairs", list: "lists", unpaired: "thumbs", scored: "lists, of many rows" };
  const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");
  for (const { of, rows, unread = [], kind = "pair" } of layouts) {
    const columns = Object.keys(rows("q", "a", "b", false)[0]!);
    assert.deepEqual(table.get(of), [
      listed(columns.filter((name) => !unread.includes(name))),
      kinds[kind],
      listed(columns.filter((name) => unread.includes(name))),
    ], of);
  }
});

Deno.test("every shape has a layout that proves it", () => {
  assert.deepEqual(
    // What only `score` reads has no verdict.
    new Set(shapes.map(({ id }) => id).filter((id) => id !== "answer")),
    new Set(layouts.map(({ shape }) => shape)),
  );
  const ids = shapes.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

for (const layout of layouts) {
  Deno.test(`rows of ${layout.of} are read right, and what is not read is named`, async () => {
    const question = "What is a cup for?";
    for (const flip of [false, true]) {
      const { rows, found } = await read(layout.rows(question, "Tea.", "Cats.", flip));
      const space = layout.messages ? " " : "";
      const [row] = rows;
      assert.deepEqual(found.shapes, [layout.shape]);
      assert.equal(row!.kind, layout.kind ?? "pair");
      assert.equal(
        row!.prompt,
        layout.prompt?.(question) ??
          (layout.messages ? `user: ${question}\nassistant:` : question),
      );
      const answers = rows.flatMap(answersOf);
      if (layout.kind === "unpaired") {
        assert.deepEqual(answers.toSorted(), [`${space}Cats. 0`, `${space}Tea. 1`]);
      } else if (layout.kind === "scored") {
        assert.deepEqual(answers.toSorted(), ["Cats. 1", "Tea. 4"]);
      } else assert.deepEqual(answers.slice(0, 2), [`${space}Tea.`, `${space}Cats.`]);
      assert.deepEqual(
        found.unread.map(({ path }) => path).sort(),
        [...layout.unread ?? []].sort(),
      );
    }
  });
}

const never = () => {
  throw new Error("A dataset trains and samples nothing by itself");
};
/** A workshop that keeps nothing. */
const shop: Workshop = {
  call: never,
  train: never,
  policy: never,
  cached: (_name, _key, make) => make(),
  progress() {},
};

/** How often a memory of the training rows orders held-out answers rightly: by the row it resembles most. */
async function remembered(layout: Layout, seed: number): Promise<{ right: number; n: number }> {
  const random = rng(`${layout.of} ${seed}`);
  const words = "cup tree road lake hill stone house river".split(" ");
  const begins = ["It is", "It was", "We hear it is", "I think it is"];
  const rows = words.flatMap((a) => words.slice(0, 6).map((b) => `The ${a} ${b}?`))
    .flatMap((question) => {
      // A coin a question: nothing carries over to another question, all to the same one.
      const coin = random.uniform() < 0.5;
      return begins.flatMap((begin) => {
        const [good, bad] = coin ? ["good.", "bad."] : ["bad.", "good."];
        return layout.rows(question, `${begin} ${good}`, `${begin} ${bad}`, random.uniform() < 0.5);
      });
    });
  return await withRows(rows, async (file) => {
    const benchmark = await dataset(file, base);
    const testbed = await benchmark.open(null, rng(1), shop);
    const text = (y: { tokens: readonly number[] }) => bytes.decode(y.tokens);
    const known = testbed.examples("pairs", 9999, rng(1)).map(({ chosen, rejected }) => ({
      prompt: text(chosen.prompt),
      likes: text(chosen).includes("good") && !text(rejected).includes("good"),
    }));
    const shared = (a: string, b: string) => {
      let at = 0;
      while (at < a.length && a[at] === b[at]) at++;
      return at + (a === b ? 1 : 0);
    };
    let [right, n] = [0, 0];
    for (const { chosen, rejected } of testbed.heldOut()) {
      const likes = text(chosen).includes("good");
      if (likes === text(rejected).includes("good")) continue;
      const prompt = text(chosen.prompt);
      const best = known.reduce((a, b) =>
        shared(b.prompt, prompt) > shared(a.prompt, prompt) ? b : a
      );
      n++;
      right += Number(best.likes === likes);
    }
    return { right, n };
  });
}

Deno.test("of labels that are coins a question's memory is right half the time, in every layout", async () => {
  let [right, n, layoutsRight] = [0, 0, 0];
  for (const layout of layouts) {
    let [own, of] = [0, 0];
    for (const seed of [1, 2, 3]) {
      const found = await remembered(layout, seed);
      own += found.right;
      of += found.n;
    }
    assert.ok(of >= 45, `${layout.of} holds ${of} out`);
    // Fifteen questions' coins: all alike by chance once in 16,000 layouts.
    assert.ok(own < of, `${layout.of} leaks: ${own} of ${of}`);
    layoutsRight += own / of;
    [right, n] = [right + own, n + of];
  }
  // Some 15 coins a layout: a standard error of 0.5 / √(15 · layouts).
  const error = 0.5 / Math.sqrt(15 * layouts.length);
  const mean = layoutsRight / layouts.length;
  assert.ok(Math.abs(mean - 0.5) < 4 * error, `${mean} ± ${error}, ${right} of ${n}`);
});
