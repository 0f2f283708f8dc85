import { program } from "../core/mod.ts";
import vote from "./critique-vote.ts";

/** −Σ log π(y|x) of critiques as critics give them, each of another text: imitation, their mistakes included. */
export default program({
  id: "critique-single",
  paper: vote.paper,
  equation: String.raw`-\frac{1}{\sum|y|}\sum\log\pi(y|x),\quad y\sim\text{critic}(x)`,
  taxonomy: vote.taxonomy,
  claim: {
    text: "Critiques as critics give them teach less than those of two that a label prefers",
    on: "critique/plain",
    measure: "flaw-f1",
    against: ["sft"],
    expect: "lower",
    headline: false,
  },
  needs: ["demonstrations", "mended"],
  hyper: {},
  roles: {},
  limits: [{ at: "its least value", then: "the mean critic: right as often, and as often wrong" }],
  search: {},
  run: (lab) => vote.run(lab, { critics: 1, least: 1 }),
});
