import { trigamma } from "./gamma.ts";
import { normalQuantile, normalShare, tQuantile } from "./quantiles.ts";

/** How many comparisons are asked at once, and what they share. */
export interface Joint {
  /** Student t's, all with `df` degrees of freedom. */
  readonly n: number;
  readonly df: number;
  /** Of any two estimates, from 0 to below 1, as with the control that all have in common. */
  readonly correlation: number;
  readonly sides: 1 | 2;
}

/** Steps of the integrals, which move the tail by less than 1e-4. */
const STEPS = 40;

/**
 * Dunnett's adjustment: P(the smallest of n p-values ≤ p) where all differences are none. Each t has
 * a variance of its own, as moderated ones are, where Dunnett's share one: a larger tail. By sums
 * over the shared part of the estimates and over a variance.
 */
export function jointTail(p: number, { n, df, correlation, sides }: Joint): number {
  const bound = Math.min(1, n * p);
  // Bonferroni's bound is as good there, and quantiles are not.
  if (n < 2 || p < 1e-9 || p >= 0.5) return bound;
  const finite = Number.isFinite(df) && df < 1e5;
  const cut = finite ? tQuantile(1 - p / sides, df) : normalQuantile(1 - p / sides);
  const roots = finite ? rootsOfVariance(df) : [{ root: 1, weight: 1 }];
  const [shared, alone] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
  let [inside, total] = [0, 0];
  for (let i = 0; i <= STEPS; i++) {
    const z = -5 + 10 * i / STEPS;
    let within = 0;
    for (const { root, weight } of roots) {
      const up = normalShare((cut * root - shared * z) / alone);
      const down = sides === 1 ? 0 : normalShare((-cut * root - shared * z) / alone);
      within += weight * (up - down);
    }
    const density = Math.exp(-z * z / 2);
    inside += density * within ** n;
    total += density;
  }
  return Math.max(p, Math.min(bound, 1 - inside / total));
}

/** √(χ²/df) with weights that sum to 1, by even steps of its logarithm. */
function rootsOfVariance(df: number): { readonly root: number; readonly weight: number }[] {
  // The lower tail falls as e^(df/2 · x), the upper as e^(−df/2 · e^x).
  const spread = Math.sqrt(trigamma(df / 2));
  const [from, to] = [-Math.max(7 * spread, 40 / df), Math.log1p(8 * spread)];
  const density = (x: number) => Math.exp(df / 2 * (x - Math.exp(x) + 1));
  const xs = Array.from({ length: STEPS + 1 }, (_, i) => from + (to - from) * i / STEPS);
  const total = xs.reduce((sum, x) => sum + density(x), 0);
  return xs.map((x) => ({ root: Math.exp(x / 2), weight: density(x) / total }));
}
