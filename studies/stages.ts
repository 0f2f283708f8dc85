import { study } from "../core/mod.ts";
import score from "../methods/score.ts";

const on = "reasoning/check";

/** What SCoRe's first stage and its bonus for progress are worth together: without them it is plain reinforcement learning of both turns. */
export default study({
  id: "stages",
  paper: score.paper,
  taxonomy: score.taxonomy,
  title: "gain with both stages and the bonus less that of plain policy gradients on two turns",
  claim: {
    text: "Without its first stage and its bonus, reinforcement learning teaches less correction",
    expect: "higher",
    margin: 0.02,
  },
  arms: {
    staged: { method: "score", on },
    plain: { method: "score", on, hyper: { stage: 0, alpha: 0 } },
  },
  effect: (of) => of("staged", "gain") - of("plain", "gain"),
});
