import { join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { writeAtomic } from "../lab/disk/atomic.ts";
import { wishes } from "../lab/host/device.ts";
import { root } from "../lab/host/provenance.ts";
import { patienceRule } from "../lab/suite/patience.ts";
import { begin, freeDirectory, takeUp } from "../lab/suite/session.ts";
import { readOpinions } from "../lab/votes/opinions.ts";
import { benchmarks, goldens, methods, registry, report } from "../mod.ts";
import { boards, boardText } from "../reports/text/terminal.ts";
import { carryOut } from "./carry-out.ts";
import { checkpointAt, ownDataset, rowsAt } from "./given.ts";
import { here, positive, quoted, rank, storeAt, whole } from "./input.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";

/** One of each kind, which people know; with all of them `quick` would take ten minutes. */
const familiar = "best-of-n,dpo,ipo,kto,online-dpo,orpo,ppo,rso,sft,simpo,sppo";
/**
 * Methods, seeds, the share of each benchmark's own operations, and where methods are compared: a new
 * method or testbed joins `quick` or `standard` by being named here.
 */
const presets = {
  quick: {
    methods: familiar,
    seeds: 3,
    share: 0.2,
    benchmarks: "bandit/clean,game/intransitive,text/clean",
  },
  standard: {
    methods: familiar,
    seeds: 5,
    share: 1,
    benchmarks: "bandit/clean,bandit/noisy,bandit/deterministic,bandit/narrow,game,text",
  },
  full: { methods: "all", seeds: 10, share: 4, benchmarks: "all" },
} as const;

export const bench = new Command("bench")
  .description("Train and compare methods, and write a report")
  .addOption(
    new Option("--preset <name>", "how much to do").choices(["quick", "standard", "full"] as const)
      .default("quick" as const),
  )
  .option(
    "--methods <list>",
    "ids, all, or cell:… of the taxonomy, commas between (default: the preset's)",
  )
  .option("--benchmarks <list>", "id, id/setting or all, commas between (default: the preset's)")
  .option("--seeds <n>", "runs of each method on each testbed (default: the preset's)", whole)
  .option(
    "--flops <n>",
    "operations that a run may spend, as 1e9 (default: the preset's)",
    positive,
  )
  .option("--queries <n>", "preference labels that a run may buy (default: the preset's)", whole)
  .addOption(
    new Option("--device <name>", "what to compute on; auto is the fastest that is right")
      .choices(wishes).default("auto" as const),
  )
  .option("--workers <n>", "processes at a time (default: one a core)", whole)
  .option(
    "--dataset <rows>",
    "preference rows of your own: a file, a folder of shards, a pattern, or ORG/NAME[/CONFIG][:SPLIT][@REVISION] on the Hugging Face hub",
  )
  .option(
    "--columns <list>",
    "which columns of --dataset are meant, as prompt=question,system=system",
  )
  .option(
    "--model <dir>",
    "start --dataset from this LLaMA, Arcee, Qwen2 or GPT-2 checkpoint, or ORG/NAME[@REVISION] on the Hugging Face hub",
  )
  .option(
    "--lora <rank[,alpha]>",
    "learn --dataset by adapters (default alpha: twice the rank)",
    rank,
  )
  .option("--out <dir>", "run directory to make (default: runs/DATE-PRESET)")
  .addOption(
    new Option("--resume <dir>", "go on with a run that was stopped, or try its failures again")
      .conflicts([
        "preset",
        "methods",
        "benchmarks",
        "seeds",
        "flops",
        "queries",
        "dataset",
        "columns",
        "device",
        "model",
        "lora",
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
  deno task bench --dataset 'shards/*.parquet' --columns prompt=question,system=system
  deno task bench --dataset HuggingFaceH4/ultrafeedback_binarized:train_prefs
  deno task bench --dataset my.jsonl --model checkpoints/small --flops 1e13
  deno task bench --dataset my.jsonl --model checkpoints/small --lora 8
  deno task bench --resume runs/mine`,
  );
bench.action(async (options) => {
  const { preset, out, resume, mixed } = options;
  if (mixed && resume === undefined) {
    throw new RangeError("Cannot mix runs that are begun anew: --mixed is for --resume");
  }
  const store = storeAt(options.cache);
  const registries = { methods, benchmarks, dataset: ownDataset };
  const place = { store, registries, note: say };
  const session = resume !== undefined
    ? await takeUp({ ...place, directory: here(resume), mixed })
    : await begin({
      command: commandOf(options),
      preset,
      methods: options.methods ?? presets[preset].methods,
      benchmarks: options.benchmarks,
      usual: presets[preset].benchmarks,
      seeds: options.seeds ?? presets[preset].seeds,
      share: presets[preset].share,
      budget: { flops: options.flops, queries: options.queries },
      dataset: options.dataset === undefined ? undefined : await rowsAt(options.dataset, store),
      columns: options.columns,
      device: options.device,
      model: options.model === undefined
        ? undefined
        // Without rows of the user's own it is refused, and need not be fetched for that.
        : options.dataset === undefined
        ? here(options.model)
        : await checkpointAt(options.model, store),
      lora: options.lora,
    }, {
      ...place,
      directory: out === undefined ? await freeDirectory(join(root, "runs"), preset) : here(out),
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

  const file = join(run.directory, "report.html");
  await writeAtomic(
    file,
    await report(run.plan, run.records, {
      methods,
      registry,
      goldens: goldens(methods),
      ...await readOpinions([run.directory], say),
    }),
  );
  const troubled = run.records.filter(({ outcome }) => outcome !== "ok");
  if (options.json) {
    printJson({
      directory: run.directory,
      report: file,
      runs: run.records.length,
      boards: boards(run.plan, run.records, { methods, registry }),
      ...run.plan.mixed === undefined ? {} : { mixed: run.plan.mixed },
      troubled: troubled.map(({ method, benchmark, setting, seed, outcome, reason }) => (
        { method, benchmark, setting, seed, outcome, reason }
      )),
    });
  } else print(`${boardText(run.plan, run.records, { methods, registry })}\nReport: ${file}`);
  const failed = troubled.filter(({ outcome }) => outcome === "failed").length;
  if (failed === 0) return;
  say(`${failed} of ${run.records.length} runs failed. To try them again:\n  ${again}`);
  Deno.exitCode = exits.failures;
});

/** The command that repeats a suite: what decides its records, and not where they go. */
function commandOf(options: ReturnType<typeof bench.opts>): string {
  const { preset, methods, benchmarks, seeds, flops, queries } = options;
  const { device, dataset, columns, model } = options;
  const lora = options.lora && `${options.lora.rank},${options.lora.alpha}`;
  const given = {
    preset,
    methods,
    benchmarks,
    seeds,
    flops,
    queries,
    device,
    dataset,
    columns,
    model,
    lora,
  };
  const words = Object.entries(given).filter(([, value]) => value !== undefined).map(
    ([name, value]) => `--${name} ${quoted(`${value}`)}`,
  );
  return ["deno task bench", ...words].join(" ");
}
