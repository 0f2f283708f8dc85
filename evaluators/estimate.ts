import { type Absent, type Comparison, type Draw, type Measurement } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

// How numbers a prompt or a comparison become a measurement. The unit of inference is the prompt:
// comparisons that share one stand or fall together.

export const ONE_PROMPT = "One sampled prompt gives no standard error";

/** The mean of one number a prompt: exact where all answers of every prompt were summed. */
export function overPrompts(
  draws: readonly Draw[],
  each: readonly number[],
  exact = draws.every((draw) => draw.exact),
): Measurement | Absent {
  if (draws.length === 0) return { absent: "There are no test prompts" };
  const odd = each.findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) {
    return { absent: `Not finite: found ${each[odd]} at prompt ${draws[odd]!.prompt.id}` };
  }
  if (!exact && each.length < 2) return { absent: ONE_PROMPT };
  return {
    value: stats.mean(each),
    stderr: exact ? 0 : stats.standardError(each),
    n: each.length,
    each,
  };
}

/** Σ over prompts of `tops` by Σ of `bottoms`, with the delta method's standard error. */
export function ratioOverPrompts(
  draws: readonly Draw[],
  tops: readonly number[],
  bottoms: readonly number[],
): Measurement | Absent {
  const [top, bottom] = [overPrompts(draws, tops), overPrompts(draws, bottoms)];
  if ("absent" in top) return top;
  if ("absent" in bottom) return bottom;
  const value = top.value / bottom.value;
  const linear = overPrompts(draws, tops.map((x, i) => (x - value * bottoms[i]!) / bottom.value));
  return "absent" in linear ? linear : { value, stderr: linear.stderr, n: linear.n };
}

/** The same with what each prompt moves the ratio by, to first order: so two methods can be compared on the same prompts. */
export function ratioByPrompts(
  draws: readonly Draw[],
  tops: readonly number[],
  bottoms: readonly number[],
): Measurement | Absent {
  const ratio = ratioOverPrompts(draws, tops, bottoms);
  if ("absent" in ratio) return ratio;
  const bottom = stats.mean(bottoms);
  return {
    ...ratio,
    each: tops.map((x, i) => ratio.value + (x - ratio.value * bottoms[i]!) / bottom),
  };
}

/** The mean of one number a comparison. */
export function overComparisons(
  comparisons: readonly Comparison[],
  values: readonly number[],
): Measurement | Absent {
  if (comparisons.length === 0) return { absent: "There are no held-out comparisons" };
  const odd = values.findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) {
    const { id } = comparisons[odd]!.chosen.prompt;
    return { absent: `Not finite: found ${values[odd]} for a comparison at prompt ${id}` };
  }
  const prompts = comparisons.map((comparison) => comparison.chosen.prompt.id);
  const groups = Map.groupBy(values.keys(), (i) => prompts[i]!);
  if (groups.size < 2) return { absent: ONE_PROMPT };
  // A mean over prompts is the same mean only where each has as many comparisons.
  const even = groups.values().every((some) => some.length * groups.size === values.length);
  return {
    value: stats.mean(values),
    stderr: stats.clusteredStandardError(values, prompts),
    n: values.length,
    ...even
      ? { each: [...groups.values()].map((some) => stats.mean(some.map((i) => values[i]!))) }
      : {},
  };
}

/**
 * The share of comparisons with a margin above 0, of those that have a right answer: at strength
 * 1/2 neither order is wrong. A tie counts as wrong. At 0 and 1, where the values do not spread,
 * the standard error is that of Wilson's interval over prompts.
 */
export function accuracy<C extends Comparison>(
  comparisons: readonly C[],
  margin: (comparison: C) => number,
): Measurement | Absent {
  const decided = comparisons.filter(({ strength }) => strength > 0.5);
  if (decided.length === 0 && comparisons.length > 0) {
    return { absent: "Every held-out comparison is an even match" };
  }
  // A margin may be infinite and still have a sign; NaN has none.
  const rate = overComparisons(
    decided,
    decided.map((comparison) => {
      const x = margin(comparison);
      return Number.isNaN(x) ? NaN : x > 0 ? 1 : 0;
    }),
  );
  if ("absent" in rate || (rate.value > 0 && rate.value < 1)) return rate;
  const prompts = new Set(decided.map(({ chosen }) => chosen.prompt.id)).size;
  return { ...rate, stderr: wilsonError(rate.value, prompts) };
}

/** The standard error of a share of n prompts by Wilson's interval, which has a width at 0 and 1 too. */
export function wilsonError(share: number, n: number): number {
  const { low, high } = stats.wilson(share * n, n);
  return (high - low) / (2 * stats.normalQuantile(0.975));
}
