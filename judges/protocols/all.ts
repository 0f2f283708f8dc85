/** Every judge protocol, a line each. */
export * as alpacaEval from "./alpaca-eval/mod.ts";
/** Arena-Hard (arXiv 2406.11939). */
export * as arenaHard from "./arena-hard/mod.ts";
/** MT-Bench (arXiv 2306.05685). */
export * as mtBench from "./mt-bench/mod.ts";
/** RewardBench and RewardBench 2 (arXiv 2403.13787, 2506.01937). */
export * as rewardBench from "./reward-bench/mod.ts";
