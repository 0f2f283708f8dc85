/** σ(x) = 1 / (1 + e⁻ˣ), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}

/** log(1 + eˣ) = −log σ(−x), accurate at both ends. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** log(p / (1 − p)): −∞ at 0 and ∞ at 1. */
export function logit(p: number): number {
  return Math.log(p) - Math.log1p(-p);
}
