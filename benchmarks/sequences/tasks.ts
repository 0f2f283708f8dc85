/** Who asks what on `sequences`: questions with the reward of their answers, setting by setting. */
import { type Answer, type Prompt, type Rng, type Told, written } from "../../core/mod.ts";
import { answerOf, LEAN, questionOf, smallTalk } from "./base.ts";
import {
  ANGLES,
  askTokens,
  ATTRIBUTES,
  counts,
  kindOf,
  KINDS,
  LENGTH,
  levels,
  STOP,
  weighed,
  wishOf,
  wordOf,
  WORDS,
} from "./language.ts";

export interface SequencesSetting {
  /** What decides how good an answer is: words of the question, or what may be told beside it. */
  readonly wish: "question" | "criterion" | "user" | "weights";
  /** Labels drawn from the preferences, or the better answer always. */
  readonly labels: "drawn" | "certain";
  /** Added to a label's log-odds for every word that an answer is longer, which the reward does not count. */
  readonly perWord: number;
  /** Share of labels that are turned round. */
  readonly flip: number;
  /** The two answers of a pair: drawn apart, alike but for one word, or alike but for one unwanted word. */
  readonly pairs: "apart" | "edited" | "planted";
  /** How far both answers of a pair lean to what the question wishes, one of these for each pair. */
  readonly leans: readonly number[];
  /** Whether test questions like and dislike other kinds of words than training questions do. */
  readonly shifted: boolean;
  /** Labelled comparisons that there are, if they end. */
  readonly comparisons?: number;
}

const clean: SequencesSetting = {
  wish: "question",
  labels: "drawn",
  perWord: 0,
  flip: 0,
  pairs: "apart",
  leans: [LEAN],
  shifted: false,
};

export const settings = {
  clean,
  criteria: { ...clean, wish: "criterion" },
  users: { ...clean, wish: "user" },
  objectives: { ...clean, wish: "weights" },
  graded: { ...clean, labels: "certain", leans: [LEAN, 2.5] },
  scarce: { ...clean, perWord: 0.35, comparisons: 512 },
  taught: { ...clean, labels: "certain", leans: [2.5], comparisons: 512 },
  mislabelled: { ...clean, flip: 0.3, comparisons: 800 },
  credit: { ...clean, labels: "certain", pairs: "planted" },
  displaced: { ...clean, labels: "certain", pairs: "edited" },
  shift: { ...clean, shifted: true },
} as const satisfies { readonly [name: string]: SequencesSetting };

export interface Task {
  /** The question alone. */
  readonly prompt: Prompt;
  /** Weights of the attributes that its answers lean to: what the question itself wishes. */
  readonly wish: readonly number[];
  /** What may be told beside it, but for a user's shots. */
  readonly known: Partial<Told>;
  /** Who asks: labels of one user are alike. */
  readonly user: number;
  reward(tokens: readonly number[]): number;
}

/** P(a beats b) = σ((r(a) − r(b)) / this). */
export const TEMPERATURE = 0.5;
/** The least and the greatest reward where the question decides it. */
export const REWARDS = [-2, 2] as const;
const TRAIN = 512;
const TEST = 96;
const USERS = 96;

/** Train and test tasks, the same for every seed. */
export function tasksOf(setting: SequencesSetting, draws: Rng): { train: Task[]; test: Task[] } {
  const users = draws.split("users").shuffle(everybody());
  const make = (split: "train" | "test", n: number): Task[] =>
    Array.from({ length: n }, (_, i) => {
      const own = (label: number) => draws.split(split).split(label);
      const id = `sequences/${split}/${i}`;
      const tasks: { readonly [wish in SequencesSetting["wish"]]: () => Task } = {
        question: () =>
          ofQuestion(
            id,
            own(i),
            setting.shifted && (split === "test" || i % 8 > 0) ? kindsOf[split] : undefined,
          ),
        // Two tasks of each question, by opposite criteria; both or neither are for validation.
        criterion: () => ofCriterion(id, own(6 * Math.floor(i / 6) + i % 3), i % 6 < 3 ? 1 : -1),
        user: () => {
          const [from, many] = split === "train" ? [0, USERS] : [USERS, users.length - USERS];
          return ofUser(id, own(i), from + i % many, users);
        },
        weights: () => ofWeights(id, own(i), i % (ANGLES + 1)),
      };
      return tasks[setting.wish]();
    });
  return { train: make("train", TRAIN), test: make("test", TEST) };
}

