/** Measures of `control` that are exact sums over all that its policy may do. */
import type { Evaluator, Measure, Subject } from "../../core/mod.ts";
import { exploitability } from "../../evaluators/exploitability.ts";
import { TWENTIETH } from "../../evaluators/scales.ts";
import type { Preferences } from "../exact.ts";
import { exploited } from "../game/nash.ts";
import { chancesOf, outcomesOf } from "./lattice.ts";

const known = new WeakMap<Subject, Promise<number[][]>>();
/** [prompt][outcome] of a policy under measurement. */
function ends(subject: Subject): Promise<number[][]> {
  const found = known.get(subject) ?? chancesOf(subject.policy).then(outcomesOf);
  known.set(subject, found);
  return found;
}

const overStarts = (
  card: Measure,
  of: (outcomes: readonly number[]) => number,
): Evaluator => ({
  ...card,
  async measure(subject) {
    const each = (await ends(subject)).map(of);
    const value = each.reduce((sum, x) => sum + x, 0) / each.length;
    return { value, stderr: 0, n: each.length, each };
  },
});

/** How far above one half the best reply to the outcomes of a policy wins. */
export const exploitabilityBy = (table: Preferences): Evaluator =>
  overStarts(exploitability, (outcomes) => exploited(table, outcomes));

export const outcomes: Evaluator = overStarts({
  id: "outcomes",
  title: "outcomes",
  unit: "zones",
  better: "neither",
  within: { least: 1 },
  means:
    "Zones that episodes end in, nowhere among them: as many as would be as uncertain if all " +
    "were as likely; 1 for a policy that always ends in the same one",
  margin: TWENTIETH,
  needs: ["answers", "probabilities"],
}, (outcomes) => Math.exp(-outcomes.reduce((sum, p) => p > 0 ? sum + p * Math.log(p) : sum, 0)));
