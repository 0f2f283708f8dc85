import { mean } from "./average.ts";
import { enough } from "./enough.ts";

/** A text as its tokens. */
export type Tokens = readonly (string | number)[];

/** How often each n-gram occurs; a text shorter than n has none. */
export function ngrams(text: Tokens, n: number): Map<string, number> {
  if (!(Number.isInteger(n) && n > 0)) {
    throw new RangeError(`Cannot count ${n}-grams: n must be a whole number above 0`);
  }
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= text.length; i++) {
    const gram = JSON.stringify(text.slice(i, i + n));
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/**
 * Distinct n-grams over all n-grams of the texts pooled (Li et al., arXiv 1510.03055). It falls
 * with the amount of text, so compare equal numbers of samples and look at their length too.
 */
export function distinct(texts: readonly Tokens[], n: number): number {
  const grams = texts.map((text) => ngrams(text, n));
  const counted = grams.reduce((sum, g) => sum + g.values().reduce((a, b) => a + b, 0), 0);
  if (counted === 0) throw new RangeError(`Cannot count distinct ${n}-grams: there are none`);
  return new Set(grams.flatMap((g) => [...g.keys()])).size / counted;
}

/** The mean of `distinct` over single texts; a RangeError if one is shorter than n. */
export function distinctPerText(texts: readonly Tokens[], n: number): number {
  return mean(texts.map((text) => distinct([text], n)));
}

/** The entropy of the pooled tokens' frequencies, in nats. */
export function unigramEntropy(texts: readonly Tokens[]): number {
  const pooled = texts.flat();
  enough("a unigram entropy", pooled, 1);
  return ngrams(pooled, 1).values().reduce((sum, count) => {
    const share = count / pooled.length;
    return sum - share * Math.log(share);
  }, 0);
}
