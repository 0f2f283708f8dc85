import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { protocols } from "../judges/protocols/mod.ts";
import rules from "./rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Who may import whom, type-only imports included. `mod.ts` and `main.ts` are files, the rest folders;
 * of a folder whose parts are named here (`lab/train`), each part stands for itself.
 */
const stats = ["core", "stats"];
const found = [...stats, "reports/findings"];
const parts = [...found, "reports/parts"];
const text = [...parts, "reports/text"];
const sections = [...text, "reports/sections"];
const pages = [...sections, "reports/pages"];
const lab = {
  host: ["core", "engine"],
  train: ["core", "engine", "stats"],
  disk: ["core", "gate", "formats", "lab/host"],
  suite: ["core", "gate", "engine", "lab/host", "lab/disk", "lab/train"],
  claims: [...stats, "lab/disk", "lab/suite"],
  judging: [...stats, "engine", "formats", "judges", "lab/disk", "lab/train"],
  votes: ["core", "lab/disk"],
  checkpoints: ["core", "engine", "lab/host", "lab/disk", "lab/train"],
};
const allLab = Object.keys(lab).map((part) => `lab/${part}`);
const allReports = [...pages, "reports/site", "reports/play", "reports/docs", "reports"].filter((
  name,
) => name.startsWith("reports"));
const allowed: { readonly [from: string]: readonly string[] } = {
  core: [],
  stats: ["core"],
  gate: stats,
  engine: ["core"],
  judges: stats,
  evaluators: stats,
  formats: [],
  models: ["core"],
  methods: stats,
  studies: ["core", "methods"],
  benchmarks: [...stats, "models", "judges", "evaluators", "formats"],
  ...Object.fromEntries(Object.entries(lab).map(([part, may]) => [`lab/${part}`, may])),
  "reports/findings": stats,
  "reports/parts": found,
  "reports/text": [...parts, "gate"],
  "reports/sections": text,
  "reports/pages": [...sections, "gate"],
  "reports/site": pages,
  // What trains in a browser: see below for what of it a browser gets.
  "reports/play": ["core", "engine", "methods", "reports/client"],
  "reports/docs": [...pages, "reports/site", "reports/play"],
  // Types, which a browser does not see, and what is shipped with it: see below.
  "reports/client": [...pages, "reports/site"],
  reports: [...pages, "gate", "reports/site", "reports/docs"],
  "mod.ts": [
    ...stats,
    "gate",
    "engine",
    "judges",
    "evaluators",
    "formats",
    "models",
    "methods",
    "studies",
    "benchmarks",
    ...allLab,
    ...allReports,
  ],
  commands: ["mod.ts", ...allLab, ...allReports],
  "main.ts": ["commands"],
};

interface Info {
  modules: {
    specifier: string;
    local?: string;
    dependencies?: { code?: { specifier: string }; type?: { specifier: string } }[];
  }[];
}

async function imports(): Promise<[string, string][]> {
  const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as Info;
  return modules.filter(({ specifier }) => specifier.startsWith("file:")).flatMap((module) =>
    (module.dependencies ?? []).flatMap(({ code, type }) =>
      [code, type].flatMap((found) =>
        found?.specifier.startsWith("file:")
          ? [[local(module.specifier), local(found.specifier)] as [string, string]]
          : []
      )
    )
  );
}

const local = (specifier: string) => relative(root, fileURLToPath(specifier));
/** The entry of the table that a file belongs to: its part, else its folder. */
const roomOf = (path: string): string => {
  const [folder = "", part] = path.split("/");
  return `${folder}/${part}` in allowed ? `${folder}/${part}` : folder;
};

