import { logRatioReward, program } from "../core/mod.ts";
import search from "./dpo-search.ts";

/** DPO, whose policy then answers by the likeliest token each time: what its beams are compared with. */
export default program({
  id: "dpo-greedy",
  paper: search.paper,
  equation: String.raw`y_t^*=\operatorname*{arg\,max}_{y_t}\log\pi(y_t|x,y^*_{<t})`,
  taxonomy: search.taxonomy,
  claim: {
    text: "A DPO policy answers better greedily than by drawing",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  hyper: { beta: 0.1 },
  roles: { beta: search.roles!.beta },
  limits: [{ at: "π = π_ref", then: "the start policy's answer of likeliest tokens" }],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  run: (lab, { beta }) => search.run(lab, { beta, width: 1 }),
});
