/** Whether a change has lost more than a margin against a baseline: pure functions of plans, records and judgements. */
export { otherHyper } from "./comparable.ts";
export * from "./comparison.ts";
export * from "./gate.ts";
export * from "./judgements.ts";
export * from "./mixture.ts";
export type { GatedRun, RunsOptions } from "./group.ts";
export * from "./runs.ts";