function* files(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${directory}`)) {
    if (isDirectory) yield* files(`${directory}/${name}`);
    else if (/\.tsx?$/.test(name)) yield `${directory}/${name}`;
  }
}
const folders = new Set(
  Object.keys(allowed).filter((name) => !name.endsWith(".ts")).map((name) => name.split("/")[0]!),
);
const sources = [...[...folders].flatMap((name) => [...files(name)]), "mod.ts", "main.ts"];
/** Programs of their own, which nothing of ours imports. */
const benches = [...files("bench")];
const read = (path: string) => Deno.readTextFileSync(`${root}/${path}`);

Deno.test("every import follows the table", async () => {
  const wrong = (await imports()).filter(([from, to]) =>
    roomOf(from) !== roomOf(to) && !allowed[roomOf(from)]?.includes(roomOf(to))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no modules import each other in a circle", async () => {
  const edges = new Map<string, string[]>();
  for (const [from, to] of await imports()) edges.set(from, [...edges.get(from) ?? [], to]);
  const state = new Map<string, "open" | "done">();
  const circle: string[] = [];
  const visit = (at: string, path: readonly string[]): void => {
    if (state.get(at) === "done" || circle.length) return;
    if (state.get(at) === "open") return void circle.push(...path.slice(path.indexOf(at)), at);
    state.set(at, "open");
    for (const to of edges.get(at) ?? []) visit(to, [...path, at]);
    state.set(at, "done");
  };
  for (const at of edges.keys()) visit(at, []);
  assert.deepEqual(circle, []);
});

Deno.test("every source file is reached from main.ts", async () => {
  const reached = new Set((await imports()).flat());
  // What a browser runs is inlined into a report as text; what a thread runs is named by its URL.
  const threads = sources.flatMap((path) =>
    [...read(path).matchAll(/new Worker\(new URL\("\.\/([\w-]+\.ts)", import\.meta\.url\)/g)]
      .map(([, name]) => path.replace(/[^/]*$/, name!))
  );
  const apart = (path: string) => /^reports\/(client|play)\//.test(path) || threads.includes(path);
  assert.deepEqual(sources.filter((path) => !reached.has(path) && !apart(path)), []);
});

Deno.test("an exported type has a name that no other type has", () => {
  // Where a file's type is what another folder calls otherwise, readers of either are misled.
  const held = /^(core|stats|gate|engine|models|methods|studies|benchmarks|evaluators|lab)\//;
  const where = new Map<string, string[]>();
  for (const path of sources.filter((path) => held.test(path))) {
    for (const [, name] of read(path).matchAll(/^export (?:interface|type|class) (\w+)/gm)) {
      where.set(name!, [...where.get(name!) ?? [], path]);
    }
  }
  assert.deepEqual([...where].filter(([, paths]) => paths.length > 1), []);
});

Deno.test("a bench imports the project's face alone", () => {
  for (const path of benches) {
    for (const [, from] of read(path).matchAll(/from "(\.[^"]*)"/g)) {
      assert.match(from!, /^\.\.\/mod\.ts$/, path);
    }
  }
});

Deno.test("chance and clocks are the lab's and the command line's alone", () => {
  for (const path of sources) {
    if (/^(lab\/|commands\/|main\.ts)/.test(path)) continue;
    assert.doesNotMatch(read(path), /Math\.random|Date\.now|performance\.now|new Date\(\)/, path);
  }
});

Deno.test("nobody asks for a method or a testbed by name", () => {
  for (const path of sources) {
    assert.doesNotMatch(
      read(path),
      /(switch|===?|!==?) *\(?\w*\.(method|benchmark)?\.?id\b *(===?|!==?)? *["']/,
      path,
    );
    if (/^(lab|engine)\//.test(path)) {
      assert.doesNotMatch(
        read(path),
        /["'](dpo|ipo|simpo|kto|orpo|sppo|ppo|rso|bandit|game)["']/,
        path,
      );
    }
  }
});

Deno.test("a judge protocol's folder is known to the list of protocols alone", async () => {
  const folderOf = (path: string) => /^judges\/protocols\/([\w-]+)\//.exec(path)?.[1];
  const all = (await imports()).map(([from, to]) => ({ from, to, folder: folderOf(to) }))
    .filter(({ folder }) => folder !== undefined);
  assert.deepEqual(
    new Set(all.map(({ folder }) => folder)),
    new Set(protocols.map(({ id }) => id)),
  );
  const wrong = all.filter(({ from, folder }) =>
    folderOf(from) !== folder && from !== "judges/protocols/all.ts"
  );
  assert.deepEqual(wrong, []);
  // Neither asked for by name nor with an entry in somebody's table.
  const ids = protocols.map(({ id }) => id).join("|");
  for (const path of sources) {
    if (!/^(core|stats|gate|judges|lab|commands)\//.test(path) || folderOf(path)) continue;
    assert.doesNotMatch(read(path), RegExp(`[!=]== *["'](${ids})["']|["'](${ids})["'] *:`), path);
  }
});

