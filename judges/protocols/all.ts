/** Every judge protocol, a line each. */
export * as alpacaEval from "./alpaca-eval/mod.ts";
export * as arenaHard from "./arena-hard/mod.ts";
export * as mtBench from "./mt-bench/mod.ts";
export * as rewardBench from "./reward-bench/mod.ts";
