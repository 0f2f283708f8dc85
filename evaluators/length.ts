import type { Evaluator } from "../core/mod.ts";
import { lengths } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** The expected length of an answer, its stop token included. */
const length: Evaluator = {
  id: "length",
  title: "Length",
  unit: "tokens an answer",
  better: "neither",
  needs: ["answers"],
  async measure(subject) {
    const draws = await subject.draws();
    return overPrompts(draws, lengths(draws));
  },
};
export default length;
