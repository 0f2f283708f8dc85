import { nll } from "./calibration.ts";
import { sigmoid } from "./logistic.ts";
import { type Local, minimise } from "./newton.ts";

// Logistic regression without an intercept on soft labels; not part of what core exports.

/** A row: P(y = 1) is σ(offset + w·x), and y may be any probability. */
export interface LogisticRow {
  readonly x: readonly number[];
  readonly y: number;
  readonly weight: number;
  /** 0 by default. */
  readonly offset?: number;
}

/** ridge · Σ w², or |w| summed against C times the weighted log-loss, as liblinear has it. */
export type Penalty = { readonly ridge: number } | { readonly l1: number };

/** The weights that minimise log-loss plus penalty; undefined where no finite ones do. */
export function logisticRegression(
  rows: readonly LogisticRow[],
  penalty: Penalty,
  start: readonly number[],
): number[] | undefined {
  if ("l1" in penalty) return lasso(rows, penalty.l1, start);
  const { ridge } = penalty;
  const found = minimise((w) => {
    const { value, gradient, hessian } = loss(rows, w);
    return {
      value: value + ridge * w.reduce((sum, x) => sum + x * x, 0),
      gradient: gradient.map((g, k) => g + 2 * ridge * w[k]!),
      hessian: hessian.map((row, k) => row.map((h, l) => h + (k === l ? 2 * ridge : 0))),
    };
  }, start);
  return found && [...found.at];
}

/** Σ weight · log-loss with its derivatives. */
export function loss(rows: readonly LogisticRow[], w: readonly number[]): Local {
  let value = 0;
  const gradient = w.map(() => 0);
  const hessian = w.map(() => w.map(() => 0));
  for (const { x, y, weight, offset = 0 } of rows) {
    if (weight === 0) continue;
    let logit = offset;
    for (let k = 0; k < w.length; k++) logit += w[k]! * x[k]!;
    const q = sigmoid(logit);
    value += weight * nll(logit, y);
    const slope = weight * (q - y);
    const curve = weight * q * sigmoid(-logit);
    for (let k = 0; k < w.length; k++) {
      gradient[k]! += slope * x[k]!;
      for (let l = 0; l <= k; l++) hessian[k]![l]! += curve * x[k]! * x[l]!;
    }
  }
  for (let k = 0; k < w.length; k++) for (let l = 0; l < k; l++) hessian[l]![k] = hessian[k]![l]!;
  return { value, gradient, hessian };
}

/**
 * argmin Σ |w| + C · loss: Newton's quadratic model with the penalty kept whole is minimised by
 * coordinate descent, and the step to it halved until the objective falls.
 */
function lasso(
  rows: readonly LogisticRow[],
  C: number,
  start: readonly number[],
): number[] | undefined {
  const objective = (w: readonly number[]) =>
    C * loss(rows, w).value + w.reduce((sum, x) => sum + Math.abs(x), 0);
  let w = [...start];
  for (let i = 0; i < 200; i++) {
    const { gradient, hessian } = loss(rows, w);
    const target = [...w];
    for (let sweep = 0; sweep < 1000; sweep++) {
      let moved = 0;
      for (let k = 0; k < w.length; k++) {
        const curve = C * hessian[k]![k]!;
        let slope = C * gradient[k]!;
        for (let l = 0; l < w.length; l++) slope += C * hessian[k]![l]! * (target[l]! - w[l]!);
        const free = target[k]! - slope / curve;
        // A column that is 0 throughout has no curve: the penalty alone is left.
        const next = curve > 0 ? Math.sign(free) * Math.max(0, Math.abs(free) - 1 / curve) : 0;
        moved = Math.max(moved, Math.abs(next - target[k]!));
        target[k] = next;
      }
      if (moved <= 1e-13) break;
    }
    const size = Math.max(...target.map((x, k) => Math.abs(x - w[k]!)));
    if (!Number.isFinite(size)) return undefined;
    const here = objective(w);
    const allowed = here + 1e-12 * Math.max(1, here);
    let share = 1;
    let next = target;
    while (!(objective(next) <= allowed) && share > 1e-12) {
      share /= 2;
      next = w.map((x, k) => x + share * (target[k]! - x));
    }
    w = next;
    if (size <= 1e-10 * Math.max(1, ...w.map(Math.abs))) return w;
  }
  return undefined;
}
