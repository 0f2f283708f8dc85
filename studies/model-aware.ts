import { study } from "../core/mod.ts";
import promptAVideo from "../methods/prompt-a-video.ts";

/** Whether a rewriter gains more with the generator that it was taught by than with the other: gains are from the start policy, as generators are not equally good. */
export default study({
  id: "model-aware",
  paper: promptAVideo.paper,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online", "applications/diffusion"],
  title: "gain by its own generator less by the other, the mean of two generators",
  claim: {
    text: "A rewriter learns to prompt the generator that it was taught by, not any",
    expect: "higher",
    margin: 0.2,
  },
  arms: {
    first: { method: "prompt-a-video", on: "prompting/first" },
    second: { method: "prompt-a-video", on: "prompting/second" },
  },
  effect(of) {
    const gain = (arm: "first" | "second", measure: string) =>
      of(arm, measure) - of(arm, measure, 0);
    const ahead = (["first", "second"] as const)
      .map((arm) => gain(arm, "reward") - gain(arm, "elsewhere"));
    return (ahead[0]! + ahead[1]!) / 2;
  },
});
