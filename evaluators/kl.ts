import type { Evaluator } from "../core/mod.ts";
import { divergence } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** KL(π‖start policy). */
const kl: Evaluator = {
  id: "kl",
  title: "KL",
  unit: "nats an answer",
  better: "neither",
  needs: ["answers", "probabilities"],
  async measure(subject) {
    return overPrompts(await subject.draws(), (await divergence(subject)).kl);
  },
};
export default kl;
