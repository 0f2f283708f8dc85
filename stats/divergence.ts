/** KL(p‖q) = Σ p log(p / q) in nats, with 0·log 0 = 0; ∞ where q misses some of p. */
export function kl(p: readonly number[], q: readonly number[]): number {
  if (p.length !== q.length) {
    throw new RangeError(`Cannot compare distributions over ${p.length} and ${q.length} outcomes`);
  }
  return p.reduce((sum, x, i) => x === 0 ? sum : sum + x * Math.log(x / q[i]!), 0);
}

// Estimators of KL(π‖π_ref) from one sample of π; `l` is log π(y) − log π_ref(y), in nats
// (Schulman, "Approximating KL divergence", 2020).

/** Unbiased, may be negative. */
export function k1(l: number): number {
  return l;
}

/** l² / 2: biased, of low variance. */
export function k2(l: number): number {
  return l * l / 2;
}

/** e⁻ˡ − 1 + l: unbiased and never negative; heavy-tailed where π_ref ≫ π. */
export function k3(l: number): number {
  return Math.expm1(-l) + l;
}
