import type { Absent, ScoredComparison, Subject } from "../core/mod.ts";

export const NO_PREFERENCE: Absent = {
  absent: "The method implies no probability of its own: see the scaled calibration error",
};

/** log π/π_ref of the chosen answer less that of the rejected one, in nats. */
export function logRatioMargin({ w, l }: ScoredComparison): number {
  return w.logp - w.reference - (l.logp - l.reference);
}

/** The logit of the preference that the method itself implies, where it implies one. */
export function impliedMargin({ implied }: Subject): ((c: ScoredComparison) => number) | undefined {
  return implied && (({ w, l }) => implied(w) - implied(l));
}
