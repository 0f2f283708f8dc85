// Longer than an equation: a judge first, then rounds of answers that it sets against each other.
import {
  type Answer,
  byGroup,
  differing,
  type Example,
  fittedReward,
  inRounds,
  logRatioReward,
  perPrompt,
  program,
  softPreference,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

/** Prompts that are answered together. */
const PART = 32;
/** The surest that a label may be. */
const SUREST = 0.98;

/**
 * −p·log σ(z) − (1 − p)·log σ(−z), z = β·[Δ(y₁) − Δ(y₂)], on own answers that its judge has ranked:
 * each of the better half against each of the worse, p being how sure the judge is, 0.98 at most. The
 * judge is the policy's value head, fitted to the labels there are, and p = σ(r₁ − r₂), which is the
 * same in both orders: the paper's policy is asked in words which answer is better, A or B. How it
 * pairs ranked answers beyond this is not known from its abstract.
 */
export default program({
  id: "osp",
  paper: {
    title: "Online Self-Preferring Language Models",
    arxiv: "2405.14103",
    year: 2024,
  },
  equation: String
    .raw`-p\log\sigma(\beta\Delta)-(1-p)\log\sigma(-\beta\Delta),\quad\Delta=\log\frac{\pi(y_1|x)\,\pi_{\mathrm{ref}}(y_2|x)}{\pi(y_2|x)\,\pi_{\mathrm{ref}}(y_1|x)},\ y_1,y_2\sim\pi,\ p=\min\bigl(\sigma(r_1-r_2),0.98\bigr)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
  ],
  claim: {
    text:
      "Where labels are few, preferences of its own with their strength teach more than DPO and PPO do",
    on: "sequences/scarce",
    measure: "reward",
    against: ["dpo", "ppo"],
    expect: "higher",
  },
  hyper: { beta: 0.3, fit: 0.25, samples: 4, rounds: 4, hard: 0, asking: 0.3 },
  roles: {
    beta: "pull to the reference: the implied reward is β times the log-ratio",
    fit:
      "share of the operations after which fitting the judge ends at the latest; it ends before where its held-out loss no longer falls",
    samples: "own answers a prompt, the better half set against the worse",
    rounds: "equal shares of the other operations; pairs of earlier rounds stay",
    hard:
      "1 for labels without strength, which take the better answer for certain; 0 for soft ones",
    asking: "share of a round's operations that draw and judge answers",
  },
  limits: [
    { at: "p = 1", then: "DPO on own answers, which asks for margins without end" },
    { at: "p = 1/2", then: "log(2·cosh(βΔ/2)): the margin is drawn back to the reference's" },
    {
      at: "its least value",
      then: "βΔ = r₁ − r₂: the policy is the optimum of its judge's reward",
    },
    { at: "π = π_ref", then: "log 2, with slopes −β(p − 1/2) and β(p − 1/2)" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], samples: [4, 8] },
  within: { fit: [0.05, 0.7], samples: [2, 64], rounds: [1, 16], hard: [0, 1] },
  implied: logRatioReward,
  async *run(lab, { beta, fit, samples, rounds, hard, asking }) {
    const judge = await fittedReward(lab, fit);
    const learner = lab.learner<"pairs">((scope) => softPreference(scope, beta).mean());
    const options = { rounds, asking, from: lab.progress, keep: true, unlabelled: true } as const;
    yield* inRounds(lab, learner, options, async (rng) => {
      const drawn = await perPrompt(learner.policy, lab.prompts(PART), samples, rng);
      const rewards = byGroup(drawn, await judge.value(drawn.flat()));
      const pairs = differing(drawn.flatMap((ys, i) => halves(ys, rewards[i]!)));
      return pairs.map((pair) => hard > 0 ? { ...pair, strength: 1 } : pair);
    });
  },
});

/** Each of the better half against each of the worse, as strong as their rewards are apart. */
export function halves(ys: readonly Answer[], rewards: readonly number[]): Example<"pairs">[] {
  const order = [...ys.keys()].sort((a, b) => rewards[b]! - rewards[a]!);
  const middle = Math.floor(ys.length / 2);
  return order.slice(0, middle).flatMap((w) =>
    order.slice(middle).map((l) => ({
      chosen: ys[w]!,
      rejected: ys[l]!,
      strength: Math.min(SUREST, stats.sigmoid(rewards[w]! - rewards[l]!)),
    }))
  );
}
