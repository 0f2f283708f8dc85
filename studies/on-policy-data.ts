import { study } from "../core/mod.ts";

/** Where a start policy leans to bad answers, what are its own answers worth to DPO as it learns, beside answers given once and for all? */
export default study({
  id: "on-policy-data",
  paper: {
    title: "Preference Fine-Tuning of LLMs Should Leverage Suboptimal, On-Policy Data",
    arxiv: "2404.14367",
    year: 2024,
  },
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "model/generation/distribution-shift",
  ],
  title: "reward of DPO on its own answers less that on the start policy's, at a bad start",
  claim: {
    text: "On-policy answers beat offline ones where the best answers are far from the reference",
    expect: "higher",
  },
  arms: {
    own: { method: "online-dpo", on: "bandit/misaligned" },
    given: { method: "dpo", on: "bandit/misaligned" },
  },
  effect: (of) => of("own", "reward") - of("given", "reward"),
});
