/** Hidden tasks of `control`: what an episode is worth, and what of it anybody can see. */
import type { Answer, Checks, Rng, Signals } from "../../core/mod.ts";
import { bestOf, type Gain } from "./lattice.ts";
import { HORIZON, type Mass, movesOf, waysOf, zoneName, zoneOf, zones } from "./world.ts";

export interface HiddenTask {
  readonly words: string;
  readonly gain: Gain;
  /** Which signals the words speak of, and which way they would have them. */
  readonly said: Signals["said"];
}

/** Between so many times the least and the most. */
const between = (least: number, most: number, draws: Rng): number =>
  least + (most - least) * draws.uniform();

const sides: readonly (readonly [name: string, within: (mass: Mass) => boolean])[] = [
  ["right", ({ x }) => x >= 2],
  ["left", ({ x }) => x <= -2],
  ["top", ({ y }) => y >= 2],
  ["bottom", ({ y }) => y <= -2],
];
const speed = ({ u, v }: Mass): number => Math.abs(u) + Math.abs(v);
const last = ({ t }: Mass): boolean => t === HORIZON;
const push = (move: number): number => move === 0 ? 0 : 1;

/** End in a zone, at rest, with few pushes and little time at one side of the lattice: a sum of four signals. */
export function parking(draws: Rng): HiddenTask {
  const zone = draws.below(zones.length);
  const [side, within] = draws.pick(sides);
  const energy = between(0.5, 1.5, draws);
  const rest = between(0.25, 0.75, draws);
  const away = between(0.25, 1, draws);
  return {
    words: `end in ${zoneName(zone)} at rest, push little, keep from the ${side}`,
    gain: (_, move, after) =>
      (last(after) ? (zoneOf(after) === zone ? 2 : 0) - rest * speed(after) : 0) -
      (energy * push(move) + (within(after) ? away : 0)) / HORIZON,
    said: {
      [`end ${zone}`]: 1,
      [`near ${zone}`]: 1,
      energy: -1,
      "final speed": -1,
      [side]: -1,
    },
  };
}

/** Moves after which an errand is to be at its first zone. */
const HALFWAY = 4;

/** Be in one zone half-way and in another at the end, with few pushes: no sum of signals says that. */
export function errand(draws: Rng): HiddenTask {
  const [first, second] = draws.shuffle([...zones.keys()]) as [number, number];
  const energy = between(0.25, 0.75, draws);
  return {
    words: `be in ${zoneName(first)} half-way and in ${zoneName(second)} at the end, push little`,
    gain: (_, move, after) =>
      (after.t === HALFWAY && zoneOf(after) === first ? 1 : 0) +
      (last(after) && zoneOf(after) === second ? 1 : 0) - energy * push(move) / HORIZON,
    said: { [`near ${first}`]: 1, [`end ${second}`]: 1, [`near ${second}`]: 1, energy: -1 },
  };
}

/** What an episode is worth. */
export function returnOf(y: Answer, { gain }: HiddenTask): number {
  const way = waysOf(y);
  return movesOf(y).reduce((sum, move, t) => sum + gain(way[t]!, move, way[t + 1]!), 0);
}

/** Of each start the return that a policy of these answers has there, and the most that can be had: [start]. */
export const scaleOf = (task: HiddenTask, answers: readonly (readonly Answer[])[]) => {
  const best = bestOf(task.gain);
  return answers.map((ys, i) => ({
    least: ys.reduce((sum, y) => sum + returnOf(y, task), 0) / ys.length,
    most: best[i]!,
  }));
};

/** What anybody sees of an episode: means over the states after its moves, and how it ends. All lie in [−1, 1]. */
const signals: { readonly [name: string]: (seen: Seen) => number } = {
  ...Object.fromEntries(zones.flatMap(([a, b], zone) => [
    [`near ${zone}`, ({ mean }: Seen) => mean(({ x, y }) => 1 - Math.hypot(x - a, y - b) / 4)],
    [`end ${zone}`, ({ end }: Seen) => zoneOf(end) === zone ? 1 : 0],
  ])),
  ...Object.fromEntries(sides.map(([side, within]) => [
    side,
    ({ mean }: Seen) => mean((mass) => within(mass) ? 1 : 0),
  ])),
  "centre": ({ mean }) => mean(({ x, y }) => 1 - Math.hypot(x, y) / 4),
  "energy": ({ moves }) => moves.reduce((sum, move) => sum + push(move), 0) / moves.length,
  "speed": ({ mean }) => mean(speed) / 2,
  "final speed": ({ end }) => speed(end) / 2,
};
interface Seen {
  readonly moves: readonly number[];
  readonly end: Mass;
  mean(of: (mass: Mass) => number): number;
}
export const signalNames: readonly string[] = Object.keys(signals);

export function signalsOf(y: Answer): Checks {
  const way = waysOf(y).slice(1);
  const seen: Seen = {
    moves: movesOf(y),
    end: way.at(-1)!,
    mean: (of) => way.reduce((sum, mass) => sum + of(mass), 0) / way.length,
  };
  return Object.fromEntries(Object.entries(signals).map(([name, of]) => [name, of(seen)]));
}
