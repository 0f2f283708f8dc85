// Longer than an equation: imitation, then rounds of pairs that two policies rank.
import {
  type Answer,
  byGroup,
  differing,
  extremes,
  gathered,
  iterated,
  perPrompt,
  type Policy,
  program,
  same,
  type Sample,
  softPreference,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import { imitated } from "./sft.ts";

/** Prompts that are answered together. */
const PART = 32;
/** Share of a round's operations that may draw and rank answers. */
const DRAWING = 0.5;

/**
 * −C·log σ(z) − (1 − C)·log σ(−z), z = β·[Δ(y_w) − Δ(y_l)], the reference being the policy of the round
 * before. Of its own answers the policy ranks the best and the worst by its log-ratio to the start
 * policy; C is how alike the policy of the round before ranks them: (τ + 1)/2 of Kendall's τ, the mean
 * over a round's prompts, and no gradient goes through it. In the first round that policy is the start
 * policy itself, whose rank is by log-probability a token, and the policy has imitated demonstrations.
 */
export default program({
  id: "cream",
  paper: {
    title: "CREAM: Consistency Regularized Self-Rewarding Language Models",
    arxiv: "2410.12735",
    year: 2024,
  },
  equation: String
    .raw`-C\log\sigma(\beta\Delta)-(1-C)\log\sigma(-\beta\Delta),\quad\Delta=\log\frac{\pi(y_w|x)\,\pi_t(y_l|x)}{\pi(y_l|x)\,\pi_t(y_w|x)},\ y_{w,l}=\operatorname*{arg\,max,min}_{y_1,\dots,y_n\sim\pi_t}r_t(y),\ r_t=\log\frac{\pi_t}{\pi_0},\ C=\tfrac12\left(\bar\tau(r_t,r_{t-1})+1\right)`,
  taxonomy: [
    "data/quality/noise",
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
  ],
  claim: {
    text:
      "Labels of its own improve it, where without the consistency of two rankings they mislead it",
    on: "sequences/clean",
    measure: "reward",
    against: ["self-rewarding", "sft"],
    expect: "higher",
  },
  hyper: { beta: 0.5, imitate: 0.25, samples: 5, rounds: 4, prompts: 256, fixed: 0 },
  roles: {
    beta: "how little a round may move the policy from the last one's",
    imitate: "share of the operations for imitation of the demonstrations, before the first round",
    samples: "own answers a prompt; the best and the worst by its own reward are paired",
    rounds: "equal shares of the other operations; the optimiser goes on from one to the next",
    prompts: "prompts a round, or as many as half of its operations answer",
    fixed: "C where it is no measured consistency but a number for all rounds; 0 for the measured",
  },
  limits: [
    { at: "C = 1", then: "self-rewarding: DPO on labels of its own" },
    { at: "C = 1/2", then: "log(2·cosh(βΔ/2)): every margin is drawn back to the last round's" },
    { at: "C < 1/2", then: "its labels are turned round" },
    { at: "π = π_t", then: "log 2, with slopes −β(C − 1/2) and β(C − 1/2)" },
  ],
  search: { beta: [0.1, 0.3, 0.5, 1, 2] },
  within: { imitate: [0, 0.9], samples: [2, 64], rounds: [1, 16], fixed: [0, 1] },
  async *run(lab, { beta, imitate, samples, rounds, prompts, fixed }) {
    const first = yield* imitated(lab, imitate);
    const options = {
      rounds,
      asking: DRAWING,
      from: imitate,
      unlabelled: true,
      most: prompts,
    } as const;
    let before: Policy | undefined;
    const consistencies: number[] = [];
    yield* iterated<"pairs">(
      lab,
      first,
      options,
      (scope) => softPreference(scope, beta).mean(),
      async (policy, round) => {
        const drawn = await gathered(lab, round, options, async (rng) => {
          const groups = await perPrompt(policy, lab.prompts(PART), samples, rng);
          // Nobody pays for a comparison that is not made.
          return await ranked(groups, lab.reference, fixed > 0 ? undefined : before);
        });
        before = policy;
        const pairs = differing(drawn);
        const agreed = (stats.mean(pairs.map(({ tau }) => tau)) + 1) / 2;
        const strength = fixed > 0 ? fixed : agreed;
        consistencies.push(strength);
        lab.note("mean C of its rounds", stats.mean(consistencies));
        return pairs.map(({ chosen, rejected }) => ({ chosen, rejected, strength }));
      },
    );
  },
});

/**
 * The best and the worst answer to each prompt by the reward of the policy that drew them, and
 * Kendall's τ between that and the reward of the policy before: of the start policy, where there is
 * none. A reward that orders nothing agrees as often as not.
 */
export async function ranked(
  drawn: readonly (readonly Sample[])[],
  start: Pick<Policy, "logp">,
  before?: Pick<Policy, "logp">,
): Promise<{ chosen: Answer; rejected: Answer; tau: number }[]> {
  const ys = drawn.flat();
  const base = await start.logp(ys);
  const last = await before?.logp(ys);
  const own = byGroup(drawn, ys.map(({ logps }, i) => logps.reduce((a, b) => a + b) - base[i]!));
  const other = byGroup(drawn, ys.map((y, i) => last ? last[i]! - base[i]! : base[i]! / y.length));
  return drawn.map((group, i) => {
    // Equal answers have equal rewards, to the last digit.
    const places = group.map((y) => group.findIndex((z) => same(y, z)));
    const [mine, theirs] = [own, other].map((rewards) => places.map((k) => rewards[i]![k]!));
    const { best, worst } = extremes(group, mine!);
    return { chosen: best, rejected: worst, tau: stats.kendall(mine!, theirs!) ?? 0 };
  });
}
