import {
  type Absent,
  type Comparison,
  type Measurement,
  type Rng,
  type Subject,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";

/**
 * Debiased calibration error of the preferences with these logits, chosen over rejected: ten bins
 * of equal mass, every comparison in both orders, against exact strengths, or the labels where the
 * testbed has no oracle. The standard error holds bins and their signs fixed.
 */
export function calibrationError(
  { testbed }: Subject,
  comparisons: readonly Comparison[],
  logits: readonly number[],
  rng: Rng,
): Measurement | Absent {
  // An infinite logit is a certain preference; NaN is none.
  const p = logits.map(stats.sigmoid);
  const finite = overComparisons(comparisons, p);
  if ("absent" in finite) return finite;
  const { value, bins, contributions } = stats.debiasedEce(p, comparisons.map((c) => c.strength), {
    bins: 10,
    by: "mass",
    symmetric: true,
    outcomes: testbed.oracle === undefined ? "drawn" : "exact",
    rng,
  });
  const raw = overComparisons(comparisons, contributions);
  return "absent" in raw ? raw : { value, stderr: raw.stderr, n: raw.n, bins };
}
