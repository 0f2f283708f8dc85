import assert from "node:assert/strict";
import { normalize } from "node:path";
import { absolute, links, pages } from "./fixtures/pages.ts";

const page = (path: string) => pages.find((one) => one.path === path)!;
const contributing = page("CONTRIBUTING.md");
const changelog = page("CHANGELOG.md");

/** The table of what can be added: cells without what lines them up. */
const rows = [...contributing.text.matchAll(/^\| (.+) \|$/gm)]
  .map(([, cells]) => cells!.split(" | ").map((cell) => cell.trim()))
  .filter(([first]) => !/^(-|to add)/.test(first!));
const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

Deno.test("everything that can be added has its files, its tests and a command", () => {
  const named = rows.map(([first]) => first!.replace(/^\[([^\]]+)\].*/, "$1"));
  assert.deepEqual(named, [
    "a method",
    "an evaluator",
    "a testbed",
    "a setting of a testbed",
    "a judge protocol",
    "a section of the report",
    "a command",
    "an operator",
  ]);
  for (const [name, files, held, command] of rows) {
    assert.ok(codes(files!).length > 0, `${name}: files`);
    for (const path of codes(files!)) {
      // A word that is no path, such as that of an entry, stands beside one that is.
      if (/[./]/.test(path)) Deno.statSync(absolute(path));
    }
    assert.ok(codes(held!).some((path) => path.startsWith("tests/")), `${name}: tests`);
    for (const path of codes(held!)) assert.match(path, /^tests\/\w+_test\.ts$/, name);
    assert.match(command!, /^`deno task [\w-]+/, name);
  }
});

Deno.test("a list that a new thing is put into has a line a thing", () => {
  const lists = rows.flatMap(([, files]) =>
    codes(files!).filter((path) => /\/(all|mod)\.ts$/.test(path))
  );
  assert.equal(lists.length, 5);
  for (const list of lists) {
    const folder = list.slice(0, list.lastIndexOf("/"));
    const text = Deno.readTextFileSync(absolute(list));
    const listed = [...text.matchAll(/from "\.\/([\w-]+)(?:\.tsx?|\/mod\.ts)"/g)].length;
    assert.ok(listed >= 3, `${list} has ${listed} lines of things of ${folder}`);
  }
});

Deno.test("the README's map and the table of contents lead to the page for contributors", () => {
  for (const path of ["README.md", "docs/README.md"]) {
    const led = links(page(path)).map(({ path: to }) => normalize(`${path}/../${to}`));
    assert.ok(led.includes("CONTRIBUTING.md") && led.includes("CHANGELOG.md"), path);
  }
});

Deno.test("the changelog has a sentence or two a capability", () => {
  const items = changelog.text.split(/^- /m).slice(1);
  assert.ok(items.length > 20);
  for (const item of items) {
    const [said = ""] = item.split(/\n\n/);
    assert.match(said.trim(), /\.$/, said);
    assert.ok(said.length < 330, `${said.length} characters: ${said}`);
  }
});
