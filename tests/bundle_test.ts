import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundled } from "../reports/parts/bundle.ts";
import { temporary } from "./fake/directory.ts";

/** The script of these modules, the last of them the entry. */
async function script(modules: { readonly [name: string]: string }): Promise<string> {
  const directory = await temporary();
  let entry = "";
  for (const [name, text] of Object.entries(modules)) {
    entry = join(directory, name);
    await Deno.writeTextFile(entry, text);
  }
  return await bundled([pathToFileURL(entry)]);
}

Deno.test("modules become one script that computes what they compute", async () => {
  const text = await script({
    "one.ts": "/** A class. */\nexport class Box {\n  constructor(readonly x: number) {}\n}\n" +
      "const hidden = 2;\nexport const two: number = hidden;\nexport default function f(x: number) {\n  return x * hidden;\n}\n",
    "unused.ts": 'throw new Error("A module that nobody takes anything from ran");\n',
    "all.ts":
      'export * from "./unused.ts";\nexport { two as second } from "./one.ts";\nexport * from "./one.ts";\n',
    "through.ts":
      'import { second } from "./all.ts";\nexport { second };\nexport const own = "own";\n',
    "entry.ts": 'import { type Missing, Box } from "./all.ts";\nimport f from "./one.ts";\n' +
      'import { own as mine, second } from "./through.ts";\n' +
      "globalThis.bundled = [f(second), new Box(3).x, mine];\n",
  });
  new Function(text)();
  assert.deepEqual((globalThis as unknown as { bundled: unknown }).bundled, [4, 3, "own"]);
  Reflect.deleteProperty(globalThis, "bundled");
});

Deno.test("modules are joined as functions that return what they export", async () => {
  const joined = await script({
    "one.ts":
      "const hidden: number = 2;\nexport const two = hidden;\nexport function f(x: number): number {\n  return x * hidden;\n}\n",
    "two.ts":
      'import type { T } from "./one.ts";\nimport { f, two } from "./one.ts";\nconst hidden: string = "own";\nglobalThis.joined = [f(two), hidden];\n',
  });
  new Function(joined)();
  assert.deepEqual((globalThis as unknown as { joined: unknown }).joined, [4, "own"]);
  Reflect.deleteProperty(globalThis, "joined");
});

Deno.test("entries run in their order, each once and after what it imports", async () => {
  const directory = await temporary();
  const entries = await Promise.all(
    Object.entries({
      "first.ts": 'globalThis.ran.push("first");\nexport const a = 1;\n',
      "second.ts": 'import { a } from "./first.ts";\nglobalThis.ran.push("second", a);\n',
      "third.ts": 'globalThis.ran.push("third");\n',
    }).map(async ([name, text]) => {
      await Deno.writeTextFile(join(directory, name), text);
      return pathToFileURL(join(directory, name));
    }),
  );
  const given = globalThis as unknown as { ran?: unknown[] };
  given.ran = [];
  new Function(await bundled([entries[2]!, entries[1]!, entries[0]!]))();
  assert.deepEqual(given.ran, ["third", "first", "second", 1]);
  Reflect.deleteProperty(globalThis, "ran");
});

Deno.test("what a browser has not, what nobody exports and other forms are errors", async () => {
  const entry = (text: string) => script({ "one.ts": "export const a = 1;\n", "entry.ts": text });
  await assert.rejects(
    entry('import { createHash } from "node:crypto";\ncreateHash("sha256");\n'),
    /Cannot bundle node:crypto for a browser/,
  );
  await assert.rejects(entry('import { b } from "./one.ts";\nb();\n'), /exports no b/);
  await assert.rejects(entry('import * as one from "./one.ts";\none.a;\n'), /found import \* as/);
});

Deno.test("the licence of a package goes with it", async () => {
  const text = await bundled([new URL("../reports/play/draws.ts", import.meta.url)]);
  assert.match(text, /\/\*!\nMIT License[^]+Nicolas DUBIEN[^]+WITHOUT WARRANTY/);
});
