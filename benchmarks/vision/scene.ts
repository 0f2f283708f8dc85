/** Scenes of a few objects on nine cells, which a policy sees as a patch of pixels a cell. */
import type { Mark, Prompt, Rng } from "../../core/mod.ts";

export const COLOURS = ["blue", "red", "green", "pink"] as const;
export const SHAPES = ["disc", "square", "plus", "cross"] as const;
const WIDE = 3;
export const CELLS = WIDE * WIDE;
/** Kinds of objects, a number each: shapes vary fastest. */
export const KINDS = COLOURS.length * SHAPES.length;

/** The kind of object on each cell, in reading order; −1 on an empty one. */
export type Scene = readonly number[];

/** Side of a patch, in pixels of three colours. */
const SIDE = 4;
export const image = { count: CELLS, numbers: SIDE * SIDE * 3 } as const;
/** What holds the place of a patch in every prompt. */
export const PATCH = 1;

export const kindOf = (colour: number, shape: number): number => SHAPES.length * colour + shape;
export const colourOf = (kind: number): number => Math.floor(kind / SHAPES.length);
export const shapeOf = (kind: number): number => kind % SHAPES.length;
export const objectsOf = (scene: Scene): number[] => scene.filter((kind) => kind >= 0);
export const named = (kind: number): string =>
  `${COLOURS[colourOf(kind)]} ${SHAPES[shapeOf(kind)]}`;

/** From `least` to `most` objects of any kind, each on a cell of its own. */
export function sceneOf([least, most]: readonly [number, number], draws: Rng): Scene {
  const scene = Array<number>(CELLS).fill(-1);
  const cells = draws.shuffle(scene.map((_, cell) => cell));
  const n = least + draws.below(most - least + 1);
  for (const cell of cells.slice(0, n)) scene[cell] = draws.below(KINDS);
  return scene;
}

/** Which pixels of its cell an object fills, by shape. */
const MASKS = [
  [".##.", "####", "####", ".##."],
  ["####", "####", "####", "####"],
  ["..#.", "..#.", "####", "..#."],
  ["#..#", ".##.", ".##.", "#..#"],
].map((rows) => [...rows.join("")].map((pixel) => pixel === "#"));
/** Red, green and blue, where −1 is none. */
const LIGHTS = [[-1, -0.4, 1], [1, -0.6, -0.6], [-0.6, 1, -0.6], [1, -0.2, 0.7]] as const;

/** The pixels of a cell without noise: [pixel][colour]. */
function pixelsOf(kind: number): number[] {
  const light = kind < 0 ? undefined : LIGHTS[colourOf(kind)];
  return Array.from({ length: SIDE * SIDE }, (_, pixel) => {
    const lit = light && MASKS[shapeOf(kind)]![pixel];
    return [0, 1, 2].map((c) => lit ? light[c]! : -1);
  }).flat();
}
const clean = Array.from({ length: KINDS + 1 }, (_, k) => pixelsOf(k - 1));

/** A scene as its patches, cell by cell, each number off by N(0, `noise`²). */
export function patchesOf(scene: Scene, noise: number, draws: Rng): Float32Array {
  const patches = new Float32Array(CELLS * image.numbers);
  scene.forEach((kind, cell) =>
    clean[kind + 1]!.forEach((x, i) => {
      patches[cell * image.numbers + i] = x + noise * draws.normal();
    })
  );
  return patches;
}

/** An image of which each patch is hidden with such a chance: the mean of all its patches stands there. */
export function blinded(patches: Float32Array, hidden: number, draws: Rng): Float32Array {
  const { numbers } = image;
  const mean = Float32Array.from({ length: numbers }, (_, i) => {
    let sum = 0;
    for (let at = i; at < patches.length; at += numbers) sum += patches[at]!;
    return sum / CELLS;
  });
  const seen = Float32Array.from(patches);
  for (let cell = 0; cell < CELLS; cell++) {
    if (draws.uniform() < hidden) seen.set(mean, cell * numbers);
  }
  return seen;
}

/** A prompt that shows these patches and then asks. */
export const seeing = (id: string, patches: Float32Array, asks: readonly number[]): Prompt => (
  { id, tokens: [...Array<number>(CELLS).fill(PATCH), ...asks], patches }
);

const ROWS = ["top", "middle", "bottom"];
const COLUMNS = ["left", "centre", "right"];
/** Where a cell is, in words. */
export const placeOf = (cell: number): string =>
  `${ROWS[Math.floor(cell / WIDE)]} ${COLUMNS[cell % WIDE]}`;
/** A scene in words, cell by cell: "red disc top left, blue plus middle right". */
export const wordsOf = (scene: Scene): string =>
  scene.flatMap((kind, cell) => kind < 0 ? [] : [`${named(kind)} ${placeOf(cell)}`]).join(", ");

/** The ink of words. */
const TEXT = 6;
/** Cells of side 1; what is seen of an image of nine. */
export const view = [WIDE, WIDE] as const;
export const middleOf = (cell: number) =>
  [cell % WIDE + 0.5, Math.floor(cell / WIDE) + 0.5] as const;

export const gridMarks: readonly Mark[] = [1, 2].flatMap((place): Mark[] => [
  { kind: "line", at: [place, 0, place, WIDE], ink: TEXT, faint: true },
  { kind: "line", at: [0, place, WIDE, place], ink: TEXT, faint: true },
]);

/** An object with its middle there. */
export function objectMark(kind: number, [x, y]: readonly [number, number], radius = 0.3): Mark {
  const [shape, ink] = [SHAPES[shapeOf(kind)]!, colourOf(kind)];
  if (shape === "square") return { kind: "box", at: [x, y, 2 * radius, 2 * radius], ink };
  return { kind: shape, at: [x, y, radius], ink };
}

/** The objects of a scene on its cells. */
export const sceneMarks = (scene: Scene): Mark[] =>
  scene.flatMap((kind, cell) => kind < 0 ? [] : [objectMark(kind, middleOf(cell))]);
