import {
  type Answer,
  type Benchmark,
  type Example,
  type Kind,
  type Rng,
  rng,
  type Testbed,
} from "../core/mod.ts";
import { contextOf, exact, ofActions, type Preferences, softmax } from "./exact.ts";
import { feedback } from "./labelled.ts";
import { logLinear } from "../models/features.ts";

interface Setting {
  /** The reward of one answer a context that no comparison shows; absent: there is none such. */
  readonly hidden?: number;
  /** 2 where the second half of the contexts wants some of what the first half dreads. */
  readonly domains: 1 | 2;
  /** Share of the reward's variance that no features explain. */
  readonly odd: number;
}

const [contexts, actions, width] = [32, 8, 8];
const base: Setting = { domains: 1, odd: 0 };

/**
 * r(x, a) = φ(x, a)·u, the same u everywhere, and a policy that is log-linear in the same φ: what it
 * learns of one answer it believes of others. P(a beats b) = σ(r(a) − r(b)). The instance does not
 * depend on the seed, and settings share what they do not name.
 */
const features: Benchmark<Setting> = {
  id: "features",
  summary:
    `${contexts} contexts with ${actions} answers each, described by ${width} features in which ` +
    "the policy is log-linear, so that what it learns of one answer it believes of all that " +
    "resemble it; measures are sums over all answers. covered: every answer is compared, and " +
    "features explain its reward; hidden: one answer a context looks three times as good as the " +
    "best by its features, is the worst, and is never compared nor likely to be given; windfall: " +
    "the same, but it is the best; domains: the second half of the contexts wants the opposite of " +
    "the first half in half of the features, and its labels come after the first half's; misfit: " +
    "half of the reward's variance is beyond the features.",
  family: "bandit",
  settings: {
    covered: base,
    hidden: { ...base, hidden: -3 },
    windfall: { ...base, hidden: 3 },
    domains: { ...base, domains: 2 },
    misfit: { ...base, odd: 0.5 },
  },
  feedback,
  budget: { flops: 8e7, queries: 4096 },
  open: async (setting) => await testbed(setting),
};
export default features;

function testbed({ hidden, domains, odd }: Setting): Testbed {
  const drawn = Array.from({ length: contexts }, (_, c) => instance(c, odd, domainOf(c, domains)));
  const last = actions - 1;
  if (hidden !== undefined) {
    for (const { phi, reward, logits } of drawn) {
      const seen = reward.slice(0, last);
      phi[last] = phi[seen.indexOf(Math.max(...seen))]!.map((x) => 3 * x);
      reward[last] = hidden;
      logits[last] = -5;
    }
  }
  const start = drawn.map(({ logits }) => logits);
  const rewards = drawn.map(({ reward }) => reward);
  const preferences = rewards.map((row): Preferences =>
    row.map((a) => row.map((b) => 1 / (1 + Math.exp(b - a))))
  );
  const shape = { contexts, actions, valueHead: true };
  const model = logLinear(shape, {
    base: { shape: [contexts, actions], data: Float32Array.from(start.flat()) },
    features: {
      shape: [contexts * actions, width],
      data: Float32Array.from(drawn.flatMap(({ phi }) => phi.flat())),
    },
  });
  const written = start.map((row) => softmax(row.map((x, a) => hiding(a) ? -Infinity : x)));
  function hiding(a: number): boolean {
    return hidden !== undefined && a === last;
  }
  const shared = exact({
    name: "features",
    start,
    preferences,
    flip: 0,
    writers: [{ share: 1, policy: written }],
    policy: { model, start: model.init(rng("features")) },
  });
  return {
    ...shared,
    optimiser: { rate: 0.03, warmup: 10, batch: 64, clip: 1 },
    evaluators: ofActions,
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      const domain = (example: Example<K>) => domainOf(contextOf(promptOf(example)), domains);
      // A stable sort: within a domain the order stays random.
      return shared.examples(kind, n, rng).toSorted((a, b) => domain(a) - domain(b));
    },
    reward: async (ys) =>
      await Float64Array.from(ys, (y) => rewards[contextOf(y.prompt)]![y.tokens[0]!]!),
    truth: { temperature: 1 },
  };
}

const domainOf = (context: number, domains: number): number =>
  Math.floor(domains * context / contexts);

/** Features, rewards (of deviation about 1) and start logits of a context's answers. */
function instance(
  context: number,
  odd: number,
  domain: number,
): { phi: number[][]; reward: number[]; logits: number[] } {
  const draws = rng("features").split(context);
  const wanted = rng("features").split("wanted");
  const u = Array.from({ length: width }, () => wanted.normal());
  const norm = Math.sqrt(u.reduce((sum, x) => sum + x * x, 0));
  const phi = Array.from({ length: actions }, () => u.map(() => draws.normal()));
  const beyond = phi.map(() => draws.normal());
  // The second domain's taste is turned round in the second half of the features.
  const taste = u.map((x, i) => (domain > 0 && i >= width / 2 ? -x : x) / norm);
  return {
    phi,
    reward: phi.map((row, a) =>
      Math.sqrt(1 - odd) * row.reduce((sum, x, i) => sum + x * taste[i]!, 0) +
      Math.sqrt(odd) * beyond[a]!
    ),
    logits: phi.map(() => Math.fround(draws.normal())),
  };
}

/** The prompt of an example's first answer. */
function promptOf(example: Example<Kind>): Answer["prompt"] {
  const first = Object.values(example).flat().find((x) => typeof x === "object");
  return (first as Answer).prompt;
}
