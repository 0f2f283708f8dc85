import { study } from "../core/mod.ts";

/** What pushing rejected answers down adds to imitating the chosen ones, at a start that leans to bad answers and at one that leans to good. */
export default study({
  id: "negative-gradient",
  paper: {
    title: "Preference Fine-Tuning of LLMs Should Leverage Suboptimal, On-Policy Data",
    arxiv: "2404.14367",
    year: 2024,
  },
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "model/generation/distribution-shift",
  ],
  title: "reward of DPO less imitation's at a bad start, less the same at a good one",
  claim: {
    text: "A negative gradient gains most where the best answers are far from the reference",
    expect: "higher",
  },
  arms: {
    contrastFar: { method: "dpo", on: "bandit/misaligned" },
    imitationFar: { method: "sft", on: "bandit/misaligned" },
    contrastNear: { method: "dpo", on: "bandit/aligned" },
    imitationNear: { method: "sft", on: "bandit/aligned" },
  },
  effect: (of) =>
    of("contrastFar", "reward") - of("imitationFar", "reward") -
    (of("contrastNear", "reward") - of("imitationNear", "reward")),
});
