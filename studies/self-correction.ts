import { study } from "../core/mod.ts";
import scl from "../methods/scl.ts";

/** What a review of its own answers gains a policy that was not taught to correct itself: the start policy of SCL. */
export default study({
  id: "self-correction",
  paper: scl.paper,
  taxonomy: scl.taxonomy,
  title: "right after a review less right at first, of the start policy",
  claim: {
    text: "A policy that was not trained to hardly corrects itself by reviewing its answers",
    expect: "not higher",
    margin: 0.02,
  },
  arms: { start: { method: "scl", on: "vision/counting" } },
  effect: (of) => of("start", "revised-accuracy", 0) - of("start", "solved", 0),
});
