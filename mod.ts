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
export * from "./core/mod.ts";
export * from "./gate/mod.ts";
/** The statistics: pure functions on plain arrays. */
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
export { lossCurves } from "./lab/train/loss-curve.ts";
export {
  type Probe,
  probe,
  type ProbeBatch,
  type ProbeDistributions,
  type ProbeRows,
} from "./lab/train/probe.ts";
export { methods } from "./methods/mod.ts";
export { studies } from "./studies/mod.ts";
export * from "./models/mod.ts";
export { run, type RunOptions } from "./lab/suite/single.ts";
export { speed, type SpeedOptions, type SpeedRow } from "./lab/train/timing.ts";
export type { OnProgress } from "./lab/suite/worker.ts";
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
