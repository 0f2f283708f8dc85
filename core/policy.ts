import type { Answer, Prompt, Sample } from "./answer.ts";
import type { Environment } from "./environment.ts";
import type { Expr, Feeds } from "./expr.ts";
import type { Answers } from "./feedback.ts";
import type { Rng } from "./rng.ts";

/** An array on the host, or one that an engine kept on its device (`CallOptions.keep`). */
export interface Tensor {
  readonly shape: readonly number[];
  /** Throws a TypeError for an array on a device. */
  readonly data: Float32Array | Int32Array;
  /**
   * Another hold on the same memory: an array on a device never changes. Arrays on the host, which
   * may be written in place, have none.
   */
  readonly share?: () => Tensor;
  /** Ends this hold; the last one's end frees the device's memory. Arrays on the host have none. */
  readonly [Symbol.dispose]?: () => void;
}
/** Arrays by name. */
export type Tensors = { readonly [name: string]: Tensor };
/** A model's parameters: named float arrays. */
export type Params = Tensors;

/** A computation, written once as a graph of its inputs. Keep the function: it is the key of the compiled session. */
export type Graph = (feeds: Feeds) => Feeds;

/** Inputs with the axis of each that may change its size. */
export type FreeAxes = { readonly [input: string]: number };

/** How a graph is called. */
export interface CallOptions {
  /**
   * Inputs with an axis whose size may change from call to call without compiling again: groups of
   * { input: axis }, where the axes of one group always have the same size.
   */
  readonly free?: readonly FreeAxes[];
  /** Outputs to write in place; the others are freshly allocated. */
  readonly into?: Tensors;
  /**
   * Outputs that the host never reads: an engine with memory of its own leaves them there, whatever
   * `into` says. They are feeds of later calls, and the caller disposes of them after those. Like
   * `free` this belongs to the graph: give the same at every call.
   */
  readonly keep?: readonly string[];
}

/** Builds the graph of `f`, compiles it once per shape, runs it, and bills its operations. */
export type Call = (f: Graph, feeds: Tensors, options?: CallOptions) => Promise<Tensors>;

/** A policy as a loss sees it. Each call adds nodes to the graph, and the graph is what is billed. */
export interface Likelihood {
  /** [B] log π(y|x), summed over the answer: never averaged. Divide by `y.length` where a paper does. */
  logp(y: Answers): Expr;
  /** [B, T] log π(yₜ|x, y₍<t₎), zero past the end. */
  steps(y: Answers): Expr;
  /** [B] the scalar head over the whole answer: a reward. */
  value(y: Answers): Expr;
  /** [B, T] the scalar head before each step: a state value, zero past the end. */
  values(y: Answers): Expr;
  /** [B, D] a vector over the whole answer, of a head that a learner adds whose loss reads one of so many numbers. */
  vector(y: Answers, width: number): Expr;
  /** [B, T] KL(this‖other) of the whole next steps, zero past the end; of tokens and of Gaussians alike. */
  kl(other: Likelihood, y: Answers): Expr;
  /** [B, T] entropy of the whole next steps, zero past the end. */
  entropy(y: Answers): Expr;
  /** The whole next-step distribution at each step; `Unsuited` where a step is not one of countably many. */
  next(y: Answers): Next;
}

/** Full distributions at the N steps of a batch that exist. */
export interface Next {
  /** [N, V] log-probabilities of every continuation. */
  readonly logp: Expr;
  /** Lays [N] out as [B, T], zero past the end. */
  fold(x: Expr): Expr;
}

/** A model has no such thing as it was asked for: the run's outcome is "unsupported", for this reason. */
export class Unsuited extends TypeError {}

