import { Command, Option } from "@commander-js/extra-typings";
import { wishes } from "../lab/host/device.ts";
import type { Wish } from "../lab/suite/session.ts";
import { checkpointAt, rowsAt } from "./given.ts";
import { here, positive, quoted, rank, whole } from "./input.ts";

/** What decides a plan, as users type it. */

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
    benchmarks:
      "bandit/clean,bandit/noisy,bandit/deterministic,bandit/narrow,game/transitive,game/intransitive,text",
  },
  full: { methods: "all", seeds: 10, share: 4, benchmarks: "all" },
} as const;

/** A command that takes it. */
export const wishing = (name: string) =>
  new Command(name)
    .addOption(
      new Option("--preset <name>", "how much to do").choices(
        ["quick", "standard", "full"] as const,
      )
        .default("quick" as const),
    )
    .option(
      "--methods <list>",
      "ids, all, or cell:… of the taxonomy, commas between (default: the preset's)",
    )
    .option(
      "--set <hyper>",
      "run a method at other values: dpo.beta=0.01,0.1, or rate=0.3,1, lr=5e-6, batch=8 of every method; again for more",
      (text: string, before: readonly string[] = []): readonly string[] => [...before, text],
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
    .option(
      "--dataset <rows>",
      "preference rows of your own: a file, a folder of shards, a pattern, or ORG/NAME[/CONFIG][:SPLIT][@REVISION] on the Hugging Face hub",
    )
    .option(
      "--columns <list>",
      "which columns of --dataset are meant, as prompt=question,system=system; image= reads no images",
    )
    .option(
      "--model <dir>",
      "start --dataset from this LLaMA, Arcee, Qwen2 or GPT-2 checkpoint, or ORG/NAME[@REVISION] on the Hugging Face hub",
    )
    .option(
      "--lora <rank[,alpha]>",
      "learn --dataset by adapters (default alpha: twice the rank)",
      rank,
    );

type Wished = ReturnType<ReturnType<typeof wishing>["opts"]>;

/** What they asked for, with the rows and the checkpoint that must be fetched for it. */
export async function wishOf(options: Wished, store: string): Promise<Wish> {
  const { preset } = options;
  return {
    command: commandOf(options),
    preset,
    methods: options.methods ?? presets[preset].methods,
    set: options.set ?? [],
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
  };
}

/** The command that repeats a suite: what decides its records, and not where they go or are done. */
function commandOf(options: Wished): string {
  const { preset, methods, benchmarks, seeds, flops, queries } = options;
  const { device, dataset, columns, model, set = [] } = options;
  const lora = options.lora && `${options.lora.rank},${options.lora.alpha}`;
  const given = {
    preset,
    methods,
    set,
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
  const words = Object.entries(given).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `--${name} ${quoted(`${one}`)}`)
  );
  return ["deno task bench", ...words].join(" ");
}
