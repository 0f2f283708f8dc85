import { join } from "node:path";
import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { auditing } from "./commands/audit.ts";
import { claims } from "./commands/claims.ts";
import { compare } from "./commands/compare.ts";
import { exporting } from "./commands/export.ts";
import { checkpointAt, ownDataset } from "./commands/given.ts";
import { here, positive, quoted, rank, storeAt, whole } from "./commands/input.ts";
import { judging } from "./commands/judge.ts";
import { judgeTraining } from "./commands/judge-train.ts";
import { list } from "./commands/list.ts";
import { print, printJson, say } from "./commands/output.ts";
import { exits, untilSignal, workerArguments } from "./commands/processes.ts";
import { publishing } from "./commands/publish.ts";
import { reporting } from "./commands/report.ts";
import { scoring } from "./commands/score.ts";
import { timing } from "./commands/speed.ts";
import { voting } from "./commands/vote.ts";
import { writeAtomic } from "./lab/atomic.ts";
import { deviceOf, wishes } from "./lab/device.ts";
import { fetchCheckpoint, hubName } from "./lab/hub.ts";
import { readOpinions } from "./lab/opinions.ts";
import { standardError } from "./lab/progress.ts";
import { root, versions } from "./lab/provenance.ts";
import { keys } from "./lab/records.ts";
import { begin, freeDirectory, takeUp } from "./lab/session.ts";
import { suite } from "./lab/suite.ts";
import { serve } from "./lab/worker.ts";
import { benchmarks, goldens, methods, report } from "./mod.ts";
import { boards, boardText } from "./reports/terminal.ts";

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

const program = new Command("deno task").helpCommand(false)
  .description("prefbench: preference-optimisation methods under equal budgets on known truth")
  // Colours would cost permission to read half a dozen environment variables.
  .configureOutput({ getOutHasColors: () => false, getErrHasColors: () => false });

const bench = program.command("bench")
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
  .option("--dataset <file>", "preference rows of your own, .jsonl or .parquet")
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
        "device",
        "model",
        "lora",
        "out",
      ]),
  )
  .option("--json", "print one JSON document instead of tables")
  .option("--cache <dir>", "where benchmarks keep what they make once (default: .cache)")
  .option("--verbose", "show what workers print, and where errors come from")
  .addHelpText(
    "after",
    `
Exit codes: 0 finished, ${exits.error} could not run, ${exits.failures} finished but some runs failed,
${exits.SIGINT} or ${exits.SIGTERM} stopped by Ctrl-C or SIGTERM (--resume goes on)

Examples:
  deno task bench
  deno task bench --preset standard --benchmarks bandit --methods dpo,ipo,cell:data/feedback/point
  deno task bench --dataset my.jsonl --seeds 3 --out runs/mine
  deno task bench --dataset my.jsonl --model checkpoints/small --flops 1e13
  deno task bench --dataset my.jsonl --model checkpoints/small --lora 8
  deno task bench --resume runs/mine`,
  );
