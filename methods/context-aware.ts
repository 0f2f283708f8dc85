import { method, softplus, valuing } from "../core/mod.ts";

/** −log σ(r(x, z, y_w) − r(x, z, y_l)): a Bradley–Terry reward that reads the context z by which a pair was judged. */
export default method({
  id: "context-aware",
  paper: {
    title: "Improving Context-Aware Preference Modeling for Language Models",
    arxiv: "2407.14916",
    year: 2024,
  },
  equation: String.raw`-\log\sigma\!\left(r(x,z,y_w)-r(x,z,y_l)\right)`,
  taxonomy: ["data/quality/heterogeneity", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "Told the criterion it orders pairs that a model blind to it can but guess at, by construction",
    on: "sequences/criteria",
    measure: "reward-accuracy",
    against: ["reward-model", "dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  told: "criterion",
  reference: "none",
  answers: () => valuing,
  hyper: {},
  roles: {},
  limits: [
    { at: "r = 0", then: "log 2, with a slope of −1/2 in the margin" },
    { at: "z not read", then: "contexts that reverse a preference cancel, and r stays a guess" },
  ],
  search: {},
  implied: ({ value }) => value!,
  loss: ({ pi, chosen, rejected }) => softplus(pi.value(rejected).sub(pi.value(chosen))).mean(),
});
