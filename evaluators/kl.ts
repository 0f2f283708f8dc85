import type { Evaluator } from "../core/mod.ts";
import { divergence } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";
import { positive, TWENTIETH } from "./scales.ts";

/** KL(π‖start policy). */
const kl: Evaluator = {
  id: "kl",
  title: "KL",
  unit: "nats an answer",
  better: "neither",
  within: positive,
  means:
    "Divergence from the start policy, KL(π‖π₀), of a whole answer: what a reward is bought with",
  margin: TWENTIETH,
  needs: ["answers", "probabilities"],
  async measure(subject) {
    return overPrompts(await subject.draws(), (await divergence(subject)).kl);
  },
};
export default kl;
