/** Captions: objects by colour and shape, in plain words in reading order, or in an expert's words and order. */
import { colourOf, COLOURS, kindOf, shapeOf, SHAPES } from "../scene.ts";

/** Token 1 holds the place of a patch. */
export const [STOP, ASK, MARK] = [0, 2, 3];
const PLAIN = 4;
const EXPERT = PLAIN + COLOURS.length + SHAPES.length;
export const VOCABULARY = EXPERT + COLOURS.length + SHAPES.length;

const words = [
  ".",
  "",
  "?",
  "seen:",
  ...COLOURS,
  ...SHAPES,
  ...["azure", "scarlet", "emerald", "rose"],
  ...["coin", "block", "star", "saltire"],
];
export const wordOf = (token: number): string => words[token] ?? `(${token})`;

const said = (from: number) => (kind: number): number[] => [
  from + colourOf(kind),
  from + COLOURS.length + shapeOf(kind),
];
/** An object's colour and shape. */
export const saidPlainly = said(PLAIN);
export const saidByExperts = said(EXPERT);
/** Whether a word of an object is one of the expert's. */
export const isExperts = (token: number): boolean => token >= EXPERT;

/** Objects in the order in which they are given. */
export const plainly = (
  kinds: readonly number[],
): number[] => [...kinds.flatMap(saidPlainly), STOP];
/** The same objects grouped by kind, in words that hardly anybody else uses. */
export const expertly = (
  kinds: readonly number[],
): number[] => [MARK, ...kinds.toSorted((a, b) => a - b).flatMap(saidByExperts), STOP];

/** A mention of an object, and where its colour stands; its shape comes next. */
export interface Mention {
  readonly kind: number;
  readonly at: number;
}
/** Every colour with a shape right behind it, in the same words; what else is said mentions nothing. */
export function mentionsOf(tokens: readonly number[]): Mention[] {
  return tokens.flatMap((token, at): Mention[] => {
    const from = isExperts(token) ? EXPERT : PLAIN;
    const [colour, shape] = [token - from, tokens[at + 1]! - from - COLOURS.length];
    const named = colour >= 0 && colour < COLOURS.length && shape >= 0 && shape < SHAPES.length;
    return named ? [{ kind: kindOf(colour, shape), at }] : [];
  });
}

/** How a caption fits its scene. */
export interface Fit {
  /** Mentions, objects that are mentioned, and mentions of what is not there. */
  readonly mentions: number;
  readonly found: number;
  readonly invented: number;
  /** Of each mention, whether an object answers to it: each object once. */
  readonly there: readonly boolean[];
  /** Kinds that are there and not mentioned. */
  readonly missed: readonly number[];
}
export function fitOf(objects: readonly number[], tokens: readonly number[]): Fit {
  const missed = [...objects];
  const there = mentionsOf(tokens).map(({ kind }) => {
    const i = missed.indexOf(kind);
    if (i >= 0) missed.splice(i, 1);
    return i >= 0;
  });
  const found = objects.length - missed.length;
  return { mentions: there.length, found, invented: there.length - found, there, missed };
}

/** Objects found less objects invented, as a share of those there are: 1 is the most. */
export function worthOf(objects: readonly number[], tokens: readonly number[]): number {
  const { found, invented } = fitOf(objects, tokens);
  return (found - invented) / objects.length;
}
