import { type Benchmark, rng, type Testbed } from "../core/mod.ts";
import {
  contextOf,
  exact,
  type Preferences,
  softmax,
  standard,
  type Tables,
  type Writer,
} from "./exact.ts";
import { frontier, optimum } from "./exact/frontier.ts";
import { paretoGap, paretoGapBy } from "./exact/pareto-gap.ts";
import { unseenMass, unseenMassBy } from "./exact/unseen-mass.ts";
import { BETA, valueGap, valueGapBy } from "./exact/value-gap.ts";
import { worstRater, worstRaterBy } from "./exact/worst-rater.ts";
import { scoredOffers as offers } from "./labelled.ts";
import { without } from "../evaluators/mod.ts";

const common = without("steps");

interface BanditSetting {
  /** Of the Bradley–Terry preferences; at 0 the better answer always wins. */
  readonly temperature: number;
  /** Share of labels that are turned round. */
  readonly flip: number;
  /** Answers that the start policy covers, and the probability that it leaves to all the others. */
  readonly covered: number;
  readonly outside: number;
  /** Correlation of the start policy's logits with the reward, in the first and in the last context. */
  readonly lean: readonly [number, number];
  /** How many levels the rewards lie on, next to each other within one; absent: on none. */
  readonly levels?: number;
  /** Two groups, of which each label is by one: their shares, and how their rewards correlate. */
  readonly raters?: { readonly shares: readonly [number, number]; readonly correlation: number };
  /** Who writes the answers that are compared; the start policy by default. */
  readonly written?: "few" | "mixed" | "stale";
}

const contexts = 32;
const actions = 16;
const base: BanditSetting = {
  temperature: 1,
  flip: 0,
  covered: actions,
  outside: 0,
  lean: [-0.6, 0.6],
};

/**
 * P(a beats b) = σ((r(a) − r(b)) / temperature), or certainty at temperature 0; with two groups of
 * raters, the chance that one of them, drawn by their shares, says so. The instance does not depend
 * on the seed, and settings share what they do not name, so both can be compared.
 */
const bandit: Benchmark<BanditSetting> = {
  id: "bandit",
  summary:
    `${contexts} contexts with ${actions} answers each. Every answer has a known reward, and the ` +
    "higher one is preferred more often the wider the gap; measures are sums over all answers. " +
    "In some contexts the start policy already leans to good answers, in others to bad ones.",
  family: "bandit",
  settings: {
    clean: {
      summary: "Labels are drawn from the preferences.",
      offers,
      with: base,
    },
    noisy: {
      summary: "30 % of the labels are turned round.",
      offers,
      with: { ...base, flip: 0.3 },
    },
    deterministic: {
      summary: "The better answer always wins.",
      offers,
      with: { ...base, temperature: 0 },
    },
    narrow: {
      summary: "Four answers hold 95 % of the start policy, and the best answer is never " +
        "among them.",
      offers,
      with: { ...base, covered: 4, outside: 0.05 },
    },
    aligned: {
      summary: "The start policy leans to good answers everywhere.",
      offers,
      with: { ...base, lean: [0.6, 0.6] },
    },
    misaligned: {
      summary: "The start policy leans to bad answers everywhere.",
      offers,
      with: { ...base, lean: [-0.6, -0.6] },
    },
    ties: {
      summary: "Answers lie on four levels of reward, and within one are as good as each other.",
      offers,
      with: { ...base, temperature: 0.25, levels: 4 },
    },
    groups: {
      summary: "Three labels in four are by raters who want nearly the opposite of the others.",
      offers,
      with: {
        ...base,
        temperature: 0.5,
        raters: { shares: [0.75, 0.25], correlation: -0.6 },
      },
    },
    objectives: {
      summary: "Half the labels follow one reward and half another, and the mean of the two " +
        "is to be had.",
      offers,
      with: {
        ...base,
        temperature: 0.5,
        raters: { shares: [0.5, 0.5], correlation: -0.5 },
      },
    },
    lucky: {
      summary: "Labels are softer, and compared answers are the second to the sixth best, " +
        "and once in a while another, which may win by luck.",
      offers,
      with: { ...base, temperature: 2, written: "few" },
    },
    mixed: {
      summary: "Half the compared answers are by the start policy, a quarter by the optimum " +
        "at β = 1/2 and a quarter drawn evenly.",
      offers,
      with: { ...base, written: "mixed" },
    },
    stale: {
      summary: "Compared answers are by four versions of a policy, from the start policy to " +
        "one that leans to bad answers.",
      offers,
      with: { ...base, written: "stale" },
    },
  },
  measures: [...common, valueGap, unseenMass, worstRater, paretoGap],
  headline: "win-rate",
  scored: "regret",
  budget: { flops: 4e7, queries: 8192 },
  open: async (setting) => await testbed(setting),
};
export default bandit;

