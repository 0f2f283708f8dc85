import { stderrDisplay } from "../lab/host/progress.ts";
import { versions } from "../lab/host/provenance.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { prepare } from "../lab/suite/prepare.ts";
import { planned } from "../lab/suite/session.ts";
import { benchmarks, methods, studies } from "../mod.ts";
import { ownDataset } from "./given.ts";
import { storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits, untilSignal, workerArguments } from "./processes.ts";
import { wishing, wishOf } from "./wish.ts";

export const preparing = wishing("prepare")
  .description("Make once what the runs of a plan begin from, for machines that share them")
  .option("--workers <n>", "processes at a time (default: one a core)", whole)
  .option("--cache <dir>", "folder to make it in (default: .cache)")
  .option("--json", "print one JSON document instead of the folder")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
It takes what bench takes, and does all but the runs: language models are trained, rows are read and
encoded, data sets and checkpoints of the hub are fetched. The shards of the plan then read the folder,
or a copy of it, by bench --cache. A model that is trained on two kinds of processor is two start
policies, which merge refuses.

${patienceRule()}

Exit codes: 0 prepared, ${exits.error} could not, ${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (the same command goes on)

Example:
  deno task prepare --preset standard --cache prepared`,
  )
  .action(async (options) => {
    const store = storeAt(options.cache);
    const registries = {
      methods,
      benchmarks,
      studies: studies.map(({ id }) => id),
      dataset: ownDataset,
    };
    const { plan, stages } = await planned(await wishOf(options, store), {
      store,
      registries,
      note: say,
    });
    const ids = [...new Set(plan.cells.map(({ benchmark }) => benchmark))];
    const { prefbench: commit = "unknown" } = await versions();
    const stopped = await untilSignal((signal) =>
      prepare({
        benchmarks: ids,
        stages,
        workers: options.workers ?? navigator.hardwareConcurrency,
        worker: workerArguments(store, plan, commit),
        display: stderrDisplay(),
        verbose: options.verbose ?? false,
        signal,
      })
    );
    if (stopped) {
      say("What is made is safe, and the same command goes on");
      Deno.exitCode = exits[stopped];
      return;
    }
    const parts = ids.flatMap((benchmark) =>
      (stages[benchmark] ?? []).flat().filter((part) => part !== undefined)
        .map((part) => ({ benchmark, part }))
    );
    if (options.json) printJson({ cache: store, parts });
    else if (parts.length === 0) print(`Nothing to make once for ${ids.join(", ")}`);
    else print(store);
  });
