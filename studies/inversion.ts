import { study } from "../core/mod.ts";
import inpo from "../methods/ddim-inpo.ts";

const on = "diffusion/icons";
/** What a step under noise takes of the operations of one that inverts: a test holds both to as many. */
const STEP = 0.37;

/** What a step is worth more where the policy's own path led than under a random noise: as many steps of both, at 2.7 times the operations. */
export default study({
  id: "inversion",
  paper: inpo.paper,
  taxonomy: inpo.taxonomy,
  title: "reward of DDIM-InPO less that of Diffusion-DPO after as many steps",
  claim: {
    text: "Step for step, inverted results teach more than noised ones",
    expect: "higher",
    margin: 0.02,
  },
  arms: {
    inverted: { method: "ddim-inpo", on },
    noised: { method: "diffusion-dpo", on, share: { flops: STEP } },
  },
  effect: (of) => of("inverted", "reward") - of("noised", "reward"),
});
