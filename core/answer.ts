/** What a policy is asked and what it makes: words, moves or numbers. */

export interface Prompt {
  readonly id: string;
  /** What the model reads: token ids, or the one context of a table. */
  readonly tokens: readonly number[];
  /**
   * An image beside them: the numbers of its patches, one patch after another. The first tokens hold
   * the patches' places, one each, and are not read themselves.
   */
  readonly patches?: Float32Array;
  /** Of a prompt that goes on from the middle of an answer: what of it `tokens` hold already. */
  readonly begun?: Answer;
}

/**
 * One answer with its prompt: host data. What it is made of is for models and testbeds to read; to
 * all others it is opaque, known by `nameOf`.
 */
export interface Answer {
  readonly prompt: Prompt;
  /**
   * All that follows the prompt: what the policy wrote, its stop token included, and between its
   * turns what the world said; or the one action of a table. Empty where `numbers` is what was made.
   */
  readonly tokens: readonly number[];
  /** Steps that the policy is answerable for: the tokens that it wrote, its moves, or denoising steps. */
  readonly length: number;
  /**
   * Its steps of working, or turns, in order, as places in `tokens`; what lies between two of them
   * the world said. Absent: one step, all its own.
   */
  readonly spans?: readonly Span[];
  readonly numbers?: Numbers;
}
/** Where in an answer's tokens a step or a turn lies; `to` is the first place behind it. */
export type Span = readonly [from: number, to: number];

/** What a policy over numbers made, D of them. */
export type Numbers =
  /** [length + 1][D] from noise on, one point after another; the hop to the result is no step. */
  | { readonly of: "path"; readonly points: Float32Array; readonly result: Float32Array }
  /** How it came about is not known: each step of learning reads it noised, anew each time. */
  | { readonly of: "result"; readonly result: Float32Array }
  /** A result seen at one moment: `points` is it noised, `weight` turns a squared error into nats. */
  | {
    readonly of: "glance";
    readonly points: Float32Array;
    readonly result: Float32Array;
    readonly time: number;
    readonly weight: number;
  };

/** An answer that a policy drew. */
export interface Sample extends Answer {
  /** log-probability of each step under that policy as it was, at temperature 1 and nothing cut off. */
  readonly logps: readonly number[];
}

/** log π(y|x) under the policy that drew it, as it was then: of a policy's own round nobody need ask again. */
export const drawnLogp = ({ logps }: Sample): number => logps.reduce((sum, x) => sum + x, 0);

/** A text by which answers to one prompt are told apart: the same for those that say the same. */
export const nameOf = ({ tokens, numbers }: Answer): string =>
  numbers ? `${tokens}:${numbers.result}` : `${tokens}`;

/** Whether two answers to one prompt say the same: nobody can prefer either, so nobody need be asked. */
export const same = (a: Answer, b: Answer): boolean =>
  equal(a.tokens, b.tokens) && equal(a.numbers?.result ?? [], b.numbers?.result ?? []);

/** RangeError for answers to two prompts, of which neither can be the better. */
export function samePrompt(a: Answer, b: Answer): void {
  if (a.prompt.id === b.prompt.id) return;
  throw new RangeError(
    `Cannot compare answers to different prompts: "${a.prompt.id}" and "${b.prompt.id}"`,
  );
}

/**
 * Its result, and nothing of how it came about: each step of learning sees that noised, anew each
 * time. Words hold all there is to them, and stay as they are.
 */
export const resultAlone = (y: Answer): Answer =>
  y.numbers
    ? {
      prompt: y.prompt,
      tokens: [],
      length: 1,
      numbers: { of: "result", result: y.numbers.result },
    }
    : y;

/** An answer of one step, all of whose tokens are its policy's own. */
export const written = (prompt: Prompt, tokens: readonly number[]): Answer => (
  { prompt, tokens, length: tokens.length }
);

function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

/** The steps of an answer by names that equal steps share, [length]; undefined where a step has none. */
export const stepNames = (y: Answer): readonly number[] | undefined =>
  y.numbers ? undefined : y.spans ? spansOf(y).flatMap(([a, b]) => y.tokens.slice(a, b)) : y.tokens;

/** The answer with other steps of its policy's own in their places, [length]; what the world said stays. */
export function reworded(y: Answer, names: readonly number[]): Answer {
  const tokens = [...y.tokens];
  const places = spansOf(y).flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, i) => from + i)
  );
  places.forEach((place, i) => tokens[place] = names[i]!);
  return { ...y, tokens };
}

/** The parts of an answer that are its policy's own, in order. */
export const spansOf = ({ tokens, spans }: Answer): readonly Span[] =>
  spans ?? [[0, tokens.length]];
