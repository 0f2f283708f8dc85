import { normalQuantile, normalShare } from "./quantiles.ts";

/** How much of α may be spent by the time that a share t of the planned data has been seen. */
export type AlphaSpending = "obrien-fleming" | "pocock";

const spent: { readonly [spending in AlphaSpending]: (alpha: number, t: number) => number } = {
  /** 2 − 2Φ(z(1 − α/2) / √t): next to nothing early, so that the last look is nearly a plain test. */
  "obrien-fleming": (alpha, t) => 2 - 2 * normalShare(normalQuantile(1 - alpha / 2) / Math.sqrt(t)),
  /** α · log(1 + (e − 1)t): nearly evenly, for stopping early more often. */
  pocock: (alpha, t) => alpha * Math.log1p((Math.E - 1) * t),
};

/** When the data are looked at, settled before the first. */
export interface Looks {
  /** Units (seeds or prompts) that each look has seen, increasing; the last is the most there will be. */
  readonly at: readonly number[];
  /** Of the whole sequence, one-sided; 0.05 by default. */
  readonly alpha?: number;
  /** "obrien-fleming" by default. */
  readonly spending?: AlphaSpending;
}

/**
 * The one-sided level of the test at each look, such that independent increments of normal data
 * cross any of the bounds with probability α (Lan and DeMets, 1983, by the recursive integration of
 * Armitage, McPherson and Rowe). One look is a plain test at α. Student's t at these levels keeps to
 * α nearly as well (`tests/sequential_test.ts`).
 */
export function lookLevels({ at, alpha = 0.05, spending = "obrien-fleming" }: Looks): number[] {
  if (!at.length || at.some((n, k) => !(Number.isFinite(n) && n > (at[k - 1] ?? 0)))) {
    throw new RangeError(`Cannot look at ${at.join(", ")} units: they must increase from above 0`);
  }
  if (!(alpha > 0 && alpha < 0.5)) {
    throw new RangeError(`Cannot spend ${alpha}: it must lie between 0 and 0.5`);
  }
  const times = at.map((n) => n / at.at(-1)!);
  // Where the process B(t) of variance t may still be, with its density there times the width.
  let alive: { readonly x: number; readonly mass: number }[] = [{ x: 0, mass: 1 }];
  return times.map((t, k) => {
    const before = times[k - 1] ?? 0;
    const step = Math.sqrt(t - before);
    const due = spent[spending](alpha, t) - (k ? spent[spending](alpha, before) : 0);
    const beyond = (bound: number) =>
      alive.reduce((sum, { x, mass }) => sum + mass * normalShare((x - bound) / step), 0);
    let [low, high] = [-10, 40];
    for (let i = 0; i < 100; i++) {
      const middle = (low + high) / 2;
      if (beyond(middle) > due) low = middle;
      else high = middle;
    }
    const bound = (low + high) / 2;
    if (t < 1) {
      // Simpson's rule from far below up to the bound.
      const points = 400;
      const from = -9 * Math.sqrt(t);
      const width = (bound - from) / points;
      const ahead = Array.from({ length: points + 1 }, (_, i) => {
        const x = from + i * width;
        const density = alive.reduce(
          (sum, one) => sum + one.mass * Math.exp(-(((x - one.x) / step) ** 2) / 2),
          0,
        ) / (step * Math.sqrt(2 * Math.PI));
        const weight = i === 0 || i === points ? 1 : i % 2 ? 4 : 2;
        return { x, mass: density * weight * width / 3 };
      });
      alive = ahead;
    }
    return normalShare(-bound / Math.sqrt(t));
  });
}
