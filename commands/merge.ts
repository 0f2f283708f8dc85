import { Command } from "@commander-js/extra-typings";
import { readRun, refuseTaken, runTitle, type Stored, writeRun } from "../lab/disk/records.ts";
import { joinShards } from "../lab/disk/shards.ts";
import { here, quoted } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";

/** Missing runs that are named where people read it. */
const NAMED = 20;

export const merging = new Command("merge")
  .description("Put the shards of a run together, as one run directory like any other")
  .argument(
    "<runs...>",
    "run directories of bench --shard, in any order, some of them twice or not",
  )
  .requiredOption("--out <dir>", "run directory to make")
  .option(
    "--mixed",
    "merge shards that code, packages, settings, processors or start policies part",
  )
  .option("--json", "print one JSON document instead of a line")
  .option("--verbose", "show where errors come from")
  .addHelpText(
    "after",
    `
A run that several shards hold is taken once where its records are equal but for when, where and how
long; different ones are an error. Killed at any moment it leaves the whole run directory or none.

Exit codes: 0 whole; ${exits.error} could not merge; ${exits.failures} merged, but some runs are missing or failed
(deno task bench --resume does them)

Example:
  deno task merge runs/part-* --out runs/all`,
  )
  .action(async (directories, { out, mixed, json }) => {
    const directory = here(out);
    // First: nobody wants to hear of it after reading gigabytes.
    await refuseTaken(directory);
    const parts: Stored[] = [];
    for (const part of directories) parts.push(await readRun(here(part), say));
    const { plan, records, unknown, missing, absent } = joinShards(parts, { mixed });
    unknown.forEach((line) => say(line));
    plan.mixed?.forEach((line) => say(line));
    await writeRun({ directory, plan, records }, say);
    const failed = records.filter(({ outcome }) => outcome === "failed");
    if (json) {
      printJson({
        directory,
        runs: records.length,
        missing: missing.map(({ method, benchmark, setting, seed }) => (
          { method, benchmark, setting, seed }
        )),
        failed: failed.length,
        absent,
        ...plan.mixed === undefined ? {} : { mixed: plan.mixed },
      });
    } else {print(
        `${records.length} of ${records.length + missing.length} runs are in ${directory}`,
      );}
    if (missing.length + failed.length === 0) return;
    const more = missing.length - NAMED;
    say([
      ...absent.map((shard) => `Missing: ${shard}`),
      ...missing.slice(0, NAMED).map((run) => `Missing: ${runTitle(run)}`),
      ...more > 0 ? [`Missing: ${more} more`] : [],
      ...failed.length > 0 ? [`Failed: ${failed.length} runs`] : [],
      `To do them:\n  deno task bench --resume ${quoted(directory)}`,
    ].join("\n"));
    Deno.exitCode = exits.failures;
  });
