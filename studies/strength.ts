import { study } from "../core/mod.ts";
import rmSoft from "../methods/rm-soft.ts";

/** Whether a reward model that learned from labels of which three in ten are wrong has least preference strength for wrong ones. */
export default study({
  id: "strength",
  paper: rmSoft.paper,
  taxonomy: ["data/quality/distinguishability", "data/quality/noise", "learning/paradigm/offline"],
  title: "AUC of least preference strength for wrong labels, less 0.7",
  claim: {
    text:
      "Preference strength tells labels that were turned round from others, at an AUC above 0.7",
    expect: "higher",
    margin: 0.02,
    headline: false,
  },
  // What one of three members of `rm-soft` has.
  arms: { member: { method: "reward-model", on: "sequences/mislabelled", share: { flops: 0.13 } } },
  effect: (of) => of("member", "flip-auc") - 0.7,
});
