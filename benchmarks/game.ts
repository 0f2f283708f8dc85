import { type Benchmark, rng, type Testbed } from "../core/mod.ts";
import { contextOf, exact, type Preferences } from "./exact.ts";
import { offers } from "./labelled.ts";
import { exploitability, exploitabilityBy, without } from "../evaluators/mod.ts";
import { nash } from "./game/nash.ts";
import { nashDistance, nashDistanceBy } from "./game/nash-distance.ts";

interface GameSetting {
  /** Strength of the circular part of the preferences, in log-odds; 0 leaves the utilities alone. */
  readonly circular: number;
}

const common = without("steps", "gold reward");

const contexts = 16;
/** Before they are shuffled: three answers of a circle (0), one favourite (1), three weak ones (2). */
const roles = [0, 0, 0, 1, 2, 2, 2] as const;
/** From where to where the utility of each role is drawn, in log-odds. */
const utilities = [[-0.15, 0.15], [0.6, 0.9], [-2.6, -2.2]] as const;

/**
 * log-odds of a beating b = u(a) − u(b) + a circular part, which has the circle's answers beat the
 * favourite, the favourite the weak, and the weak the circle's, as well as the circle's each other
 * in turn. Utilities are set so that the circle still beats the weak, if barely: then the Nash
 * policy mixes the circle's three answers alone. The instance does not depend on the seed.
 */
const game: Benchmark<GameSetting> = {
  id: "game",
  summary:
    `${contexts} contexts with ${roles.length} answers each, and a table of how often each ` +
    "answer beats each other, with no reward behind it. The aim is the Nash policy, which nothing " +
    "beats more than half the time; exploitability is how far a policy falls short of that.",
  family: "game",
  settings: {
    transitive: { summary: "One favourite beats everything.", offers, with: { circular: 0 } },
    intransitive: {
      summary:
        "Three answers beat each other in a circle, and the favourite too, which still wins " +
        "most often against the start policy's answers.",
      offers,
      with: { circular: 2 },
    },
  },
  measures: [exploitability, nashDistance, ...common],
  headline: exploitability.id,
  budget: { flops: 1.5e7, queries: 8192 },
  open: async (setting) => await testbed(setting),
};
export default game;

function testbed({ circular }: GameSetting): Testbed {
  const drawn = Array.from({ length: contexts }, (_, c) => instance(c, circular));
  const [start, preferences] = [drawn.map((x) => x.start), drawn.map((x) => x.preferences)];
  const equilibria = preferences.map(nash);
  return {
    ...exact({ name: "game", start, preferences, flip: 0 }),
    optimiser: { rate: 0.02, warmup: 10, batch: 64, clip: 1 },
    evaluators: [
      exploitabilityBy((prompt) => preferences[contextOf(prompt)]!),
      nashDistanceBy((prompt) => equilibria[contextOf(prompt)]!),
      ...common,
    ],
    truth: {},
  };
}

/** Preferences and start logits of a context; the start policy leans to the weak answers. */
function instance(
  context: number,
  circular: number,
): { preferences: Preferences; start: readonly number[] } {
  const draws = rng("game").split(context);
  const between = ([low, high]: readonly [number, number]) => low + (high - low) * draws.uniform();
  const utility = roles.map((role) => between(utilities[role]));
  // By how much, as a share of the circular part, each answer of the circle beats the next one.
  const edge = roles.map(() => between([0.2, 0.5]));
  const turn = (a: number, b: number): number => {
    if (roles[a] !== roles[b]) return (roles[a]! + 1) % 3 === roles[b] ? 1 : -1;
    if (roles[a] !== 0 || a === b) return 0;
    return (a + 1) % 3 === b ? edge[a]! : -edge[b]!;
  };
  const logOdds = (a: number, b: number) => utility[a]! - utility[b]! + circular * turn(a, b);
  const beats = (a: number, b: number): number =>
    a > b ? 1 - beats(b, a) : 1 / (1 + Math.exp(-logOdds(a, b)));
  const logits = utility.map((u) => -0.3 * u + 0.3 * draws.normal());

  const order = draws.shuffle([...roles.keys()]);
  return {
    preferences: order.map((a) => order.map((b) => beats(a, b))),
    start: order.map((a) => Math.fround(logits[a]!)),
  };
}
