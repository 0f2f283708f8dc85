import {
  type Answer,
  type Comparison,
  type Example,
  type Kind,
  type Prompt,
  type Rng,
  rng,
  samePrompt,
  type Testbed,
  type Workshop,
} from "../../core/mod.ts";
import { without } from "../../evaluators/mod.ts";
import { type Asked, costs, read } from "../labelled.ts";
import { wordByWord } from "../taught.ts";
import type { Sight } from "./sight.ts";
import { base, model, type Walked, walks } from "./strip/base.ts";
import { drawn, LONGEST, shown, wordOf, worthOf } from "./strip/map.ts";
import { cards, measuresBy } from "./strip/measures.ts";

const offers: readonly Kind[] = [
  "pairs",
  "points",
  "scored",
  "demonstrations",
  "lists",
  "triples",
];
/** Of paths, which are listed, what is said of texts says nothing. */
const common = without("steps");
/** Held-out comparisons a map. */
const HELD = 12;

/**
 * A map of five strips, and a door on each side of it worth 1 to 4; a path of up to four moves is
 * worth what the door is where it ends, or 0.02. P(a beats b) = R(a)/(R(a) + R(b)): the gold reward
 * is log R, and paths in proportion to R are what it makes of even odds at β = 1. All 341 paths can
 * be listed, so every measure is an exact sum.
 */
export const strip: Sight = {
  summary:
    "Paths on a map to any of four doors, worth 1 to 4; all of them are listed, and one is " +
    "preferred to another in proportion to what both are worth.",
  offers,
  measures: [...common, ...cards],
  ranking: { headline: "reward", scored: "regret" },
  budget: { flops: 4e10, queries: 20_000 },
  part: { title: "Policy that finds doors", make: walks },
  open: testbed,
};

async function testbed(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const { train, test } = await walks(workshop);
  const known = new Map([...train, ...test].map((map) => [map.prompt.id, map]));
  const mapOf = ({ id }: Prompt): Walked => {
    const map = known.get(id);
    if (map) return map;
    throw new RangeError(`Cannot find map "${id}": vision/strip has no such map`);
  };
  const worth = (y: Answer): number => worthOf(mapOf(y.prompt).doors, y);
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return worth(a) / (worth(a) + worth(b));
  };
  const label = (a: Answer, b: Answer, draws: Rng): boolean => draws.uniform() < chance(a, b);

  /** Every map equally often, in an order of its own each time round; of the answers two at least differ in worth. */
  function* askings(n: number, size: number, draws: Rng): Generator<Asked> {
    const labels = draws.split("labels");
    for (let left = n; left > 0; left -= train.length) {
      for (const map of draws.shuffle(train).slice(0, left)) {
        yield {
          answers: meeting(map, size, worth, draws),
          label: (a, b) => label(a, b, labels),
          objective: () => 0,
        };
      }
    }
  }
  const heldOut = test.flatMap((map, i): Comparison[] => {
    const draws = rng("vision strip").split("held").split(i);
    return Array.from({ length: HELD }, () => {
      const [a, b] = meeting(map, 2, worth, draws) as [Answer, Answer];
      const [chosen, rejected] = worth(a) > worth(b) ? [a, b] : [b, a];
      return { chosen, rejected, strength: chance(chosen, rejected) };
    });
  });

  return {
    model,
    start,
    optimiser: { rate: 1e-3, warmup: 10, batch: 32, clip: 1 },
    oracle: { id: "vision/strip truth", prefer: async (a, b) => await chance(a, b) },
    evaluators: [...common, ...measuresBy((prompt) => mapOf(prompt).doors)],
    longest: LONGEST,
    prompts: (split) => (split === "train" ? train : test).map(({ prompt }) => prompt),
    answers: (prompt) => mapOf(prompt).paths,
    label: async (a, b, draws) => await label(a, b, draws),
    costs,
    examples<K extends Kind>(kind: K, n: number, draws: Rng): Example<K>[] {
      const others = draws.split("unrelated");
      const elsewhere = ({ prompt }: Answer): Answer => {
        const other = others.pick(train.filter((map) => map.prompt !== prompt));
        return { ...other.paths[weighted(other.chances, others)]!, prompt };
      };
      const ask = (many: number, size: number) => askings(many, size, draws);
      return read(kind, n, "vision/strip", ask, elsewhere);
    },
    check: async (ys) => await ys.map((y) => ({ reward: Math.log(worth(y)) })),
    prices: { checks: 2 },
    heldOut: () => heldOut,
    reward: async (ys) => await Float64Array.from(ys, (y) => Math.log(worth(y))),
    show: (prompt) => shown(mapOf(prompt).doors),
    showSteps: ({ tokens }) => wordByWord(tokens, wordOf),
    picture: (y) => "prompt" in y ? drawn(mapOf(y.prompt).doors, y.tokens) : drawn(mapOf(y).doors),
    truth: { temperature: 1 },
  };
}

/** Different paths as the start policy draws them, of which the first two are not worth the same. */
function meeting(
  { paths, chances }: Walked,
  size: number,
  worth: (y: Answer) => number,
  draws: Rng,
): Answer[] {
  const left = [...chances];
  const taken: Answer[] = [];
  const take = (weights: readonly number[]) => {
    const i = weighted(weights, draws);
    left[i] = 0;
    taken.push(paths[i]!);
  };
  take(left);
  const first = worth(taken[0]!);
  take(left.map((p, i) => worth(paths[i]!) === first ? 0 : p));
  while (taken.length < size) take(left);
  return draws.shuffle(taken);
}

/** An index drawn in proportion to its weight. */
function weighted(weights: readonly number[], draws: Rng): number {
  let left = draws.uniform() * weights.reduce((sum, w) => sum + w, 0);
  const found = weights.findIndex((w) => w > 0 && (left -= w) < 0);
  return found < 0 ? weights.findLastIndex((w) => w > 0) : found;
}
