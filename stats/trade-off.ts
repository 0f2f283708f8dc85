import { mean } from "./average.ts";

/** What a side reached: `x` is what both are held equal in, `y` what is compared. */
export interface Reached {
  readonly x: number;
  readonly y: number;
}
/** Which way is better. */
export type Direction = "higher" | "lower";

/** Places at which two frontiers are compared, evenly over where both are known. */
const PLACES = 21;

/**
 * How much more y one side has than another at equal x, on average over the x that both reach:
 * each side's frontier is the points that none of its own betters in both, with straight lines
 * between them, and level on towards worse x as far as its points go, as nobody need go there.
 * Undefined where the sides' ranges do not overlap: nothing is extrapolated.
 */
export function atEqual(
  one: readonly Reached[],
  other: readonly Reached[],
  better: { readonly x: Direction; readonly y: Direction },
): number | undefined {
  if (one.length === 0 || other.length === 0) return undefined;
  const [a, b] = [efficient(one, better), efficient(other, better)];
  const xs = [one, other].map((points) => points.map(({ x }) => x));
  const low = Math.max(...xs.map((all) => Math.min(...all)));
  const high = Math.min(...xs.map((all) => Math.max(...all)));
  if (low > high) return undefined;
  const places = low === high
    ? [low]
    : Array.from({ length: PLACES }, (_, k) => low + (high - low) * k / (PLACES - 1));
  return mean(places.map((x) => between(a, x) - between(b, x)));
}

/** The points that no other of them betters in both, by rising x; of equal x the better y. */
export function efficient(
  points: readonly Reached[],
  better: { readonly x: Direction; readonly y: Direction },
): Reached[] {
  const [sx, sy] = [better.x, better.y].map((way) => way === "higher" ? 1 : -1) as [number, number];
  const found: Reached[] = [];
  // From the best x on, a point counts if its y is better than that of all before it.
  for (const point of points.toSorted((p, q) => sx * (q.x - p.x) || sy * (q.y - p.y))) {
    const last = found.at(-1);
    if (!last || sy * (point.y - last.y) > 0) found.push(point);
  }
  return found.toSorted((p, q) => p.x - q.x);
}

function between(points: readonly Reached[], x: number): number {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (x <= first.x) return first.y;
  if (x >= last.x) return last.y;
  const next = points.findIndex((point) => point.x >= x);
  const [from, to] = [points[next - 1]!, points[next]!];
  return from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x);
}
