import type { ScoredComparison, Subject } from "../core/mod.ts";

type Margin = (comparison: ScoredComparison) => number;

/** log π/π_ref of the chosen answer less that of the rejected one, in nats. */
export const logRatioMargin: Margin = ({ w, l }) => w.logp - w.reference - (l.logp - l.reference);

/** The logit of the preference that the method itself implies: of a method that implies one. */
export const impliedMargin = ({ implied, prefers }: Subject): Margin => ({ w, l }) =>
  prefers ? prefers(w, l) : implied!(w) - implied!(l);

/** The same where the method implies a preference, else the log-ratios' margin. */
export const rewardMargin = (subject: Subject): Margin =>
  subject.prefers || subject.implied ? impliedMargin(subject) : logRatioMargin;
