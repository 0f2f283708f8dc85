import { type Evaluator, stepNames } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overPrompts } from "./estimate.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * How alike the answers to one prompt are: the mean BLEU-4 of each against the prompt's others,
 * with "exp" smoothing and the orders that an answer has. Distinct n-grams tell answers to
 * different prompts apart, and miss a policy that says the same to a prompt again and again.
 */
const selfBleu: Evaluator = {
  id: "self-bleu",
  title: "self-BLEU",
  better: "neither",
  within: share,
  means:
    "How alike the answers to one prompt are: mean BLEU-4 of each against the others; 1 where they are the same",
  margin: TWO_PERCENT,
  needs: ["answers", "steps"],
  async measure(subject) {
    const draws = await subject.draws();
    if (draws.length > 0 && draws.every((draw) => draw.exact)) {
      return { absent: "Answers are listed, not sampled: there is nothing to compare" };
    }
    if (draws.some(({ answers }) => answers.length < 2)) {
      return { absent: "Fewer than two answers are drawn a prompt" };
    }
    return overPrompts(
      draws,
      draws.map(({ answers }) =>
        stats.mean(stats.selfBleu(answers.map((y) => stepNames(y) ?? [])))
      ),
    );
  },
};
export default selfBleu;
