import { study } from "../core/mod.ts";
import promptAVideo from "../methods/prompt-a-video.ts";

const on = "prompting/first";

/** Whether a bar on each score of a chosen prompt keeps videos to what was asked for, which the scores' sum does not: without bars there are more pairs. */
export default study({
  id: "thresholds",
  paper: promptAVideo.paper,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/multi-objective",
  ],
  title: "alignment with bars on each score less without",
  claim: {
    text: "Bars on each score of what is chosen keep a rewriter to what the user asked for",
    expect: "higher",
    margin: 0.1,
  },
  arms: {
    barred: { method: "prompt-a-video", on },
    free: { method: "prompt-a-video", on, hyper: { bar: 0 } },
  },
  effect: (of) => of("barred", "tva") - of("free", "tva"),
});
