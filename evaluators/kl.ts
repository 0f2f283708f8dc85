import type { Evaluator } from "../core/mod.ts";
import { divergence } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** KL(π‖start policy). */
const kl: Evaluator = {
  id: "kl",
  title: "KL",
  unit: "nats an answer",
  better: "neither",
  probabilities: true,
  async measure(subject) {
    return overPrompts(await subject.draws(), (await divergence(subject)).kl);
  },
};
export default kl;
