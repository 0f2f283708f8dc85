import { study } from "../core/mod.ts";

/** How far a trained policy's ranking of answers falls short of what a perfect optimiser would reach. */
export default study({
  id: "ranking-accuracy",
  paper: {
    title: "Preference Learning Algorithms Do Not Learn Preference Rankings",
    arxiv: "2405.19534",
    year: 2024,
  },
  taxonomy: ["learning/paradigm/offline", "model/optimization/alignment"],
  title: "idealised ranking accuracy less 0.1, less the ranking accuracy that DPO reaches",
  claim: {
    text:
      "DPO leaves more than a tenth of the pairs wrong that a perfect optimiser would rank rightly",
    expect: "higher",
    margin: 0.02,
  },
  arms: { dpo: { method: "dpo", on: "text/clean" } },
  effect: (of) => of("dpo", "idealised-ranking-accuracy") - 0.1 - of("dpo", "ranking-accuracy"),
});
