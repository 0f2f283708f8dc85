import type { Answer, Checks, Evaluator, Picture, Rng, Testbed, Workshop } from "../../core/mod.ts";
import type { DenoiserShape } from "../../models/denoiser.ts";

/** What the numbers of a setting stand for. The first token of a prompt says what is wanted. */
export interface Domain {
  readonly id: string;
  readonly shape: DenoiserShape;
  /** What is wanted, in words, by token. */
  readonly wanted: readonly string[];
  /** Numbers that the start policy learns to make, and the prompt that they are captioned by. */
  demonstration(
    draws: Rng,
  ): { readonly tokens: readonly number[]; readonly made: readonly number[] };
  /** Which prompts there are, and what is given of answers to them. */
  given(workshop: Workshop, domain: Domain, judged: Worths): Promise<Given>;
  /** What a program says of them; `reward` is what preferences come from. */
  check(made: MadeNumbers, token: number): Checks & { readonly reward: number };
  /** At which every method learns. */
  readonly rate: number;
  /** Labels that a check costs (docs/contracts.md has the rule). */
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

/** How answers compare. */
export interface Worths {
  reward(y: Answer): number;
  /** P(a beats b). */
  chance(a: Answer, b: Answer): number;
  /** One drawn label: did a beat b? */
  label(a: Answer, b: Answer, rng: Rng): boolean;
}

/** The part of a testbed that says what is asked and what is known. */
export type Given = Pick<
  Testbed,
  "prompts" | "costs" | "comparisons" | "examples" | "heldOut" | "lacks"
>;
