import type { Benchmark, Testbed } from "../core/mod.ts";
import { contextOf, exact } from "./exact.ts";
import { offers } from "./labelled.ts";
import { exploitability, exploitabilityBy, without } from "../evaluators/mod.ts";
import { circle, condorcet, favourite, type Instance } from "./game/instances.ts";
import { nash } from "./game/nash.ts";
import { nashDistance, nashDistanceBy } from "./game/nash-distance.ts";

interface GameSetting {
  readonly contexts: number;
  readonly instance: (context: number) => Instance;
}

const common = without("steps", "gold reward");

/** Instances do not depend on the seed. */
const game: Benchmark<GameSetting> = {
  id: "game",
  summary:
    "A few contexts with three or seven answers each, and a table of how often each answer beats " +
    "each other, with no reward behind it. The aim is the Nash policy, which nothing beats more " +
    "than half the time; exploitability is how far a policy falls short of that.",
  family: "game",
  settings: {
    transitive: {
      summary: "One favourite beats everything.",
      offers,
      with: { contexts: 16, instance: favourite(0) },
    },
    intransitive: {
      summary:
        "Three answers beat each other in a circle, and the favourite too, which still wins " +
        "most often against the start policy's answers.",
      offers,
      with: { contexts: 16, instance: favourite(2) },
    },
    condorcet: {
      summary:
        "One answer beats each other one by a little, and another one all but that, by far: " +
        "it wins most often against the start policy's answers.",
      offers,
      with: { contexts: 16, instance: condorcet },
    },
    circle: {
      summary:
        "Three answers beat each other in a circle and there is no other; labels are plenty, " +
        "so that steps may be long.",
      offers: offers.filter((kind) => kind !== "lists"),
      budget: { flops: 2e7, queries: 49152 },
      with: { contexts: 4, instance: circle },
    },
  },
  measures: [exploitability, nashDistance, ...common],
  headline: exploitability.id,
  budget: { flops: 1.5e7, queries: 8192 },
  open: async (setting) => await testbed(setting),
};
export default game;

function testbed({ contexts, instance }: GameSetting): Testbed {
  const drawn = Array.from({ length: contexts }, (_, c) => instance(c));
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
