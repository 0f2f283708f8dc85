import { type Chance, chance } from "./draws.ts";
import { logs, type Path, type Table } from "./table.ts";
import type { Pair } from "./training.ts";

/** One question with ten answers, each of a known worth. */
export const ANSWERS = 10;
export const banditTable: Table = { rows: 1, choices: ANSWERS };

/** What a visitor sets of the labels. */
export interface Labels {
  readonly seed: number;
  readonly pairs: number;
  /** Share of labels that are turned round. */
  readonly noise: number;
}

/** A bandit: its answers' rewards, best first, the reference's logits, and labelled pairs. */
export interface Bandit {
  readonly rewards: readonly number[];
  readonly reference: Float64Array;
  readonly pairs: readonly Pair[];
}

/** Two different answers of the reference are compared, and the better is preferred as σ of the gap in reward. */
export function bandit({ seed, pairs, noise }: Labels): Bandit {
  const world = chance(seed * 2);
  const rewards = Array.from({ length: ANSWERS }, () => world.normal()).sort((a, b) => b - a);
  const reference = logs(banditTable, rewards.map(() => 0.7 * world.normal()));
  const probabilities = reference.map(Math.exp);
  const draws = chance(seed * 2 + 1);
  const one = (): Pair => {
    const a = draws.among(probabilities);
    let b = a;
    while (b === a) b = draws.among(probabilities);
    return labelled(draws, single(a), single(b), rewards[a]! - rewards[b]!, noise);
  };
  return { rewards, reference, pairs: Array.from({ length: pairs }, one) };
}

const single = (answer: number): Path => ({
  counts: Array.from({ length: ANSWERS }, (_, i) => Number(i === answer)),
  length: 1,
});

/** The first answer wins with σ(gap), and the label is turned round with probability `noise`. */
export function labelled(draws: Chance, a: Path, b: Path, gap: number, noise: number): Pair {
  const first = draws.uniform() < 1 / (1 + Math.exp(-gap));
  const turned = draws.uniform() < noise;
  return first !== turned ? { chosen: a, rejected: b } : { chosen: b, rejected: a };
}

/** π* ∝ π_ref · exp(r/β), which the reward less β times the KL divergence is greatest at. */
export function optimum({ reference, rewards }: Bandit, beta: number): Float64Array {
  return logs(banditTable, reference.map((x, a) => x + rewards[a]! / beta)).map(Math.exp);
}

/** What is drawn of a policy, all of it exact sums over the ten answers. */
export function banditMeasures(
  { rewards, reference }: Bandit,
  table: Float64Array,
): { readonly reward: number; readonly kl: number } {
  const sum = (of: (a: number) => number) =>
    table.reduce((total, x, a) => total + Math.exp(x) * of(a), 0);
  return { reward: sum((a) => rewards[a]!), kl: sum((a) => table[a]! - reference[a]!) };
}
