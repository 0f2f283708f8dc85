import { type Benchmark, rng, type Testbed, type Truth } from "../core/mod.ts";
import { contextOf, exact, ofActions, type Preferences, softmax } from "./exact.ts";
import { feedback } from "./labelled.ts";

interface Setting {
  /** Of the Bradley–Terry preferences; at 0 the better answer always wins. */
  readonly temperature: number;
  /** Share of labels that are turned round. */
  readonly flip: number;
  /** Answers that the start policy covers, and the probability that it leaves to all the others. */
  readonly covered: number;
  readonly outside: number;
}

const contexts = 32;
const actions = 16;
const everything = { covered: actions, outside: 0 };

/**
 * P(a beats b) = σ((r(a) − r(b)) / temperature), or certainty at temperature 0. The instance does
 * not depend on the seed, and settings share what they do not name, so both can be compared.
 */
const bandit: Benchmark<Setting> = {
  id: "bandit",
  summary:
    `${contexts} contexts with ${actions} answers each. Every answer has a known reward, and the ` +
    "higher one is preferred more often the wider the gap; measures are sums over all answers. " +
    "In some contexts the start policy already leans to good answers, in others to bad ones. " +
    "clean: labels are drawn from these preferences; noisy: then 30 % of them are turned round; " +
    "deterministic: the better answer always wins; narrow: clean labels, but four answers hold " +
    "95 % of the start policy and the best answer is never among them.",
  family: "bandit",
  settings: {
    clean: { temperature: 1, flip: 0, ...everything },
    noisy: { temperature: 1, flip: 0.3, ...everything },
    deterministic: { temperature: 0, flip: 0, ...everything },
    narrow: { temperature: 1, flip: 0, covered: 4, outside: 0.05 },
  },
  feedback,
  budget: { flops: 4e7, queries: 8192 },
  open: async (setting) => await testbed(setting),
};
export default bandit;

function testbed({ temperature, flip, covered, outside }: Setting): Testbed {
  const rewards = Array.from({ length: contexts }, (_, c) => rewardsOf(c));
  const start = rewards.map((reward, c) => startOf(c, reward, covered, outside));
  const preferences = rewards.map((reward) => preferencesOf(reward, temperature));
  return {
    ...exact({ name: "bandit", start, preferences, flip }),
    optimiser: { rate: 0.03, warmup: 10, batch: 64, clip: 1 },
    evaluators: ofActions,
    reward: async (ys) =>
      await Float64Array.from(ys, (y) => rewards[contextOf(y.prompt)]![y.tokens[0]!]!),
    truth: {
      // Certain preferences have no finite temperature; they are read from the oracle alone.
      ...(temperature > 0 ? { temperature } : {}),
      frontier: frontier(start.map(softmax), rewards),
    },
  };
}

/** Rewards of a context's answers, with mean 0 and standard deviation 1 within it. */
function rewardsOf(context: number): number[] {
  const draws = rng("bandit").split("rewards").split(context);
  const raw = Array.from({ length: actions }, () => draws.normal());
  const mean = raw.reduce((sum, r) => sum + r, 0) / actions;
  const deviation = Math.sqrt(raw.reduce((sum, r) => sum + (r - mean) ** 2, 0) / actions);
  return raw.map((r) => (r - mean) / deviation);
}

/**
 * Logits of the start policy. They lean to the reward with a correlation that runs from −0.6 in the
 * first context to 0.6 in the last. What is covered is what is likeliest, the best answer last of all.
 */
function startOf(
  context: number,
  reward: readonly number[],
  covered: number,
  outside: number,
): number[] {
  const draws = rng("bandit").split("start").split(context);
  const lean = 1.2 * context / (contexts - 1) - 0.6;
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

function preferencesOf(reward: readonly number[], temperature: number): Preferences {
  const beats = (gap: number) =>
    temperature > 0 ? 1 / (1 + Math.exp(-gap / temperature)) : (Math.sign(gap) + 1) / 2;
  return reward.map((a) => reward.map((b) => beats(a - b)));
}

/** The policy that maximises E[reward] − β·KL(π‖start) in one context: π ∝ start·exp(reward/β). */
export function optimum(
  start: readonly number[],
  reward: readonly number[],
  beta: number,
): number[] {
  return softmax(start.map((p, a) => Math.log(p) + reward[a]! / beta));
}

/** The optimum's mean KL (in nats) and reward over contexts, from an endless penalty to nearly none. */
function frontier(
  start: readonly (readonly number[])[],
  rewards: readonly (readonly number[])[],
): Required<Truth>["frontier"] {
  // No step away from the start, then six a decade down to 0.01, where the best answer has nearly all.
  const betas = [Infinity, ...Array.from({ length: 18 }, (_, i) => 10 ** ((5 - i) / 6))];
  const mean = (f: (context: number) => number) =>
    start.reduce((sum, _, c) => sum + f(c), 0) / start.length;
  return betas.map((beta) => {
    const best = start.map((p, c) => optimum(p, rewards[c]!, beta));
    const sum = (c: number, f: (a: number) => number) =>
      best[c]!.reduce((total, p, a) => p > 0 ? total + p * f(a) : total, 0);
    return {
      kl: Math.max(0, mean((c) => sum(c, (a) => Math.log(best[c]![a]! / start[c]![a]!)))),
      reward: mean((c) => sum(c, (a) => rewards[c]![a]!)),
    };
  });
}
