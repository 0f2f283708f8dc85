import { study } from "../core/mod.ts";
import mDpo from "../methods/m-dpo.ts";

const arm = (masked: number) => ({ method: "m-dpo", on: "reasoning/tool", hyper: { masked } });

/**
 * What it is worth to leave out of the loss what a tool said, where the tool does not err: then its
 * words follow from the policy's, and both answers of a pair teach how to foretell them.
 */
export default study({
  id: "masking",
  paper: mDpo.paper,
  taxonomy: mDpo.taxonomy,
  title: "solved with the tool's words left out of the loss less with them in it",
  claim: {
    text: "M-DPO solves more where what the tool said has no part in the loss",
    expect: "higher",
    margin: 0.02,
  },
  arms: { masked: arm(1), unmasked: arm(0) },
  effect: (of) => of("masked", "solved") - of("unmasked", "solved"),
});
