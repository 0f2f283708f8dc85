/**
 * The gold reward: how favourable the words of an answer are, by human ratings.
 *
 * v sums over the words that end in the answer, read with the prompt before them:
 *
 *   v = Σ weight(word) · (−½)^(negators before it) · (1.3 after "very", 0.7 after "slightly", …)
 *   reward = 3·v / √(v² + 15), within ±3
 *
 * - A word's weight rests on its ten ratings (−4 to 4) and on the n review sentences that use it.
 *   A rated word keeps the share (8 + for − against) / (8 + n) of its ratings, where a sentence is
 *   for a word if its label has the rating's sign: "like" (as in "looks like") counts little, and
 *   "joke" nearly nothing. A word that nobody rated gets 2·(good − bad) / (8 + n) where its use is
 *   one-sided (at least 70 to 30): "slow" −1.4, and at most ±0.2 if a single sentence has it.
 * - A negator ("not", "never", "isn't", …) turns round the words up to three places after it in its
 *   clause, and weakens them. A sentence counts under the opposite label for a word it negates.
 *   One with nothing to turn round counts by its own weight, as in "I will not be back". It does not
 *   turn round a warning: "don't waste your time".
 * - A word of degree ("very", "slightly") right before a weighted word counts by its factor alone.
 *
 * The answer is what is rewarded, as two answers always share their prompt; but a prompt may end in
 * a negator or within a word, so the words are read in the whole text. Length does not count.
 * The squashing is VADER's (Hutto and Gilbert 2014). On sentences whose labels it has not seen, the
 * reward has the label's sign for 85 % (the ratings alone: 79 %), with half of each 0 counted.
 */
import { raters, type Review, type WordRatings } from "./corpora.ts";

/** The sum v of an answer's words by each of the ten raters. */
export type Valence = readonly number[];

/** In (−3, 3). */
export const squash = (v: number): number => 3 * v / Math.sqrt(v ** 2 + 15);

/** The gold reward: the raters' mean sum, squashed. */
export const meanReward = (valence: Valence): number =>
  squash(valence.reduce((sum, v) => sum + v, 0) / valence.length);

const REACH = 3;
const TURN = -0.5;
/** Sentences that the raters' word is worth against the labelled sentences. */
const PRIOR = 8;
/** Weight of a word that only one side uses, as its sentences grow in number. */
const SCALE = 2;

const negators = new Set(
  ("no not never none nobody nothing neither nor nowhere cannot without hardly barely scarcely " +
    "rarely seldom aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt shouldnt " +
    "wasnt werent wont wouldnt").split(" "),
);
const degrees: ReadonlyMap<string, number> = new Map([
  ..."very really so extremely absolutely totally completely incredibly super truly highly quite pretty"
    .split(" ").map((w) => [w, 1.3] as const),
  ..."slightly somewhat fairly kinda".split(" ").map((w) => [w, 0.7] as const),
]);
const warnings = new Set(["waste", "wasted", "wasting", "bother"]);

/** A word in its place. */
interface Reading {
  readonly word: string;
  /** Where it ends in the text. */
  readonly end: number;
  readonly negates: boolean;
  /** Places of the negators that reach it. */
  readonly negators: readonly number[];
  /** Factor of the word of degree right before it. */
  readonly degree: number;
}

/** A word with apostrophes inside, or what ends a clause. */
const segments =
  /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}\p{N}]+)*|[.,;:!?…()\n—]|\s[-–]+\s/gu;

function read(text: string): Reading[] {
  const readings: Reading[] = [];
  let clause = 0;
  for (const { 0: segment, index } of text.matchAll(segments)) {
    const word = segment.toLowerCase().replaceAll("’", "'");
    if (!/[\p{L}\p{N}]/u.test(word) || word === "but") clause = readings.length;
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    const reach = Math.max(clause, readings.length - REACH);
    const before = readings.length > clause ? readings.at(-1) : undefined;
    readings.push({
      word,
      end: index + segment.length,
      negates: negators.has(word) || word.endsWith("n't"),
      negators: readings.slice(reach).flatMap((r, i) => r.negates ? [reach + i] : []),
      degree: (before && degrees.get(before.word)) ?? 1,
    });
  }
  return readings;
}

/** The weights of words by each rater; a word that is not there counts nothing. */
export function weigh(
  ratings: WordRatings,
  reviews: readonly Review[],
): ReadonlyMap<string, Valence> {
  const used = new Map<string, { good: number; bad: number }>();
  for (const { text, good } of reviews) {
    const here = new Set<string>();
    for (const { word, negates, negators } of read(text)) {
      const turned = negators.length % 2 === 1 && !negates && !warnings.has(word);
      const side = good !== turned ? "good" : "bad";
      if (here.has(`${word} ${side}`)) continue;
      here.add(`${word} ${side}`);
      const count = used.get(word) ?? { good: 0, bad: 0 };
      count[side]++;
      used.set(word, count);
    }
  }
  const weights = new Map<string, Valence>();
  for (const [word, rated] of ratings) {
    const { good, bad } = used.get(word) ?? { good: 0, bad: 0 };
    const agree = Math.sign(rated.reduce((sum, r) => sum + r, 0)) * (good - bad);
    const kept = Math.max(0, PRIOR + agree) / (PRIOR + good + bad);
    weights.set(word, rated.map((r) => r * kept));
  }
  for (const [word, { good, bad }] of used) {
    const [lead, n] = [good - bad, good + bad];
    if (ratings.has(word) || degrees.has(word)) continue;
    if (Math.abs(lead) < 0.4 * n) continue;
    weights.set(word, Array(raters).fill(SCALE * lead / (PRIOR + n)));
  }
  return weights;
}

/** The sum v over the words of `prompt + answer` that end in the answer, by each rater. */
export function valence(
  weights: ReadonlyMap<string, Valence>,
  prompt: string,
  answer: string,
): Valence {
  const readings = read(prompt + answer);
  const total = new Array<number>(raters).fill(0);
  const spent = new Set<number>();
  const count = (reading: Reading, weight: Valence, factor: number) => {
    if (reading.end > prompt.length) weight.forEach((w, rater) => total[rater]! += factor * w);
  };
  readings.forEach((reading, i) => {
    const weight = weights.get(reading.word);
    const next = readings[i + 1]?.word ?? "";
    if (!weight || reading.negates || (degrees.has(reading.word) && weights.has(next))) return;
    const turns = warnings.has(reading.word) ? 0 : reading.negators.length;
    count(reading, weight, TURN ** turns * reading.degree);
    for (const place of reading.negators) spent.add(place);
  });
  readings.forEach((reading, i) => {
    const weight = weights.get(reading.word);
    if (weight && reading.negates && !spent.has(i)) count(reading, weight, 1);
  });
  return total;
}
