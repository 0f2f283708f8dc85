import { study } from "../core/mod.ts";
import icpl from "../methods/icpl.ts";

const arm = (on: string, looks: number) => (
  { method: "icpl", on, hyper: { looks }, share: { queries: 0.01 } }
);

/** What preferences add to a search whose prior knows what the tasks' words name: without them any agent is kept. */
export default study({
  id: "icpl-feedback",
  paper: icpl.paper,
  taxonomy: icpl.taxonomy,
  title: "reward of ICPL with preferences less without",
  claim: {
    text: "Which agent people prefer guides the search, and not its breadth and prior alone",
    expect: "higher",
    margin: 0.05,
    headline: false,
  },
  arms: {
    task: arm("control/task", 1),
    taskBlind: arm("control/task", 0),
    errand: arm("control/errand", 1),
    errandBlind: arm("control/errand", 0),
  },
  effect: (of) =>
    (of("task", "reward") - of("taskBlind", "reward") +
      of("errand", "reward") - of("errandBlind", "reward")) / 2,
});
