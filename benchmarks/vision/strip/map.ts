/** Maps of five by five cells with a door on each side, and paths on them from the middle. */
import { type Answer, type Picture, type Prompt, type Rng, written } from "../../../core/mod.ts";

/** A path that has not taken all its moves says so; it holds the places of prompts too. */
export const STOP = 0;
export const MOVES = ["up", "right", "down", "left"] as const;
export const VOCABULARY = 1 + MOVES.length;
/** Most moves of a path. */
export const LONGEST = 4;

const SIDE = 5;
type Cell = readonly [row: number, column: number];
const MIDDLE: Cell = [2, 2];
const AHEAD: readonly Cell[] = [[-1, 0], [0, 1], [1, 0], [0, -1]];
/** In the order of the moves that lead straight to them. */
const DOORS: readonly Cell[] = [[0, 2], [2, 4], [4, 2], [2, 0]];

/** What a path is worth that ends at each door. */
export type Doors = readonly number[];
/** What one is worth that ends anywhere else: a policy may be as rare there as this, and no rarer. */
export const ELSEWHERE = 0.02;
export const WORTHS: Doors = [1, 2, 3, 4];

/** Every way in which the doors may be worth 1 to 4, in an order that `draws` gives. */
export function allDoors(draws: Rng): readonly Doors[] {
  const orders = (left: Doors): Doors[] =>
    left.length === 0
      ? [[]]
      : left.flatMap((x) => orders(left.filter((y) => y !== x)).map((rest) => [x, ...rest]));
  return draws.shuffle(orders(WORTHS));
}

/** A strip a row, and of each of its cells what is there: a quarter of a door's worth, and whether the path begins here. */
export const image = { count: SIDE, numbers: 2 * SIDE } as const;

/** A prompt that shows the map: places of strips, and one more to begin at. */
export function promptOf(id: string, doors: Doors): Prompt {
  const patches = new Float32Array(image.count * image.numbers);
  const at = ([row, column]: Cell) => 2 * (SIDE * row + column);
  DOORS.forEach((cell, door) => patches[at(cell)] = doors[door]! / WORTHS.length);
  patches[at(MIDDLE) + 1] = 1;
  return { id, tokens: Array<number>(image.count + 1).fill(STOP), patches };
}

const isMove = (token: number): boolean => token > STOP && token < VOCABULARY;

/** The cells of a path, the middle first; whoever moves against a wall stays. Tokens behind a stop are not read. */
export function cellsOf(tokens: readonly number[]): Cell[] {
  const path: Cell[] = [MIDDLE];
  for (const token of tokens) {
    if (!isMove(token)) break;
    path.push(stepped(path.at(-1)!, token));
  }
  return path;
}

function stepped([row, column]: Cell, token: number): Cell {
  const [down, right] = AHEAD[token - 1]!;
  const within = (x: number) => Math.min(SIDE - 1, Math.max(0, x));
  return [within(row + down), within(column + right)];
}

/** The door that a path ends at; −1 for none. */
export function doorOf({ tokens }: Pick<Answer, "tokens">): number {
  const [row, column] = cellsOf(tokens).at(-1)!;
  return DOORS.findIndex(([r, c]) => r === row && c === column);
}

export const worthOf = (doors: Doors, y: Pick<Answer, "tokens">): number =>
  doors[doorOf(y)] ?? ELSEWHERE;

/** Every path there is: up to three moves and a stop, or four moves. */
const PATHS: readonly (readonly number[])[] = (() => {
  const moves = MOVES.map((_, i) => i + 1);
  let open: number[][] = [[]];
  const all: number[][] = [];
  for (let n = 0; n < LONGEST; n++) {
    all.push(...open.map((path) => [...path, STOP]));
    open = open.flatMap((path) => moves.map((move) => [...path, move]));
  }
  return [...all, ...open];
})();
export const pathsOn = (prompt: Prompt): Answer[] => PATHS.map((tokens) => written(prompt, tokens));

/** How often a guide's move is any token. */
const SLIP = 0.5;
/**
 * A guide's path: straight on from wherever a slip has led, and a stop there. Guides are fond of doors
 * that are worth little: of one worth 4 a quarter as much as of one worth 1.
 */
export function guided(doors: Doors, draws: Rng): number[] {
  const any = () => draws.below(VOCABULARY);
  const fond = doors.map((worth) => WORTHS.length + 1 - worth);
  let share = draws.uniform() * fond.reduce((a, b) => a + b);
  const door = DOORS[fond.findIndex((x) => (share -= x) < 0)]!;
  const tokens: number[] = [];
  let here = MIDDLE;
  while (tokens.length < LONGEST) {
    const ways = AHEAD.map((_, i) => i + 1).filter((move) =>
      distance(stepped(here, move), door) < distance(here, door)
    );
    const next = draws.uniform() < SLIP ? any() : ways.length > 0 ? draws.pick(ways) : STOP;
    tokens.push(next);
    if (next === STOP) break;
    here = stepped(here, next);
  }
  return tokens;
}

const distance = ([a, b]: Cell, [c, d]: Cell): number => Math.abs(a - c) + Math.abs(b - d);

export const wordOf = (token: number): string => MOVES[token - 1] ?? "stop";

export const shown = (doors: Doors): string =>
  `doors: ${
    ["top", "right", "bottom", "left"].map((side, door) => `${side} ${doors[door]}`).join(", ")
  }`;

/** The ink of text. */
const TEXT = 6;
const centre = ([row, column]: Cell) => [column + 0.5, row + 0.5] as const;

/** The map: a door is the larger the more it is worth; and a path, with a ring where it begins and a disc where it ends. */
export function drawn(doors: Doors, tokens: readonly number[] = []): Picture {
  const cells = cellsOf(tokens);
  // Moves against a wall and ways back would hide each other: later steps lie a little aside.
  const points = cells.map((cell, i) => centre(cell).map((x) => x + 0.06 * i));
  return {
    view: [SIDE, SIDE],
    marks: [
      ...DOORS.map((cell, door) => {
        const size = 0.3 + 0.15 * doors[door]!;
        return { kind: "box", at: [...centre(cell), size, size], ink: door } as const;
      }),
      { kind: "ring", at: [...centre(MIDDLE), 0.3], ink: TEXT },
      ...cells.length > 1 ? [{ kind: "line", at: points.flat(), ink: TEXT } as const] : [],
      ...tokens.length > 0
        ? [{ kind: "disc", at: [...points.at(-1)!, 0.15], ink: TEXT } as const]
        : [],
    ],
  };
}
