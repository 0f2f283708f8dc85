/** The vocabulary of prefbench: types, pure mathematics and the expression graph. */
export * from "./absence.ts";
export * from "./answer.ts";
export * from "./answering.ts";
export * from "./audit.ts";
export * from "./benchmark.ts";
export * from "./canonical.ts";
export * from "./critiques.ts";
export * from "./device.ts";
export * from "./environment.ts";
export * from "./expr.ts";
export * from "./feedback.ts";
export * from "./golden.ts";
export * from "./groups.ts";
export * from "./json.ts";
export * from "./judge.ts";
export * from "./judged.ts";
export * from "./ledger.ts";
export * from "./measure.ts";
export * from "./method.ts";
export { type Mark, mostSeen, type Picture, type Seen, type Tree } from "./picture.ts";
export * from "./policy.ts";
export * from "./record.ts";
export * from "./registry.ts";
export * from "./reward.ts";
export * from "./rng.ts";
export * from "./rounds.ts";
export * from "./search.ts";
export * from "./searched-pairs.ts";
export * from "./steps.ts";
export * from "./taxonomy.ts";
export {
  clippedGain,
  forwardKl,
  log1mexp,
  logRatio,
  logRatioReward,
  meanLogp,
  softCrossEntropy,
  softPreference,
  tokenNll,
} from "./terms.ts";
export * from "./verdicts.ts";
export * from "./verified.ts";
export * from "./votes.ts";
