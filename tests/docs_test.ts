import assert from "node:assert/strict";
import { join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { leaves } from "../core/mod.ts";
import { readGates } from "../lab/disk/gate.ts";
import { readJudgeSettings } from "../lab/judging/settings.ts";
import { benchmarks, registry } from "../mod.ts";
import { temporary } from "./fake/directory.ts";
import { absolute, anchors, type Block, blocks, links, pages, spans } from "./fixtures/pages.ts";

const pageAt = (path: string) => pages.find((page) => page.path === path);
const readme = pageAt("README.md")!;

Deno.test("the README is a front page: 180 lines at most, and a picture that loads at once", () => {
  const lines = readme.text.trimEnd().split("\n").length;
  assert.ok(lines <= 180, `${lines} lines`);
  const pictures = [...readme.text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path!);
  assert.ok(pictures.length > 0);
  for (const picture of pictures) {
    const { size } = Deno.statSync(absolute(picture));
    assert.ok(size < 200_000, `${picture} takes ${size} bytes`);
  }
});

Deno.test("every relative link of the pages leads to a file, and to a heading that is there", () => {
  let followed = 0;
  for (const page of pages) {
    for (const { path, anchor } of links(page)) {
      const target = path === "" ? page.path : normalize(join(page.path, "..", path));
      Deno.statSync(absolute(target));
      followed++;
      if (anchor === undefined) continue;
      const there = pageAt(target);
      assert.ok(there, `${page.path} links into ${target}, which is no page`);
      assert.ok(anchors(there).has(anchor), `${page.path}: ${target} has no heading #${anchor}`);
    }
  }
  assert.ok(followed > 80);
});

Deno.test("the table of contents leads to every page of docs/", () => {
  const contents = new Set(links(pageAt("docs/README.md")!).map(({ path }) => `docs/${path}`));
  for (const { path } of pages) {
    if (!path.startsWith("docs/") || path === "docs/README.md") continue;
    assert.ok(contents.has(path), path);
  }
});

Deno.test("the README's map has every folder of the project, and no other", () => {
  const [, map] = readme.text.split("## Where things are");
  const named = new Set(
    [...map!.matchAll(/^\| ([^|]+)\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)\/`/g)].map(([, folder]) => folder!)
    ),
  );
  const made = ["node_modules", "runs", "cov"];
  const there = [...Deno.readDirSync(absolute("."))]
    .filter(({ name, isDirectory }) => isDirectory && !/^\./.test(name) && !made.includes(name));
  assert.deepEqual([...named].toSorted(), there.map(({ name }) => name).toSorted());
});

const folders = [...Deno.readDirSync(absolute("."))].filter(({ isDirectory }) => isDirectory)
  .map(({ name }) => name);

Deno.test("every file of the project that the pages name in code is there", () => {
  const named = pages.filter(({ path }) => path !== "docs/claims.md").flatMap((page) =>
    spans(page).filter((span) =>
      /^[\w-]+\/[\w./-]*$/.test(span) && folders.includes(span.split("/")[0]!) &&
      !span.startsWith("runs/")
    )
  );
  assert.ok(named.length > 40);
  for (const path of named) Deno.statSync(absolute(path));
});

Deno.test("every testbed, setting, measure and cell that the pages name in code is one", () => {
  const families = new Map(benchmarks.map(({ id, settings }) => [id, Object.keys(settings)]));
  let checked = 0;
  for (const page of pages) {
    for (const span of spans(page)) {
      const [family = "", setting, ...more] = span.split("/");
      if (setting === undefined || more.length > 0 || !families.has(family)) continue;
      assert.ok(families.get(family)!.includes(setting), `${page.path}: ${span}`);
      checked++;
    }
    for (const [, cell] of page.text.matchAll(/cell:([\w/-]+)/g)) {
      const known = leaves.some((leaf) => leaf.cell === cell || leaf.cell.startsWith(`${cell}/`));
      assert.ok(known, `${page.path}: ${cell}`);
    }
    for (const [, measure] of page.text.matchAll(/"?measure"?: "([\w-]+)"/g)) {
      assert.ok(
        registry.measures.some(({ id }) => id === measure),
        `${page.path}: ${measure}`,
      );
    }
  }
  assert.ok(checked > 8);

  // In a family's section what its brackets hold in code are settings.
  const testbeds = pageAt("docs/testbeds.md")!.text;
  const sections = [...testbeds.matchAll(/^## `(\w+)`$([^]*?)(?=^## )/gm)];
  assert.ok(sections.length > 5);
  for (const [, family, section] of sections) {
    assert.ok(families.has(family!), family);
    for (const [, bracket] of section!.matchAll(/\(((?:`[a-z]+`(?:, )?)+)\)/g)) {
      for (const [, setting] of bracket!.matchAll(/`([a-z]+)`/g)) {
        assert.ok(families.get(family!)!.includes(setting!), `${family}/${setting}`);
      }
    }
  }
});

/** Those that import by the package's name are run by tests/package_test.ts. */
const programs = blocks.filter(({ language, code }) =>
  language === "ts" && !/from "prefbench\//.test(code)
);
const imported = ({ code }: Block) =>
  [...code.matchAll(/from "(\.[^"]+)"/g)].map(([, specifier]) => specifier!);

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The program with its imports as from the folder where all of them are there. */
function standing(block: Block): string {
  const found = ["", "methods/", "benchmarks/", "evaluators/"].find((folder) =>
    imported(block).every((specifier) => {
      return isFile(join(absolute(folder), specifier));
    })
  );
  assert.ok(found !== undefined, `${block.page}: ${imported(block)} lie in no one folder`);
  return block.code.replaceAll(
    /from "(\.[^"]+)"/g,
    (_, specifier) => `from "${pathToFileURL(join(absolute(found), specifier))}"`,
  );
}

async function written(): Promise<Map<Block, string>> {
  const directory = await temporary();
  return new Map(
    await Promise.all(programs.map(async (block, i): Promise<[Block, string]> => {
      const path = join(directory, `${i}.ts`);
      await Deno.writeTextFile(path, standing(block));
      return [block, path];
    })),
  );
}

Deno.test("every program of the pages type-checks", async () => {
  const files = await written();
  assert.ok(files.size > 5);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--config", absolute("deno.json"), ...files.values()],
    cwd: absolute("."),
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});

Deno.test("every program of the pages that imports mod.ts alone runs, and others are run elsewhere", async () => {
  const said: unknown[][] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => said.push(values);
  try {
    for (const [block, path] of await written()) {
      if (imported(block).every((specifier) => specifier === "./mod.ts")) {
        const before = said.length;
        await import(pathToFileURL(path).href);
        assert.ok(said.length > before, `${block.page}: nothing is printed`);
      } else {
        // tests/adding_test.ts adds the first program of each of these to a copy of the project.
        const first = blocks.find(({ page, language }) => page === block.page && language === "ts");
        assert.ok(
          ["README.md", "docs/measures.md", "docs/testbeds.md"].includes(block.page) &&
            block === first,
          block.page,
        );
      }
    }
  } finally {
    console.log = log;
  }
  const outcomes = said.filter(([first]) => typeof first === "string");
  assert.ok(outcomes.length >= 3);
  for (const [outcome, estimate] of outcomes) {
    assert.equal(outcome, "ok");
    assert.ok(Number.isFinite((estimate as { value: number }).value));
  }
});

Deno.test("every JSON of the pages is read by what it is for", async () => {
  const directory = await temporary();
  const found = blocks.filter(({ language }) => language === "json");
  assert.ok(found.length > 1);
  for (const [i, { page, code }] of found.entries()) {
    const path = join(directory, `${i}.json`);
    await Deno.writeTextFile(path, code);
    const read = { "docs/gate.md": readGates, "docs/judges.md": readJudgeSettings }[page];
    assert.ok(read, page);
    await read(path);
  }
});
