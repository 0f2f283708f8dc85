import type { Checks, Evaluator, Picture, Rng } from "../../core/mod.ts";
import type { DenoiserShape } from "../../models/denoiser.ts";

/** What the numbers of a setting stand for. A prompt is one token, which says what is wanted. */
export interface Domain {
  readonly id: string;
  readonly shape: DenoiserShape;
  /** What is wanted, in words, by token. */
  readonly wanted: readonly string[];
  /** Numbers that the start policy learns to make, and the token that they are captioned by. */
  demonstration(draws: Rng): { readonly token: number; readonly made: readonly number[] };
  /** What a program says of them; `reward` is what preferences come from. */
  check(made: MadeNumbers, token: number): Checks & { readonly reward: number };
  /** Labels that a check costs (benchmarks/diffusion.ts has the rule). */
  readonly price: number;
  /** Measures that other testbeds have not. */
  readonly measures: readonly Evaluator[];
  /** Answers drawn a prompt at the end. */
  readonly samples: number;
  /** The same attributes of any numbers in the same order, each in words that stand alone. */
  words(made: MadeNumbers): readonly string[];
  draw(made: MadeNumbers): Picture;
  /** What is wanted, drawn. */
  sketch(token: number): Picture;
}

export type MadeNumbers = ArrayLike<number>;
