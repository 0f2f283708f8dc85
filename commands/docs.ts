import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "@commander-js/extra-typings";
import { z } from "zod";
import { publish } from "../lab/disk/publication.ts";
import { parse, parseJson } from "../lab/disk/schema.ts";
import { root } from "../lab/host/provenance.ts";
import { exportedAt, type Face, openingOf } from "../reports/docs/faces.ts";
import { docs } from "../reports/docs/mod.ts";
import { here } from "./input.ts";
import { print, printJson, say } from "./output.ts";

/** Where the task leaves what `deno doc --json` says, as this process may start nothing. */
const EXPORTS = ".cache/exports.json";

export const documenting = new Command("docs")
  .description("Write the documentation as a static site")
  .requiredOption("--out <dir>", "directory of the site: new, empty, or one of this command")
  .option("--json", "print what was written as one JSON document")
  .addHelpText("after", "\nExample:\n  deno task docs --out runs/docs")
  .action(async ({ out, json }) => {
    const directory = here(out);
    const folder = [...Deno.readDirSync(join(root, "docs"))].map(({ name }) => `docs/${name}`)
      .toSorted();
    const paths = [
      ...[
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "results/README.md",
        "examples/README.md",
      ],
      ...folder.filter((path) => path.endsWith(".md")),
    ];
    const pictures = folder.filter((path) => path.endsWith(".png"));
    const done = await publish(
      directory,
      docs({
        title: "prefbench",
        pages: paths.map((path) => ({ path, text: Deno.readTextFileSync(join(root, path)) })),
        pictures: new Map(pictures.map((path) => [path, Deno.readFileSync(join(root, path))])),
        faces: await faces(),
      }),
      { task: "docs" },
    );
    const index = join(directory, "index.html");
    if (json === true) return printJson({ index, ...done });
    say(
      `${done.files} files, ${(done.bytes / 1e6).toFixed(1)} MB: ${done.written} written, ` +
        `${done.files - done.written} as they were, ${done.removed} removed`,
    );
    print(index);
  });

const place = z.object({ filename: z.string(), line: z.int() });
const documented = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      symbols: z.array(z.object({
        name: z.string(),
        declarations: z.array(z.object({
          location: place,
          kind: z.string(),
          declarationKind: z.string(),
          def: z.object({ target: place.optional() }).optional(),
        })),
      })),
    }),
  ),
});

/** What each subpath of the package exports. */
async function faces(): Promise<Face[]> {
  const read = async (path: string) => await Deno.readTextFile(join(root, path));
  const [config, exported] = await Promise.all([read("deno.json"), read(EXPORTS)]);
  const { name, exports } = parse(
    z.object({ name: z.string(), exports: z.record(z.string(), z.string()) }),
    parseJson(config, "deno.json"),
    "deno.json",
  );
  const { nodes } = parse(documented, parseJson(exported, EXPORTS), EXPORTS);
  const texts = new Map<string, string>();
  const textOf = (url: string): string => {
    const known = texts.get(url) ?? Deno.readTextFileSync(fileURLToPath(url));
    texts.set(url, known);
    return known;
  };
  const found = new Map(
    Object.entries(nodes).map(([url, { symbols }]) => [fileURLToPath(url), { url, symbols }]),
  );
  return Object.entries(exports).map(([subpath, file]): Face => {
    const { url, symbols } = found.get(join(root, file))!;
    const entries = symbols.flatMap(({ name, declarations }) => {
      const [first] = declarations.filter((one) => one.declarationKind === "export");
      if (!first) return [];
      const { filename, line } = first.def?.target ?? first.location;
      return filename.startsWith("file:") ? [exportedAt(name, textOf(filename), line)] : [];
    });
    return {
      name: `${name}${subpath.slice(1)}`,
      says: openingOf(textOf(url)),
      entries: entries.sort((a, b) => a.name < b.name ? -1 : 1),
    };
  });
}
