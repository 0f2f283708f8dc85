import type { Expr } from "./expr.ts";
import type { Feeds } from "./policy.ts";

export interface Prompt {
  readonly id: string;
  /** What the model reads: token ids, or the one context of a table. */
  readonly tokens: readonly number[];
}

/** One answer with its prompt: host data. Opaque to methods; models know how to read it. */
export interface Answer {
  readonly prompt: Prompt;
  /** What the model wrote, its stop token included; or the one action of a table. */
  readonly tokens: readonly number[];
  /** Steps the policy is answerable for: `tokens.length`. */
  readonly length: number;
}

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
}
/** One of these, by its name. */
export type Telling = { readonly [K in keyof Told]: { readonly [N in K]: Told[K] } }[keyof Told];

/** An answer that a policy drew. */
export interface Sample extends Answer {
  /** log-probability of each step under that policy as it was, at temperature 1 and nothing cut off. */
  readonly logps: readonly number[];
}

/** Whether two answers to one prompt say the same: nobody can prefer either, so nobody need be asked. */
export const same = (a: Answer, b: Answer): boolean =>
  a.length === b.length && a.tokens.every((token, i) => token === b.tokens[i]);

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
 * Every shape feedback takes: R is an answer, N a number, S one number a step. Beside a list of
 * answers, a list of numbers has one an answer; a list is as long in every example. A series is of
 * the answer whose name its own begins with, else of the first.
 */
export interface Feedback<R, N, S> {
  /** `strength` is P(chosen beats rejected): 1 for a hard label. */
  pairs: { chosen: R; rejected: R; strength: N };
  /** A pair that was labelled several times: `strength` is the share of labels for `chosen`, above 1/2. */
  graded: { chosen: R; rejected: R; strength: N };
  /** Best first; a score is the share of the other answers that this one beat, one label each. */
  lists: { answers: readonly R[]; scores: readonly N[] };
  /** Three answers ranked: gold before chosen before rejected. */
  triples: { gold: R; chosen: R; rejected: R };
  /** A pair labelled by one of several objectives or groups of raters: which, by number from 0. */
  objectives: { chosen: R; rejected: R; objective: N };
  /** A pair whose answers one of several policies wrote, by number: 0 is the start policy, or the freshest. */
  sourced: { chosen: R; rejected: R; source: N };
  /** Marks weigh the steps that a label is about. */
  marked: { chosen: R; rejected: R; chosenMarks: S; rejectedMarks: S };
  /** A pair whose prompts name the criterion that it was labelled by. */
  criteria: { chosen: R; rejected: R; strength: N };
  /** A pair whose prompts show other pairs that the same user labelled. */
  shots: { chosen: R; rejected: R; strength: N };
  /** A pair whose prompts name a reward to reach: the chosen answer's, which the rejected one misses. */
  goals: { chosen: R; rejected: R; strength: N };
  /** A pair, and `why` the chosen answer is better: its prompt holds the question and both answers. */
  rationales: { chosen: R; rejected: R; why: R; strength: N };
  /** A pair, and its answers given once more after a draft: the chosen one after the rejected one, the reverse, and each after itself. */
  revisions: { chosen: R; rejected: R; raised: R; lowered: R; keptChosen: R; keptRejected: R };
  /** An answer's exact score on each of two objectives. */
  rated: { answer: R; firstScore: N; secondScore: N };
  /** `good` is 1 or 0; `unrelated` is an answer taken from another prompt and read after this one. */
  points: { answer: R; unrelated: R; good: N };
  scored: { answer: R; score: N };
  demonstrations: { answer: R };
  /** A pair with a rival's log π(chosen) − log π(rejected); `side` is 1 or −1: to outdo it, or to catch up. */
  rivals: { chosen: R; rejected: R; margin: N; side: N };
  /** A given pair, and beside it an answer of the policy's own with the weight of its log-probability. */
  hybrid: { chosen: R; rejected: R; own: R; weight: N };
  /** Samples with what policy gradients need: log-probabilities at sampling time, advantages, returns and old values. */
  trajectories: { answer: R; behaviour: S; advantage: S; target: S; baseline: S };
}
export type Kind = keyof Feedback<unknown, unknown, unknown>;
/** One example on the host. */
export type Example<K extends Kind> = Feedback<Answer, number, Series>[K];
/** One traced batch. */
export type Batch<K extends Kind> = Feedback<Answers, Expr, Expr>[K];
