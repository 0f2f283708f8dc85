import {
  type Answer,
  type Benchmark,
  rng,
  spansOf,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { passAt4, solved, stepAccuracy, stepAccuracyBy } from "../evaluators/verified.ts";
import { checked, commonMeasures } from "./checked.ts";
import { base, model } from "./shop/base.ts";
import { episodeOf, errorless, mediocre } from "./shop/customer.ts";
import { endOf, pathOf } from "./shop/path.ts";
import { bought, hopefulTurns, MOVES, questionOf, TURNS, wordOf } from "./shop/world.ts";
import { verifiedOffers } from "./verified.ts";

/**
 * A tiny transformer shops: six items on two pages, whose lists show colours, and an item's own page
 * its size. A turn is one token, and what the shop says to it is a function of the moves made. It
 * imitates a customer who slips, opens items in no good order, and of three in ten of the things that
 * may be wanted is mistaken: there it buys a size too large, most of the time.
 *
 * Seven turns are what it takes at most, by one who looks at every item of the colour until one fits.
 */
const shop: Benchmark<null> = {
  id: "shop",
  summary:
    "A tiny transformer looks in a shop, move by move, for the one of six items that has the " +
    "colour and the size wanted, and is right if it buys that within seven turns.",
  family: "agent",
  settings: {
    plain: {
      summary: "The shop does as it is told.",
      offers: verifiedOffers,
      with: null,
    },
  },
  measures: [solved, ...commonMeasures, passAt4, stepAccuracy],
  headline: "solved",
  budget: { flops: 1.5e11, queries: 16_000 },
  stages: [[{ title: "Policy of shop", make: base }]],
  open: async (_setting, _rng, workshop) => await testbed(workshop),
};
export default shop;

async function testbed(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const questions = (split: string, n: number) =>
    Array.from({ length: n }, (_, i) => questionOf(`shop/${split}/${i}`));
  return {
    ...checked({
      name: "shop",
      questions: { train: questions("train", 512), test: questions("test", 96) },
      verifier: { right: bought, steps: hopefulTurns },
      demonstrated: (prompt, draws) => episodeOf(prompt, mediocre, draws),
      draws: rng("shop").split("held"),
    }),
    model,
    start,
    evaluators: [solved, ...commonMeasures, passAt4, stepAccuracyBy(hopefulTurns)],
    longest: TURNS,
    prices: { demonstrations: Math.ceil(TURNS * Math.log2(MOVES.length)) },
    demonstrate: async (prompt, draws) => await episodeOf(prompt, errorless, draws),
    show: ({ tokens }) => worded(tokens),
    showSteps: (y) => spansOf(y).map(([from, to]) => `${worded(y.tokens.slice(from, to))}. `),
    said: (y) => repliesOf(y),
    picture: (y) => "prompt" in y ? pathOf(y) : undefined,
  };
}

const worded = (tokens: readonly number[]): string => tokens.map(wordOf).join(" ");

/** What the shop said to each move, and how it ended after the last one. */
function repliesOf(y: Answer): string[] {
  const spans = spansOf(y);
  return spans.map(([, to], i) => {
    const next = spans[i + 1];
    return `${next ? worded(y.tokens.slice(to, next[0])) : endOf(y)}. `;
  });
}
