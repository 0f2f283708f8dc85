import type { Evaluator } from "../core/mod.ts";
import { divergence, lengths } from "./drawn.ts";
import { ratioOverPrompts } from "./estimate.ts";
import { positive, TWENTIETH } from "./scales.ts";

/** H(π) by the expected number of tokens: the next token's entropy over the prefixes π visits. */
const entropy: Evaluator = {
  id: "entropy",
  title: "entropy",
  unit: "nats a token",
  better: "neither",
  within: positive,
  means: "Entropy of the policy at the tokens that it writes",
  margin: TWENTIETH,
  needs: ["answers", "probabilities"],
  async measure(subject) {
    const draws = await subject.draws();
    return ratioOverPrompts(draws, (await divergence(subject)).entropy, lengths(draws));
  },
};
export default entropy;
