import type { Evaluator } from "../core/mod.ts";
import { divergence, lengths } from "./drawn.ts";
import { ratioOverPrompts } from "./estimate.ts";

/** H(π) by the expected number of tokens: the next token's entropy over the prefixes π visits. */
const entropy: Evaluator = {
  id: "entropy",
  title: "Entropy",
  unit: "nats a token",
  better: "neither",
  needs: ["answers", "probabilities"],
  async measure(subject) {
    const draws = await subject.draws();
    return ratioOverPrompts(draws, (await divergence(subject)).entropy, lengths(draws));
  },
};
export default entropy;
