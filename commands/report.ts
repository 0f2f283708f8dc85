import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { merge } from "../lab/disk/runs-merge.ts";
import { readOpinions } from "../lab/votes/opinions.ts";
import { readRun, readVerdicts } from "../lab/disk/records.ts";
import { goldens, methods, registry, report } from "../mod.ts";
import { here } from "./input.ts";
import { print, say } from "./output.ts";

export const reporting = new Command("report")
  .description("Write the report of one run, or of several together")
  .argument("<runs...>", "run directories")
  .option("--out <file>", "HTML file to write (default: report.html in the one run's directory)")
  .option("--mixed", "report runs together that code, packages, settings or processors part")
  .option("--claims <dir>", "show the verdicts of this directory of deno task claims on the cards")
  .addHelpText(
    "after",
    `
Examples:
  deno task report runs/mine runs/theirs --out both.html
  deno task report runs/mine --claims runs/claims`,
  )
  .action(async (directories, { out, claims: judged, mixed }) => {
    const runs = await Promise.all(directories.map((directory) => readRun(here(directory))));
    const [only] = runs;
    if (out === undefined && (runs.length > 1 || !only)) {
      throw new RangeError(
        `Cannot choose where a report of ${runs.length} runs goes: name the file with --out`,
      );
    }
    const file = out === undefined ? join(only!.directory, "report.html") : here(out);
    const { plan, records, unknown } = merge(runs, { mixed });
    unknown.forEach((line) => say(line));
    const opinions = await readOpinions(runs.map(({ directory }) => directory), say);
    await writeAtomic(
      file,
      await report(plan, records, {
        methods,
        registry,
        goldens: goldens(methods),
        ...opinions,
        ...judged === undefined ? {} : { verdicts: await readVerdicts(here(judged)) },
      }),
    );
    print(file);
  });
