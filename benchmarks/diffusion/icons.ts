import type { Rng } from "../../core/mod.ts";
import { compared } from "./compared.ts";
import type { Domain, MadeNumbers } from "./domain.ts";
import { share, TWENTIETH, TWO_PERCENT } from "../../evaluators/scales.ts";
import { meanOf, pooled } from "./measures.ts";
import { type Icon, iconPicture } from "./pictures.ts";

const SHAPES = ["disc", "square", "plus", "ring", "cross"];
const COLOURS = ["blue", "red", "green", "pink", "orange", "light blue"];
export const ROWS = ["at the top", "in the middle", "at the bottom"];
export const COLUMNS = ["on the left", "in the centre", "on the right"];
const PLACES = ROWS.length * COLUMNS.length;
/** Sizes and turns are this far from 0, on either side. */
const AWAY = 0.8;
/** Standard deviation of each number of an example about its clean icon. */
export const NOISE = 0.12;
/** Share of captions whose shape is drawn at random; the same of colours. */
const LIES = 0.35;
/** The squared distance at which a shape or a colour is worth 1/e. */
const REACH = 0.5;
/** What a unit of `off` costs. */
const BLUR = 4;

export const icons: Domain = {
  id: "icons",
  shape: {
    numbers: 8,
    vocabulary: SHAPES.length * COLOURS.length,
    width: 64,
    layers: 3,
    steps: 12,
    snr: [16, Math.exp(-5.5)],
    valueHead: true,
  },
  wanted: SHAPES.flatMap((shape) => COLOURS.map((colour) => `a ${colour} ${shape}`)),
  demonstration,
  given: compared,
  check,
  rate: 1e-4,
  price: 5,
  measures: [
    meanOf({
      id: "alignment",
      title: "right shape and colour",
      unit: "share of answers",
      better: "higher",
      within: share,
      means: "Share of icons with the shape and the colour asked for",
      margin: TWO_PERCENT,
    }, (made, token) => check(made, token).alignment),
    meanOf({
      id: "off",
      title: "distance to the nearest icon",
      unit: "squared distance a number",
      better: "lower",
      within: { least: 0 },
      means: "How far an answer's numbers lie from those of the nearest icon",
      margin: TWENTIETH,
    }, (made, token) => check(made, token).off),
    pooled({
      id: "spread",
      title: "spread over places",
      unit: "entropy, as a share of the greatest",
      better: "higher",
      within: share,
      means: "How evenly icons lie over the nine places, which nobody asks for",
      margin: TWO_PERCENT,
    }, (answers) => spread(answers.map(({ made }) => iconOf(made)))),
    pooled({
      id: "attribute-distance",
      title: "attributes off the wanted",
      unit: "total variation, mean of five",
      better: "lower",
      within: share,
      means: "How far the shares of shapes, colours, places, sizes and turns are from those wanted",
      margin: TWO_PERCENT,
    }, (answers) => attributeDistance(answers.map(({ made }) => iconOf(made)), answers)),
  ],
  samples: 16,
  words(made) {
    const { shape, colour, row, column, large, right } = iconOf(made);
    return [
      COLOURS[colour]!,
      SHAPES[shape]!,
      ROWS[row]!,
      COLUMNS[column]!,
      large ? "large" : "small",
      right ? "turned right" : "turned left",
    ];
  },
  draw: (made) => iconPicture(iconOf(made), made),
  sketch(token) {
    const icon = { ...wantedBy(token), row: 1, column: 1, large: true, right: true };
    return iconPicture(icon, codeOf(icon));
  },
};

/** A point of a circle of n. */
const corner = (n: number, i: number): readonly number[] => {
  const angle = 2 * Math.PI * i / n;
  return [Math.cos(angle), Math.sin(angle)];
};

/** The eight numbers of a clean icon. */
export const codeOf = ({ shape, colour, row, column, large, right }: Icon): number[] => [
  ...corner(SHAPES.length, shape),
  ...corner(COLOURS.length, colour),
  row - 1,
  column - 1,
  large ? AWAY : -AWAY,
  right ? AWAY : -AWAY,
];