function testbed(setting: BanditSetting): Testbed {
  const { temperature, flip, covered, outside, levels, raters, written } = setting;
  const first = Array.from({ length: contexts }, (_, c) => rewardsOf(c, levels));
  const groups = raters && [first, first.map((r, c) => correlated(c, r, raters.correlation))];
  const rewards = groups
    ? first.map((_, c) => mix(raters.shares, groups.map((group) => group[c]!)))
    : first;
  const start = rewards.map((reward, c) => startOf(c, reward, setting));
  const policy = start.map(softmax);
  const beliefs = (groups ?? [rewards]).map((all) => all.map((r) => preferencesOf(r, temperature)));
  const preferences = raters
    ? first.map((_, c) =>
      first[c]!.map((_, a) => mix(raters.shares, beliefs.map((group) => group[c]![a]!)))
    )
    : beliefs[0]!;
  const best = policy.map((p, c) => optimum(p, rewards[c]!, BETA));
  const few = written === "few" ? rewards.map(fewOf) : undefined;
  const unseen = few?.map((seen) => seen.map((p) => p < RARE)) ??
    (outside > 0 ? policy.map((p) => rare(p, covered)) : undefined);
  const writers: { readonly [by in NonNullable<BanditSetting["written"]>]: () => Writer[] } = {
    few: () => [{ share: 1, policy: few! }],
    mixed: () => [
      { share: 0.5, policy },
      { share: 0.25, policy: policy.map((p, c) => optimum(p, rewards[c]!, 0.5)) },
      { share: 0.25, policy: policy.map((p) => p.map(() => 1 / p.length)) },
    ],
    stale: () => ages(start, rewards),
  };
  const tables: Tables = {
    name: "bandit",
    start,
    preferences,
    flip,
    ratings: { worth: rewards, error: temperature },
    ...raters
      ? { raters: raters.shares.map((share, k) => ({ share, preferences: beliefs[k]! })) }
      : {},
    ...written ? { writers: writers[written]() } : {},
  };
  return {
    ...exact(tables),
    optimiser: { rate: 0.03, warmup: 10, batch: 64, clip: 1 },
    evaluators: [
      ...common,
      valueGapBy((prompt) => best[contextOf(prompt)]!),
      ...unseen ? [unseenMassBy((prompt) => unseen[contextOf(prompt)]!)] : [],
      ...groups
        ? [
          worstRaterBy((prompt) => beliefs.map((group) => group[contextOf(prompt)]!)),
          paretoGapBy((prompt) => groups.map((group) => group[contextOf(prompt)]!)),
        ]
        : [],
    ],
    reward: async (ys) =>
      await Float64Array.from(ys, (y) => rewards[contextOf(y.prompt)]![y.tokens[0]!]!),
    truth: {
      // Neither certain preferences nor those of several groups have one temperature; they are read
      // from the oracle alone.
      ...(temperature > 0 && !raters ? { temperature } : {}),
      frontier: frontier(policy, rewards),
    },
  };
}

