import { mean } from "./average.ts";
import { enough } from "./enough.ts";

/** Pearson's correlation; undefined where one side does not vary. A RangeError below two pairs. */
export function pearson(xs: readonly number[], ys: readonly number[]): number | undefined {
  paired(xs, ys);
  const [mx, my] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, i) => {
    xy += (x - mx) * (ys[i]! - my);
    xx += (x - mx) ** 2;
    yy += (ys[i]! - my) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

/** Spearman's: Pearson's of the ranks, equal values sharing their mean rank. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | undefined {
  paired(xs, ys);
  return pearson(midranks(xs), midranks(ys));
}

/**
 * Kendall's τ-b: pairs in the same order less pairs in opposite orders, over the geometric mean of
 * the pairs that either side orders. Undefined where one side orders none.
 */
export function kendall(xs: readonly number[], ys: readonly number[]): number | undefined {
  paired(xs, ys);
  let [same, byX, byY] = [0, 0, 0];
  xs.forEach((x, i) => {
    for (let j = 0; j < i; j++) {
      const [dx, dy] = [Math.sign(x - xs[j]!), Math.sign(ys[i]! - ys[j]!)];
      same += dx * dy;
      byX += dx * dx;
      byY += dy * dy;
    }
  });
  return byX > 0 && byY > 0 ? same / Math.sqrt(byX * byY) : undefined;
}

function paired(xs: readonly number[], ys: readonly number[]): void {
  if (xs.length !== ys.length) {
    throw new RangeError(`Cannot correlate ${xs.length} values with ${ys.length}`);
  }
  enough("a correlation", xs, 2);
  const odd = [...xs, ...ys].find((x) => !Number.isFinite(x));
  if (odd !== undefined) throw new RangeError(`Cannot correlate ${odd}: it is not finite`);
}

function midranks(xs: readonly number[]): number[] {
  return xs.map((x) =>
    xs.reduce((rank, other) => rank + (other < x ? 1 : other === x ? 0.5 : 0), 0.5)
  );
}
