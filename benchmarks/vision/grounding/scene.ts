/** Images of a few rectangles of different colours, and the words that say where one is. */
import type { Mark, Picture, Prompt, Rng } from "../../../core/mod.ts";

export const COLOURS = ["blue", "red", "green", "pink"] as const;
/** Pixels of a side. */
const SIDE = 8;
/** Pixels of a patch's side. */
const PATCH = 2;
const ROW = SIDE / PATCH;
export const image = { count: ROW ** 2, numbers: 3 * PATCH ** 2 } as const;
/** Standard deviation of each number of a pixel about what is there. */
const NOISE = 0.4;

/** Left, top, right and bottom edge, in pixels. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];
export interface Rectangle {
  readonly colour: number;
  readonly box: Box;
}

// A stop holds the places of patches too; then the coordinates from 0 to 8, and then the colours.
export const STOP = 0;
const ZERO = 1;
const FIRST_COLOUR = ZERO + SIDE + 1;
export const VOCABULARY = FIRST_COLOUR + COLOURS.length;
/** Four coordinates and a stop. */
export const LONGEST = 5;

/** So many rectangles, each of a colour of its own and a pixel at least from the others. */
export function sceneOf(n: number, draws: Rng): readonly Rectangle[] {
  const colours = draws.shuffle(COLOURS.map((_, colour) => colour));
  for (;;) {
    const placed: Rectangle[] = [];
    for (let tries = 0; placed.length < n && tries < 60; tries++) {
      const [width, height] = [2 + draws.below(4), 2 + draws.below(4)];
      const [left, top] = [draws.below(SIDE - width + 1), draws.below(SIDE - height + 1)];
      const box: Box = [left, top, left + width, top + height];
      if (placed.every((other) => apart(box, other.box))) {
        placed.push({ colour: colours[placed.length]!, box });
      }
    }
    if (placed.length === n) return placed;
  }
}

const apart = (a: Box, b: Box): boolean => a[0] > b[2] || b[0] > a[2] || a[1] > b[3] || b[1] > a[3];

/** Red, green and blue, where −1 is none. */
const LIGHTS = [[-1, -0.4, 1], [1, -0.6, -0.6], [-0.6, 1, -0.6], [1, -0.2, 0.7]] as const;

/** A scene as its patches, row by row, each number off by noise. */
function patchesOf(scene: readonly Rectangle[], draws: Rng): Float32Array {
  const patches = new Float32Array(image.count * image.numbers);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const there = scene.find(({ box: [left, top, right, bottom] }) =>
        x >= left && x < right && y >= top && y < bottom
      );
      const patch = ROW * Math.floor(y / PATCH) + Math.floor(x / PATCH);
      const pixel = PATCH * (y % PATCH) + x % PATCH;
      for (let c = 0; c < 3; c++) {
        const light = there ? LIGHTS[there.colour]![c]! : -1;
        patches[patch * image.numbers + 3 * pixel + c] = light + NOISE * draws.normal();
      }
    }
  }
  return patches;
}

/** A prompt that shows a scene and asks for the rectangle of this colour. */
export const asking = (
  id: string,
  scene: readonly Rectangle[],
  colour: number,
  draws: Rng,
): Prompt => ({
  id,
  tokens: [...Array<number>(image.count).fill(STOP), FIRST_COLOUR + colour],
  patches: patchesOf(scene, draws),
});

export const said = (box: Box): number[] => [...box.map((x) => ZERO + x), STOP];

/** The box that an answer gives: four coordinates and nothing else, and some area; undefined where it gives none. */
export function boxOf(tokens: readonly number[]): Box | undefined {
  const box = tokens.slice(0, 4).map((token) => token - ZERO) as unknown as Box;
  const numbers = box.every((x) => x >= 0 && x <= SIDE);
  const whole = tokens.length === LONGEST && tokens[4] === STOP && numbers;
  return whole && box[2] > box[0] && box[3] > box[1] ? box : undefined;
}

const area = ([left, top, right, bottom]: Box): number =>
  Math.max(0, right - left) * Math.max(0, bottom - top);

/** The area that two boxes share, as a part of the area that they cover. */
export function overlap(a: Box, b: Box): number {
  const shared = area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  return shared / (area(a) + area(b) - shared);
}

/** How often an annotator boxes any rectangle, an edge is a pixel off, and a coordinate is left out. */
const CARELESS = 0.1;
const OFF = 0.3;
const CUT = 0.05;

/** An answer as a careless annotator gives it. */
export function careless(scene: readonly Rectangle[], asked: Rectangle, draws: Rng): number[] {
  const { box } = draws.uniform() < CARELESS ? draws.pick(scene) : asked;
  const off = box.map((x) =>
    draws.uniform() < OFF ? Math.min(SIDE, Math.max(0, x + 2 * draws.below(2) - 1)) : x
  ) as unknown as Box;
  const tokens = said(off);
  return draws.uniform() < CUT ? tokens.toSpliced(draws.below(4), 1) : tokens;
}

export const wordOf = (token: number): string =>
  token === STOP ? "." : token < FIRST_COLOUR ? `${token - ZERO}` : COLOURS[token - FIRST_COLOUR]!;

const box = ([left, top, right, bottom]: Box): number[] => [
  (left + right) / 2,
  (top + bottom) / 2,
  right - left,
  bottom - top,
];

/** All rectangles; the one that is asked for has a dashed box in the ink of text, if an answer gives one. */
export const drawn = (scene: readonly Rectangle[], predicted?: Box): Picture => ({
  view: [SIDE, SIDE],
  marks: [
    ...scene.map(({ colour, box: at }): Mark => ({ kind: "box", at: box(at), ink: colour })),
    ...predicted ? [{ kind: "box", at: box(predicted), ink: 6, faint: true } as const] : [],
  ],
});
