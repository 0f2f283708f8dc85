import type { Evaluator } from "../core/mod.ts";
import { divergence } from "./drawn.ts";
import { overPrompts } from "./estimate.ts";

/** KL(π‖start policy). */
const kl: Evaluator = {
  id: "kl",
  title: "KL",
  unit: "nats an answer",
  better: "neither",
  async measure(subject) {
    const found = await divergence(subject);
    return "absent" in found ? found : overPrompts(await subject.draws(), found.kl);
  },
};
export default kl;
