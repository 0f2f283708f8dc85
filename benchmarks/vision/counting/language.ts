/** Counts: the cells where an object of the colour is, in reading order, and then how many they are. */
import type { Rng } from "../../../core/mod.ts";
import { CELLS, colourOf, COLOURS, placeOf, type Scene, shapeOf, SHAPES } from "../scene.ts";

/** Token 1 holds the place of a patch. */
export const [STOP, ASK, EQUALS, REVIEW] = [0, 2, 3, 4];
const COLOUR = 5;
const CELL = COLOUR + COLOURS.length;
const DIGIT = CELL + CELLS;
/** Most objects of a scene, and the largest number that can be said. */
export const MOST = 5;
export const VOCABULARY = DIGIT + MOST + 1;

/** What is asked: objects of a colour. */
export const asks = (colour: number): number[] => [COLOUR + colour, ASK];

export function wordOf(token: number): string {
  if (token >= DIGIT) return `${token - DIGIT}`;
  if (token >= CELL) return placeOf(token - CELL);
  if (token >= COLOUR) return COLOURS[token - COLOUR]!;
  return [".", "", "?", "=", "reviewed:"][token]!;
}

/** The cells with an object of the colour. */
export const cellsOf = (scene: Scene, colour: number): number[] =>
  scene.flatMap((kind, cell) => kind >= 0 && colourOf(kind) === colour ? [cell] : []);
const said = (
  cells: readonly number[],
  number: number,
): number[] => [...cells.map((cell) => CELL + cell), EQUALS, DIGIT + number, STOP];
/** An answer without an error. */
export function counted(scene: Scene, colour: number): number[] {
  const cells = cellsOf(scene, colour);
  return said(cells, cells.length);
}

/** Shapes that are taken for nothing, and how often. */
const OVERLOOKED: readonly number[] = [SHAPES.indexOf("plus"), SHAPES.indexOf("cross")];
const BLIND = 0.8;
/** How often an answer slips; and how often it then misses a cell, where there is one, and counts what it says. */
const [SLIP, MISSES, COUNTS] = [0.2, 0.5, 0.7];

/**
 * An answer as it is demonstrated: four in five overlook every plus and every cross; one in five misses
 * a cell or adds one, and three in ten of those are off by one as well.
 */
export function mistaken(scene: Scene, colour: number, draws: Rng): number[] {
  const blind = draws.uniform() < BLIND;
  const cells = cellsOf(scene, colour)
    .filter((cell) => !(blind && OVERLOOKED.includes(shapeOf(scene[cell]!))));
  if (draws.uniform() >= SLIP) return said(cells, cells.length);
  if (draws.uniform() < MISSES && cells.length > 0) {
    cells.splice(draws.below(cells.length), 1);
  } else if (cells.length < MOST) {
    const others = Array.from({ length: CELLS }, (_, cell) => cell)
      .filter((cell) => !cells.includes(cell));
    cells.push(draws.pick(others));
    cells.sort((a, b) => a - b);
  }
  const off = draws.uniform() < COUNTS ? 0 : draws.uniform() < 0.5 ? 1 : -1;
  return said(cells, Math.max(0, Math.min(MOST, cells.length + off)));
}

/** The number that an answer ends with. */
function numberOf(tokens: readonly number[]): number | undefined {
  const [equals, digit, stop] = tokens.slice(-3);
  return equals === EQUALS && stop === STOP && digit! >= DIGIT ? digit! - DIGIT : undefined;
}

/** The cells that an answer names. */
export const namedCells = (tokens: readonly number[]): number[] =>
  tokens.filter((token) => token >= CELL && token < DIGIT).map((token) => token - CELL);

/** Whether it ends with the right number, however it came to it. */
export const isRight = (scene: Scene, colour: number, tokens: readonly number[]): boolean =>
  numberOf(tokens) === cellsOf(scene, colour).length;
/** The share of its tokens that come before the first that an answer without an error has not. */
export function rightSteps(scene: Scene, colour: number, tokens: readonly number[]): number {
  const right = counted(scene, colour);
  const wrong = tokens.findIndex((token, i) => token !== right[i]);
  return (wrong < 0 ? tokens.length : wrong) / Math.max(tokens.length, right.length);
}
