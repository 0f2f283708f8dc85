/** The four protocols: what they ask, how they count, and the files that they read and write. */
export * as alpacaEval from "./alpaca-eval.ts";
export * as arenaHard from "./arena-hard.ts";
export * as arenaHardFiles from "./arena-hard-files.ts";
export { parseCsv, parseTable, writeCsv } from "./csv.ts";
export * as mtBench from "./mt-bench.ts";
export * as mtBenchFiles from "./mt-bench-files.ts";
export { againstTruth } from "./board.ts";
export { averaged as valuesAveraged } from "./estimates.ts";
export * as peoplesVotes from "./people.ts";
export { type Prompts, prompts, wordings } from "./prompts.ts";
export * from "./protocol.ts";
export * as rewardBench from "./reward-bench.ts";
export * as rewardBenchFiles from "./reward-bench-files.ts";
export { type Leaning, leaningMeasures, leanings } from "./truth.ts";
export * as replyVerdicts from "./verdicts.ts";
export { worded, type WordedOptions } from "./worded.ts";