/** Rewards of a context's answers, with mean 0 and standard deviation 1 within it. */
function rewardsOf(context: number, levels?: number): number[] {
  const draws = rng("bandit").split("rewards").split(context);
  const raw = Array.from({ length: actions }, () => draws.normal());
  if (levels === undefined) return standard(raw);
  // A hundredth apart within a level, so that a pair of one level is all but even.
  const order = [...raw.keys()].sort((a, b) => raw[a]! - raw[b]!);
  return standard(
    raw.map((_, a) => Math.floor(order.indexOf(a) * levels / actions) + order.indexOf(a) / 100),
  );
}

/** A second reward for a context's answers, of this correlation with the first. */
function correlated(context: number, reward: readonly number[], correlation: number): number[] {
  const draws = rng("bandit").split("second").split(context);
  const raw = standard(reward.map(() => draws.normal()));
  const shared = raw.reduce((sum, x, a) => sum + x * reward[a]!, 0) / raw.length;
  const apart = standard(raw.map((x, a) => x - shared * reward[a]!));
  return apart.map((x, a) => correlation * reward[a]! + Math.sqrt(1 - correlation ** 2) * x);
}

const mix = (shares: readonly number[], parts: readonly (readonly number[])[]): number[] =>
  parts[0]!.map((_, i) => shares.reduce((sum, share, k) => sum + share * parts[k]![i]!, 0));

/**
 * Logits of the start policy. They lean to the reward with a correlation that runs over the
 * contexts. What is covered is what is likeliest, the best answer last of all.
 */
function startOf(
  context: number,
  reward: readonly number[],
  { covered, outside, lean: [from, to] }: BanditSetting,
): number[] {
  const draws = rng("bandit").split("start").split(context);
  const lean = (to - from) * context / (contexts - 1) + from;
  const logits = reward.map((r) => lean * r + Math.sqrt(1 - lean ** 2) * draws.normal());
  const best = reward.indexOf(Math.max(...reward));
  const likeliest = [...logits.keys()].filter((a) => a !== best)
    .sort((a, b) => logits[b]! - logits[a]!);
  const inside = new Set([...likeliest, best].slice(0, covered));
  const share = (within: boolean) => {
    const weights = logits.map((x, a) => inside.has(a) === within ? Math.exp(x) : 0);
    const total = weights.reduce((sum, w) => sum + w, 0);
    return weights.map((w) => w / total);
  };
  const [dense, rare] = [share(true), share(false)];
  return logits.map((_, a) =>
    Math.fround(
      Math.log(inside.has(a) ? dense[a]! * (1 - outside) : rare[a]! * outside),
    )
  );
}

/** All but the likeliest `covered`. */
function rare(policy: readonly number[], covered: number): boolean[] {
  const least = policy.toSorted((a, b) => b - a)[covered - 1]!;
  return policy.map((p) => p < least);
}

/** Below this, an answer is in a handful of a context's comparisons. */
const RARE = 0.01;

/** The second to the sixth best have 97 %, evenly: the best and the bad have next to nothing. */
function fewOf(reward: readonly number[]): number[] {
  const best = [...reward.keys()].sort((a, b) => reward[b]! - reward[a]!);
  const seen = new Set(best.slice(1, 6));
  return reward.map((_, a) => seen.has(a) ? 0.97 / 5 : 0.03 / (actions - 5));
}

/** The start policy and three versions before it, each nearer to one that leans to bad answers. */
function ages(
  start: readonly (readonly number[])[],
  rewards: readonly (readonly number[])[],
): Writer[] {
  return [0, 1, 2, 3].map((age) => ({
    share: 0.25,
    policy: start.map((logits, c) =>
      softmax(logits.map((x, a) => (1 - age / 3) * x - (age / 3) * 1.5 * rewards[c]![a]!))
    ),
  }));
}

function preferencesOf(reward: readonly number[], temperature: number): Preferences {
  const beats = (gap: number) =>
    temperature > 0 ? 1 / (1 + Math.exp(-gap / temperature)) : (Math.sign(gap) + 1) / 2;
  return reward.map((a) => reward.map((b) => beats(a - b)));
}
