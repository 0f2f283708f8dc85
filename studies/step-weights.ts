import { study } from "../core/mod.ts";
import treePo from "../methods/tree-po.ts";

const on = "reasoning/chain";
const { beta } = treePo.hyper;

/** What weighing steps gives beyond the ranked list: without it Tree-PO is LiPO, at the same β. */
export default study({
  id: "step-weights",
  paper: treePo.paper,
  taxonomy: treePo.taxonomy,
  title: "steps right of Tree-PO less those of LiPO",
  claim: {
    text:
      "Steps weighed by how alike they are to the best answer's teach more than steps that weigh the same",
    expect: "higher",
    margin: 0.02,
    headline: false,
  },
  arms: {
    weighed: { method: "tree-po", on },
    even: { method: "lipo", on, hyper: { beta } },
  },
  effect: (of) => of("weighed", "step-accuracy") - of("even", "step-accuracy"),
});
