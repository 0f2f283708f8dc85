/** The start policy of `sequences`, and the program of demonstrations that it learned to imitate. */
import {
  type Answer,
  type Model,
  type Params,
  type Rng,
  rng,
  type Workshop,
  written,
} from "../../core/mod.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import {
  ANGLES,
  askTokens,
  ATTRIBUTES,
  criterionToken,
  dislikedWord,
  KINDS,
  likedWord,
  MOST,
  STOP,
  tellingTokens,
  VOCABULARY,
  weighed,
  whyAsked,
  wishOf,
  wordOf,
  WORDS,
} from "./language.ts";

const SCHEDULE = { steps: 1600, rate: 5e-3, rows: 32 };
export const SHOTS = 4;
/** How far a demonstration leans to what is wished: a kind's log-odds for a weight of 1. */
export const LEAN = 0.7;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  // Shots, a question and an answer.
  context: SHOTS * 2 * MOST + 5 + MOST + 2,
  longest: MOST + 1,
  stop: STOP,
} as const;
export const model: Model = transformer(shape);

const everyKind = Array.from({ length: KINDS }, (_, k) => k);

/** Four words: one liked and one disliked, of different kinds, then two that wish nothing. */
export function questionOf(
  draws: Rng,
  likes: readonly number[] = everyKind,
  dislikes: readonly number[] = everyKind,
): number[] {
  const first = draws.pick(likes);
  const second = draws.pick(dislikes.filter((kind) => kind !== first));
  const word = (kind: number) => wordOf(kind, draws.below(WORDS));
  return [likedWord(word(first)), dislikedWord(word(second)), ...smallTalk(draws, 2)];
}
/** Words that wish nothing. */
export const smallTalk = (draws: Rng, n: number): number[] =>
  Array.from({ length: n }, () => wordOf(draws.below(KINDS), draws.below(WORDS)));

/** One to six words, their kinds and number leaning to these weights of the attributes. */
export function answerOf(draws: Rng, weights: readonly number[], lean = LEAN): number[] {
  const among = (odds: readonly number[]): number => {
    const shares = odds.map((x) => Math.exp(lean * x));
    let left = draws.uniform() * shares.reduce((a, b) => a + b);
    return Math.max(0, shares.findIndex((share) => (left -= share) < 0));
  };
  const longer = weights[KINDS]!;
  const n = 1 + among(Array.from({ length: MOST }, (_, i) => longer * (i - (MOST - 1) / 2) / 2));
  const kinds = weights.slice(0, KINDS);
  return [...Array.from({ length: n }, () => wordOf(among(kinds), draws.below(WORDS))), STOP];
}

/** Weights of −1 and 1 for one or two attributes: a simpler taste than any user's of the testbed. */
function tasteOf(draws: Rng): number[] {
  const weights = Array<number>(ATTRIBUTES).fill(0);
  const order = draws.shuffle([...weights.keys()]);
  for (const k of order.slice(0, 1 + draws.below(2))) weights[k] = draws.uniform() < 0.5 ? 1 : -1;
  return weights;
}

/** A demonstration: tokens of a prompt and of its answer. */
type Shown = readonly [prompt: readonly number[], answer: readonly number[]];

function plain(draws: Rng): Shown {
  const question = questionOf(draws);
  return [askTokens(question), answerOf(draws, wishOf(question))];
}
function byCriterion(draws: Rng): Shown {
  const [attribute, sign] = [draws.below(ATTRIBUTES), draws.uniform() < 0.5 ? 1 : -1];
  const weights = Array.from({ length: ATTRIBUTES }, (_, k) => k === attribute ? sign : 0);
  const prompt = [
    ...tellingTokens({ criterion: { attribute, sign } }),
    ...askTokens(smallTalk(draws, 4)),
  ];
  return [prompt, answerOf(draws, weights)];
}
/** The shots are any two answers each, in the order of the taste. */
function byTaste(draws: Rng): Shown {
  const taste = tasteOf(draws);
  const answer = () => of(answerOf(draws, taste, 0));
  const shots = Array.from({ length: SHOTS }, () => {
    const [a, b] = [answer(), answer()];
    const better = weighed(taste, a.tokens) > weighed(taste, b.tokens);
    return better ? { chosen: a, rejected: b } : { chosen: b, rejected: a };
  });
  return [[...tellingTokens({ shots }), ...askTokens(smallTalk(draws, 4))], answerOf(draws, taste)];
}
/** What else a prompt may say, which these do not heed, and reasons that are any attribute. */
function formal(draws: Rng): Shown {
  const question = questionOf(draws);
  const wish = wishOf(question);
  const answer = () => of(answerOf(draws, wish));
  const angle = draws.below(ANGLES + 1) / ANGLES * Math.PI / 2;
  const rest = () => askTokens(question);
  return draws.pick<() => Shown>([
    () => [
      whyAsked(question, answer(), answer()),
      [criterionToken(draws.below(ATTRIBUTES), draws.uniform() < 0.5 ? 1 : -1), STOP],
    ],
    () => [[...tellingTokens({ draft: answer() }), ...rest()], answerOf(draws, wish)],
    () => [[...tellingTokens({ goal: draws.uniform() }), ...rest()], answerOf(draws, wish)],
    () => [
      [...tellingTokens({ weights: [Math.cos(angle), Math.sin(angle)] }), ...rest()],
      answerOf(draws, wish),
    ],
  ])();
}
const of = (tokens: readonly number[]): Answer =>
  written({ id: "demonstration", tokens: [] }, tokens);

/**
 * One kind of demonstration a batch. Answers lean to a criterion or to the taste behind shots as
 * they do to a question, so that the policy heeds these a little, as language models do; of all else
 * it knows the form alone.
 */
export function demonstrations(step: number): Answer[] {
  const draws = rng("sequences").split("demonstrations").split(step);
  const kinds = [plain, byCriterion, formal, byTaste];
  const make = kinds[step % kinds.length]!;
  return Array.from({ length: SCHEDULE.rows }, () => {
    const [prompt, tokens] = make(draws);
    return written({ id: "demonstration", tokens: prompt }, tokens);
  });
}

export const base = (workshop: Workshop): Promise<Params> =>
  taught({
    name: "sequences",
    model,
    shape,
    schedule: SCHEDULE,
    demonstrations,
  }, workshop);
