import { method, softplus, valuing } from "../core/mod.ts";

/** −log σ(r(x, y_w) − r(x, y_l)): the Bradley–Terry reward, a head on the language model, that PPO and best-of-n climb. */
export default method({
  id: "reward-model",
  paper: {
    title: "Learning to summarize from human feedback",
    arxiv: "2009.01325",
    year: 2020,
  },
  equation: String.raw`-\log\sigma\!\left(r(x,y_w)-r(x,y_l)\right)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "Orders new pairs better than how much likelier a policy finds them that imitates winners",
    on: "sequences/clean",
    measure: "reward-accuracy",
    against: ["sft"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  reference: "none",
  answers: () => valuing,
  hyper: {},
  roles: {},
  limits: [{ at: "r = 0", then: "log 2, with a slope of −1/2 in the margin" }],
  search: {},
  implied: ({ value }) => value!,
  loss: ({ pi, chosen, rejected }) => softplus(pi.value(rejected).sub(pi.value(chosen))).mean(),
});
