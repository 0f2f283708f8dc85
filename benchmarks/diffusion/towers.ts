import type { Rng } from "../../core/mod.ts";
import { compared } from "./compared.ts";
import type { Domain, MadeNumbers } from "./domain.ts";
import { share, TWENTIETH, TWO_PERCENT } from "../../evaluators/scales.ts";
import { meanOf } from "./measures.ts";
import { type Tower, towerPicture } from "./pictures.ts";

const BLOCKS = 6;
/** A block's number is twice its width less this. */
const USUAL = 1.1;
/** No block is narrower. */
const NARROWEST = 0.05;
/** A tower stands if it would with every edge so much nearer. */
const MARGIN = 0.04;
/**
 * From here on a silhouette is another. No answer of the start policy is, but a column of blocks all
 * alike, which stands most safely, would be in five silhouettes of six.
 */
const ANOTHER = 0.25;

/** Widths from the ground up of what is asked for. */
const SILHOUETTES: readonly (readonly [words: string, widths: readonly number[]])[] = [
  ["a pyramid", [1.8, 1.5, 1.2, 0.9, 0.7, 0.5]],
  ["a pyramid on its point", [0.5, 0.7, 0.9, 1.2, 1.5, 1.8]],
  ["a column", [1, 1, 1, 1, 1, 1]],
  ["a column with a wide head", [0.7, 0.7, 0.7, 0.7, 1.7, 1.7]],
  ["a comb", [1.7, 0.6, 1.7, 0.6, 1.7, 0.6]],
  ["a lantern", [0.7, 1.2, 1.7, 1.7, 1.2, 0.7]],
];

export const towers: Domain = {
  id: "towers",
  shape: {
    numbers: 2 * BLOCKS,
    vocabulary: SILHOUETTES.length,
    width: 64,
    layers: 3,
    steps: 12,
    snr: [16, Math.exp(-5.5)],
    valueHead: true,
  },
  wanted: SILHOUETTES.map(([words]) => words),
  demonstration,
  given: compared,
  check,
  rate: 1e-4,
  price: 6,
  measures: [
    meanOf({
      id: "stable",
      title: "towers that stand",
      unit: "share of answers",
      better: "higher",
      within: share,
      means: "Share of towers that stand, whatever their silhouette",
      margin: TWO_PERCENT,
    }, (made, token) => check(made, token).stable),
    meanOf({
      id: "slack",
      title: "slack",
      unit: "least distance of a centre of mass to the edge",
      better: "higher",
      means:
        "How far the worst centre of mass lies inside the edge that bears it; below 0 it falls",
      margin: 0.01,
    }, (made, token) => check(made, token).slack),
    meanOf({
      id: "silhouette",
      title: "distance to the silhouette",
      unit: "root mean square of log widths",
      better: "lower",
      within: { least: 0 },
      means: "How far the widths of blocks are from those asked for",
      margin: TWENTIETH,
    }, (made, token) => check(made, token).silhouette),
  ],
  samples: 64,
  words(made) {
    const tower = towerOf(made);
    const slacks = slacksOf(tower);
    const weakest = slacks.indexOf(Math.min(...slacks));
    const looks = SILHOUETTES.map((_, token) => deviation(tower.widths, token));
    const lean = tower.middles.at(-1)! - tower.middles[0]!;
    return [
      SILHOUETTES[looks.indexOf(Math.min(...looks))]![0],
      Math.abs(lean) < 1 / 2 ? "upright" : lean < 0 ? "leaning left" : "leaning right",
      slacks[weakest]! > MARGIN ? "stands" : `falls over block ${weakest + 1}`,
    ];
  },
  draw(made) {
    const tower = towerOf(made);
    const slacks = slacksOf(tower);
    const weakest = slacks.indexOf(Math.min(...slacks));
    return towerPicture(tower, slacks[weakest]! > MARGIN ? undefined : weakest);
  },
  sketch: (token) => towerPicture({ widths: SILHOUETTES[token]![1], middles: [0, 0, 0, 0, 0, 0] }),
};

export function towerOf(made: MadeNumbers): Tower {
  const of = (i: number) => made[i]! / 2;
  let middle = 0;
  return {
    widths: Array.from({ length: BLOCKS }, (_, i) => Math.max(NARROWEST, of(i) + USUAL)),
    middles: Array.from({ length: BLOCKS }, (_, i) => middle += of(BLOCKS + i)),
  };
}

/**
 * Of each block but the last, how far within the edges of what bears it the centre of mass of all
 * above it is; below 0 it is beyond them, and the tower falls there.
 */
export function slacksOf({ widths, middles }: Tower): number[] {
  return Array.from({ length: BLOCKS - 1 }, (_, i) => {
    let [mass, moment] = [0, 0];
    for (let j = i + 1; j < BLOCKS; j++) {
      mass += widths[j]!;
      moment += widths[j]! * middles[j]!;
    }
    const [left, right] = [-1, 1].map((side) =>
      [i, i + 1].map((j) => middles[j]! + side * widths[j]! / 2)
    );
    const centre = moment / mass;
    return Math.min(centre - Math.max(...left!), Math.min(...right!) - centre);
  });
}

/** Root mean square of how far log widths are from the wanted ones. */
const deviation = (widths: readonly number[], token: number): number =>
  Math.sqrt(
    widths.reduce((sum, w, i) => sum + Math.log(w / SILHOUETTES[token]![1][i]!) ** 2, 0) / BLOCKS,
  );

/** The reward is 1 for a tower that stands in the silhouette that is asked for. */
function check(made: MadeNumbers, token: number) {
  const tower = towerOf(made);
  const slack = Math.min(...slacksOf(tower));
  const silhouette = deviation(tower.widths, token);
  const stable = slack > MARGIN ? 1 : 0;
  return { reward: silhouette < ANOTHER ? stable : 0, stable, slack, silhouette };
}

/** Blocks stand off each other by a share of the narrower half width; a lean of the whole makes many fall. */
function demonstration(draws: Rng) {
  const token = draws.below(SILHOUETTES.length);
  const widths = SILHOUETTES[token]![1].map((w) => w * Math.exp(0.12 * draws.normal()));
  const lean = 0.55 * draws.normal();
  const offsets = widths.map((w, i) =>
    i === 0 ? 0.3 * draws.normal() : Math.min(w, widths[i - 1]!) / 2 * (lean + 0.6 * draws.normal())
  );
  return {
    tokens: [token],
    made: [...widths.map((w) => 2 * (w - USUAL)), ...offsets.map((d) => 2 * d)],
  };
}
