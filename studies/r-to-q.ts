import { study } from "../core/mod.ts";

/** Whether DPO, which is told only which answer is better, lowers the very word that made the other one worse. */
export default study({
  id: "r-to-q",
  paper: {
    title: "From r to Q*: Your Language Model is Secretly a Q-Function",
    arxiv: "2404.12358",
    year: 2024,
  },
  taxonomy: [
    "data/granularity/token",
    "learning/paradigm/offline",
    "model/optimization/likelihood",
  ],
  title: "how often DPO's log-ratio is lowest at the culprit, less 0.8",
  claim: {
    text:
      "The log-ratio of a token finds the word at fault: better than four times in five it is " +
      "lower there than elsewhere in the answer",
    expect: "higher",
    margin: 0.02,
  },
  // Less than one pass over the labels: later the certain labels push all of a losing answer down.
  arms: { dpo: { method: "dpo", on: "sequences/credit", share: { flops: 0.1 } } },
  effect: (of) => of("dpo", "credit") - 0.8,
});
