import assert from "node:assert/strict";

const root = new URL("../", import.meta.url);
const read = async (path: string) => await Deno.readTextFile(new URL(path, root));
const { imports }: { readonly imports: { readonly [name: string]: string } } = JSON.parse(
  await read("deno.json"),
);

/** Licences that let anyone use, change and pass on what is made with them, in the names that packages use. */
const free = new Set([
  ...["MIT", "ISC", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BSL-1.0"],
  ...["MPL-2.0", "Python-2.0", "CC0-1.0", "Unlicense", "BlueOak-1.0.0", "Zlib", "MIT-0"],
]);

/** What is brought along under terms of its own, and why that is no matter. */
const apart: readonly {
  readonly name: RegExp;
  readonly licence: string;
  readonly reason: string;
}[] = [{
  name: /^@img\+sharp-libvips-/,
  licence: "LGPL-3.0-or-later",
  reason:
    "a library of its own that @huggingface/transformers loads for images, of which a judge of texts reads none",
}];

interface Package {
  readonly name: string;
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
}

/** What a package says of its licence. */
function licenceOf({ license, licenses }: Package): string {
  const said = typeof license === "object" ? license.type : license;
  return said ?? licenses?.map(({ type }) => type).join(" OR ") ?? "none";
}

/** Whether all parts of "A AND B", or one of "A OR B", are free. */
function allows(licence: string): boolean {
  const plain = licence.replaceAll(/[()]/g, "");
  return plain.split(" OR ").some((all) => all.split(" AND ").every((one) => free.has(one)));
}

Deno.test("a licence of parts is free if all of them are, and of choices if one is", () => {
  assert.ok(allows("(MIT AND CC0-1.0)") && allows("GPL-3.0 OR MIT"));
  assert.ok(!allows("MIT AND GPL-3.0") && !allows("none") && !allows("UNLICENSED"));
});

Deno.test("every dependency is pinned, and has its licence and a reason on its page", async () => {
  const rows = [
    ...(await read("docs/dependencies.md")).matchAll(/^\| `(\S+)` +\| (.+?) +\| (.+?) +\|$/gm),
  ]
    .map(([, name, licence, reason]) => ({ name: name!, licence: licence!, reason: reason! }));
  assert.deepEqual(rows.map(({ name }) => name).toSorted(), Object.keys(imports).toSorted());
  for (const { name, licence, reason } of rows) {
    assert.match(imports[name]!, /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.-]+)?$/, name);
    const found: Package = JSON.parse(await read(`node_modules/${name}/package.json`));
    assert.equal(licence, licenceOf(found), name);
    assert.ok(reason.length > 4, name);
  }
});

Deno.test("every package that is installed has a licence that allows this", async () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const { name: folder } of Deno.readDirSync(new URL("node_modules/.deno", root))) {
    if (folder.startsWith(".") || folder === "node_modules") continue;
    const inside = folder.replace(/@[^@]*$/, "").replace("+", "/");
    const text = await read(`node_modules/.deno/${folder}/node_modules/${inside}/package.json`)
      .catch(() => undefined);
    if (text === undefined) continue;
    seen++;
    const licence = licenceOf(JSON.parse(text));
    const known = apart.some((one) => one.name.test(folder) && one.licence === licence);
    if (!allows(licence) && !known) wrong.push(`${folder}: ${licence}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(seen > 200, `${seen} packages`);
});
