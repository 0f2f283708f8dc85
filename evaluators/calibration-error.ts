import type { Evaluator } from "../core/mod.ts";
import { impliedMargin, NO_PREFERENCE } from "./implied.ts";
import { calibrationError as measure } from "./reliability.ts";

/** How far the preferences that the method implies lie from the true ones; below 0 is chance. */
const calibrationError: Evaluator = {
  id: "calibration-error",
  title: "Calibration error",
  better: "lower",
  needs: ["preferences"],
  async measure(subject) {
    const margin = impliedMargin(subject);
    if (margin === undefined) return NO_PREFERENCE;
    const comparisons = await subject.comparisons();
    const rng = subject.rng.split("calibration-error");
    return measure(subject, comparisons, comparisons.map(margin), rng);
  },
};
export default calibrationError;
