import { program } from "../core/mod.ts";
import scl from "./scl.ts";

/** −log π(y⁺|x) a token, over SCL's own answers and reviews that are right where the other is wrong: SCL at μ = 1, blind to what was wrong. */
export default program({
  id: "scl-sft",
  paper: scl.paper,
  equation: String
    .raw`-\frac{1}{\sum|y^+|}\sum\log\pi(y^+|x),\quad\{y^+,y^-\}=\{y_1,y_2\},\ r(y^+)>r(y^-)`,
  taxonomy: [
    "data/feedback/point",
    "data/granularity/turn",
    "learning/paradigm/online",
    "constraint/reference/free",
    "applications/vision",
  ],
  claim: {
    text: "Imitating what is right teaches less than setting it against what is wrong",
    on: "vision/counting",
    measure: "solved",
    against: ["scl"],
    expect: "lower",
    headline: false,
  },
  needs: ["solved", "drafts"],
  hyper: { temperature: 1, draw: 0.4 },
  roles: { temperature: scl.roles!.temperature, draw: scl.roles!.draw },
  limits: [
    { at: "its least value", then: "the policy given that the other turn is wrong" },
    { at: "no review changes what is right", then: "nothing to learn from" },
  ],
  search: {},
  within: { temperature: [0.1, 2], draw: [0.01, 0.9] },
  run: (lab, hyper) => scl.run(lab, { ...scl.hyper, ...hyper, mu: 1 }),
});
