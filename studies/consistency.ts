import { study } from "../core/mod.ts";
import cream from "../methods/cream.ts";

const arm = (fixed: number) => ({ method: "cream", on: "sequences/clean", hyper: { fixed } });

/**
 * Whether it is worth measuring how consistent a policy's rankings are, or labels that are smoothed by
 * one number throughout do as well: 0.8 is about what CREAM's rounds measure here on average.
 */
export default study({
  id: "consistency",
  paper: cream.paper,
  taxonomy: cream.taxonomy,
  title: "reward with the consistency that each round measures less that with 0.8 in every round",
  claim: {
    text: "Consistency as measured, round by round, does more than as much smoothing of all labels",
    expect: "higher",
    margin: 0.05,
    headline: false,
  },
  arms: { measured: arm(0), fixed: arm(0.8) },
  effect: (of) => of("measured", "reward") - of("fixed", "reward"),
});
