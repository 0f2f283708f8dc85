import type { Evaluator } from "../core/mod.ts";
import { impliedMargin } from "./implied.ts";
import { calibrationError as measure } from "./reliability.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/** How far the preferences that the method implies lie from the true ones; below 0 is chance. */
const calibrationError: Evaluator = {
  id: "calibration-error",
  title: "calibration error",
  better: "lower",
  within: share,
  means:
    "Mean gap between implied and true preference probability, debiased, ten bins of equal mass",
  margin: TWO_PERCENT,
  needs: ["comparisons", "preferences", "implied preference"],
  async measure(subject) {
    const comparisons = await subject.comparisons();
    const rng = subject.rng.split("calibration-error");
    return measure(subject, comparisons, comparisons.map(impliedMargin(subject)), rng);
  },
};
export default calibrationError;
