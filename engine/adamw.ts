import { concat, constant, type Expr } from "../core/expr.ts";

/** Adam's constants. */
export interface AdamW {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay a step, times the learning rate. */
  readonly decay: number;
  /** Largest global norm of the gradient; longer ones are scaled down to it. */
  readonly clip: number;
}

/** What the optimiser carries from step to step. */
export interface AdamWState {
  /** [P] the parameters end to end, and Adam's first and second moments of their gradient. */
  readonly theta: Expr;
  readonly first: Expr;
  readonly second: Expr;
}

/** Scalars that change from step to step. */
export interface AdamWSchedule {
  readonly rate: Expr;
  /** 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ). */
  readonly debias1: Expr;
  readonly debias2: Expr;
}

/** Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2) after clipping by global norm. */
export function adamw(
  gradients: readonly Expr[],
  { theta, first, second }: AdamWState,
  { rate, debias1, debias2 }: AdamWSchedule,
  { beta1, beta2, epsilon, decay, clip }: AdamW,
): AdamWState & { norm: Expr } {
  const raw = concat(gradients.map((g) => g.reshape(g.shape.reduce((n, d) => n * d, 1))), 0);
  const norm = raw.square().sum().sqrt();
  const g = raw.mul(constant(clip).div(norm.max(clip)));
  const m = first.mul(beta1).add(g.mul(1 - beta1));
  const v = second.mul(beta2).add(g.square().mul(1 - beta2));
  const step = m.mul(debias1).div(v.mul(debias2).sqrt().add(epsilon)).mul(rate);
  const shrunk = decay === 0 ? theta : theta.sub(theta.mul(rate.mul(decay)));
  return { theta: shrunk.sub(step), first: m, second: v, norm };
}
