/** Statistics: pure functions on plain arrays. Empty input is an error, never a 0. */
export * from "./average.ts";
export * from "./bootstrap.ts";
export * from "./calibration.ts";
export * from "./claim.ts";
export * from "./diversity.ts";
export * from "./divergence.ts";
export * from "./logistic.ts";
export * from "./multiplicity.ts";
export * from "./quantiles.ts";
export * from "./ranking.ts";
export * from "./ranks.ts";
export * from "./regression.ts";
export * from "./significance.ts";
export * from "./win-rate.ts";
