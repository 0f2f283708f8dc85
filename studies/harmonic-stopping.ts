import { study } from "../core/mod.ts";
import rpoHarmonic from "../methods/rpo-harmonic.ts";

const on = "diffusion/subject";

/** Whether the policy that r_λ picks on prompts kept back is better than the last: both of DreamBooth's training, as in the paper's ablation. Looking costs operations, so that it trains for fewer steps. */
export default study({
  id: "harmonic-stopping",
  paper: rpoHarmonic.paper,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/divergence/generalization",
  ],
  title: "r_λ where it is stopped by r_λ less at the end of training",
  claim: {
    text: "The harmonic reward on prompts kept back says when to stop",
    expect: "higher",
    margin: 0.02,
  },
  arms: {
    stopped: { method: "dreambooth", on, hyper: { every: 10 } },
    whole: { method: "dreambooth", on },
  },
  effect: (of) => of("stopped", "reward") - of("whole", "reward"),
});
