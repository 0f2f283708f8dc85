import { study } from "../core/mod.ts";
import slerp from "../methods/slerp-merge.ts";

/** What two policies merged half-way are worth beyond the mean of the two: S = P_M − (P_1 + P_2)/2. */
export default study({
  id: "merging-synergy",
  paper: slerp.paper,
  taxonomy: slerp.taxonomy,
  title: "win-rate merged half-way, less the mean of the two parents'",
  claim: {
    text: "Merging specialists gives more than their mean: synergy",
    expect: "higher",
  },
  arms: {
    first: { method: "slerp-merge", on: "linear/stream", hyper: { t: 0 } },
    merged: { method: "slerp-merge", on: "linear/stream", hyper: { t: 0.5 } },
    second: { method: "slerp-merge", on: "linear/stream", hyper: { t: 1 } },
  },
  effect: (of) =>
    of("merged", "win-rate") - (of("first", "win-rate") + of("second", "win-rate")) / 2,
});
