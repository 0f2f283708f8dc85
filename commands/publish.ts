import { basename, join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { publish } from "../lab/publication.ts";
import { readRun, readVerdicts } from "../lab/records.ts";
import { parse, parseJson } from "../lab/schema.ts";
import { goldens, type Judged, judged as judgedFile, methods, site } from "../mod.ts";
import { here } from "./input.ts";
import { print, printJson, say } from "./output.ts";

export const publishing = new Command("publish")
  .description("Write a static leaderboard site from one run, or from several")
  .argument("<runs...>", "run directories; what lies in their judged/ is published too")
  .requiredOption("--out <dir>", "directory of the site: new, empty, or a site of ours")
  .option("--claims <dir>", "publish the verdicts of this directory of deno task claims")
  .option("--title <text>", "what the site is called", "prefbench leaderboard")
  .option("--json", "print what was written as one JSON document")
  .addHelpText(
    "after",
    `
The site opens from a disk and from any path of a web server, and asks for nothing else. Publishing
again updates it in place: only what changed is written, what is no longer part of it is removed, and
files in the directory that are not the site's stay. Stopped half-way, publish again.

Examples:
  deno task publish runs/mine --out site
  deno task publish runs/2026-01 runs/2026-02 --claims runs/claims --title "Our methods" --out site`,
  )
  .action(async (directories, { out, claims, title, json }) => {
    const directory = here(out);
    const taken = new Set<string>();
    const runs = [];
    const judged = [];
    for (const given of [...new Set(directories.map(here))]) {
      const { plan, records } = await readRun(given);
      const name = unlike(taken, basename(given));
      runs.push({ name, plan, records });
      for (const one of await judgedOf(given)) judged.push({ run: name, judged: one });
    }
    const done = await publish(
      directory,
      site({
        title,
        runs,
        judged,
        catalogue: {
          methods,
          goldens: goldens(methods),
          ...claims === undefined ? {} : { verdicts: await readVerdicts(here(claims)) },
        },
      }),
    );
    const index = join(directory, "index.html");
    if (json === true) {
      printJson({ index, ...done });
      return;
    }
    say(
      `${done.files} files, ${(done.bytes / 1e6).toFixed(1)} MB: ${done.written} written, ` +
        `${done.files - done.written} as they were, ${done.removed} removed`,
    );
    print(index);
  });

/** The directory's own name, with a number where another run has it already. */
function unlike(taken: Set<string>, name: string): string {
  for (let i = 1;; i++) {
    const own = i === 1 ? name : `${name} (${i})`;
    if (taken.has(own)) continue;
    taken.add(own);
    return own;
  }
}

/** What judges said of this run: every file in its `judged/`, by name. */
async function judgedOf(directory: string): Promise<Judged[]> {
  const folder = join(directory, "judged");
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".json")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const path = join(folder, name);
      return parse(judgedFile, parseJson(await Deno.readTextFile(path), path), path);
    }),
  );
}
