import type { Answer, Mark, Picture } from "../../core/mod.ts";
import type { MadeNumbers } from "./domain.ts";

/** Icons and towers as marks, and how they came out of noise. */

/** The nearest clean icon to eight numbers: two for its shape, two for its colour, two for its place, its size and its turn. */
export interface Icon {
  readonly shape: number;
  readonly colour: number;
  readonly row: number;
  readonly column: number;
  readonly large: boolean;
  readonly right: boolean;
}

/** Blocks of height 1, from the ground up. */
export interface Tower {
  readonly widths: readonly number[];
  /** Where the middle of each block is. */
  readonly middles: readonly number[];
}

/** Most pictures of one path. */
const FRAMES = 6;
/** The ink of words. */
const TEXT = 6;

const KINDS = ["disc", "box", "plus", "ring", "cross"] as const;
/** Places are so far from each other, on a square view. */
const PITCH = 1.2;
const SIDE = 3 * PITCH;

/** An icon at its place among nine, where and as large as its numbers say; a stroke points where it is turned. */
export function iconPicture({ shape, colour, right }: Icon, made: MadeNumbers): Picture {
  const at = (x: number) => SIDE / 2 + PITCH * x;
  const [x, y] = [at(made[5]!), at(made[4]!)];
  const radius = Math.max(0.1, 0.35 + 0.15 * made[6]!);
  const kind = KINDS[shape]!;
  const lines = [PITCH, 2 * PITCH].flatMap((place): Mark[] => [
    { kind: "line", at: [place, 0, place, SIDE], ink: TEXT, faint: true },
    { kind: "line", at: [0, place, SIDE, place], ink: TEXT, faint: true },
  ]);
  const side = right ? 1 : -1;
  return {
    view: [SIDE, SIDE],
    marks: [
      ...lines,
      { kind, at: kind === "box" ? [x, y, 2 * radius, 2 * radius] : [x, y, radius], ink: colour },
      {
        kind: "line",
        at: [x, y, x + side * 1.4 * radius, y - 1.4 * radius],
        ink: TEXT,
      },
    ],
  };
}

/** The same with a ring round it that says whether it is taken for the subject. */
export function subjectPicture(icon: Icon, made: MadeNumbers, known: boolean): Picture {
  const { view, marks } = iconPicture(icon, made);
  const [x, y] = marks.find(({ kind }) => kind !== "line")!.at as [number, number];
  return {
    view,
    marks: [
      ...marks,
      ...known ? [{ kind: "disc", at: [x, y, 0.55], ink: TEXT, faint: true } as const] : [],
    ],
  };
}

/** The blocks from the ground up; those that fall, from the one above `weakest` on, in another ink, with a cross where they turn over. */
export function towerPicture({ widths, middles }: Tower, weakest?: number): Picture {
  const [wide, high] = [8, widths.length + 1];
  const top = (i: number) => high - 1 / 2 - (i + 1);
  const at = (x: number) => wide / 2 + x;
  const falling = (i: number) => weakest !== undefined && i > weakest;
  return {
    view: [wide, high],
    marks: [
      { kind: "line", at: [0, high - 1 / 2, wide, high - 1 / 2], ink: TEXT },
      ...widths.map((width, i): Mark => ({
        kind: "box",
        at: [at(middles[i]!), top(i) + 1 / 2, width, 0.94],
        ink: falling(i) ? 1 : 0,
      })),
      ...weakest === undefined
        ? []
        : [{ kind: "cross", at: [at(middles[weakest]!), top(weakest), 0.2], ink: TEXT } as const],
    ],
  };
}

/** A path from noise to its result; a result alone is one picture. */
export function framesOf({ numbers }: Answer, draw: (made: MadeNumbers) => Picture): Picture[] {
  if (numbers?.of !== "path") return numbers ? [draw(numbers.result)] : [];
  const { points, result } = numbers;
  const all = points.length / result.length;
  return Array.from({ length: FRAMES }, (_, i) => {
    const k = Math.round(i * all / (FRAMES - 1));
    return draw(k === all ? result : points.subarray(k * result.length, (k + 1) * result.length));
  });
}
