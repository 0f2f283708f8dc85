import { type Example, type Lab, method, type Policy, tokenNll } from "../core/mod.ts";

/** −Σ log π(y_w|x) over the tokens of the preferred answers: imitation, blind to what was rejected. */
export default method({
  id: "sft",
  paper: {
    title: "Training language models to follow instructions with human feedback",
    arxiv: "2203.02155",
    year: 2022,
  },
  equation: String.raw`-\frac{1}{\sum|y_w|}\sum\log\pi(y_w|x)`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Imitating the preferred answers gains less than learning from the contrast",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "lower",
    headline: false,
  },
  feedback: "pairs",
  reference: "none",
  hyper: {},
  roles: {},
  limits: [
    {
      at: "its least value",
      then: "the distribution of the chosen answers: as good as they, no better",
    },
    { at: "π = π_ref", then: "the reference's own negative log-likelihood of a chosen token" },
  ],
  search: {},
  loss: ({ pi, chosen }) => tokenNll(pi, chosen),
});

/** Imitates demonstrations, the offline ones by default, until such a share of the budget's operations is spent; returns the policy. */
export async function* imitated(
  lab: Lab,
  until: number,
  given: readonly Example<"demonstrations">[] = lab.offline("demonstrations"),
): AsyncGenerator<Policy, Policy> {
  const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
  while (lab.progress < until) {
    await learner.step(given);
    yield learner.policy;
  }
  return learner.policy;
}
