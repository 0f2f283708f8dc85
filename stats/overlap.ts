import { mean } from "./average.ts";
import { ngrams, type Tokens } from "./diversity.ts";
import { enough } from "./enough.ts";

/** A text and those it is held against. */
export interface Referenced {
  readonly candidate: Tokens;
  readonly references: readonly Tokens[];
}

/** Which BLEU is meant. */
export interface BleuOptions {
  /**
   * What an order without a match counts as: nothing, so that the score is 0; half, a quarter, … of
   * one match, order by order ("exp"); or one more match and one more n-gram at every order above
   * the first ("add-1").
   */
  readonly smoothing?: "none" | "exp" | "add-1";
  /** Whether orders that the candidates are too short for are left out; else they make the score 0. */
  readonly effectiveOrder?: boolean;
}

const ORDERS = [1, 2, 3, 4] as const;

/**
 * BLEU-4 of a corpus, in [0, 1] (Papineni et al., 2002, with sacrebleu's smoothing): the geometric
 * mean of clipped n-gram precisions, counts summed over the corpus, times exp(1 − r/c) where the
 * candidates' c tokens are fewer than the r of the references nearest in length (the shorter of
 * two). 0 where nothing matches at all.
 */
export function bleu(corpus: readonly Referenced[], options: BleuOptions = {}): number {
  enough("BLEU", corpus, 1);
  return scored(
    corpus.map(({ candidate, references }) => matched(counted(candidate), references.map(counted))),
    options,
  );
}

/**
 * Self-BLEU-4 (Zhu et al., arXiv 1802.01886): the BLEU of each text against all others, in their
 * order; the higher, the more alike. An empty text is like another empty one, though BLEU gives it
 * nothing. A RangeError below two texts.
 */
export function selfBleu(
  texts: readonly Tokens[],
  options: BleuOptions = { smoothing: "exp", effectiveOrder: true },
): number[] {
  enough("Self-BLEU", texts, 2);
  const all = texts.map(counted);
  return all.map((text, i) => {
    const others = all.toSpliced(i, 1);
    if (text.length === 0) return others.some(({ length }) => length === 0) ? 1 : 0;
    return scored([matched(text, others)], options);
  });
}

interface Counted {
  readonly length: number;
  /** By order. */
  readonly grams: readonly ReadonlyMap<string, number>[];
}
interface Matched {
  readonly length: number;
  readonly nearest: number;
  readonly matches: readonly number[];
  readonly totals: readonly number[];
}

const counted = (text: Tokens): Counted => ({
  length: text.length,
  grams: ORDERS.map((n) => ngrams(text, n)),
});

function matched(candidate: Counted, references: readonly Counted[]): Matched {
  enough("BLEU", references, 1);
  const { length } = candidate;
  return {
    length,
    nearest: references.map((reference) => reference.length).reduce((near, other) => {
      const closer = Math.abs(other - length) - Math.abs(near - length);
      return closer < 0 || (closer === 0 && other < near) ? other : near;
    }),
    matches: ORDERS.map((_, k) =>
      candidate.grams[k]!.entries().reduce((sum, [gram, count]) => {
        const most = references.reduce(
          (most, { grams }) => Math.max(most, grams[k]!.get(gram) ?? 0),
          0,
        );
        return sum + Math.min(count, most);
      }, 0)
    ),
    totals: ORDERS.map((n) => Math.max(0, length - n + 1)),
  };
}

function scored(parts: readonly Matched[], options: BleuOptions): number {
  const { smoothing = "none", effectiveOrder = false } = options;
  const total = (of: (part: Matched) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  const [c, r] = [total(({ length }) => length), total(({ nearest }) => nearest)];
  const matches = ORDERS.map((_, k) => total((part) => part.matches[k]!));
  if (matches.every((count) => count === 0)) return 0;
  let halved = 1;
  const logs: number[] = [];
  for (const [k, found] of matches.entries()) {
    const extra = smoothing === "add-1" && k > 0 ? 1 : 0;
    const all = total((part) => part.totals[k]!) + extra;
    if (all === 0) {
      if (effectiveOrder) break;
      return 0;
    }
    if (found + extra === 0 && smoothing === "exp") halved *= 2;
    const share = found + extra === 0 && smoothing === "exp" ? 1 / halved : found + extra;
    logs.push(Math.log(share / all));
  }
  return Math.exp(Math.min(0, 1 - r / c) + mean(logs));
}

/** What one text has of another in the same order. */
export interface RougeL {
  /** Of the candidate's tokens. */
  readonly precision: number;
  /** Of the reference's. */
  readonly recall: number;
  /** (1 + β²) · P · R / (R + β² · P); 0 where nothing is shared. */
  readonly f: number;
}

/**
 * ROUGE-L (Lin, 2004) by the longest common subsequence, of the reference with the largest F. β is
 * 1, and above it where recall is to weigh more. A RangeError without references.
 */
export function rougeL({ candidate, references }: Referenced, beta = 1): RougeL {
  enough("ROUGE-L", references, 1);
  return references.map((reference): RougeL => {
    const common = commonSubsequence(candidate, reference);
    if (common === 0) return { precision: 0, recall: 0, f: 0 };
    const [precision, recall] = [common / candidate.length, common / reference.length];
    const f = (1 + beta ** 2) * precision * recall / (recall + beta ** 2 * precision);
    return { precision, recall, f };
  }).reduce((best, other) => other.f > best.f ? other : best);
}

/** The length of the longest common subsequence, in memory of one text's length. */
export function commonSubsequence(a: Tokens, b: Tokens): number {
  const row = new Int32Array(b.length + 1);
  for (const token of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = token === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}

/** Words as ROUGE compares them: runs of letters and digits in lower case, in any script. */
export function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}
