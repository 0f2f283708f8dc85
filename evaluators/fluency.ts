import type { Evaluator } from "../core/mod.ts";
import { answersOf, byPrompt, expectations } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** The quality of answers as language, by the testbed's own judge of it. */
const fluency: Evaluator = {
  id: "fluency",
  title: "fluency",
  unit: "nats a token",
  better: "higher",
  means: "Mean log-probability of a token under a larger language model trained apart",
  // A token that is a tenth less likely.
  margin: 0.1,
  needs: ["answers", "steps", "fluency"],
  async measure(subject) {
    const draws = await subject.draws();
    const graded = await subject.testbed.fluency!(answersOf(draws));
    return overPrompts(draws, expectations(draws, byPrompt(draws, graded)));
  },
};
export default fluency;
