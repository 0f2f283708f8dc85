import type { Mark, Picture } from "../../core/mod.ts";

/**
 * Pictures as SVG paths. Geometry alone, without imports: pages that are written here use it, and
 * scripts that run in them.
 */

export interface Path {
  readonly d: string;
  /** Its colour, and how it is painted. */
  readonly className: string;
}

/** The longer side of every drawing, so that textures are as fine on each. */
const SIDE = 100;
/** The width of a plus's and a cross's arms, and of a ring's hole, against the whole. */
const [ARM, HOLE] = [0.3, 0.5];

export function drawing(
  { view: [width, height], marks }: Picture,
): { readonly viewBox: string; readonly paths: readonly Path[] } {
  const unit = SIDE / Math.max(width, height);
  const side = (x: number) => Math.max(1, short(x * unit));
  return {
    viewBox: `0 0 ${side(width)} ${side(height)}`,
    paths: marks.map(({ kind, at, ink, faint }) => ({
      d: outlines[kind](at, unit),
      className: `c${ink} ${kind === "line" ? "line" : "area"}${faint === true ? " faint" : ""}`,
    })),
  };
}

/** In units of the drawing, of which one of the picture's has so many. */
const outlines: {
  readonly [kind in Mark["kind"]]: (at: readonly number[], unit: number) => string;
} = {
  box: ([x = 0, y = 0, width = 0, height = 0, turn = 0], unit) => {
    const [a, b] = [unit * width / 2, unit * height / 2];
    return closed([[-a, -b], [a, -b], [a, b], [-a, b]], unit * x, unit * y, turn);
  },
  disc: ([x = 0, y = 0, radius = 0], unit) => circle(unit * x, unit * y, unit * radius),
  ring: ([x = 0, y = 0, radius = 0], unit) =>
    circle(unit * x, unit * y, unit * radius) + circle(unit * x, unit * y, HOLE * unit * radius, 0),
  plus: ([x = 0, y = 0, half = 0, turn = 0], unit) => arms(unit * x, unit * y, unit * half, turn),
  cross: ([x = 0, y = 0, half = 0, turn = 0], unit) =>
    arms(unit * x, unit * y, unit * half, turn + Math.PI / 4),
  line: (at, unit) => `M${at.map((x) => short(unit * x)).join(" ")}`,
};

type Point = readonly [number, number];

const arms = (x: number, y: number, half: number, turn: number): string => {
  const arm = ARM * half;
  const quarter: readonly Point[] = [[arm, -arm], [half, -arm], [half, arm]];
  const all = [0, 1, 2, 3].flatMap((k) => quarter.map((point) => turned(point, k * Math.PI / 2)));
  return closed(all, x, y, turn);
};

const turned = ([x, y]: Point, turn: number): Point => {
  const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
  return [x * cos - y * sin, x * sin + y * cos];
};

const closed = (points: readonly Point[], x: number, y: number, turn: number): string =>
  `M${
    points.map((point) => {
      const [a, b] = turned(point, turn);
      return `${short(x + a)} ${short(y + b)}`;
    }).join("L")
  }Z`;

/** Two half circles; one that is swept the other way is a hole. */
const circle = (x: number, y: number, radius: number, sweep = 1): string => {
  const r = short(Math.abs(radius));
  const arc = `a${r} ${r} 0 1 ${sweep} `;
  return `M${short(x - r)} ${short(y)}${arc}${short(2 * r)} 0${arc}${short(-2 * r)} 0Z`;
};

const short = (x: number): number => Number(x.toFixed(2));