/** A policy as a program sees it: parameters at rest. */
export interface Policy {
  sample(prompts: readonly Prompt[], rng: Rng, options?: SampleOptions): Promise<Sample[]>;
  /** log π(y|x) of each answer, summed over its steps. */
  logp(ys: readonly Answer[]): Promise<Float64Array>;
  /** log-probability of each step of each answer. */
  steps(ys: readonly Answer[]): Promise<Float64Array[]>;
  /** The scalar head over the whole answer; `Unsuited` where there is none. */
  value(ys: readonly Answer[]): Promise<Float64Array>;
  /** The scalar head before each step; `Unsuited` where there is none. */
  values(ys: readonly Answer[]): Promise<Float64Array[]>;
  /** The vector of each whole answer, of a learner whose loss reads one; `Unsuited` where there is none. */
  vectors(ys: readonly Answer[]): Promise<Float64Array[]>;
  /**
   * The results of each group at one moment, drawn anew, and there where this policy's own certain
   * path to each passes: what `Model.glance` sees, but for the noise; `Unsuited` where there is no such
   * path.
   */
  invert(groups: readonly (readonly Answer[])[], rng: Rng): Promise<Answer[][]>;
  /**
   * Exact expectations at the prefixes each answer visits, summed over its steps, in nats:
   * KL(π‖other) and the entropy of π.
   */
  against(
    other: Policy,
    ys: readonly Answer[],
  ): Promise<{ kl: Float64Array; entropy: Float64Array }>;
}

/** An answer's numbers at rest: summed log-probabilities under the policy and its reference, and its length. */
export interface Scored {
  readonly logp: number;
  readonly reference: number;
  readonly length: number;
  /** The scalar head over the whole answer, of a method that is `valuing`. */
  readonly value?: number;
  /** The vector over the whole answer, of a method that is `placing`. */
  readonly vector?: ArrayLike<number>;
}

/** How answers are drawn. */
export interface SampleOptions {
  /** 1 is the policy itself; 0 takes the likeliest token. */
  readonly temperature?: number;
  /** Only the k likeliest tokens; 0 or absent for all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together hold this probability; 1 or absent for all. */
  readonly topP?: number;
  /** Answers to begin as, one a prompt: a denoiser from the same first noise. */
  readonly opening?: readonly Answer[];
  /** Whether an answer ends with its first step or turn. */
  readonly step?: boolean;
  /**
   * The likeliest answer that a beam search of this width finds, in place of a draw: no other option
   * then applies. Width 1 takes the likeliest token each time.
   */
  readonly beams?: number;
}

/** A batch of answers laid out for a model. */
export interface Packed {
  readonly feeds: Tensors;
  /** T of the [B, T] arrays that `forward` makes of it. */
  readonly steps: number;
  /** One group of `CallOptions.free`. */
  readonly free: FreeAxes;
}

/** A policy class: what a testbed trains. Knows nothing of losses. */
export interface Model {
  readonly id: string;
  init(rng: Rng): Params;
  /**
   * The head that `Forward.vector` reads, where there can be one, for vectors of length about 1: as a
   * bilinear score of zeros has no slope, it is not 0. Its arrays are no part of `init`, but beside it.
   */
  vectorHead?(width: number, rng: Rng): Params;
  /** `ends` adds the states after each step, which `Forward.value` and `vector` read. */
  pack(ys: readonly Answer[], ends?: boolean): Packed;
  forward(params: Feeds, packed: Feeds): Forward;
  /** What answers back between its turns, where something does. */
  readonly world?: Environment;
  /** How much a pass reads of an answer; those of like extent are read together. 1 of each by default. */
  extent?(y: Answer): number;
  /** Most that a pass may read; no bound without it. */
  readonly context?: number;
  /**
   * What one step of learning reads of the answers of one example, where that is not the answers
   * themselves: results whose way is unknown, seen at one moment and under one noise for all of them.
   */
  glance?(ys: readonly Answer[], rng: Rng): readonly Answer[];
  /** `Policy.invert`, where there can be one. */
  invert?(
    call: Call,
    params: Params,
    groups: readonly (readonly Answer[])[],
    rng: Rng,
  ): Promise<Answer[][]>;
  /** One stream a prompt, so that an answer does not depend on its neighbours. */
  generate(
    call: Call,
    params: Params,
    prompts: readonly Prompt[],
    rngs: readonly Rng[],
    options?: SampleOptions,
  ): Promise<Sample[]>;
}

/** One pass over a packed batch; only what a graph uses of it is computed. */
export interface Forward {
  /** [B] */
  readonly length: Expr;
  /** [B, T] */
  readonly steps: Expr;
  /** [B] */
  value(): Expr;
  /** [B, T] */
  values(): Expr;
  /** [B, D]; absent where no such head can be. `Unsuited` where there is none. */
  vector?(): Expr;
  /** [B, T] KL(this‖other) of a pass of the same model over the same batch. */
  kl(other: Forward): Expr;
  /** [B, T] */
  entropy(): Expr;
  /** Absent where a step is not one of countably many. */
  readonly next?: Next;
}
