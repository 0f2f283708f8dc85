/** The words of `prompting`: what users ask for, and what a generator may be told. */
import type { Answer, Prompt, Rng } from "../../core/mod.ts";

export const COLOURS = ["blue", "red", "green", "pink", "orange"] as const;
/** Each with the step that it takes on the screen. */
export const DIRECTIONS = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
} as const;
const directions = Object.keys(DIRECTIONS) as readonly (keyof typeof DIRECTIONS)[];
/** Each with the share of steps at which the blob should move. */
export const PACES = { slow: 1 / 7, easy: 3 / 7, fast: 6 / 7 } as const;
const paces = Object.keys(PACES) as readonly (keyof typeof PACES)[];
/** Words that nobody asks for; a generator understands six of them. */
const STYLES = [
  ...["crisp", "steady", "lively", "vivid", "filmic", "wild"],
  ...["sharp", "smooth", "brisk", "rich", "epic", "frantic"],
] as const;

const keywords: readonly string[] = [...COLOURS, ...directions, ...paces, ...STYLES];
const STYLE = keywords.length - STYLES.length;
/** Ends a question. */
const ASK = keywords.length;
export const STOP = ASK + 1;
export const VOCABULARY = STOP + 1;
/** Keywords of an answer, at most. */
export const MOST = 10;

export const wordOf = (token: number): string =>
  token === ASK ? "please" : token === STOP ? "." : keywords[token]!;
export const tokenOf = (word: string): number => {
  const token = keywords.indexOf(word);
  if (token >= 0) return token;
  throw new RangeError(`Cannot read "${word}": it is no keyword`);
};

/** What a user wants to see. */
export interface VideoWish {
  readonly colour: (typeof COLOURS)[number];
  readonly direction: keyof typeof DIRECTIONS;
  readonly pace: keyof typeof PACES;
}

/** Every question there is, in an order that is always the same. */
export const questions: readonly (readonly number[])[] = COLOURS.flatMap((colour) =>
  directions.flatMap((direction) =>
    paces.map((pace) => [...[colour, direction, pace].map(tokenOf), ASK])
  )
);

/** What a question asks for. */
export function wishOf({ tokens }: Prompt): VideoWish {
  const [colour, direction, pace] = tokens.map(wordOf);
  return { colour, direction, pace } as VideoWish;
}

/** The keywords of an answer, as far as its end. */
export const wordsOf = ({ tokens }: Answer): string[] => {
  const end = tokens.indexOf(STOP);
  return tokens.slice(0, end < 0 ? tokens.length : end).map(wordOf);
};

/** How often a careless writer leaves a word of the question out, and says another of its kind in its place. */
const CARELESS = { forgets: 0.25, errs: 0.1 } as const;
/** Style words that it adds, at most. */
const ADDS = 4;

/** What a careless writer makes of a question: most of its words, and any style words, in any order. */
export function elaborated(question: readonly number[], draws: Rng): number[] {
  const kinds = [COLOURS, directions, paces];
  const kept = kinds.flatMap((kind, i) => {
    if (draws.uniform() < CARELESS.forgets) return [];
    return [draws.uniform() < CARELESS.errs ? tokenOf(draws.pick(kind)) : question[i]!];
  });
  const added = Array.from(
    { length: draws.below(ADDS + 1) },
    () => STYLE + draws.below(STYLES.length),
  );
  return [...draws.shuffle([...kept, ...added]), STOP];
}
