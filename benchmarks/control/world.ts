/** The world of `control`: a mass on a lattice, which a push sets in motion, and five zones about it. */
import { type Answer, type Environment, played, type Prompt, spansOf } from "../../core/mod.ts";

/** Places go from −4 to 4 either way; a wall stops the mass. */
export const EDGE = 4;
/** Moves of an episode. */
export const HORIZON = 9;
/** What a move adds to the velocity, which is −1, 0 or 1 either way. */
const pushes = [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]] as const;
export const MOVES = pushes.length;
const words = ["coast", "push right", "push left", "push up", "push down"] as const;
export const wordOf = (move: number): string => words[move]!;

/** Middles of the zones, each of nine places, on a ring about the start. */
export const zones = [[3, 1], [0, 3], [-3, 1], [-2, -3], [2, -3]] as const;
/** An episode's outcome where it ends in no zone. */
export const NOWHERE = zones.length;
export const OUTCOMES = zones.length + 1;
const names = ["A", "B", "C", "D", "E"] as const;
export const zoneName = (zone: number): string => `zone ${names[zone]!}`;

/** Where the mass is, how fast it goes, and how many moves were made. */
export interface Mass {
  readonly x: number;
  readonly y: number;
  readonly u: number;
  readonly v: number;
  readonly t: number;
}

const clamp = (x: number, most: number) => Math.max(-most, Math.min(most, x));

function pushed({ x, y, u, v, t }: Mass, move: number): Mass {
  const push = pushes[move];
  if (!push) throw new RangeError(`Cannot make move ${move}: moves are 0 to ${MOVES - 1}`);
  const [across, up] = [clamp(u + push[0], 1), clamp(v + push[1], 1)];
  const [right, top] = [Math.abs(x + across) <= EDGE, Math.abs(y + up) <= EDGE];
  return {
    x: right ? x + across : x,
    y: top ? y + up : y,
    u: right ? across : 0,
    v: top ? up : 0,
    t: t + 1,
  };
}

/** The prompt of an episode that goes on from here. */
export const promptAt = ({ x, y, u, v, t }: Mass): Prompt => (
  { id: `control/${[x, y, u, v, t]}`, tokens: [x + EDGE, y + EDGE, u + 1, v + 1, t] }
);
/** Nine places in the middle, from which episodes start at rest. */
export const prompts: readonly Prompt[] = [-1, 0, 1].flatMap((y) =>
  [-1, 0, 1].map((x) => promptAt({ x, y, u: 0, v: 0, t: 0 }))
);

/** Place, velocity, time, whether it is over, and which zone the mass is in. */
export const OBSERVED = 6 + zones.length;
export const lattice: Environment<Mass> = {
  begin({ id, tokens }) {
    const [x, y, u, v, t] = tokens;
    if (t === undefined) throw new RangeError(`Cannot start at ${id}: it says no state`);
    return { x: x! - EDGE, y: y! - EDGE, u: u! - 1, v: v! - 1, t };
  },
  step: (mass, moves) => moves.reduce(pushed, mass),
  observe: (mass) => {
    const { x, y, u, v, t } = mass;
    const here = zoneOf(mass);
    const within = zones.map((_, zone) => zone === here ? 1 : 0);
    return [x / EDGE, y / EDGE, u, v, t / HORIZON, t === HORIZON ? 1 : 0, ...within];
  },
  over: ({ t }) => t >= HORIZON,
};

/** The zone that a place is in, by number; `NOWHERE` for none. */
export function zoneOf({ x, y }: Pick<Mass, "x" | "y">): number {
  const at = zones.findIndex(([a, b]) => Math.abs(x - a) <= 1 && Math.abs(y - b) <= 1);
  return at < 0 ? NOWHERE : at;
}

/** Where the mass was at the beginning and after each move. */
export function waysOf(y: Answer): Mass[] {
  const { begun } = y.prompt;
  const way = [begun ? played(lattice, begun) : lattice.begin(y.prompt)];
  for (const move of movesOf(y)) way.push(lattice.step(way.at(-1)!, [move]));
  return way;
}
export const movesOf = (y: Answer): number[] =>
  spansOf(y).flatMap(([from, to]) => y.tokens.slice(from, to));

/** The zone that an episode ends in, by number; `NOWHERE` for none. */
export const outcomeOf = (y: Answer): number => zoneOf(waysOf(y).at(-1)!);
