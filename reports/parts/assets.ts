import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";

/** Scripts and styles that a report carries inside itself. */

/** Libraries as their authors ship them for a plain script element, in the order in which they run. */
const libraries = [
  { package: "chart.js", file: "../dist/chart.umd.min.js" },
  { package: "chartjs-chart-error-bars", file: "../build/index.umd.min.js" },
  { package: "chartjs-chart-matrix", file: "../dist/chartjs-chart-matrix.min.js" },
  { package: "chartjs-plugin-annotation", file: "../dist/chartjs-plugin-annotation.min.js" },
] as const;
interface Parts {
  readonly libraries: readonly { readonly package: string; readonly file: string }[];
  readonly styles: readonly string[];
  /** Modules of the client, or of a folder that is named, each after those that it imports. */
  readonly client: readonly string[];
}
const client = [
  "view",
  "address",
  "theme",
  "sort",
  "rival",
  "ours",
  "unpacked",
  "fold",
  "board",
  "page",
  "series",
  "curves",
  "grids",
  "judges",
  "marks",
  "draw",
  "make",
  "parts/shapes",
  "seen",
  "samples",
] as const;

const parts = {
  report: {
    libraries,
    styles: ["theme", "page", "figures", "seen", "cards", "judged", "print"],
    client,
  },
  claims: {
    libraries: [],
    styles: ["theme", "page", "cards", "judged", "claims", "print"],
    client: ["address", "theme", "claims"],
  },
  compare: {
    libraries: [],
    styles: ["theme", "page", "seen", "cards", "judged", "claims", "gate", "print"],
    client: ["address", "theme", "claims"],
  },
  site: {
    libraries: [],
    styles: [
      "theme",
      "page",
      "figures",
      "seen",
      "cards",
      "judged",
      "claims",
      "audit",
      "site",
      "print",
    ],
    client: [
      "address",
      "theme",
      "sort",
      "rival",
      "make",
      "ondemand",
      "ours",
      "fold",
      "filters",
      "suites",
      "parts/shapes",
      "seen",
      "drilldown",
      "finding",
      "follow",
      "claims",
      "site",
    ],
  },
  docs: {
    libraries: [],
    styles: ["theme", "page", "cards", "site", "docs", "play", "print"],
    client: ["address", "theme", "make", "ondemand", "finding", "follow", "docs"],
  },
  vote: {
    libraries: [],
    styles: ["theme", "page", "seen", "vote"],
    client: ["address", "theme", "make", "parts/shapes", "seen", "vote"],
  },
  audit: {
    libraries: [],
    styles: ["theme", "page", "cards", "judged", "claims", "audit", "print"],
    client: ["address", "theme", "claims"],
  },
} as const;

export interface Assets {
  readonly style: string;
  /** In the order in which they run. */
  readonly scripts: readonly string[];
}

/** What one of our pages needs. */
export async function assets(page: keyof typeof parts): Promise<Assets> {
  const { libraries, styles, client }: Parts = parts[page];
  const read = (path: string) => Deno.readTextFile(new URL(path, import.meta.url));
  const [sheets, libs, modules] = await Promise.all([
    Promise.all(styles.map((name) => read(`../styles/${name}.css`))),
    Promise.all(libraries.map(async (library) => {
      const text = await read(new URL(library.file, import.meta.resolve(library.package)).href);
      // A page that is opened from a disk has no source maps beside it.
      return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
    })),
    Promise.all(client.map(async (path) => ({
      name: path.slice(path.indexOf("/") + 1),
      source: await read(`../${path.includes("/") ? path : `client/${path}`}.ts`),
    }))),
  ]);
  return { style: sheets.join("\n"), scripts: [...libs, linked(modules)].map(embeddable) };
}

/**
 * Modules as one script: each a function that returns what it exports, under a constant that later
 * ones take their imports from. Understands what the page's own modules use: named imports of values
 * from beside them or from parts, `export const` and `export function`. ReferenceError in the browser for any other.
 */
export function linked(
  modules: readonly { readonly name: string; readonly source: string }[],
): string {
  const parts = modules.map(({ name, source }) => {
    const exported: string[] = [];
    const body = stripTypeScriptTypes(source)
      .replace(/^import (\{[^}]*\}) from "(?:\.|\.\.\/parts)\/(\w+)\.ts";/gm, "const $1 = $$$2;")
      .replace(/^export (const|function) (\w+)/gm, (_, kind: string, id: string) => {
        exported.push(id);
        return `${kind} ${id}`;
      })
      // Where types stood there are spaces now.
      .replace(/[ \t]+$/gm, "").replace(/\n{2,}/g, "\n");
    return `const $${name} = (() => {\n${body}\nreturn { ${exported.join(", ")} };\n})();`;
  });
  return `(() => {\n"use strict";\n${parts.join("\n")}\n})();`;
}

/** Script text that cannot end its own element, or open a comment in it: in strings `\x3c` is `<`. */
export function embeddable(script: string): string {
  return script.replace(/<(?=\/script|!--|script)/gi, "\\x3c");
}

/** JSON that is safe inside a script element, and in JavaScript before 2019. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A hash source of a content security policy. */
export const hash = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