/** Kinds that a question likes, and dislikes, where test questions differ; one train question in eight is of any kinds. */
const kindsOf = {
  train: [[0, 1, 2], [2, 3, 4]],
  test: [[3, 4], [0, 1]],
} as const;

const nothing: readonly number[] = Array<number>(ATTRIBUTES).fill(0);

function ofQuestion(
  id: string,
  draws: Rng,
  kinds?: readonly [readonly number[], readonly number[]],
): Task {
  const question = questionOf(draws, ...kinds ?? []);
  const wish = wishOf(question);
  return {
    prompt: { id, tokens: askTokens(question) },
    wish,
    known: { goal: 1 },
    user: 0,
    reward: (tokens) => weighed(wish, tokens),
  };
}

function ofCriterion(id: string, draws: Rng, sign: 1 | -1): Task {
  const question = smallTalk(draws, 4);
  const attribute = draws.below(ATTRIBUTES);
  return {
    prompt: { id, tokens: askTokens(question) },
    wish: nothing,
    known: { criterion: { attribute, sign } },
    user: 0,
    reward: (tokens) => sign * levels(tokens)[attribute]!,
  };
}

/** Every user who weighs three attributes by 1 or −1. */
function everybody(): number[][] {
  const weights = (left: number): number[][] =>
    left === 0
      ? [[]]
      : weights(left - 1).flatMap((some) => [-1, 0, 1].map((weight) => [...some, weight]));
  return weights(ATTRIBUTES).filter((some) => some.filter((weight) => weight !== 0).length === 3);
}

function ofUser(id: string, draws: Rng, user: number, users: readonly number[][]): Task {
  const weights = users[user]!;
  return {
    prompt: { id, tokens: askTokens(smallTalk(draws, 4)) },
    wish: nothing,
    known: {},
    user,
    reward: (tokens) => weighed(weights, tokens),
  };
}

function ofWeights(id: string, draws: Rng, step: number): Task {
  const question = questionOf(draws);
  const angle = step / ANGLES * Math.PI / 2;
  // The cosine of a right angle is not quite 0, and would decide between equals.
  const exactly = (x: number) => Math.round(x * 1e12) / 1e12;
  const weights = [exactly(Math.cos(angle)), exactly(Math.sin(angle))] as const;
  const wish = wishOf(question);
  return {
    prompt: { id, tokens: askTokens(question) },
    wish,
    known: { weights },
    user: step,
    reward(tokens) {
      const [first, second] = objectivesOf(question, tokens);
      return weights[0] * first + weights[1] * second;
    },
  };
}

/**
 * Two objectives in conflict: words of the liked kind, each worth half of the one before, and
 * brevity. With n such words and no others they are 1 − 2^(1−n) and 1 − n/3.
 */
export function objectivesOf(
  question: readonly number[],
  tokens: readonly number[],
): [number, number] {
  const found = counts(tokens);
  return [1 - 2 ** (1 - found[wishOf(question).indexOf(1)]!), 1 - found[LENGTH]! / 3];
}

/** Two answers of different reward; of the second, the place of a word that makes it the worse. */
export function pairOf(
  task: Task,
  { pairs, leans }: SequencesSetting,
  draws: Rng,
): { readonly answers: readonly [Answer, Answer]; readonly culprit?: number } {
  const answer = (tokens: readonly number[]): Answer => written(task.prompt, tokens);
  for (;;) {
    const lean = draws.pick(leans);
    const first = answerOf(draws, task.wish, lean);
    const at = draws.below(first.length - 1);
    const second = [...first];
    if (pairs === "apart") second.splice(0, first.length, ...answerOf(draws, task.wish, lean));
    else {
      const kind = pairs === "planted" ? task.wish.indexOf(-1) : draws.below(KINDS);
      second[at] = wordOf(kind, draws.below(WORDS));
    }
    const gap = task.reward(first) - task.reward(second);
    if (gap === 0) continue;
    if (pairs === "apart") return { answers: [answer(first), answer(second)] };
    // The word that was replaced said nothing, and there are others to tell it from.
    const neutral = task.wish[kindOf(first[at]!)] === 0 && first[at] !== STOP && first.length > 3;
    if (pairs === "edited" || neutral) {
      return { answers: [answer(first), answer(second)], ...gap > 0 ? { culprit: at } : {} };
    }
  }
}
