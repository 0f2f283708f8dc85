// Longer than an equation: a reward first, then rounds of sampling, ranking and learning.
import {
  type Answer,
  byGroup,
  differing,
  type Example,
  extremes,
  fittedReward,
  gathered,
  iterated,
  perPrompt,
  program,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Prompts that are answered together. */
const PART = 32;

/**
 * Fits a reward r to the given pairs; then in each round DPO on the best against the worst of n own
 * answers by r − λ·length. The policy of the round before is the reference, as the authors' released
 * loop has it, where their theory keeps the start policy.
 */
export default program({
  id: "rlhf-workflow",
  paper: {
    title: "RLHF Workflow: From Reward Modeling to Online RLHF",
    arxiv: "2405.07863",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_t(y_l|x)}{\pi(y_l|x)\,\pi_t(y_w|x)}\right),\quad y_{w,l}=\operatorname*{arg\,max,min}_{y_1,\dots,y_n\sim\pi_t}r(x,y)-\lambda|y|`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
    "model/generation/distribution-shift",
    "model/generation/length-bias",
  ],
  claim: {
    text: "Rounds on its own answers, ranked by a learned reward, beat DPO on the same labels",
    on: "sequences/scarce",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.3, fit: 0.25, rounds: 3, samples: 8, shorter: 0, asking: 0.3 },
  roles: {
    beta: "how little a round may move the policy from the last one's",
    fit:
      "share of the operations after which fitting the reward ends at the latest; it ends before where its held-out loss no longer falls",
    rounds: "equal shares of the other operations; the optimiser goes on from one to the next",
    samples: "own answers a prompt; the best and the worst are paired",
    shorter: "λ: what each token takes from a reward, in its nats",
    asking: "share of a round's operations that draw and rank answers",
  },
  limits: [
    { at: "λ → ∞", then: "the shortest answer is the best, whatever it says" },
    { at: "β → ∞", then: "the start policy" },
    { at: "rounds = 1", then: "DPO on the start policy's answers, labelled by the reward" },
    { at: "π = π_t", then: "log 2, as every round begins" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], shorter: [0, 0.05] },
  within: { fit: [0.05, 0.7], rounds: [1, 16], samples: [2, 64], shorter: [0, 10] },
  async *run(lab, { beta, fit, rounds, samples, shorter, asking }) {
    const reward = await fittedReward(lab, fit);
    const options = { rounds, asking, from: lab.progress, unlabelled: true } as const;
    yield* iterated<"pairs">(
      lab,
      lab.reference,
      options,
      (scope) => dpo.loss(scope, { beta }),
      async (policy, round) =>
        differing(
          await gathered(lab, round, options, async (rng) => {
            const drawn = await perPrompt(policy, lab.prompts(PART), samples, rng);
            const rewards = byGroup(drawn, await reward.value(drawn.flat()));
            return drawn.map((ys, i) => ends(ys, rewards[i]!, shorter));
          }),
        ),
    );
  },
});

/** The best and the worst of answers by r − λ·length. */
export function ends(
  ys: readonly Answer[],
  rewards: readonly number[],
  shorter: number,
): Example<"pairs"> {
  const { best, worst } = extremes(ys, ys.map(({ length }, i) => rewards[i]! - shorter * length));
  return { chosen: best, rejected: worst, strength: 1 };
}
