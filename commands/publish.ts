import { basename, join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { exists } from "../lab/disk/atomic.ts";
import { readAudit } from "../lab/judging/audits.ts";
import { publish } from "../lab/disk/publication.ts";
import { readRun, readVerdicts } from "../lab/disk/records.ts";
import { parse, parseJson } from "../lab/disk/schema.ts";
import {
  goldens,
  type Judged,
  judged as judgedFile,
  lossCurves,
  methods,
  panel,
  registry,
  site,
} from "../mod.ts";
import { here } from "./input.ts";
import { print, printJson, say } from "./output.ts";

export const publishing = new Command("publish")
  .description("Write a static leaderboard site from one run, or from several")
  .argument(
    "<runs...>",
    "run directories; what deno task judge --run left in their judged/ is published too",
  )
  .requiredOption("--out <dir>", "directory of the site: new, empty, or a site of ours")
  .option("--claims <dir>", "publish the verdicts of this directory of deno task claims")
  .option("--judged <dirs...>", "publish what deno task judge --out left in these directories")
  .option("--audit <files...>", "publish these audit.json of deno task audit")
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
  deno task publish runs/mine --judged judged/alpaca judged/mt --audit audits/llama/audit.json --out site
  deno task publish runs/2026-01 runs/2026-02 --claims runs/claims --title "Our methods" --out site`,
  )
  .action(async (directories, { out, claims, judged: others = [], audit = [], title, json }) => {
    const directory = here(out);
    const taken = new Set<string>();
    const runs = [];
    const judged = [];
    for (const given of [...new Set(directories.map(here))]) {
      const { plan, records } = await readRun(given);
      const name = unlike(taken, basename(given));
      runs.push({ name, plan, records });
      for (const path of await judgedIn(given)) {
        judged.push({ run: name, judged: await readJudged(path) });
      }
    }
    for (const given of [...new Set(others.map(here))]) {
      for (const path of await judgedOf(given)) {
        judged.push({ run: basename(given), judged: await readJudged(path) });
      }
    }
    const done = await publish(
      directory,
      site({
        title,
        runs,
        judged,
        audits: await Promise.all([...new Set(audit.map(here))].map(readAudit)),
        catalogue: {
          methods,
          registry,
          goldens: goldens(methods),
          lossCurves: lossCurves(methods),
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

/** What judges said of this run: a file in its `judged/`, or one in a directory there, by name. */
async function judgedIn(directory: string): Promise<string[]> {
  const folder = join(directory, "judged");
  if (!await exists(folder)) return [];
  const found: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    if (isFile && name.endsWith(".json")) found.push(join(folder, name));
    const inside = join(folder, name, "judged.json");
    // Without one, and without a file of its name beside it, its judging was stopped.
    if (isDirectory) {
      if (await exists(inside)) found.push(inside);
      else if (!await exists(join(folder, `${name}.json`))) {
        say(`Left out ${join(folder, name)}: it has no judged.json, go on with it by --resume`);
      }
    }
  }
  return found.sort();
}

/** The judged files of a directory: its own, or those of several judges. */
async function judgedOf(directory: string): Promise<string[]> {
  const path = join(directory, "panel.json");
  if (await exists(join(directory, "judged.json")) || !await exists(path)) {
    return [join(directory, "judged.json")];
  }
  const { files } = parse(panel, parseJson(await Deno.readTextFile(path), path), path);
  return files.map((file) => join(directory, file));
}

async function readJudged(path: string): Promise<Judged> {
  return parse(judgedFile, parseJson(await Deno.readTextFile(path), path), path);
}
