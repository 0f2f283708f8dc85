import { normalQuantile, normalShare, tQuantile } from "./quantiles.ts";

/** How much of α may be spent by the time that a share t of the planned data has been seen. */
export type Spending = "obrien-fleming" | "pocock";

const spent: { readonly [spending in Spending]: (alpha: number, t: number) => number } = {
  /** 2 − 2Φ(z(1 − α/2) / √t): next to nothing early, so that the last look is nearly a plain test. */
  "obrien-fleming": (alpha, t) => 2 - 2 * normalShare(normalQuantile(1 - alpha / 2) / Math.sqrt(t)),
  /** α · log(1 + (e − 1)t): nearly evenly, for stopping early more often. */
  pocock: (alpha, t) => alpha * Math.log1p((Math.E - 1) * t),
};

export interface Looks {
  /** Units (seeds or prompts) that each look has seen, increasing; the last is the most there will be. */
  readonly at: readonly number[];
  /** Of the whole sequence, one-sided; 0.05 by default. */
  readonly alpha?: number;
  /** "obrien-fleming" by default. */
  readonly spending?: Spending;
}

/**
 * The one-sided level of the test at each look, such that independent increments of normal data
 * cross any of the bounds with probability α (Lan and DeMets, 1983, by the recursive integration of
 * Armitage, McPherson and Rowe). One look is a plain test at α.
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

/** What one look has found of the difference, candidate less baseline, where higher is better. */
export interface Look {
  readonly difference: number;
  readonly stderr: number;
  /** Of the standard error: units less one. */
  readonly df: number;
  /** How much worse does not matter, above 0. */
  readonly margin: number;
}

export interface Verdict {
  /** One-sided bounds of the difference at this look's level. */
  readonly lower: number;
  readonly upper: number;
  /**
   * "pass": not worse by the margin. "fail": worse by more than the margin, or worse at all with an
   * estimate beyond the margin. "open": neither, and at the last look that stays so.
   */
  readonly decision: "pass" | "fail" | "open";
}

/**
 * Non-inferiority at one look of several, by Student's t at that look's level of `lookLevels`.
 * Stopping at the first look that is not open, a candidate that is worse by the margin passes with
 * probability α at most, and one that is no worse at all fails with α at most: each side spends its
 * own. Nothing is decided where the standard error is not finite.
 */
export function nonInferior({ difference, stderr, df, margin }: Look, level: number): Verdict {
  if (!(margin > 0)) throw new RangeError(`Cannot allow a margin of ${margin}: it must be above 0`);
  if (!(level > 0 && level < 0.5)) throw new RangeError(`Cannot test at level ${level}`);
  if (!Number.isFinite(difference) || !(stderr >= 0) || !(df >= 1)) {
    throw new RangeError(
      `Cannot judge a difference of ${difference} ± ${stderr} with ${df} degrees of freedom`,
    );
  }
  const half = stderr === 0 ? 0 : tQuantile(1 - level, df) * stderr;
  const [lower, upper] = [difference - half, difference + half];
  // An upper bound below the margin is an instance of it.
  const worse = upper < 0 && difference < -margin;
  return { lower, upper, decision: lower > -margin ? "pass" : worse ? "fail" : "open" };
}
