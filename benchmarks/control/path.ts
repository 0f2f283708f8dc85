/** An episode of `control` as a reader sees it: its way over the zones, and what came of each move. */
import type { Answer, Mark, Picture } from "../../core/mod.ts";
import {
  EDGE,
  lattice,
  type Mass,
  movesOf,
  NOWHERE,
  outcomeOf,
  waysOf,
  wordOf,
  zoneName,
  zoneOf,
  zones,
} from "./world.ts";

/** The lattice with half a place about it; y grows upwards there and downwards in pictures. */
const SIDE = 2 * EDGE + 2;
const TEXT_INK = 6;
const at = ({ x, y }: Pick<Mass, "x" | "y">): [number, number] => [
  EDGE + 1 + x,
  EDGE + 1 - y,
];

const boxes = zones.map(([x, y], ink): Mark => (
  { kind: "box", at: [...at({ x, y }), 2.8, 2.8], ink, faint: true }
));

/** The zones, each in its ink, and a ring where an episode starts. */
export const zonesDrawn = (start: Mass): Picture => ({
  view: [SIDE, SIDE],
  marks: [...boxes, { kind: "ring", at: [...at(start), 0.3], ink: TEXT_INK }],
});

/** Over the zones a line from where it started to where it ended: a plus in a zone, a cross elsewhere. */
export function pathOf(y: Answer): Picture {
  const way = waysOf(y);
  const end = way.at(-1)!;
  const { view, marks } = zonesDrawn(way[0]!);
  return {
    view,
    marks: [
      ...marks,
      ...way.length > 1 ? [{ kind: "line", at: way.flatMap(at), ink: TEXT_INK } as const] : [],
      {
        kind: zoneOf(end) === NOWHERE ? "cross" : "plus",
        at: [...at(end), 0.4],
        ink: TEXT_INK,
      },
    ],
  };
}

/** Where an episode starts. */
export const placeOf = (mass: Mass): string => `${mass.x}, ${mass.y}`;
/** What was done, move by move. */
export const movesIn = (y: Answer): string[] => movesOf(y).map((move) => `${wordOf(move)}. `);
/** Where each move led, and where it ended. */
export function repliesTo(y: Answer): string[] {
  const way = waysOf(y).slice(1);
  return way.map((mass) => {
    const outcome = outcomeOf(y);
    const ended = outcome === NOWHERE ? "in no zone" : `in ${zoneName(outcome)}`;
    return lattice.over(mass) ? `ends at ${placeOf(mass)}, ${ended}. ` : `at ${placeOf(mass)}. `;
  });
}
