import { study } from "../core/mod.ts";
import oreo from "../methods/oreo.ts";

const on = "reasoning/scarce";

/** What it is worth to hold each token to the value of its own state, on the same answers and scores. */
export default study({
  id: "response-level",
  paper: oreo.paper,
  taxonomy: oreo.taxonomy,
  title: "steps right of OREO on tokens less those of OREO on whole answers",
  claim: {
    text: "One residual a token teaches better steps than one residual an answer",
    expect: "higher",
    margin: 0.02,
    headline: false,
  },
  arms: {
    tokens: { method: "oreo", on },
    answers: { method: "oreo", on, hyper: { level: 1 } },
  },
  effect: (of) => of("tokens", "step-accuracy") - of("answers", "step-accuracy"),
});
