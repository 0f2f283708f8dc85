import { study } from "../core/mod.ts";
import icpl from "../methods/icpl.ts";

const searched = (on: string) => ({ method: "icpl", on, share: { queries: 0.01 } });
const asked = (on: string) => ({ method: "pebble", on, share: { queries: 0.1 } });

/**
 * Twenty labels for a search among programs, two hundred for a fitted reward. Each seed draws a task
 * of either kind, so that five seeds are ten. The search knows what the tasks' words name, which says
 * nothing of language models; `icpl-feedback` says what of it the labels do.
 */
export default study({
  id: "icpl-queries",
  paper: icpl.paper,
  taxonomy: icpl.taxonomy,
  title: "reward of ICPL less that of PEBBLE with ten times the labels",
  claim: {
    text: "A search among written rewards takes a tenth of the preferences of a fitted one",
    expect: "higher",
    margin: 0.05,
  },
  arms: {
    task: searched("control/task"),
    taskFitted: asked("control/task"),
    errand: searched("control/errand"),
    errandFitted: asked("control/errand"),
  },
  effect: (of) =>
    (of("task", "reward") - of("taskFitted", "reward") +
      of("errand", "reward") - of("errandFitted", "reward")) / 2,
});
