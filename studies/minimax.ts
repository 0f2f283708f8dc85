import { study } from "../core/mod.ts";
import dstc from "../methods/dstc.ts";

const arm = (minimax: number) => ({ method: "dstc", on: "code/doubtful", hyper: { minimax } });

/** What it gives to choose programs and tests by all outcomes, and not by those of one test. */
export default study({
  id: "minimax",
  paper: dstc.paper,
  taxonomy: dstc.taxonomy,
  title: "solved by minimax selection less by one test a pair",
  claim: {
    text: "The best program on a hard test against the worst on an easy one teaches more than " +
      "one that passes any test against one that fails it",
    expect: "higher",
    margin: 0.02,
  },
  arms: { minimax: arm(1), any: arm(0) },
  effect: (of) => of("minimax", "solved") - of("any", "solved"),
});