Deno.test("Deno's own interface stays out of the pure folders", () => {
  for (const path of sources) {
    if (!/^(core|stats|gate|engine|models|methods|studies|judges|evaluators)\//.test(path)) {
      continue;
    }
    assert.doesNotMatch(read(path), /\bDeno\./, path);
  }
});

Deno.test("what an answer is made of is read by models and testbeds alone", () => {
  // Judges and reports have tokens of other kinds; prompts' are a model's to read as well.
  for (const path of sources) {
    if (!/^(methods|studies|evaluators|stats|gate|lab|reports)\//.test(path)) continue;
    const code = read(path).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(
      code,
      /\b(y|ys\[[^\]]+\]!?|answer|chosen|rejected|prompt|sample)\.(tokens|numbers|patches)\b/,
      path,
    );
  }
});

Deno.test("what a browser runs imports values from beside it, and geometry, which imports none", () => {
  const shipped = /^import (?!type\b).* from "(?!\.\/\w+\.ts"|\.\.\/parts\/shapes\.ts")/m;
  for (const path of files("reports/client")) assert.doesNotMatch(read(path), shipped, path);
  assert.doesNotMatch(read("reports/parts/shapes.ts"), /^import (?!type\b)|\b(document|Deno)\./m);
});

Deno.test("a lesson is made of the core, the engine and three methods, and of elements that it makes", () => {
  const may =
    /^(\.\/\w+\.ts|\.\.\/client\/make\.ts|\.\.\/\.\.\/(core|engine)\/mod\.ts|\.\.\/\.\.\/methods\/(dpo|ipo|simpo)\.ts|pure-rand\/.*)$/;
  for (const path of files("reports/play")) {
    for (const [, from] of read(path).matchAll(/ from "([^"]+)"/g)) assert.match(from!, may, path);
    assert.doesNotMatch(read(path), /\bDeno\./, path);
  }
});

Deno.test("a page's marks have attributes alone: no styles, no markup from words", () => {
  const lessons = [...files("reports/play")];
  for (const path of ["reports/client/seen.ts", "reports/parts/picture.tsx", ...lessons]) {
    assert.doesNotMatch(read(path), /innerHTML|dangerously|outerHTML|\.style\b|style=/, path);
  }
});

Deno.test("no file hides an error, a type or an unfinished thing", () => {
  for (const path of [...sources, ...benches]) {
    const found = read(path);
    assert.doesNotMatch(
      found,
      /@ts-(ignore|expect-error|nocheck)|deno-lint-ignore|TODO|FIXME/,
      path,
    );
    const code = found.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(code, /catch *(\(\w*\))? *\{\s*\}|\bas any\b|: any\b|<any>/, path);
  }
});

Deno.test("a file of over 400 lines gives its reason in its first line", () => {
  for (const path of [...sources, ...benches]) {
    const lines = read(path).split("\n");
    if (lines.length > 400) assert.match(lines[0]!, /^\/[/*].*\b(as|for|because|since)\b/, path);
  }
});

Deno.test("a function of over 100 lines gives its reason in the comment above it", () => {
  const body = (n: number) => `{\n${"  f();\n".repeat(n - 2)}}`;
  const found = (text: string) => Deno.lint.runPlugin(rules, "x.ts", text).length;
  assert.equal(found(`function f() ${body(100)}`), 0);
  assert.equal(found(`function f() ${body(101)}`), 1);
  assert.equal(found(`const f = () => ${body(150)};`), 1);
  assert.equal(found(`/** Long. Longer than 100 lines. */\nfunction f() ${body(101)}`), 1);
  const reason = "/**\n * A thing. Longer than 100\n * lines, as its steps share a cache.\n */\n";
  assert.equal(found(`${reason}export function f() ${body(101)}`), 0);
  // The sources are held to it by the linter; benches are not among them above.
  const { lint } = JSON.parse(read("deno.json")) as { lint: { plugins: string[] } };
  assert.deepEqual(lint.plugins, ["./tests/rules.ts"]);
});

Deno.test("a method of over 60 lines gives its reason in its first line", () => {
  for (const path of files("methods")) {
    const lines = read(path).split("\n");
    // all.ts is their list.
    if (lines.length > 60 && !path.endsWith("/all.ts")) assert.match(lines[0]!, /^\/\/ /, path);
  }
});
