import { type Answer, type Prompt, type Span, spansOf, written } from "./answer.ts";

/** Answers in parts: steps of working, and the turns of an episode. */

/** Each step or turn as an answer of its own, to a prompt that holds all before it. */
export function stepsOf(y: Answer): Answer[] {
  return spansOf(y).map(([from, to], i, all) => {
    const tokens = y.tokens.slice(from, to);
    const prompt = i === 0 && from === 0 ? y.prompt : onFrom(upTo(y, all.slice(0, i), from));
    return written(prompt, tokens);
  });
}

/** The prompt that goes on where this answer stands, the world's last words included. */
export function onFrom(y: Answer): Prompt {
  const all = whole(y);
  return { ...all.prompt, tokens: [...all.prompt.tokens, ...all.tokens], begun: all };
}

/** An answer to a begun prompt joined to what was begun: an answer to the question. Others stay as they are. */
export function whole(y: Answer): Answer {
  const { begun } = y.prompt;
  if (!begun) return y;
  const at = begun.tokens.length;
  const later = spansOf(y).map(([from, to]): Span => [from + at, to + at]);
  return {
    prompt: begun.prompt,
    tokens: [...begun.tokens, ...y.tokens],
    length: begun.length + y.length,
    spans: [...begun.length > 0 ? spansOf(begun) : [], ...later],
  };
}

/** Log-probability of each step or turn, from those of the tokens that the policy wrote, [length]. */
export function byStep(y: Answer, logps: ArrayLike<number>): number[] {
  let at = 0;
  return spansOf(y).map(([from, to]) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += logps[at++]!;
    return sum;
  });
}

/** The beginning of an answer: its first steps, and all tokens up to a place. */
function upTo(y: Answer, spans: readonly Span[], to: number): Answer {
  const length = spans.reduce((sum, [a, b]) => sum + b - a, 0);
  return { prompt: y.prompt, tokens: y.tokens.slice(0, to), length, spans };
}
