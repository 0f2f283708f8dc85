import { study } from "../core/mod.ts";
import dro from "../methods/dro.ts";

const on = "diffusion/towers";

/** Whether a policy that learned from labels makes towers that stand at once more often than the start policy does with eight simulations an answer; what those cost is on the search's record. */
export default study({
  id: "dso",
  paper: dro.paper,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "applications/diffusion"],
  title: "towers that stand, of Diffusion-DPO less of a search of eight simulations",
  claim: {
    text: "A generator that learned from simulations makes more that stands than a search at test",
    expect: "higher",
    margin: 0.02,
  },
  arms: {
    learned: { method: "diffusion-dpo", on },
    searched: { method: "simulated-search", on, hyper: { n: 8 } },
  },
  effect: (of) => of("learned", "stable") - of("searched", "stable"),
});
