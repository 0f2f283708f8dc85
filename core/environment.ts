import { type Answer, type Prompt, type Span, spansOf } from "./answer.ts";

/**
 * A world that answers back. It is pure: a prompt and the moves made say all, so that an episode can
 * be cut anywhere and gone on with; chance, if there is any, comes from the prompt.
 */
export interface Environment<S = unknown> {
  begin(prompt: Prompt): S;
  /** The state after one move: the tokens of a turn, or one action. */
  step(state: S, move: readonly number[]): S;
  /**
   * What the policy reads before its next move: tokens for a model of tokens, of which there are
   * none at the beginning as the prompt says it all; numbers for an agent.
   */
  observe(state: S): readonly number[];
  over(state: S): boolean;
}

/** The state that an answer's moves lead to, from its question on; those before a begun prompt's end included. */
export function played<S>(world: Environment<S>, y: Answer): S {
  const { begun } = y.prompt;
  const first = begun ? played(world, begun) : world.begin(y.prompt);
  return movesOf(y).reduce((state, move) => world.step(state, move), first);
}

/** The moves of an answer, in order: its steps. */
const movesOf = (y: Answer): readonly (readonly number[])[] =>
  y.length === 0 ? [] : spansOf(y).map(([from, to]: Span) => y.tokens.slice(from, to));
