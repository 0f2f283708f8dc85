// Over 400 lines, as every command, its options and its help stand here and nowhere else.
import { join } from "node:path";
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { claims } from "./commands/claims.ts";
import { here, positive, quoted, rank, storeAt, whole } from "./commands/input.ts";
import { print, printJson, say } from "./commands/output.ts";
import { exits, untilSignal, workerArguments } from "./commands/processes.ts";
import { writeAtomic } from "./lab/atomic.ts";
import { chooseTestbeds } from "./lab/choose.ts";
import { deviceOf, wishes } from "./lab/device.ts";
import { checkpointDirectory, fetchCheckpoint, hubName } from "./lab/hub.ts";
import { merge } from "./lab/merge.ts";
import { progress, standardError } from "./lab/progress.ts";
import { root, versions } from "./lab/provenance.ts";
import { cellsOf, identity, keys, readRun, readVerdicts } from "./lab/records.ts";
import { begin, benchmarksOf, freeDirectory, takeUp } from "./lab/session.ts";
import { suite } from "./lab/suite.ts";
import { variantOf } from "./lab/variant.ts";
import { serve } from "./lab/worker.ts";
import {
  adapted,
  answersOf,
  baseOf,
  benchmarks,
  type Checkpoint,
  dataset,
  evaluators,
  goldens,
  judges,
  loadAdapted,
  methods,
  openCheckpoint,
  report,
  scorables,
  speed,
  studies,
  textBase,
} from "./mod.ts";
import { aligned, boards, boardText } from "./reports/terminal.ts";

/**
 * Seeds, the share of each benchmark's own operations, and where methods are compared: a new testbed
 * joins `quick` or `standard` by being named here.
 */
