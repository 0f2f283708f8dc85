import type { Answer } from "./answer.ts";
import type { Expr, Feeds } from "./expr.ts";

/** What a prompt may say beside its question, to a policy that learned to heed it. */
export interface Told {
  /** One attribute of answers, and whether it is wanted (1) or unwanted (−1). */
  readonly criterion: { readonly attribute: number; readonly sign: number };
  /** Pairs that one user labelled. */
  readonly shots: readonly { readonly chosen: Answer; readonly rejected: Answer }[];
  /** A reward to reach: its share of the way from the least to the greatest. */
  readonly goal: number;
  /** What each of two objectives weighs: a unit vector of numbers from 0. */
  readonly weights: readonly [number, number];
  /** An answer to improve. */
  readonly draft: Answer;
  /** That a test is wanted, in place of the program that the question asks for. */
  readonly test: true;
}
/** One of these, by its name. */
export type Telling = { readonly [K in keyof Told]: { readonly [N in K]: Told[K] } }[keyof Told];

/** A batch of answers inside a traced loss. */
export interface Answers {
  /** [B] tokens (or denoising steps, or moves) in each answer. */
  readonly length: Expr;
  /** The batch as the model packed it. */
  readonly packed: Feeds;
}

/** One number a step of an answer: [T] on the host, [B, T] and zero past the end in a loss. */
export type Series = readonly number[];

/**
 * The shapes that feedback comes in. Beside a list of answers, a list of numbers has one an answer;
 * a list is as long in every example. A series is of the answer whose name its own begins with, else
 * of the first. A program may have examples of a shape of its own (`Lab.learner`).
 */
export interface Feedback {
  /** `strength` is P(chosen beats rejected): 1 for a hard label. */
  pairs: { chosen: Answer; rejected: Answer; strength: number };
  /** A pair whose chosen answer is the rejected one, the policy's own, with as little mended as makes it right. */
  edited: { chosen: Answer; rejected: Answer; strength: number };
  /**
   * An expert's answer, the policy's own, and that one mended; the two good ones also to the prompt with
   * part of its image hidden. Grades are by step, from 1 where it is worst to 4 where nothing is or was
   * wrong; misread is 1 where an object had been taken for another.
   */
  corrections: {
    gold: Answer;
    edited: Answer;
    own: Answer;
    goldBlind: Answer;
    editedBlind: Answer;
    ownGrades: Series;
    editedGrades: Series;
    editedMisread: Series;
  };
  /** A pair of which the results alone are known: each step of learning sees both at one moment, under one noise. */
  noised: { chosen: Answer; rejected: Answer; strength: number };
  /** Best first; a score is the share of the other answers that this one beat, one label each. */
  lists: { answers: readonly Answer[]; scores: readonly number[] };
  /** Three answers ranked: gold before chosen before rejected. */
  triples: { gold: Answer; chosen: Answer; rejected: Answer };
  /** A pair labelled by one of several objectives or groups of raters: which, by number from 0. */
  objectives: { chosen: Answer; rejected: Answer; objective: number };
  /** A pair, and `why` the chosen answer is better: its prompt holds the question and both answers. */
  rationales: { chosen: Answer; rejected: Answer; why: Answer; strength: number };
  /** A pair, and its answers given once more after a draft: the chosen one after the rejected one, the reverse, and each after itself. */
  revisions: {
    chosen: Answer;
    rejected: Answer;
    raised: Answer;
    lowered: Answer;
    keptChosen: Answer;
    keptRejected: Answer;
  };
  /** An answer's scores on each of two objectives. */
  rated: { answer: Answer; firstScore: number; secondScore: number };
  /** `good` is 1 or 0; `unrelated` is an answer taken from another prompt and read after this one. */
  points: { answer: Answer; unrelated: Answer; good: number };
  scored: { answer: Answer; score: number };
  /** Two answers to one prompt, in no order, with a rating of each, off by the preferences' temperature. */
  scores: { first: Answer; second: Answer; firstScore: number; secondScore: number };
  demonstrations: { answer: Answer };
}
/** A kind of feedback by its name. */
export type Kind = keyof Feedback;
/** A kind of feedback, or the fields of a program's own examples: answers, numbers and series. */
export type Shape = Kind | object;

/** What a testbed's labels can be read as: a kind, and what its prompts then say beside the question. */
export type Offer = Kind | `${Kind} told ${keyof Told}`;
/** The offer of a kind, with what its prompts are told. */
export const offerOf = (kind: Kind, told?: keyof Told): Offer =>
  told === undefined ? kind : `${kind} told ${told}`;

/** One example on the host. */
export type Example<F extends Shape> = F extends Kind ? Feedback[F] : F;
/** One traced batch of such examples. */
export type Batch<F extends Shape> = Traced<Example<F>>;

/** What a loss is given for each field of its examples; types follow the rule that is stated at `Feedback`. */
export type Traced<R> = {
  readonly [field in keyof R]: R[field] extends Answer ? Answers
    : R[field] extends readonly Answer[] ? readonly Answers[]
    : R[field] extends Series ? (HasLists<R> extends true ? readonly Expr[] : Expr)
    : Expr;
};
/** Whether examples of these fields hold lists of answers, so that a series has one for each. */
export type HasLists<R> = true extends
  { [field in keyof R]: R[field] extends readonly Answer[] ? true : false }[keyof R] ? true : false;
