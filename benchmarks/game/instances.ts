import { type Rng, rng } from "../../core/mod.ts";
import type { Preferences } from "../exact.ts";

/** One context: who beats whom, and the logits of the start policy. */
export interface Instance {
  readonly preferences: Preferences;
  readonly start: readonly number[];
}

/** Before they are shuffled: three answers of a circle (0), one favourite (1), three weak ones (2). */
const roles = [0, 0, 0, 1, 2, 2, 2] as const;
/** From where to where the utility of each role is drawn, in log-odds. */
const utilities = [[-0.15, 0.15], [0.6, 0.9], [-2.6, -2.2]] as const;

/**
 * log-odds of a beating b = u(a) − u(b) + a circular part, which has the circle's answers beat the
 * favourite, the favourite the weak, and the weak the circle's, as well as the circle's each other
 * in turn. Utilities are set so that the circle still beats the weak, if barely: then the Nash
 * policy mixes the circle's three answers alone. The start policy leans to the weak answers.
 * `circular` is the strength of that part, in log-odds; 0 leaves the utilities alone.
 */
export const favourite = (circular: number) => (context: number): Instance => {
  const draws = rng("game").split(context);
  const utility = roles.map((role) => between(utilities[role], draws));
  // By how much, as a share of the circular part, each answer of the circle beats the next one.
  const edge = roles.map(() => between([0.2, 0.5], draws));
  const turn = (a: number, b: number): number => {
    if (roles[a] !== roles[b]) return (roles[a]! + 1) % 3 === roles[b] ? 1 : -1;
    if (roles[a] !== 0 || a === b) return 0;
    return (a + 1) % 3 === b ? edge[a]! : -edge[b]!;
  };
  const logOdds = (a: number, b: number) => utility[a]! - utility[b]! + circular * turn(a, b);
  const logits = utility.map((u) => -0.3 * u + 0.3 * draws.normal());
  return shuffled(logits, logOdds, draws);
};

/**
 * Answer 0 beats each other one by a little, so that it is the Nash policy (the winner by Condorcet's
 * rule). Answer 1 loses to it alone and crushes the rest, so that against the start policy, which
 * leans to the rest, it wins most often, and any reward fitted to its answers puts it first.
 */
export function condorcet(context: number): Instance {
  const draws = rng("game").split("condorcet").split(context);
  const odds = table(7, (a) => {
    if (a === 0) return between([0.6, 1], draws);
    return between(a === 1 ? [2.2, 3] : [-0.3, 0.3], draws);
  });
  const logits = odds.map((_, a) => 0.5 * draws.normal() - (a < 2 ? 1 : 0));
  return shuffled(logits, (a, b) => odds[a]![b]!, draws);
}

/** Three answers, each of which beats the next one clearly; the start policy is uneven. */
export function circle(context: number): Instance {
  const draws = rng("game").split("circle").split(context);
  const odds = table(3, (a, b) => (b - a === 1 ? 1 : -1) * between([1.5, 3], draws));
  const logits = odds.map(() => 1.5 * draws.normal());
  return shuffled(logits, (a, b) => odds[a]![b]!, draws);
}

const between = ([low, high]: readonly [number, number], draws: Rng): number =>
  low + (high - low) * draws.uniform();

/** [n][n] log-odds from those of a beating a later b. */
function table(n: number, logOdds: (a: number, b: number) => number): number[][] {
  const odds = Array.from({ length: n }, () => Array<number>(n).fill(0));
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      odds[a]![b] = logOdds(a, b);
      odds[b]![a] = -odds[a]![b]!;
    }
  }
  return odds;
}

/** The instance with its answers in an order that says nothing of them. */
function shuffled(
  logits: readonly number[],
  logOdds: (a: number, b: number) => number,
  draws: Rng,
): Instance {
  const beats = (a: number, b: number): number =>
    a > b ? 1 - beats(b, a) : 1 / (1 + Math.exp(-logOdds(a, b)));
  const order = draws.shuffle([...logits.keys()]);
  return {
    preferences: order.map((a) => order.map((b) => beats(a, b))),
    start: order.map((a) => Math.fround(logits[a]!)),
  };
}
