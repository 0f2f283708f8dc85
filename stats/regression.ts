import { Matrix, QrDecomposition } from "ml-matrix";
import { mean } from "./average.ts";
import { tQuantile, tTail } from "./quantiles.ts";

/** One observation: y is explained by x and a constant; what shares a cluster stands or falls together. */
export interface Observation {
  readonly y: number;
  readonly x: readonly number[];
  readonly cluster: string;
}

/** A coefficient with its interval. */
export interface Coefficient {
  readonly value: number;
  readonly stderr: number;
  /** The 95 % interval: Student's t with clusters − coefficients degrees of freedom. */
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

/**
 * Ordinary least squares with a constant; the coefficients of x. The standard error is the
 * jackknife's over clusters: each is left out in turn, V = (G − 1)/G · Σ (b₋g − mean b₋g)².
 * Undefined where the fit, or one without a cluster, is not determined.
 */
export function clusteredLeastSquares(
  observations: readonly Observation[],
): Coefficient[] | undefined {
  const columns = observations[0]?.x.length ?? 0;
  if (columns === 0) throw new RangeError("Cannot fit nothing: there are no observations of x");
  const clusters = [...Map.groupBy(observations, ({ cluster }) => cluster).keys()];
  const df = clusters.length - columns - 1;
  const rows = gathered(observations);
  const whole = fit(rows);
  if (!whole || df < 1) return undefined;
  const without = clusters.map((left) => fit(rows.filter(({ cluster }) => cluster !== left)));
  if (!without.every((found) => found !== undefined)) return undefined;
  const t = tQuantile(0.975, df);
  return whole.map((value, i) => {
    const some = without.map((found) => found[i]!);
    const centre = mean(some);
    const squares = some.reduce((sum, b) => sum + (b - centre) ** 2, 0);
    const stderr = Math.sqrt(squares * (clusters.length - 1) / clusters.length);
    return {
      value,
      stderr,
      low: value - t * stderr,
      high: value + t * stderr,
      p: value === 0 ? 1 : tTail(value / stderr, df),
    };
  });
}

/** n observations of a cluster at one x, of which squares know the mean y alone. */
interface Gathered extends Observation {
  readonly n: number;
}

/** A fit of so many rows is made once a cluster, and clusters are often of one x. */
function gathered(observations: readonly Observation[]): Gathered[] {
  const alike = Map.groupBy(observations, ({ cluster, x }) => JSON.stringify([cluster, x]));
  return [...alike.values()].map((all) => ({
    ...all[0]!,
    y: mean(all.map(({ y }) => y)),
    n: all.length,
  }));
}

/** The coefficients of x by weighted least squares; undefined where they are not determined. */
function fit(rows: readonly Gathered[]): number[] | undefined {
  const design = new Matrix(rows.map(({ x, n }) => [1, ...x].map((one) => one * Math.sqrt(n))));
  if (design.rows < design.columns) return undefined;
  const decomposed = new QrDecomposition(design);
  const diagonal = decomposed.upperTriangularMatrix.diagonal().map(Math.abs);
  if (Math.min(...diagonal) < 1e-9 * Math.max(...diagonal)) return undefined;
  const weighed = Matrix.columnVector(rows.map(({ y, n }) => y * Math.sqrt(n)));
  return decomposed.solve(weighed).to1DArray().slice(1);
}
