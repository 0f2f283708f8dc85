import type { Evaluator } from "../core/mod.ts";
import { divergence, lengths } from "./drawn.ts";
import { ratioOverPrompts } from "./estimate.ts";

/** KL(π‖start policy) by the expected number of tokens: the mean over the prefixes π visits. */
const klPerToken: Evaluator = {
  id: "kl-per-token",
  title: "KL a token",
  unit: "nats a token",
  better: "neither",
  needs: ["answers", "probabilities"],
  async measure(subject) {
    const draws = await subject.draws();
    return ratioOverPrompts(draws, (await divergence(subject)).kl, lengths(draws));
  },
};
export default klPerToken;
