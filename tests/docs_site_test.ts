import assert from "node:assert/strict";
import { join, normalize } from "node:path/posix";
import { publish } from "../lab/disk/publication.ts";
import { declaration, exportedAt } from "../reports/docs/faces.ts";
import { docs, type DocsFile, type DocsInput } from "../reports/docs/mod.ts";
import { temporary } from "./fake/directory.ts";
import { absolute, anchors, links, pages } from "./fixtures/pages.ts";

const pictures = new Map(
  ["docs/report.png", "docs/frontier.png"].map((path) => [path, Deno.readFileSync(absolute(path))]),
);
const faces = [
  { name: "prefbench", says: "All of it.", entries: [] },
  {
    name: "prefbench/stats",
    says: "Statistics.",
    entries: [{ name: "mean", says: "The `mean` of <numbers>.", code: "export function mean()" }],
  },
];
const whole: DocsInput = { title: "prefbench", pages, pictures, faces };
const written = async (input: DocsInput): Promise<DocsFile[]> => await Array.fromAsync(docs(input));
const site = await written(whole);
const texts = new Map(site.flatMap((file) => "text" in file ? [[file.path, file.text]] : []));
const html = [...texts].filter(([path]) => path.endsWith(".html"));

/** A book of these pages beside the least that there must be. */
const small = (more: { readonly [path: string]: string }): Promise<DocsFile[]> =>
  written({
    ...whole,
    pages: Object.entries({
      "README.md": "# Front\n",
      "docs/README.md": "# Contents\n\n[one](one.md)\n",
      "docs/one.md": "# One\n\n## Part\n",
      ...more,
    }).map(([path, text]) => ({ path, text })),
  });

Deno.test("every page has a file, and every file is reached from the front page by links alone", () => {
  assert.ok(html.length >= pages.length + faces.length + 1);
  const reached = new Set<string>();
  const open = ["index.html"];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const text = texts.get(path);
    assert.ok(text !== undefined, `${path} is linked and not there`);
    for (const [, href] of text.matchAll(/<a [^>]*href="(?!https?:)([^"#]*)/g)) {
      if (href !== "") open.push(normalize(join(path, "..", href!)));
    }
  }
  assert.deepEqual([...reached].toSorted(), html.map(([path]) => path).toSorted());
});

