import type { Truth } from "../../core/mod.ts";
import { softmax } from "../exact.ts";

/** The policy that maximises E[reward] − β·KL(π‖start) in one context: π ∝ start·exp(reward/β). */
export function optimum(
  start: readonly number[],
  reward: readonly number[],
  beta: number,
): number[] {
  return softmax(start.map((p, a) => Math.log(p) + reward[a]! / beta));
}

/** The optimum's mean KL (in nats) and reward over these contexts, from an endless penalty to nearly none. */
export function frontier(
  start: readonly (readonly number[])[],
  rewards: readonly (readonly number[])[],
  contexts: readonly number[] = [...start.keys()],
): Required<Truth>["frontier"] {
  // No step away from the start, then six a decade down to 0.01, where the best answer has nearly all.
  const betas = [Infinity, ...Array.from({ length: 18 }, (_, i) => 10 ** ((5 - i) / 6))];
  const mean = (f: (context: number) => number) =>
    contexts.reduce((sum, c) => sum + f(c), 0) / contexts.length;
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
