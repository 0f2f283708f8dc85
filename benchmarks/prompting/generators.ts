/** The frozen generators of `prompting`: programs that make a video of keywords and a seed. */
import type { Rng } from "../../core/mod.ts";
import { COLOURS, DIRECTIONS, PACES, type VideoWish } from "./language.ts";

const FRAMES = 8;
const STEPS = FRAMES - 1;
export const SCREEN = 8;
/** Keywords that a generator reads without harm. */
const WINDOW = 7;
/** What each further one takes off everything but speed, in log-odds. */
const CLUTTER = 0.7;

/** Log-odds: of a frame to be blurred, of a step to jerk and to move, of a frame to have its colour, of a video to heed its direction. */
type Odds = { [of in "blur" | "jitter" | "speed" | "colour" | "heed"]: number };
/** What nothing said comes to, and what each word that is understood adds to it, once. */
export interface Camera {
  readonly base: Odds;
  readonly words: { readonly [word: string]: Partial<Odds> };
}

const paces = { slow: { speed: -1 }, easy: {}, fast: { speed: 1 } };

/** Either understands six words of style, the other none of these. */
export const generators = {
  first: {
    base: { blur: 0.8, jitter: 0.3, speed: -0.6, colour: 0.3, heed: 0.8 },
    words: {
      ...paces,
      crisp: { blur: -1.6, speed: -0.4 },
      steady: { jitter: -1.6, speed: -0.6 },
      lively: { speed: 1.6, jitter: 0.5 },
      vivid: { colour: 1.6, jitter: 0.3 },
      filmic: { blur: -0.8, jitter: -0.8, heed: -0.6 },
      wild: { speed: 2.4, heed: -2, colour: -0.6 },
    },
  },
  second: {
    base: { blur: 0.4, jitter: 0.7, speed: -0.3, colour: 0.6, heed: 0.5 },
    words: {
      ...paces,
      sharp: { blur: -1.4, jitter: 0.3 },
      smooth: { jitter: -1.8, blur: 0.3 },
      brisk: { speed: 1.4, blur: 0.4 },
      rich: { colour: 1.4, heed: 0.4 },
      epic: { heed: 1.4, jitter: -0.5, speed: -0.5 },
      frantic: { speed: 2.4, heed: -2, colour: -0.6 },
    },
  },
} satisfies { readonly [name: string]: Camera };

/** What is drawn of a video, as probabilities and lots. */
interface Law {
  readonly blurred: number;
  readonly jerks: number;
  readonly moves: number;
  readonly coloured: number;
  readonly heeded: number;
  /** Of which a coloured frame has one, and a heeded video moves in one: all of them where none is named. */
  readonly colours: readonly VideoWish["colour"][];
  readonly directions: readonly VideoWish["direction"][];
}

const everyDirection = Object.keys(DIRECTIONS) as readonly VideoWish["direction"][];
const chance = (odds: number): number => 1 / (1 + Math.exp(-odds));

function lawOf({ base, words }: Camera, said: readonly string[]): Law {
  const odds = { ...base };
  for (const word of new Set(said)) {
    for (const [name, more] of Object.entries(words[word] ?? {})) odds[name as keyof Odds] += more;
  }
  const clutter = CLUTTER * Math.max(0, said.length - WINDOW);
  const named = <W extends string>(all: readonly W[]): readonly W[] => {
    const some = all.filter((word) => said.includes(word));
    return some.length > 0 ? some : all;
  };
  return {
    blurred: chance(odds.blur + clutter),
    jerks: chance(odds.jitter + clutter),
    moves: chance(odds.speed),
    coloured: chance(odds.colour - clutter),
    heeded: chance(odds.heed - clutter),
    colours: named(COLOURS),
    directions: named(everyDirection),
  };
}

/** Scores of a video from 0 to 5: visual quality, temporal consistency, dynamic degree, alignment with what was asked, and looks. */
export type VideoScores = { readonly [score in "vq" | "tc" | "dd" | "tva" | "aes"]: number };

/** What a video is worth in all, from 0 to 26. */
export const worthOf = ({ vq, tc, dd, tva, aes }: VideoScores): number =>
  vq + tc + 1.1 * dd + 1.3 * tva + 0.8 * aes;