Deno.test("every link leads to a heading that is there, and ids of a page differ", () => {
  const ids = new Map(html.map(([path, text]) => {
    const all = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    assert.deepEqual(all.filter((id, i) => all.indexOf(id) !== i), [], path);
    return [path, new Set(all)];
  }));
  let followed = 0;
  for (const [path, text] of html) {
    for (const [, to, anchor] of text.matchAll(/<a [^>]*href="(?!https?:)([^"#]*)#([^"]*)"/g)) {
      const target = to === "" ? path : normalize(join(path, "..", to!));
      assert.ok(ids.get(target)!.has(anchor!), `${path}: ${target}#${anchor}`);
      followed++;
    }
  }
  assert.ok(followed > 200, `${followed} links`);
});

/** Where a page of Markdown lies in the site. */
function fileOf(path: string): string {
  const named: { readonly [path: string]: string } = {
    "README.md": "index.html",
    "docs/README.md": "contents.html",
    "results/README.md": "baseline.html",
    "examples/README.md": "examples.html",
  };
  return named[path] ?? path.replace(/^docs\//, "").replace(/\.md$/, ".html").toLowerCase();
}

Deno.test("a page has every heading, row, block, link and picture of its Markdown", () => {
  for (const page of pages) {
    const text = texts.get(fileOf(page.path))!;
    for (const anchor of [...anchors(page)].slice(1)) {
      assert.ok(text.includes(` id="${anchor}"`), `${page.path}#${anchor}`);
    }
    const outside = page.text.replaceAll(/^```[^]*?^```$/gm, "");
    const count = (form: RegExp, of: string) => of.match(form)?.length ?? 0;
    const pairs = {
      rows: [count(/<tr\b/g, text), count(/^\|/gm, outside) - count(/^\| *-/gm, outside)],
      blocks: [count(/<pre\b/g, text), count(/^```\w*$/gm, page.text) / 2],
      pictures: [count(/<img\b/g, text), count(/!\[/g, outside)],
      bold: [count(/<strong\b/g, text), count(/\*\*/g, outside.replaceAll(/`[^`]*`/g, "")) / 2],
    };
    for (const [what, [found, expected]] of Object.entries(pairs)) {
      assert.equal(found, expected, `${page.path}: ${what}`);
    }
    const article = /<article>([^]*)<\/article>/.exec(text)![1]!;
    const linked = count(/<a (?!class="anchor")|<span title/g, article);
    assert.ok(linked >= links(page).length - pairs.pictures[0]!, page.path);
  }
});

Deno.test("every section is found by its words", () => {
  const [, given] = [...texts].find(([path]) => path.startsWith("data/search."))!;
  const entries = JSON.parse(
    JSON.parse(/^prefbench\.give\("[^"]+",(".*")\);\n$/s.exec(given)![1]!),
  ) as string[][];
  const found = (word: string) =>
    entries.filter(([, name, , , text]) => `${name} ${text}`.includes(word)).map((one) => one[3]);
  assert.ok(found("exploitability").some((address) => address!.startsWith("board")));
  assert.deepEqual(found("Deno installed"), ["index.html#two-commands"]);
  assert.deepEqual(found("The `mean` of"), ["api/prefbench-stats.html#mean"]);
});

Deno.test("equal input gives equal bytes, and what pages refer to comes before them", async () => {
  assert.deepEqual(await written(whole), site);
  const seen = new Set<string>();
  for (const file of site) {
    if ("text" in file && file.path.endsWith(".html")) {
      for (const [address] of file.text.matchAll(/(?:data|assets)\/[\w-]+\.[0-9a-f]{10}\.\w+/g)) {
        assert.ok(seen.has(address), `${file.path} names ${address}`);
      }
    }
    seen.add(file.path);
  }
  assert.equal(site.at(-1)!.path, "index.html");
});

Deno.test("a page runs nothing but the site's own script, and shows its own pictures alone", () => {
  for (const [path, text] of html) {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)!;
    assert.match(policy!, /^default-src 'none'; script-src 'sha256-[^']+' 'strict-dynamic';/, path);
    assert.match(policy!, /img-src 'self' file:;/, path);
    assert.doesNotMatch(text, / (on\w+|style)="/, path);
  }
  const reference = texts.get("api/prefbench-stats.html")!.replaceAll(/<\/?span *>| (?=>)/g, "");
  assert.match(reference, /The <code>mean<\/code> of &lt;numbers>\./);
});

Deno.test("what stands in a page is text, once", async () => {
  const text = "1 < 2 & 3, `<b> & &amp;` **<https://example.org/?a=1&b=2>**";
  const files = await small({
    "docs/one.md": `# A < B\n\n${text}\n\n- ${text}\n\n| a |\n| - |\n| ${text} |\n`,
  });
  const one = files.find(({ path }) => path === "one.html")!;
  assert.ok("text" in one);
  const found = one.text.replaceAll(/ (?=>)/g, "");
  assert.equal(
    found.match(/1 &lt; 2 &amp; 3, <code>&lt;b> &amp; &amp;amp;<\/code>/g)?.length,
    3,
    found,
  );
  assert.equal(found.match(/href="https:\/\/example\.org\/\?a=1&amp;b=2"/g)?.length, 3);
  assert.match(found, /<h1 class="size">A &lt; B<\/h1>/);
});

for (
  const [what, more, message] of [
    ["a page", { "docs/one.md": "# One\n\n[two](two.md)\n" }, /docs\/two\.md is no page/],
    ["a heading", { "docs/one.md": "# One\n\n[it](#part)\n" }, /has no heading #part/],
    ["a picture", { "docs/one.md": "# One\n\n![it](it.png)\n" }, /no such picture/],
    [
      "an address that is no web page",
      { "docs/one.md": "# One\n\n[x](data:x)\n" },
      /expected https/,
    ],
  ] as const
) {
  Deno.test(`a link to ${what} that is not there is an error, and no site`, async () => {
    await small({});
    await assert.rejects(small(more), message);
  });
}

Deno.test("a page that nobody links to, one without a title, and markup of its own are errors", async () => {
  await assert.rejects(small({ "docs/lost.md": "# Lost\n" }), /Cannot find docs\/lost\.md/);
  await assert.rejects(small({ "docs/one.md": "One\n" }), /expected a title/);
  await assert.rejects(small({ "docs/one.md": "# One\n\n<b>x</b>\n" }), /Cannot draw html/);
});

Deno.test("a site with pictures is published, and not over one of another task", async () => {
  const directory = await temporary();
  const once = () => publish(directory, docs(whole), { task: "docs" });
  assert.equal((await once()).written, site.length);
  assert.equal((await once()).written, 0);
  const [picture] = site.filter((file) => "bytes" in file);
  assert.deepEqual(
    await Deno.readFile(join(directory, picture!.path)),
    pictures.get("docs/report.png"),
  );
  await assert.rejects(publish(directory, docs(whole)), /by deno task publish/);
});

Deno.test("a declaration is shown without what it computes", () => {
  const cases: [string, string][] = [
    [
      "export function f(a: { b: number }): number {\n  return 1;\n}",
      "export function f(a: { b: number }): number",
    ],
    [
      "export async function f(\n  a: A,\n): Promise<{ readonly x: 1 }> {\n  g();\n}",
      "export async function f(\n  a: A,\n): Promise<{ readonly x: 1 }>",
    ],
    [
      "export function f(): { readonly x?: 1 } {\n  g();\n}",
      "export function f(): { readonly x?: 1 }",
    ],
    ["export const f = (x: Expr): Expr => g(x);", "export const f = (x: Expr): Expr"],
    ["export const a: readonly A[] = [f(1)];", "export const a: readonly A[]"],
    ["export const a = z.strictObject({});", "export const a"],
    [
      "export type A = B | { readonly c: 1 };\nexport const d = 1;",
      "export type A = B | { readonly c: 1 };",
    ],
    ["export interface A {\n  b: 1;\n}\nconst c = 1;", "export interface A {\n  b: 1;\n}"],
    ["export interface A extends B {}\n\nx", "export interface A extends B {}"],
    [
      "export class A<B> {\n  c = 1;\n  constructor(\n    readonly d: D,\n  ) {}\n  /** Says. */\n" +
      "  e(): E {\n    if (x) {\n    }\n  }\n}\nf();",
      "export class A<B> {\n  c = 1;\n  constructor(\n    readonly d: D,\n  );\n  /** Says. */\n" +
      "  e(): E;\n}",
    ],
  ];
  for (const [text, shown] of cases) assert.equal(declaration(text), shown);
  assert.deepEqual(
    exportedAt("f", "/** No. */\nx();\n/**\n * Says\n * it.\n */\nexport const f = 1;", 6),
    {
      name: "f",
      says: "Says\nit.",
      code: "export const f",
    },
  );
});
