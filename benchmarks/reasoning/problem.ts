import type { Answer, Model, Params, Prompt, Rng, Workshop } from "../../core/mod.ts";

/** One kind of problem: its questions, who demonstrates answers to them, and the program that checks them. */
export interface Problem {
  readonly model: Model;
  /** Most tokens of an answer, the world's included. */
  readonly longest: number;
  /** The policy that imitates the demonstrations, trained once. */
  readonly start: (workshop: Workshop) => Promise<Params>;
  question(draws: Rng): number[];
  /** A question as a reader is shown it. */
  shown(question: readonly number[]): string;
  /** An answer as it is demonstrated: to the question, or to a draft of it. */
  demonstrated(draws: Rng, asked: Posed): Answer;
  /** An answer without an error. */
  taught(asked: Posed): Answer;
  right(question: readonly number[], y: Answer): boolean;
  /** How many of an answer's steps come before the first wrong one. */
  steps(asked: Posed, y: Answer): { readonly right: number; readonly of: number };
  /** Labels that a taught answer costs: as many bits as it takes to tell it from all that it might have been. */
  readonly price: number;
  /** Whether answers may be given once more after a draft. */
  readonly drafts: boolean;
}

/** A prompt taken apart. */
export interface Posed {
  readonly prompt: Prompt;
  readonly question: readonly number[];
  readonly draft?: readonly number[];
}
