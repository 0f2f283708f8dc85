/** The vocabulary of prefbench: types, pure mathematics and the expression graph. */
export * from "./benchmark.ts";
export * from "./device.ts";
export * from "./expr.ts";
export * from "./feedback.ts";
export * from "./golden.ts";
export * from "./judge.ts";
export * from "./judged.ts";
export * from "./ledger.ts";
export * from "./margins.ts";
export * from "./method.ts";
export * from "./policy.ts";
export * from "./record.ts";
export * from "./reward.ts";
export * from "./rng.ts";
export { forwardKl, log1mexp, logRatio, meanLogp, tokenNll } from "./terms.ts";
export * from "./verdicts.ts";
export * from "./votes.ts";
export * as stats from "./stats/mod.ts";
