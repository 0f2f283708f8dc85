// Longer than an equation: a reward, estimators of its errors, and rounds of labelling one's own answers.
import {
  type Answer,
  type AnyLearner,
  bradleyTerry,
  byGroup,
  type Example,
  type Expr,
  extremes,
  type Lab,
  perPrompt,
  type Policy,
  program,
  type Rng,
  type Scope,
  softPreference,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

/** Of the given pairs, the share that later rounds learn from beside their own. */
const GIVEN = 0.4;

/**
 * DPO on the given pairs, then rounds on pairs of its own that a fitted reward labels and of which
 * an estimator keeps the surer half; what it is unsure of is smoothed. The estimator is a few
 * rewards fitted to resampled labels, whose spread stands for the paper's dropout.
 */
export default program({
  id: "upo",
  paper: {
    title:
      "Self-Evolutionary Large Language Models through Uncertainty-Enhanced Preference Optimization",
    arxiv: "2409.11212",
    year: 2024,
  },
  equation: String
    .raw`-(1-\alpha)\log\sigma(\beta\Delta)-\alpha\log\sigma(-\beta\Delta)-\frac{\lambda}{|y_w|}\log\pi(y_w|x),\quad\alpha=\frac{B}{2\log2},\ B=\mathcal{H}\bigl[\bar p\bigr]-\overline{\mathcal{H}[p]}`,
  taxonomy: [
    "data/quality/noise",
    "data/feedback/pair",
    "learning/paradigm/online",
    "constraint/reference/dynamic",
  ],
  claim: {
    text: "Learns more from few noisy labels than DPO, by labels of its own that are likely right",
    on: "bandit/noisy",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.1, lambda: 0.1, fit: 0.3, rounds: 3, samples: 4, members: 5, kept: 0.5 },
  roles: {
    beta: "how little a round may move the policy from the last one",
    lambda: "weight of imitating the chosen answers",
    fit: "share of the budget after which reward and estimator are fitted",
    rounds: "the first on the given pairs, the others on own pairs besides",
    samples: "own answers a prompt; the best and the worst by the reward are paired",
    members: "rewards in the estimator, each fitted to as many labels drawn with repeats",
    kept: "share of own pairs kept, drawn without repeats by 1 − B",
  },
  limits: [
    { at: "B = 0", then: "no smoothing: DPO and imitation" },
    { at: "B = log 2", then: "α = 1/2: the pair says nothing but how likely its chosen answer is" },
    {
      at: "members = 1",
      then: "B = 0 of every pair: those the two rewards order alike are kept at random",
    },
    { at: "rounds = 1", then: "DPO with imitation on the given pairs" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], fit: [0.15, 0.3, 0.5] },
  within: { fit: [0.05, 0.7] },
  async *run(lab, { beta, lambda, fit, rounds, samples, members, kept }) {
    const given = lab.offline("pairs");
    const { reward, estimator } = await fitted(lab, given, fit, members);
    let policy = lab.reference;
    let last: AnyLearner | undefined;
    for (let round = 0;; round++) {
      const learner = lab.learner<"pairs">((scope) => smoothed(scope, { beta, lambda }), {
        from: policy,
        reference: policy,
        ...last ? { continues: last } : {},
      });
      last = learner;
      const rng = lab.rng.split("round").split(round);
      const own = round === 0 ? [] : await surer(
        await mined(lab, policy, reward, {
          samples,
          most: given.length,
          until: lab.progress + 0.5 * (1 - fit) / rounds,
        }, rng),
        estimator,
        kept,
        rng.split("kept"),
      );
      const pairs = [
        ...own,
        ...rng.shuffle(given).slice(0, round === 0 ? given.length : GIVEN * given.length),
      ];
      do {
        await learner.step(pairs);
        yield learner.policy;
      } while (round === rounds - 1 || lab.progress < fit + (1 - fit) * (round + 1) / rounds);
      policy = learner.policy;
    }
  },
});

type Pair = { readonly chosen: Answer; readonly rejected: Answer };

/** The reward, and the estimator's members, fitted in turn until this share of the budget is spent. */
async function fitted(
  lab: Lab,
  given: readonly Example<"pairs">[],
  fit: number,
  members: number,
): Promise<{ reward: Policy; estimator: Policy[] }> {
  const rng = lab.rng.split("members");
  const all = Array.from({ length: members + 1 }, (_, k) => ({
    learner: lab.learner<"pairs">(bradleyTerry, { bill: "reward model" }),
    pairs: k === 0 ? given : given.map(() => rng.pick(given)),
  }));
  while (lab.progress < fit) for (const { learner, pairs } of all) await learner.step(pairs);
  const [reward, ...estimator] = all.map(({ learner }) => learner.policy);
  return { reward: reward!, estimator };
}

/** The best and the worst of a policy's own answers by the reward, until there are enough or half the round is spent. */
async function mined(
  lab: Lab,
  policy: Policy,
  reward: Policy,
  { samples, most, until }: { readonly [name in "samples" | "most" | "until"]: number },
  rng: Rng,
): Promise<Pair[]> {
  const found: Pair[] = [];
  for (let k = 0; found.length < most && (lab.progress < until || found.length === 0); k++) {
    const drawn = await perPrompt(policy, lab.prompts(32), samples, rng.split(k));
    const rewards = byGroup(drawn, await reward.value(drawn.flat()));
    drawn.forEach((ys, i) => {
      const { best, worst, gap } = extremes(ys, rewards[i]!);
      if (gap > 0) found.push({ chosen: best, rejected: worst });
    });
  }
  return found;
}

/** Of the pairs whose order the estimator shares, a share drawn by 1 − B, each with strength 1 − α. */
async function surer(
  pairs: readonly Pair[],
  estimator: readonly Policy[],
  kept: number,
  rng: Rng,
): Promise<Example<"pairs">[]> {
  const ys = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  const votes: Float64Array[] = [];
  for (const member of estimator) votes.push(await member.value(ys));
  const judged = pairs.map((pair, i) => ({
    ...pair,
    ...certainty(votes.map((v) => stats.sigmoid(v[2 * i]! - v[2 * i + 1]!))),
  })).filter(({ mean }) => mean > 0.5);
  // The largest of u^(1/w) are a draw without repeats in proportion to w.
  const drawn = judged.map((pair) => ({ pair, key: rng.uniform() ** (1 / (1 - pair.bald)) }))
    .toSorted((a, b) => b.key - a.key).slice(0, Math.ceil(kept * judged.length));
  return drawn.map(({ pair: { chosen, rejected, bald } }) => ({
    chosen,
    rejected,
    strength: 1 - bald / (2 * Math.LN2),
  }));
}

/** What the members say of a pair, and how much they disagree: B = H(mean p) − mean H(p), in nats. */
export function certainty(ps: readonly number[]): { mean: number; bald: number } {
  const entropy = (p: number) =>
    [p, 1 - p].reduce((sum, q) => q > 0 ? sum - q * Math.log(q) : sum, 0);
  const mean = ps.reduce((a, b) => a + b, 0) / ps.length;
  const own = ps.reduce((sum, p) => sum + entropy(p), 0) / ps.length;
  return { mean, bald: Math.max(0, entropy(mean) - own) };
}

/** DPO's loss with a label that is right with probability `strength`, and imitation of the chosen. */
export function smoothed(
  scope: Scope<"pairs">,
  { beta, lambda }: { readonly beta: number; readonly lambda: number },
): Expr {
  const { pi, chosen } = scope;
  return softPreference(scope, beta)
    .sub(pi.logp(chosen).div(chosen.length).mul(lambda)).mean();
}
