import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Who may import whom, type-only imports included; `mod.ts` and `main.ts` are files, the rest folders. */
const allowed: { readonly [from: string]: readonly string[] } = {
  core: [],
  engine: ["core"],
  judges: ["core"],
  evaluators: ["core"],
  reports: ["core"],
  models: ["core"],
  methods: ["core"],
  benchmarks: ["core", "models", "judges", "evaluators"],
  lab: ["core", "engine"],
  "mod.ts": [
    "core",
    "engine",
    "judges",
    "evaluators",
    "reports",
    "models",
    "methods",
    "benchmarks",
    "lab",
  ],
  commands: ["mod.ts", "lab", "reports"],
  "main.ts": ["commands", "mod.ts", "lab", "reports"],
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
const folder = (path: string) => path.split("/")[0]!;

function* files(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${root}/${directory}`)) {
    if (isDirectory) yield* files(`${directory}/${name}`);
    else if (/\.tsx?$/.test(name)) yield `${directory}/${name}`;
  }
}
const folders = Object.keys(allowed).filter((name) => !name.endsWith(".ts"));
const sources = [...folders.flatMap((name) => [...files(name)]), "mod.ts", "main.ts"];
const text = (path: string) => Deno.readTextFileSync(`${root}/${path}`);

Deno.test("every import follows the table", async () => {
  const wrong = (await imports()).filter(([from, to]) =>
    folder(from) !== folder(to) && !allowed[folder(from)]?.includes(folder(to))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no modules import each other in a circle", async () => {
  const edges = new Map<string, string[]>();
  // Types may refer to each other within core; code may not.
  for (const [from, to] of await imports()) {
    if (folder(from) !== "core" || folder(to) !== "core") {
      edges.set(from, [...edges.get(from) ?? [], to]);
    }
  }
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
  // What a browser runs is inlined into a report as text.
  const apart = (path: string) => path.startsWith("reports/client/");
  assert.deepEqual(sources.filter((path) => !reached.has(path) && !apart(path)), []);
});

Deno.test("chance and clocks are the lab's and the command line's alone", () => {
  for (const path of sources) {
    if (/^(lab\/|commands\/|main\.ts)/.test(path)) continue;
    assert.doesNotMatch(text(path), /Math\.random|Date\.now|performance\.now|new Date\(\)/, path);
  }
});

Deno.test("nobody asks for a method or a testbed by name", () => {
  for (const path of sources) {
    assert.doesNotMatch(
      text(path),
      /(switch|===?|!==?) *\(?\w*\.(method|benchmark)?\.?id\b *(===?|!==?)? *["']/,
      path,
    );
    if (/^(lab|engine)\//.test(path)) {
      assert.doesNotMatch(
        text(path),
        /["'](dpo|ipo|simpo|kto|orpo|sppo|ppo|rso|bandit|game)["']/,
        path,
      );
    }
  }
});

Deno.test("Deno's own interface stays out of the pure folders", () => {
  for (const path of sources) {
    if (!/^(core|engine|models|methods|judges|evaluators)\//.test(path)) continue;
    assert.doesNotMatch(text(path), /\bDeno\./, path);
  }
});

Deno.test("no file hides an error, a type or an unfinished thing", () => {
  for (const path of sources) {
    const found = text(path);
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
  for (const path of sources) {
    const lines = text(path).split("\n");
    if (lines.length > 400) assert.match(lines[0]!, /^\/[/*].*\b(as|for|because|since)\b/, path);
  }
});

Deno.test("a method of over 60 lines gives its reason in its first line", () => {
  for (const path of files("methods")) {
    const lines = text(path).split("\n");
    // mod.ts is their list.
    if (lines.length > 60 && !path.endsWith("/mod.ts")) assert.match(lines[0]!, /^\/\/ /, path);
  }
});
