import { type Evaluator } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { overComparisons } from "./estimate.ts";
import { logRatioMargin } from "./implied.ts";
import { calibrationError } from "./reliability.ts";
import { share, TWO_PERCENT } from "./scales.ts";

/**
 * Calibration error of σ(s · log-ratio margin), with s fitted on every other prompt and the error
 * measured on the rest: comparable between all methods, whatever they say of themselves. A scale
 * below 0 would reverse the policy's preferences and is taken as 0.
 */
const calibrationErrorScaled: Evaluator = {
  id: "calibration-error-scaled",
  title: "calibration error, rescaled",
  better: "lower",
  within: share,
  means: "The same after one scale has been fitted to the margins",
  margin: TWO_PERCENT,
  needs: ["comparisons", "probabilities"],
  async measure(subject) {
    const all = await subject.comparisons();
    const finite = overComparisons(all, all.map(logRatioMargin));
    if ("absent" in finite) return finite;
    const order = new Map([...new Set(all.map((c) => c.chosen.prompt.id))].map((id, i) => [id, i]));
    const fitting = all.filter((c) => order.get(c.chosen.prompt.id)! % 2 === 0);
    const measured = all.filter((c) => order.get(c.chosen.prompt.id)! % 2 === 1);

    const margins = fitting.map(logRatioMargin);
    if (margins.every((x) => x === 0)) {
      return { absent: "Every log-ratio margin is 0: the policy is the start policy" };
    }
    const scale = Math.max(0, stats.bestScale(margins, fitting.map((c) => c.strength)));
    if (scale === Infinity) {
      return { absent: "The fitted half is ordered without error: no finite scale is best" };
    }
    return calibrationError(
      subject,
      measured,
      measured.map((c) => scale * logRatioMargin(c)),
      subject.rng.split("calibration-error-scaled"),
    );
  },
};
export default calibrationErrorScaled;
