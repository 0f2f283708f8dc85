import { study } from "../core/mod.ts";
import mctsDpo from "../methods/mcts-dpo.ts";

const arm = (smooth: number) => (
  { method: "mcts-dpo", on: "reasoning/chain", hyper: { sims: 8, smooth } }
);

/** Whether labels should be the less certain the more a search saw of the worse step, where it sees little of either. */
export default study({
  id: "smoothing",
  paper: mctsDpo.paper,
  taxonomy: mctsDpo.taxonomy,
  title:
    "share solved with labels smoothed by visits less that with certain ones, 8 rollouts a tree",
  claim: {
    text: "Where steps are seldom seen, labels that say how seldom teach more than certain ones",
    expect: "higher",
    margin: 0.02,
    headline: false,
  },
  arms: { smoothed: arm(1), certain: arm(0) },
  effect: (of) => of("smoothed", "solved") - of("certain", "solved"),
});
