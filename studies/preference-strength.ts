import { study } from "../core/mod.ts";
import osp from "../methods/osp.ts";

const arm = (hard: number) => ({ method: "osp", on: "sequences/scarce", hyper: { hard } });

/** How much farther from the start policy labels take it that say which of its answers is better, and not by how much. */
export default study({
  id: "preference-strength",
  paper: osp.paper,
  taxonomy: osp.taxonomy,
  title: "KL with certain labels less that with labels as strong as the judge is sure",
  claim: {
    text:
      "A preference's strength keeps the policy from over-fitting, where labels that are certain do not",
    expect: "higher",
    margin: 0.05,
  },
  arms: { certain: arm(1), soft: arm(0) },
  effect: (of) => of("certain", "kl") - of("soft", "kl"),
});