const presets = {
  quick: {
    seeds: 3,
    share: 0.2,
    benchmarks: "bandit/clean,game/intransitive,text/clean",
  },
  standard: {
    seeds: 5,
    share: 1,
    benchmarks: "bandit/clean,bandit/noisy,bandit/deterministic,bandit/narrow,game,text",
  },
  full: { seeds: 10, share: 4, benchmarks: "all" },
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
  .option("--methods <list>", "ids, all, or cell:… of the taxonomy, commas between", "all")
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
      methods: options.methods,
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
    await report(run.plan, run.records, { methods, goldens: goldens(methods) }),
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

program.addCommand(claims.copyInheritedSettings(program));

program.command("list")
  .description("Show what there is to choose from")
  .addArgument(new Argument("<what>", "what to show").choices(
    ["methods", "benchmarks", "evaluators", "judges"] as const,
  ))
  .option("--json", "print one JSON document instead of a table")
  .addHelpText("after", "\nExample:\n  deno task list methods")
  .action((what, { json }) => {
    const { all, columns } = lists[what];
    if (json) return printJson(all);
    print(aligned(columns()));
  });

/** What all benchmarks may measure, and what only one does. */
const measures = [...evaluators, ...benchmarks.flatMap(({ own = [] }) => own)];

/** For each list: everything for programs, and a line each for people. */
const lists = {
  methods: {
    all: [
      ...methods.map((method) => ({
        id: method.id,
        ...method.paper,
        ..."loss" in method ? { feedback: method.feedback } : {},
        taxonomy: method.taxonomy,
        equation: method.equation,
        hyper: method.hyper,
        claim: method.claim,
      })),
      ...studies.map(({ id, paper, taxonomy, title, arms, claim }) => ({
        id,
        ...paper,
        taxonomy,
        effect: title,
        arms,
        claim,
      })),
    ],
    columns: () => [
      ...methods.map(({ id, paper }) => [id, `${paper.year}`, "method", paper.title]),
      ...studies.map(({ id, paper }) => [id, `${paper.year}`, "study", paper.title]),
    ],
  },
  benchmarks: {
    all: benchmarks.map(({ id, summary, family, settings, feedback, budget }) => (
      { id, summary, family, settings, feedback, budget }
    )),
    columns: () =>
      benchmarks.flatMap(({ id, settings, feedback }) =>
        Object.keys(settings).map((setting) => [`${id}/${setting}`, feedback.join(", ")])
      ),
  },
  evaluators: {
    all: measures.map(({ id, title, unit, better }) => ({ id, title, unit, better })),
    columns: () =>
      measures.map(({ id, title, unit, better }) => [
        id,
        unit === undefined ? title : `${title} in ${unit}`,
        better === "neither" ? "" : `${better} is better`,
      ]),
  },
  judges: {
    all: judges.map(({ id, title }) => ({ id, title })),
    columns: () => judges.map(({ id, title }) => [id, title]),
  },
};

program.command("report")
  .description("Write the report of one run, or of several together")
  .argument("<runs...>", "run directories")
  .option("--out <file>", "HTML file to write (default: report.html in the one run's directory)")
  .option("--claims <dir>", "show the verdicts of this directory of deno task claims on the cards")
  .addHelpText(
    "after",
    `
Examples:
  deno task report runs/mine runs/theirs --out both.html
  deno task report runs/mine --claims runs/claims`,
  )
  .action(async (directories, { out, claims: judged }) => {
    const runs = await Promise.all(directories.map((directory) => readRun(here(directory))));
    const [only] = runs;
    if (out === undefined && (runs.length > 1 || !only)) {
      throw new RangeError(
        `Cannot choose where a report of ${runs.length} runs goes: name the file with --out`,
      );
    }
    const file = out === undefined ? join(only!.directory, "report.html") : here(out);
    const { plan, records } = merge(runs);
    await writeAtomic(
      file,
      await report(plan, records, {
        methods,
        goldens: goldens(methods),
        ...judged === undefined ? {} : { verdicts: await readVerdicts(here(judged)) },
      }),
    );
    print(file);
  });

program.command("export")
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
    const { chooseRun, refuseFull, retrained, writeFiles } = await import("./lab/export.ts");
    const directory = here(out);
    await refuseFull(directory);
    const stored = await readRun(here(run));
    const store = storeAt(cache);
    const registries = { methods, benchmarks, dataset: ownDataset };
    const place = { directory: stored.directory, store, registries, note: say };
    const known = await benchmarksOf(stored.plan, place);
    const record = chooseRun(stored, { method: id, benchmark, seed }, known);
    const [testbed] = chooseTestbeds(`${record.benchmark}/${record.setting}`, known);
    const cell = cellsOf(stored.plan).find((cell) => identity(cell) === identity(record));
    const made = await retrained(record, {
      // A search's choice of hyperparameters is a variant of its method.
      method: variantOf(record.method, methods),
      benchmark: testbed!.benchmark,
      cache: store,
      ...cell?.portion ? { portion: cell.portion } : {},
      note: say,
    });
    const { difference, left } = made;
    await writeFiles(directory, made);
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

program.command("score")
  .description("Log-probabilities of answers under a checkpoint, and implicit rewards")
  .requiredOption(
    "--model <dir>",
    "LLaMA, Arcee, Qwen2 or GPT-2 checkpoint, or ORG/NAME[@REVISION] on the Hugging Face hub",
  )
  .option("--adapter <dir>", "low-rank adapters in PEFT's files that the model is scored with")
  .option("--reference <dir>", "checkpoint with the same tokenizer that rewards are measured from")
  .requiredOption("--data <file>", ".jsonl or .parquet: prompt and answer, or chosen and rejected")
  .option("--beta <n>", "the reward is this times the log-ratio", positive, 0.1)
  .option("--end", "count the token that ends an answer as part of it")
  .option("--out <file>", "write a JSON line a row here")
  .option("--resume", "go on with --out where it stopped")
  .option("--json", "print one JSON document instead of a table")
  .option("--cache <dir>", "where fetched checkpoints lie (default: .cache)")
  .addHelpText(
    "after",
    `
Rows hold prompt and answer (or completion, or response), or prompt, chosen and rejected: strings,
or messages, which go through the checkpoint's chat template. Nothing is cut: a row longer than the
model's context has no numbers, and says so.

Examples:
  deno task score --model checkpoints/tuned --data rows.jsonl --json
  deno task score --model checkpoints/tuned --reference checkpoints/start --data pairs.jsonl
  deno task score --model checkpoints/start --adapter adapter --reference checkpoints/start --data pairs.jsonl
  deno task score --model checkpoints/tuned --data rows.jsonl --out scores.jsonl --resume`,
  )
  .action(async (options) => {
    const { beta, end = false, resume = false, json = false } = options;
    if (resume && options.out === undefined) {
      throw new RangeError("Cannot resume without a file to go on with: name it with --out");
    }
    // Only workers and commands that compute need the engine, and the permission to load it.
    const [{ scorer }, { scoreAll }, { table }] = await Promise.all([
      import("./lab/score.ts"),
      import("./lab/scores.ts"),
      import("./lab/score-table.ts"),
    ]);
    const data = here(options.data);
    const store = storeAt(options.cache);
    const policy = await openCheckpoint(await checkpointAt(options.model, store));
    const reference = options.reference === undefined
      ? undefined
      : await openCheckpoint(await checkpointAt(options.reference, store));
    const same = (field: "json" | "stop") =>
      policy.tokenizer[field] === reference?.tokenizer[field];
    if (reference && !(same("json") && same("stop"))) {
      throw new RangeError(
        `Cannot measure ${policy.directory} from ${reference.directory}: their tokenizers differ`,
      );
    }
    // Once through, so that every bad row is known before anything is computed.
    let total = 0;
    for await (const _ of scorables(data, policy)) total++;
    const load = async (checkpoint: Checkpoint, params = checkpoint.load()) => ({
      model: checkpoint.model({ longest: 1 }),
      params: await params,
      context: checkpoint.context,
      vocabulary: checkpoint.vocabulary,
    });
    const threads = navigator.hardwareConcurrency;
    const adapted = options.adapter === undefined
      ? undefined
      : loadAdapted(policy, here(options.adapter));
    const loaded = [await load(policy, adapted), reference && await load(reference)] as const;
    const work = scorer(...loaded, { beta, threads });
    const lines = table(
      json ? "json" : options.out === undefined ? "text" : "none",
      { model: policy.directory, reference: reference?.directory, beta },
      print,
    );
    const task = { title: "Scoring", kinds: ["scoring"], weight: 0 };
    const bars = progress([task], 1, [], standardError());
    bars.begin(0, task);
    try {
      await scoreAll({
        async *rows() {
          for await (const row of scorables(data, policy)) {
            const read = answersOf(policy, row, end);
            const answers = row.answers.map((text, i) => ({ text, read: read[i]! }));
            yield { kind: row.kind, prompt: row.prompt, answers };
          }
        },
        total,
        scorer: work,
        ...options.out === undefined ? {} : { out: { file: here(options.out), resume } },
        emit: lines.add,
        progress(done, all) {
          const [n, of] = [done, all].map((rows) => rows.toLocaleString("en-GB"));
          bars.move(0, done / all, `${n} of ${of} rows`);
        },
      });
      bars.end(0, true);
    } finally {
      bars.close();
      await work.close();
    }
    lines.close();
    if (lines.absent > 0) {
      const answers = lines.absent === 1 ? "1 answer has" : `${lines.absent} answers have`;
      say(`${answers} no numbers: longer than the model's context`);
    }
    if (options.out !== undefined && !json) print(`${total} rows: ${here(options.out)}`);
  });

program.command("speed")
  .description("Time the engine: forward and backward, a DPO step, sampling; at 1 and 2 threads")
  .option("--json", "print one JSON document instead of a table")
  .addHelpText("after", "\nExample:\n  deno task speed --json")
  .action(async ({ json }) => {
    const rows: string[] = [];
    for await (const row of speed({ now: () => performance.now() })) {
      if (json) rows.push(JSON.stringify(row));
      else {
        const { what, size, batch, threads, ms, flops } = row;
        const rate = (flops / ms.median / 1e6).toFixed(1);
        const cells = [
          what,
          size,
          `batch ${batch}`,
          `threads ${threads}`,
          `${ms.min.toFixed(2)} ms`,
        ];
        print([...cells, `median ${ms.median.toFixed(2)} ms`, `${rate} GFLOP/s`].join("  "));
      }
    }
    if (json) print(`[\n${rows.join(",\n")}\n]`);
  });

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

/** The directory of a checkpoint that the user gave as a path or as a name on the hub. */
const checkpointAt = (text: string, store: string): Promise<string> =>
  checkpointDirectory(text, { directory: here(text), store, note: say });

/** The user's rows, learned by the user's checkpoint if there is one, and by adapters if asked for. */
async function ownDataset(file: string, model?: string, lora?: ReturnType<typeof rank>) {
  const base = model === undefined ? textBase : baseOf(await openCheckpoint(model));
  return await dataset(file, lora ? adapted(base, lora) : base);
}

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
