import { study } from "../core/mod.ts";

/** What reasons are worth where labels are few: the same loss in the same steps, with the reasons' weight and without. */
export default study({
  id: "rationales",
  paper: {
    title: "Data-Centric Human Preference Optimization with Rationales",
    arxiv: "2407.14477",
    year: 2024,
  },
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/step",
    "learning/paradigm/offline",
  ],
  title: "reward with reasons less reward without",
  claim: {
    text: "A word of why an answer is better teaches more than as many steps without it",
    expect: "higher",
    margin: 0.05,
  },
  arms: {
    with: { method: "rationale-dpo", on: "sequences/scarce", hyper: { gamma: 1 } },
    without: { method: "rationale-dpo", on: "sequences/scarce", hyper: { gamma: 0 } },
  },
  effect: (of) => of("with", "reward") - of("without", "reward"),
});
