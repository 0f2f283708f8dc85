import { createHash } from "node:crypto";
import { bundled } from "./bundle.ts";

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
  /** Modules of the client in the order in which they run, each after what it imports, which is not named. */
  readonly client: readonly string[];
}

const parts = {
  report: {
    libraries,
    styles: ["theme", "page", "figures", "seen", "cards", "judged", "print"],
    client: [
      "view",
      "theme",
      "rival",
      "ours",
      "unpacked",
      "page",
      "curves",
      "grids",
      "judges",
      "draw",
      "samples",
    ],
  },
  claims: {
    libraries: [],
    styles: ["theme", "page", "cards", "judged", "claims", "print"],
    client: ["claims"],
  },
  compare: {
    libraries: [],
    styles: ["theme", "page", "seen", "cards", "judged", "claims", "gate", "print"],
    client: ["claims"],
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
      "theme",
      "rival",
      "make",
      "ondemand",
      "ours",
      "filters",
      "suites",
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
    client: ["theme", "make", "finding", "docs"],
  },
  vote: {
    libraries: [],
    styles: ["theme", "page", "seen", "vote"],
    client: ["theme", "vote"],
  },
  audit: {
    libraries: [],
    styles: ["theme", "page", "cards", "judged", "claims", "audit", "print"],
    client: ["claims"],
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
  const [sheets, libs, script] = await Promise.all([
    Promise.all(styles.map((name) => read(`../styles/${name}.css`))),
    Promise.all(libraries.map(async (library) => {
      const text = await read(new URL(library.file, import.meta.resolve(library.package)).href);
      // A page that is opened from a disk has no source maps beside it.
      return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
    })),
    bundled(client.map((name) => new URL(`../client/${name}.ts`, import.meta.url))),
  ]);
  return { style: sheets.join("\n"), scripts: [...libs, script].map(embeddable) };
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