/** Squared distance of the numbers from `at` on. */
export const apart = (made: MadeNumbers, at: number, code: readonly number[]): number =>
  code.reduce((sum, x, i) => sum + (made[at + i]! - x) ** 2, 0);

/** The nearest clean icon. */
export function iconOf(made: MadeNumbers): Icon {
  const nearest = (at: number, n: number) => {
    const all = Array.from({ length: n }, (_, i) => apart(made, at, corner(n, i)));
    return all.indexOf(Math.min(...all));
  };
  const third = (x: number) => Math.max(0, Math.min(2, Math.round(x) + 1));
  return {
    shape: nearest(0, SHAPES.length),
    colour: nearest(2, COLOURS.length),
    row: third(made[4]!),
    column: third(made[5]!),
    large: made[6]! > 0,
    right: made[7]! > 0,
  };
}

const wantedBy = (token: number): Pick<Icon, "shape" | "colour"> => ({
  shape: Math.floor(token / COLOURS.length),
  colour: token % COLOURS.length,
});

/**
 * exp(−2d²) each for the distances of shape and colour from the wanted ones, less 4 times `off`, the
 * mean squared distance to the nearest clean icon. 2 is the most there is.
 */
function check(made: MadeNumbers, token: number) {
  const [icon, { shape, colour }] = [iconOf(made), wantedBy(token)];
  const off = apart(made, 0, codeOf(icon)) / 8;
  const worth = (at: number, wanted: readonly number[]) =>
    Math.exp(-apart(made, at, wanted) / REACH);
  return {
    reward: worth(0, corner(SHAPES.length, shape)) + worth(2, corner(COLOURS.length, colour)) -
      BLUR * off,
    alignment: icon.shape === shape && icon.colour === colour ? 1 : 0,
    off,
  };
}

function demonstration(draws: Rng) {
  const icon = {
    shape: draws.below(SHAPES.length),
    colour: draws.below(COLOURS.length),
    row: draws.below(ROWS.length),
    column: draws.below(COLUMNS.length),
    large: draws.uniform() < 0.5,
    right: draws.uniform() < 0.5,
  };
  const said = (truth: number, n: number) => draws.uniform() < LIES ? draws.below(n) : truth;
  const token = said(icon.shape, SHAPES.length) * COLOURS.length +
    said(icon.colour, COLOURS.length);
  return { tokens: [token], made: codeOf(icon).map((x) => x + NOISE * draws.normal()) };
}

/** Of each place, the share of icons there. */
function places(all: readonly Icon[]): number[] {
  const counts = Array<number>(PLACES).fill(0);
  for (const { row, column } of all) counts[row * COLUMNS.length + column]!++;
  return counts.map((count) => count / all.length);
}

/** Nothing asks for a place, so a policy that keeps to some has lost the others. */
const spread = (all: readonly Icon[]): number =>
  places(all).reduce((sum, p) => p > 0 ? sum - p * Math.log(p) : sum, 0) / Math.log(PLACES);

/** Total variation of shape and colour from the wanted ones, and of place, size and turn from evenness. */
function attributeDistance(
  all: readonly Icon[],
  asked: readonly { readonly token: number }[],
): number {
  const share = (is: (icon: Icon, i: number) => boolean) => all.filter(is).length / all.length;
  const of = (i: number) => wantedBy(asked[i]!.token);
  const five = [
    share(({ shape }, i) => shape !== of(i).shape),
    share(({ colour }, i) => colour !== of(i).colour),
    places(all).reduce((sum, p) => sum + Math.abs(p - 1 / PLACES), 0) / 2,
    Math.abs(share(({ large }) => large) - 1 / 2),
    Math.abs(share(({ right }) => right) - 1 / 2),
  ];
  return five.reduce((sum, x) => sum + x) / five.length;
}
