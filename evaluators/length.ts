import type { Evaluator } from "../core/mod.ts";
import { lengths } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";
import { positive, TWENTIETH } from "./scales.ts";

/** The expected length of an answer, its stop token included. */
const length: Evaluator = {
  id: "length",
  title: "length",
  unit: "tokens an answer",
  better: "neither",
  within: positive,
  means: "Mean tokens of an answer",
  margin: TWENTIETH,
  needs: ["answers", "steps"],
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, lengths(draws));
  },
};
export default length;
