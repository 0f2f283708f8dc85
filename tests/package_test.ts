import assert from "node:assert/strict";
import { join } from "node:path";
import { temporary } from "./fake/directory.ts";
import { absolute, pages } from "./fixtures/pages.ts";

const { name, version, exports } = JSON.parse(Deno.readTextFileSync(absolute("deno.json"))) as {
  name: string;
  version: string;
  exports: { readonly [subpath: string]: string };
};

Deno.test("a subpath of the package is a folder of the project, by its mod.ts", () => {
  for (const [subpath, file] of Object.entries(exports)) {
    assert.equal(file, subpath === "." ? "./mod.ts" : `${subpath}/mod.ts`);
    assert.ok(Deno.statSync(absolute(file)).isFile, file);
  }
  // Commands and what trains are nobody's to import.
  const folders = [...Deno.readDirSync(absolute("."))].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name);
  const faces = folders.filter((folder) =>
    [...Deno.readDirSync(absolute(folder))].some(({ name }) => name === "mod.ts")
  );
  assert.deepEqual(faces.filter((folder) => !(`./${folder}` in exports)), []);
});

Deno.test("mod.ts only passes names on", () => {
  const code = Deno.readTextFileSync(absolute("mod.ts")).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
  const rest = code.replaceAll(
    /export (type )?(\*( as \w+)?|\{[^}]*\}) from "\.\/[\w/-]+\.ts";/g,
    "",
  );
  assert.equal(rest.trim(), "");
});

Deno.test("the newest version of the changelog is the package's", () => {
  const { text } = pages.find(({ path }) => path === "CHANGELOG.md")!;
  assert.equal(/^## (\d+\.\d+\.\d+)/m.exec(text)![1], version);
});

const library = pages.find(({ path }) => path === "docs/library.md")!.text;

/** Runs a program from an empty folder that is no part of the project, as the page says. */
async function elsewhere(program: string, ...flags: string[]): Promise<string[]> {
  const place = await temporary();
  await Deno.writeTextFile(join(place, "mine.ts"), program);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--config", absolute("deno.json"), ...flags, "mine.ts"],
    cwd: place,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  assert.deepEqual([...Deno.readDirSync(place)].map(({ name }) => name), ["mine.ts"]);
  return decoder.decode(stdout).trim().split("\n");
}

Deno.test("a program elsewhere imports every subpath by the package's name", async () => {
  const subpaths = Object.keys(exports);
  const program = subpaths.map((subpath, i) =>
    `import * as m${i} from "${name}${subpath.slice(1)}";\n` +
    `console.log("${subpath}", Object.keys(m${i}).length);\n`
  );
  const said = await elsewhere(program.join(""), "--allow-all");
  assert.deepEqual(said.map((line) => line.split(" ")[0]), subpaths);
  for (const line of said) assert.ok(Number(line.split(" ")[1]) > 0, line);
});

Deno.test("the page's program runs elsewhere, and without any permission", async () => {
  const [, program] = /^```ts\n(import [^\n]* from "prefbench\/[^]*?)^```$/m.exec(library)!;
  assert.deepEqual(await elsewhere(program!), ["0.040"]);
});

Deno.test("the page has a row for every subpath", () => {
  const rows = [...library.matchAll(/^\| `prefbench\/([\w/]+)`/gm)].map(([, subpath]) =>
    `./${subpath}`
  );
  assert.deepEqual([".", ...rows].toSorted(), Object.keys(exports).toSorted());
});
