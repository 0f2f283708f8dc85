import { method, tokenNll } from "../core/mod.ts";

/**
 * −Σ log π(y|x) over the tokens of good answers. Where a program tells right from wrong these are all
 * the right ones that the labels find; `sft` has of the same labels those of pairs alone, which need a
 * wrong answer beside.
 */
export default method({
  id: "imitation",
  paper: { title: "A framework for behavioural cloning", year: 1995 },
  equation: String.raw`-\frac{1}{\sum|y|}\sum\log\pi(y|x)`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Imitating every right answer teaches more than those beside which a wrong one was found",
    on: "reasoning/chain",
    measure: "solved",
    against: ["sft"],
    expect: "higher",
    headline: false,
  },
  feedback: "demonstrations",
  reference: "none",
  hyper: {},
  roles: {},
  limits: [
    { at: "its least value", then: "the distribution of the good answers: as good, no better" },
    { at: "π = π_ref", then: "the reference's own negative log-likelihood of a good token" },
  ],
  search: {},
  loss: ({ pi, answer }) => tokenNll(pi, answer),
});
