import { CholeskyDecomposition, Matrix } from "ml-matrix";

// Newton's method for the likelihoods of this folder; not part of what core exports.

/** A convex function at a point; the Hessian is positive definite wherever a step is taken. */
export interface Local {
  readonly value: number;
  readonly gradient: readonly number[];
  readonly hessian: readonly (readonly number[])[];
}

export interface Minimum {
  readonly at: readonly number[];
  readonly value: number;
  /** The inverse of the Hessian there. */
  readonly covariance: Matrix;
}

/**
 * The minimum of a smooth convex function, by Newton's method with halved steps, to a step of 1e-10
 * or what rounding leaves. Undefined where there is none within reach: outcomes that separate and
 * no ridge, or columns that say the same.
 */
export function minimise(
  local: (x: readonly number[]) => Local,
  start: readonly number[],
): Minimum | undefined {
  let x = [...start];
  let here = local(x);
  for (let i = 0; i < 100; i++) {
    const factors = factorised(here.hessian);
    if (!factors) return undefined;
    const step = factors.solve(Matrix.columnVector([...here.gradient])).to1DArray();
    const size = Math.max(...step.map(Math.abs)) / Math.max(1, ...x.map(Math.abs));
    if (!Number.isFinite(size)) return undefined;
    // Near the minimum the value changes by less than it is rounded.
    const allowed = here.value + 1e-9 * Math.max(1, Math.abs(here.value));
    let share = 1;
    let next = here;
    let moved = x;
    do {
      moved = x.map((value, k) => value - share * step[k]!);
      next = local(moved);
      share /= 2;
    } while (!(next.value <= allowed) && share > 1e-12);
    x = moved;
    here = next;
    if (size <= 1e-10) {
      const last = factorised(here.hessian);
      return last &&
        { at: x, value: here.value, covariance: last.solve(Matrix.eye(x.length, x.length)) };
    }
  }
  return undefined;
}

/** Undefined where the matrix is not clearly positive definite. */
function factorised(hessian: readonly (readonly number[])[]): CholeskyDecomposition | undefined {
  const matrix = new Matrix(hessian as number[][]);
  const factors = new CholeskyDecomposition(matrix);
  if (!factors.isPositiveDefinite()) return undefined;
  // Against each column's own scale: what is left of it once the columns before are known.
  const { lowerTriangularMatrix: lower } = factors;
  return lower.diagonal().every((left, i) => left * left > 1e-12 * matrix.get(i, i))
    ? factors
    : undefined;
}
