import type { Evaluator } from "../core/mod.ts";
import { answersOf, byPrompt, expectations } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** The quality of answers as language, by the testbed's own judge of it. */
const fluency: Evaluator = {
  id: "fluency",
  title: "Fluency",
  unit: "nats a token",
  better: "higher",
  needs: ["answers"],
  async measure(subject) {
    const draws = await subject.draws();
    const graded = await subject.testbed.fluency?.(answersOf(draws));
    if (graded === undefined) return { absent: "Nothing here judges answers as language" };
    return overPrompts(draws, expectations(draws, byPrompt(draws, graded)));
  },
};
export default fluency;
