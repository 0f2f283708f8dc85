import { study } from "../core/mod.ts";
import supercorrect from "../methods/supercorrect.ts";

const arm = (own: number) => ({ method: "supercorrect", on: "reasoning/chain", hyper: { own } });

/** Whether corrections must be a teacher's, or the policy's own right ones against its own wrong ones do as well. */
export default study({
  id: "teachers-corrections",
  paper: supercorrect.paper,
  taxonomy: supercorrect.taxonomy,
  title: "gain by the teacher's corrections less that by own right ones",
  claim: {
    text: "A teacher's corrections break what the policy's own cannot: they teach more correction",
    expect: "higher",
    margin: 0.02,
  },
  arms: { teachers: arm(0), own: arm(1) },
  effect: (of) => of("teachers", "gain") - of("own", "gain"),
});
