/**
 * prefbench: preference-optimisation methods trained under equal metered budgets on testbeds whose
 * truth is known.
 *
 * @example One run
 * ```ts
 * import { benchmarks, methods, run } from "./mod.ts";
 *
 * const record = await run({
 *   method: methods.find(({ id }) => id === "dpo")!,
 *   benchmark: benchmarks.find(({ id }) => id === "bandit")!,
 *   setting: "clean",
 *   seed: 1,
 * });
 * console.log(record.measures["win-rate"]);
 * ```
 */
import { join } from "node:path";
import { type Benchmark, type Budget, budgetOn, type Method, type RunRecord } from "./core/mod.ts";
import { root, versions } from "./lab/host/provenance.ts";
import type { SpeedOptions, SpeedRow } from "./lab/train/speed.ts";
import type { OnProgress } from "./lab/suite/worker.ts";
import { transformer } from "./models/transformer.ts";

export * from "./core/mod.ts";
export * from "./gate/mod.ts";
export * as stats from "./stats/mod.ts";
export {
  adapted,
  type Base,
  baseOf,
  benchmarks,
  type Dataset,
  dataset,
  dialogueOf,
  type Mapping,
  reading,
  readingNotes,
  type ReadingReport,
  readMapping,
  registry,
  rowAnswers,
  scorables,
  textBase,
  watched,
} from "./benchmarks/mod.ts";
export { filesOf, readable, readFiles } from "./formats/mod.ts";
export { evaluators } from "./evaluators/mod.ts";
export {
  auditJudge,
  auditQuestions,
  bothOrders,
  cached,
  type CachedChat,
  type Clock,
  dtypes,
  goldText,
  type JudgePlugin,
  judges,
  type JudgeSpending,
  learned,
  local,
  type LocalChat,
  type LocalOptions,
  noisy,
  nth,
  type Quoting,
  quoting,
  type Recorded,
  type RecordedAnswers,
  remote,
  type RemoteChat,
  type RemoteOptions,
  replay,
  type Replies,
  type RewardModel,
} from "./judges/mod.ts";
export * from "./judges/protocols/mod.ts";
export { goldens } from "./lab/train/golden.ts";
export { type Probe, probe, type ProbeBatch } from "./lab/train/probe.ts";
export { methods } from "./methods/mod.ts";
export { studies } from "./studies/mod.ts";
export { type Checkpoint, openCheckpoint } from "./models/checkpoint/checkpoint.ts";
export { readParams, writeParams } from "./models/checkpoint/safetensors.ts";
export { agent } from "./models/agent.ts";
export { denoiser } from "./models/denoiser.ts";
export { inWorld } from "./models/episodes.ts";
export { table } from "./models/table.ts";
export { loadAdapted, type LoraAdapter, peftFiles, readPeft } from "./models/export/peft.ts";
export { type Lora, lora, mergedLora, products } from "./models/lora.ts";
export type { SpeedRow } from "./lab/train/speed.ts";
export { transformer };
export {
  auditPage,
  type Catalogue,
  claimsMarkdown,
  claimsPage,
  comparePage,
  report,
  site,
  type SiteInput,
  votePage,
} from "./reports/mod.ts";

export interface RunOptions {
  readonly method: Method;
  readonly benchmark: Benchmark;
  readonly setting: string;
  readonly seed: number;
  /** The benchmark's own by default. */
  readonly budget?: Budget;
  /** Directory of what benchmarks make once; the project's `.cache` by default. */
  readonly cache?: string;
  /** Threads of one operator; 1 by default. */
  readonly threads?: number;
  readonly progress?: OnProgress;
}

/**
 * One method on one testbed from one seed, in this process. Equal arguments give equal records,
 * `ran` aside. Divergence and an unsupported pairing are outcomes of the record, not errors; a
 * RangeError if the benchmark has no such setting.
 */
export async function run(options: RunOptions): Promise<RunRecord> {
  const { method, benchmark, setting, seed, budget, threads, progress } = options;
  // Loaded when needed: what only lists or reports has no use for an engine.
  const { work } = await import("./lab/suite/work.ts");
  const { prefbench } = await versions();
  const { run } = await work({
    methods: [method],
    benchmarks: [benchmark],
    cache: options.cache ?? join(root, ".cache"),
    remark: (line) => console.error(line),
    commit: prefbench!,
    host: Deno.hostname(),
    device: "cpu",
    ...threads === undefined ? {} : { threads },
  });
  return await run(
    {
      method: method.id,
      benchmark: benchmark.id,
      setting,
      seed,
      budget: budget ?? budgetOn(benchmark, setting),
    },
    progress ?? (() => {}),
  );
}

/** Times the engine on the model of its benchmark; see `SpeedOptions` for what, how large and how often. */
export async function* speed(
  options: Omit<SpeedOptions, "model">,
): AsyncGenerator<SpeedRow> {
  const timing = await import("./lab/train/speed.ts");
  yield* timing.speed({
    ...options,
    model: (layers, width, heads) =>
      transformer({
        vocabulary: 512,
        layers,
        width,
        heads,
        feedForward: "squaredRelu",
        positions: "learned",
        context: 96,
        tied: true,
        longest: 64,
        // Beyond the vocabulary: no answer ends early.
        stop: 512,
      }),
  });
}