const TOP = 5;
/** Shares from 0 to 1 as scores: sharp frames, steps without a jerk and with a move, how the wish is met, frames both sharp and coloured. */
const scores = (
  shares: { sharp: number; calm: number; moves: number; met: readonly number[]; good: number },
): VideoScores => ({
  vq: TOP * shares.sharp,
  tc: TOP * shares.calm,
  dd: TOP * shares.moves,
  tva: TOP * shares.met.reduce((a, b) => a + b) / shares.met.length,
  aes: TOP * shares.good,
});

/** How near so many moves are to a pace, from 0 to 1. */
const paced = (moves: number, pace: VideoWish["pace"]): number =>
  1 - Math.abs(moves / STEPS - PACES[pace]);

/** The mean scores, over all seeds, of what a generator makes of keywords for who wished this. */
export function expectedScores(
  generator: Camera,
  said: readonly string[],
  { colour, direction, pace }: VideoWish,
): VideoScores {
  const { blurred, jerks, moves, coloured, heeded, colours, directions } = lawOf(generator, said);
  const among = <W>(all: readonly W[], one: W) => all.includes(one) ? 1 / all.length : 0;
  const met = [
    coloured * among(colours, colour),
    heeded * among(directions, direction) + (1 - heeded) / everyDirection.length,
    binomial(moves).reduce((sum, p, k) => sum + p * paced(k, pace), 0),
  ];
  const sharp = 1 - blurred;
  return scores({ sharp, calm: 1 - jerks, moves, met, good: sharp * coloured });
}

/** P(k of the steps), k from 0. */
function binomial(p: number): number[] {
  let ways = 1;
  return Array.from({ length: STEPS + 1 }, (_, k) => {
    if (k > 0) ways *= (STEPS - k + 1) / k;
    return ways * p ** k * (1 - p) ** (STEPS - k);
  });
}

/** A blob on a screen of 8 × 8, frame by frame. */
export interface Video {
  readonly frames: readonly Frame[];
  readonly direction: VideoWish["direction"];
  /** Of its seven steps. */
  readonly moves: number;
  readonly jerks: number;
}
/** `colour` is undefined where the blob is grey. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly blurred: boolean;
  readonly colour?: VideoWish["colour"];
}

/** What a generator makes of keywords under a seed. The screen's ends meet. */
export function videoOf(generator: Camera, said: readonly string[], seed: Rng): Video {
  const law = lawOf(generator, said);
  const happens = (p: number) => seed.uniform() < p;
  const direction = seed.pick(happens(law.heeded) ? law.directions : everyDirection);
  const [dx, dy] = DIRECTIONS[direction];
  const within = (x: number) => (x + SCREEN) % SCREEN;
  let [x, y, moves, jerks] = [SCREEN / 2, SCREEN / 2, 0, 0];
  const frames = Array.from({ length: FRAMES }, (_, k): Frame => {
    if (k > 0) {
      const [moved, jerked] = [happens(law.moves), happens(law.jerks)];
      // A jerk is to the side.
      const aside = jerked ? seed.pick([-1, 1]) : 0;
      [x, y] = [
        within(x + (moved ? dx : 0) + aside * Math.abs(dy)),
        within(y + (moved ? dy : 0) + aside * Math.abs(dx)),
      ];
      if (moved) moves++;
      if (jerked) jerks++;
    }
    const blurred = happens(law.blurred);
    return { x, y, blurred, ...happens(law.coloured) ? { colour: seed.pick(law.colours) } : {} };
  });
  return { frames, direction, moves, jerks };
}

/** The scores of one video for who wished this. */
export function scoresOf(
  { frames, direction, moves, jerks }: Video,
  wish: VideoWish,
): VideoScores {
  const share = (is: (frame: Frame) => boolean) => frames.filter(is).length / FRAMES;
  return scores({
    sharp: share(({ blurred }) => !blurred),
    calm: 1 - jerks / STEPS,
    moves: moves / STEPS,
    met: [
      share(({ colour }) => colour === wish.colour),
      direction === wish.direction ? 1 : 0,
      paced(moves, wish.pace),
    ],
    good: share(({ blurred, colour }) => !blurred && colour !== undefined),
  });
}
