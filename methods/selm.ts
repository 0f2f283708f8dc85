// Longer than an equation: rounds of labels, each beside one more answer of the policy that drew them.
import {
  type Answer,
  type Expr,
  gathered,
  iterated,
  logRatio,
  program,
  type Scope,
} from "../core/mod.ts";
import dpo from "./dpo.ts";
import iterativeDpo from "./iterative-dpo.ts";
import onlineDpo from "./online-dpo.ts";

/**
 * −log σ(βΔ) + αβ·log π(y)/π_t(y), y ∼ π_t: iterative DPO that is an optimist, as what the last round's
 * policy says anyway becomes less likely unless the labels defend it. The paper ranks y with the pair
 * and may put it in its place; here it is a third answer that nobody labels, so that both methods have
 * as many labels. Adam turns a small slope where no other is into whole steps: on tables, where an
 * answer has a parameter of its own, this is no test of the method.
 */
export default program({
  id: "selm",
  paper: {
    title: "Self-Exploring Language Models: Active Preference Elicitation for Online Alignment",
    arxiv: "2405.19332",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma(\beta\Delta)+\alpha\beta\log\frac{\pi(y|x)}{\pi_t(y|x)},\quad\Delta=\log\frac{\pi(y_w|x)\,\pi_t(y_l|x)}{\pi(y_l|x)\,\pi_t(y_w|x)},\ y_w,y_l,y\sim\pi_t`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "Exploring what its answers leave out finds better ones than iterative DPO does",
    on: "sequences/clean",
    measure: "win-rate",
    against: ["iterative-dpo"],
    expect: "higher",
  },
  needs: ["labels"],
  hyper: { beta: 0.3, alpha: 0.01, rounds: 4, asking: 0.4 },
  roles: {
    beta: iterativeDpo.roles!.beta,
    alpha: "optimism: how much a third answer of the last round's policy is unlearned",
    rounds: iterativeDpo.roles!.rounds,
    asking: iterativeDpo.roles!.asking,
  },
  limits: [
    { at: "α = 0", then: "iterative DPO" },
    { at: "α → ∞", then: "no least value: what it says is unlearned without end" },
    { at: "π = π_t", then: "log 2, with slopes −β/2, β/2 and αβ" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.001, 0.01, 0.1] },
  within: { rounds: [1, 16], alpha: [0, 10] },
  async *run(lab, { beta, alpha, rounds, asking }) {
    const options = { rounds, asking };
    yield* iterated<Explored>(
      lab,
      lab.reference,
      options,
      (scope) => optimistic(scope, { beta, alpha }),
      (policy, round) =>
        gathered(lab, round, options, async (rng) => {
          const world = { ...lab, policy, offline: [], rng };
          const pairs = await onlineDpo.collect!(world, onlineDpo.hyper);
          const asked = pairs.map(({ chosen }) => chosen.prompt);
          const own = await policy.sample(asked, rng.split("own"));
          return pairs.map(({ chosen, rejected, strength }, i) => (
            { chosen, rejected, strength, own: own[i]! }
          ));
        }),
    );
  },
});

/** A labelled pair, and one more answer of the policy that drew it. */
interface Explored {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly strength: number;
  readonly own: Answer;
}

/** DPO's loss, and αβ times the log-ratio of the third answer. */
export function optimistic(
  scope: Scope<Explored>,
  { beta, alpha }: { readonly beta: number; readonly alpha: number },
): Expr {
  const { pi, ref, own } = scope;
  return dpo.loss(scope, { beta }).add(logRatio(pi, ref, own).mul(alpha * beta).mean());
}
