import type { Evaluator } from "../core/mod.ts";
import { divergence, lengths } from "./drawn.ts";
import { ratioOverPrompts } from "./estimate.ts";
import { positive, TWENTIETH } from "./scales.ts";

/** KL(π‖start policy) by the expected number of tokens: the mean over the prefixes π visits. */
const klPerToken: Evaluator = {
  id: "kl-per-token",
  title: "KL a token",
  unit: "nats a token",
  better: "neither",
  within: positive,
  means: "The same, of one token",
  margin: TWENTIETH,
  needs: ["answers", "probabilities", "steps"],
  async measure(subject) {
    const draws = await subject.draws();
    return ratioOverPrompts(draws, (await divergence(subject)).kl, lengths(draws));
  },
};
export default klPerToken;
