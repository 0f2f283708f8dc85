import { study } from "../core/mod.ts";
import masking from "./masking.ts";

const arm = (masked: number) => ({ method: "m-dpo", on: "reasoning/noisy", hyper: { masked } });

/** The same where the tool is wrong one time in ten: its errors, too, come to be preferred or not. */
export default study({
  id: "masking-noisy",
  paper: masking.paper,
  taxonomy: masking.taxonomy,
  title: masking.title,
  claim: {
    text: "With a tool that errs, too, M-DPO solves more where its words have no part in the loss",
    expect: "higher",
    margin: 0.02,
    headline: false,
  },
  arms: { masked: arm(1), unmasked: arm(0) },
  effect: masking.effect,
});
