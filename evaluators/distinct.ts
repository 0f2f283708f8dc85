import { type Evaluator, stepNames } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * Distinct n-grams over all n-grams of the sampled answers' tokens, pooled, with a standard error
 * by leaving out one prompt at a time. It falls with the amount of text: read it beside the length.
 */
function distinct(n: number, title: string, means: string): Evaluator {
  return {
    id: `distinct-${n}`,
    title,
    better: "neither",
    within: share,
    means: `${means} as a share of all (distinct-${n})`,
    margin: TWO_PERCENT,
    needs: ["answers", "steps"],
    async measure(subject) {
      const draws = await subject.draws();
      if (draws.length === 0) return { absent: "There are no test prompts" };
      if (draws.every((draw) => draw.exact)) {
        return { absent: "Answers are listed, not sampled: there is nothing to count" };
      }
      const prompts = draws.map((draw) =>
        pooled(draw.answers.map((y) => stats.ngrams(stepNames(y) ?? [], n)))
      );
      const all = pooled(prompts);
      const total = sum(all.values());
      if (prompts.filter((counts) => counts.size > 0).length < 2) {
        return { absent: `Fewer than two prompts have an answer of ${n} tokens or more` };
      }
      const without = prompts.map((counts) => {
        const gone = [...counts].filter(([gram, count]) => all.get(gram) === count).length;
        return (all.size - gone) / (total - sum(counts.values()));
      });
      const k = prompts.length;
      return {
        value: all.size / total,
        // The jackknife: (k − 1)/k · Σ (θ₋ᵢ − mean)² = (k − 1)²/k · sample variance.
        stderr: (k - 1) / Math.sqrt(k) * stats.sd(without),
        n: k,
      };
    },
  };
}

function pooled(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const map of counts) {
    for (const [gram, count] of map) out.set(gram, (out.get(gram) ?? 0) + count);
  }
  return out;
}

function sum(xs: Iterable<number>): number {
  let total = 0;
  for (const x of xs) total += x;
  return total;
}

export const distinct1: Evaluator = distinct(1, "distinct words", "Distinct single tokens");
export const distinct2: Evaluator = distinct(
  2,
  "distinct pairs",
  "Distinct pairs of neighbouring tokens",
);