bench.action(async (options) => {
  const { preset, out, resume } = options;
  const store = storeAt(options.cache);
  const registries = { methods, benchmarks, dataset: ownDataset };
  const place = { store, registries, note: say };
  const session = resume !== undefined
    ? await takeUp({ ...place, directory: here(resume) })
    : await begin({
      command: commandOf(options),
      preset,
      methods: options.methods ?? presets[preset].methods,
      benchmarks: options.benchmarks,
      usual: presets[preset].benchmarks,
      seeds: options.seeds ?? presets[preset].seeds,
      share: presets[preset].share,
      budget: { flops: options.flops, queries: options.queries },
      dataset: options.dataset === undefined ? undefined : here(options.dataset),
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
  const { prefbench: commit = "unknown" } = await versions();
  const stopped = await untilSignal((signal) =>
    suite({
      run,
      stages: session.stages,
      hyper: (id) => methods.find((method) => method.id === id)!.hyper,
      workers: options.workers ?? navigator.hardwareConcurrency,
      worker: workerArguments(store, run.plan, commit),
      display: standardError(),
      verbose: options.verbose ?? false,
      signal,
    })
  );
  if (stopped) {
    const all = keys(run.plan).length;
    say(`${run.records.length} of ${all} runs are done and safe. To go on:\n  ${again}`);
    Deno.exitCode = exits[stopped];
    return;
  }

  const file = join(run.directory, "report.html");
  await writeAtomic(
    file,
    await report(run.plan, run.records, {
      methods,
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
      boards: boards(run.plan, run.records),
      troubled: troubled.map(({ method, benchmark, setting, seed, outcome, reason }) => (
        { method, benchmark, setting, seed, outcome, reason }
      )),
    });
  } else print(`${boardText(run.plan, run.records)}\nReport: ${file}`);
  const failed = troubled.filter(({ outcome }) => outcome === "failed").length;
  if (failed === 0) return;
  say(`${failed} of ${run.records.length} runs failed. To try them again:\n  ${again}`);
  Deno.exitCode = exits.failures;
});

// One by one: the compiler would compare the options of each with those of all others.
const add = (command: CommandUnknownOpts) =>
  program.addCommand(command.copyInheritedSettings(program));
add(claims);
add(list);
add(reporting);
add(publishing);
add(compare);
add(judging);
add(judgeTraining);
add(auditing);
add(voting);
add(exporting);
add(scoring);
add(timing);

program.command("worker", { hidden: true })
  .description("What bench starts: takes orders on stdin and answers on stdout")
  .requiredOption("--cache <dir>", "where benchmarks keep what they make once")
  .requiredOption("--device <name>", "what to compute on", deviceOf)
  .requiredOption("--commit <id>", "what the project stands at; its git may lie out of reach")
  .option("--dataset <file>", "preference rows of the user's own")
  .option("--model <dir>", "checkpoint of the user's own")
  .option("--lora <rank[,alpha]>", "adapters that learn in its place", rank)
  .action(async ({ cache, commit, device, dataset: file, model, lora }) => {
    await serve(async (remark) => {
      const { work } = await import("./lab/work.ts");
      const user = file === undefined ? [] : [await ownDataset(file, model, lora)];
      return work({
        methods,
        benchmarks: [...benchmarks, ...user],
        cache,
        remark,
        commit,
        host: Deno.hostname(),
        device,
      });
    });
  });

program.command("fetch", { hidden: true })
  .description("What asks the Hugging Face hub, the only one of our processes that may")
  .argument("<name>", "ORG/NAME[@REVISION]")
  .requiredOption("--cache <dir>", "where fetched checkpoints lie")
  .action(async (text, { cache: store }) => {
    const name = hubName(text);
    if (name === undefined) throw new RangeError(`Cannot fetch ${text}: expected ORG/NAME`);
    const [endpoint, token] = ["HF_ENDPOINT", "HF_TOKEN"].map((key) => Deno.env.get(key));
    const now = () => performance.now();
    await fetchCheckpoint(name, { store, endpoint, token, now, note: say });
  });

program.command("device", { hidden: true })
  .description("What bench asks, in a process that may load the engine: where to compute, as JSON")
  .addArgument(new Argument("<name>", "as for --device").choices(wishes))
  .action(async (name) => {
    const { choose } = await import("./lab/trial.ts");
    const cores = navigator.hardwareConcurrency;
    print(JSON.stringify(await choose(name, { now: () => performance.now(), cores })));
  });

/** The command that repeats a suite: what decides its records, and not where they go. */
function commandOf(options: ReturnType<typeof bench.opts>): string {
  const { preset, methods, benchmarks, seeds, flops, queries, device, dataset, model } = options;
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
    model,
    lora,
  };
  const words = Object.entries(given).filter(([, value]) => value !== undefined).map(
    ([name, value]) => `--${name} ${quoted(`${value}`)}`,
  );
  return ["deno task bench", ...words].join(" ");
}

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  if (Deno.args.includes("--verbose")) throw error;
  say(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = exits.error;
}
