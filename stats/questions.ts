import type { Contrast } from "./bootstrap.ts";
import { jointTail } from "./joint-tail.ts";

/** A method beside the control that all of a family are held against. */
export interface AgainstControl {
  readonly method: string;
  /** How far it lies above the control. */
  readonly difference: number;
  readonly stderr: number;
  readonly low: number;
  readonly high: number;
  /** Adjusted for all that are held against the control; two-sided. */
  readonly adjusted: number;
}

/** Pairs by method, each seen from both of its sides. */
type Sides = ReadonlyMap<string, ReadonlyMap<string, Contrast>>;

/**
 * Who may be best (Hsu's multiple comparisons with the best, as Gupta's subset): the methods that
 * nobody betters when all others are held against them at once, one-sided. The truly best is among
 * them with probability 1 − level, as one of these tests alone can leave it out.
 */
export function mayBeBest(
  methods: readonly string[],
  pairs: readonly Contrast[],
  better: "higher" | "lower",
  level = 0.05,
): ReadonlySet<string> {
  const sides = bySide(pairs);
  return new Set(methods.filter((method) => {
    const against = [...sides.get(method)?.values() ?? []];
    const behind = against.map((pair) => {
      const below = better === "higher" ? -pair.difference : pair.difference;
      return { df: pair.df ?? Infinity, p: below > 0 ? pair.p / 2 : 1 - pair.p / 2 };
    });
    const first = behind.sort((x, y) => x.p - y.p)[0];
    const n = behind.length;
    if (first === undefined || first.p > level) return true;
    if (n * first.p <= level) return false;
    const correlation = correlationOf(method, sides);
    return jointTail(first.p, { n, df: first.df, correlation, sides: 1 }) > level;
  }));
}

/**
 * Who differs from the control (Dunnett's many to one, stepping down): the smallest p is adjusted for
 * all methods, the next for those that are left, and so on.
 */
export function manyToOne(control: string, pairs: readonly Contrast[]): AgainstControl[] {
  const sides = bySide(pairs);
  const family = [...sides.get(control)?.values() ?? []].sort((x, y) => x.p - y.p);
  const correlation = correlationOf(control, sides);
  let running = 0;
  return family.map((pair, i): AgainstControl => {
    const { b: method, difference, stderr, low, high, p, df = Infinity } = pair;
    const n = family.length - i;
    running = Math.max(running, jointTail(p, { n, df, correlation, sides: 2 }));
    return {
      method,
      difference: -difference,
      stderr,
      low: -high,
      high: -low,
      adjusted: running,
    };
  });
}

/**
 * The correlation of two differences from the same method, the mean over all: by
 * cov(x − c, y − c) = (var(x − c) + var(y − c) − var(x − y)) / 2. Not above the ½ of equal
 * variances, since less is safe.
 */
function correlationOf(control: string, sides: Sides): number {
  const own = [...sides.get(control) ?? []].filter(([, { stderr }]) =>
    stderr > 0 && Number.isFinite(stderr)
  );
  let [sum, n] = [0, 0];
  own.forEach(([x, { stderr: first }], i) => {
    for (const [y, { stderr: second }] of own.slice(i + 1)) {
      const apart = sides.get(x)?.get(y)?.stderr;
      if (apart === undefined || !Number.isFinite(apart)) continue;
      sum += (first ** 2 + second ** 2 - apart ** 2) / (2 * first * second);
      n++;
    }
  });
  return n === 0 ? 0 : Math.min(0.5, Math.max(0, sum / n));
}

function bySide(pairs: readonly Contrast[]): Sides {
  const sides = new Map<string, Map<string, Contrast>>();
  const put = (pair: Contrast) => {
    const own = sides.get(pair.a) ?? new Map<string, Contrast>();
    sides.set(pair.a, own.set(pair.b, pair));
  };
  for (const pair of pairs) {
    const { a, b, difference, low, high } = pair;
    put(pair);
    put({ ...pair, a: b, b: a, difference: -difference, low: -high, high: -low });
  }
  return sides;
}
