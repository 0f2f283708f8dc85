import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { chooseTestbeds } from "../lab/suite/choose.ts";
import { identity, plannedRuns, readRun } from "../lab/disk/records.ts";
import { benchmarksOf } from "../lab/suite/session.ts";
import { variantOf } from "../lab/suite/variant.ts";
import { benchmarks, methods } from "../mod.ts";
import { ownDataset } from "./given.ts";
import { here, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";

export const exporting = new Command("export")
  .description("Write a run's trained language model as files for transformers and transformers.js")
  .argument("<run>", "run directory")
  .requiredOption("--method <id>", "whose policy")
  .option(
    "--benchmark <id/setting>",
    "where it was trained (default: the run's one language model)",
  )
  .option("--seed <n>", "from which seed (default: the run's first)", whole)
  .requiredOption("--out <dir>", "directory to write")
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--json", "print one JSON document instead of the files' names")
  .option("--verbose", "show where errors come from")
  .addHelpText(
    "after",
    `
A run keeps no parameters, so its policy is trained again and its record compared with the run's.

Example:
  deno task export runs/mine --method dpo --benchmark text/clean --seed 1 --out models/dpo`,
  )
  .action(async (run, { method: id, benchmark, seed, out, cache, json }) => {
    const { chooseRun, refuseFull, retrained, writeExport } = await import(
      "../lab/checkpoints/export.ts"
    );
    const directory = here(out);
    await refuseFull(directory);
    const stored = await readRun(here(run));
    const store = storeAt(cache);
    const registries = { methods, benchmarks, dataset: ownDataset };
    const place = { directory: stored.directory, store, registries, note: say };
    const known = await benchmarksOf(stored.plan, place);
    const record = chooseRun(stored, { method: id, benchmark, seed }, known);
    const [testbed] = chooseTestbeds(`${record.benchmark}/${record.setting}`, known);
    const planned = plannedRuns(stored.plan).find((run) => identity(run) === identity(record));
    const made = await retrained(record, {
      // A search's choice of hyperparameters is a variant of its method.
      method: variantOf(record.method, methods),
      benchmark: testbed!.benchmark,
      cache: store,
      ...planned?.portion ? { portion: planned.portion } : {},
      note: say,
    });
    const { difference, left } = made;
    await writeExport(directory, made);
    say(
      difference === undefined
        ? `Its record is the run's, bit for bit: this is the policy that the run measured`
        : `warning: this is not the policy that the run measured: ${difference}`,
    );
    if (left.length > 0) say(`Left out, as no language model has them: ${left.join(", ")}`);
    const files = Object.keys(made.files).map((path) => join(directory, path));
    if (json) printJson({ directory, files, left, difference: difference ?? null });
    else print(files.join("\n"));
  });
