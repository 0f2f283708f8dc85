import { join } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { root } from "../lab/host/provenance.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { shardTitle, type Writable } from "../lab/disk/records.ts";
import { begin, freeDirectory, takeUp } from "../lab/suite/session.ts";
import { readOpinions } from "../lab/votes/opinions.ts";
import { benchmarks, goldens, methods, registry, report, studies } from "../mod.ts";
import { plural } from "../reports/parts/format.ts";
import { boards, boardText } from "../reports/text/terminal.ts";
import { carryOut } from "./carry-out.ts";
import { ownDataset } from "./given.ts";
import { here, quoted, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";
import { shard } from "./shard.ts";
import { wishing, wishOf } from "./wish.ts";

export const bench = wishing("bench")
  .description("Train and compare methods, and write a report")
  .option("--workers <n>", "processes at a time (default: one a core)", whole)
  .option(
    "--shard <i/n>",
    "do one of n parts of the runs, for deno task merge; env: the one that Slurm or GitLab says",
    shard,
  )
  .option("--out <dir>", "run directory to make (default: runs/DATE-PRESET)")
  .addOption(
    new Option("--resume <dir>", "go on with a run that was stopped, or try its failures again")
      .conflicts([
        "preset",
        "methods",
        "set",
        "benchmarks",
        "seeds",
        "flops",
        "queries",
        "dataset",
        "columns",
        "device",
        "model",
        "lora",
        "shard",
        "out",
      ]),
  )
  .option(
    "--mixed",
    "with --resume, go on although code, packages, hyperparameters or processor are others now",
  )
  .option("--json", "print one JSON document instead of tables")
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
${patienceRule()}

Exit codes: 0 finished, ${exits.error} could not run, ${exits.failures} finished but some runs failed,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

Examples:
  deno task bench
  deno task bench --preset standard --benchmarks bandit --methods dpo,ipo,cell:data/feedback/point
  deno task bench --dataset my.jsonl --seeds 3 --out runs/mine
  deno task bench --methods dpo,ipo --set dpo.beta=0.01,0.1 --set rate=0.3,1
  deno task bench --dataset 'shards/*.parquet' --columns prompt=question,system=system
  deno task bench --dataset HuggingFaceH4/ultrafeedback_binarized:train_prefs
  deno task bench --dataset trl-lib/rlaif-v:test --methods dpo,ipo,sft
  deno task bench --dataset my.jsonl --model checkpoints/small --flops 1e13
  deno task bench --dataset my.jsonl --model checkpoints/small --lora 8
  deno task bench --preset standard --shard 2/4 --out runs/part-2
  deno task bench --resume runs/mine`,
  );
bench.action(async (options) => {
  const { out, resume, mixed } = options;
  if (mixed && resume === undefined) {
    throw new RangeError("Cannot mix runs that are begun anew: --mixed is for --resume");
  }
  const store = storeAt(options.cache);
  const registries = {
    methods,
    benchmarks,
    studies: studies.map(({ id }) => id),
    dataset: ownDataset,
  };
  const place = { store, registries, note: say };
  const session = resume !== undefined
    ? await takeUp({ ...place, directory: here(resume), mixed })
    : await begin({ ...await wishOf(options, store), shard: options.shard }, {
      ...place,
      directory: out === undefined
        ? await freeDirectory(join(root, "runs"), nameOf(options))
        : here(out),
    });
  await using run = session.run;
  const again = `deno task bench --resume ${quoted(run.directory)}${
    options.cache === undefined ? "" : ` --cache ${quoted(store)}`
  }`;
  const finished = await carryOut({
    run,
    stages: session.stages,
    workers: options.workers ?? navigator.hardwareConcurrency,
    store,
    verbose: options.verbose ?? false,
    toGoOn: `To go on:\n  ${again}`,
  });
  if (!finished) return;

  const troubled = run.records.filter(({ outcome }) => outcome !== "ok");
  const { text, document } = run.plan.shard ? endOfShard(run) : await endOfRun(run);
  if (options.json) {
    printJson({
      directory: run.directory,
      runs: run.records.length,
      ...document,
      ...run.plan.mixed === undefined ? {} : { mixed: run.plan.mixed },
      troubled: troubled.map(({ method, benchmark, setting, seed, outcome, reason }) => (
        { method, benchmark, setting, seed, outcome, reason }
      )),
    });
  } else print(text);
  const failed = troubled.filter(({ outcome }) => outcome === "failed").length;
  if (failed === 0) return;
  say(`${failed} of ${run.records.length} runs failed. To try them again:\n  ${again}`);
  Deno.exitCode = exits.failures;
});

/** What several shards' directories are told apart by, where they are made in one place. */
const nameOf = ({ preset, shard }: ReturnType<typeof bench.opts>): string =>
  shard ? `${preset}-${shard.index}-of-${shard.of}` : preset;

/** What a finished run is said to be, in words and as JSON, once its report is written. */
async function endOfRun({ directory, plan, records }: Writable) {
  const file = join(directory, "report.html");
  await writeAtomic(
    file,
    await report(plan, records, {
      methods,
      registry,
      goldens: goldens(methods),
      ...await readOpinions([directory], say),
    }),
  );
  return {
    text: `${boardText(plan, records, { methods, registry })}\nReport: ${file}`,
    document: { report: file, boards: boards(plan, records, { methods, registry }) },
  };
}

/** The same of a shard, which has no board: of a method it may hold one seed. */
function endOfShard({ directory, plan, records }: Writable) {
  const { shard } = plan;
  return {
    text: `${plural(records.length, "run")} (${shardTitle(shard!)}) in ${directory}
To put all together: deno task merge DIR… --out RUN`,
    document: { shard },
  };
}
