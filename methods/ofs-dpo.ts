// Longer than an equation: two learners change roles, each measured against the other.
import {
  type Answer,
  type Example,
  type Expr,
  type Lab,
  logRatio,
  logRatioReward,
  type Policy,
  program,
  type Scope,
  softplus,
} from "../core/mod.ts";
import * as stats from "../stats/mod.ts";

/** DPO by a fast and a slow learner on one stream: the fast one keeps ahead of the slow one, which chases it. */
export default program({
  id: "ofs-dpo",
  paper: {
    title: "Online DPO: Online Direct Preference Optimization with Fast-Slow Chasing",
    arxiv: "2406.05534",
    year: 2024,
  },
  equation: String
    .raw`\begin{aligned}\mathcal{L}_F&=-\log\sigma(\beta\Delta_F)-\alpha\log\sigma\bigl(\beta(\Delta_F-\mathrm{sg}[\Delta_S])\bigr)\\\mathcal{L}_S&=-\log\sigma(\beta\Delta_S)+\alpha\log\sigma\bigl(\beta(\mathrm{sg}[\Delta_F]-\Delta_S)\bigr)\end{aligned}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online"],
  claim: {
    text: "Beats DPO on a stream of one domain, as two learners that compete learn more from it",
    on: "linear/transfer",
    measure: "reward",
    against: ["stream-dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.1, alpha: 0.2, slow: 0.25, interval: 20 },
  roles: {
    beta: "how little the pairs may move either learner from the reference",
    alpha: "weight of the competition",
    slow: "the slow learner's rate, as a share of the fast one's",
    interval: "steps after which the learner of lower loss becomes the fast one",
  },
  limits: [
    { at: "α → 0", then: "DPO at two rates, the better of the two kept" },
    {
      at: "π = π_ref",
      then: "both margins are 0: the fast loss is (1 + α) log 2, the slow (1 − α) log 2",
    },
    { at: "|βΔ| ≥ 10", then: "margins are cut off there, as the slow loss would have no minimum" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.2, 0.5] },
  within: { alpha: [0.01, 0.9] },
  implied: logRatioReward,
  async *run(lab, hyper) {
    const stream = lab.offline("pairs");
    const { chase, batch } = chasing(lab, hyper);
    for (;;) yield await chase(passing(stream, lab.progress, batch));
  },
});

/** What of a stream is read once this share of the budget is spent: it passes by once, and nothing comes back. */
export function passing<E>(stream: readonly E[], share: number, batch: number): readonly E[] {
  const at = Math.floor(share * Math.max(0, stream.length - batch));
  return stream.slice(at, at + batch);
}

type Hyper = { readonly [name in "beta" | "alpha" | "slow" | "interval"]: number };

/** Two learners from one start; `chase` steps both on the same pairs and gives the fast one's policy. */
export function chasing(
  lab: Lab,
  { beta, alpha, slow, interval }: Hyper,
): { batch: number; chase(pairs: readonly Example<"pairs">[]): Promise<Policy> } {
  let [fast, steps] = [0, 0];
  let losses = [0, 0];
  const learners = [0, 1].map((who) =>
    lab.learner<Chased>((scope) => competing(scope, { beta, alpha }), {
      rate: () => who === fast ? 1 : slow,
    })
  );
  const margins = async (policy: Policy, pairs: readonly Example<"pairs">[]) => {
    const logp = await policy.logp(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]));
    return pairs.map((_, i) => logp[2 * i]! - logp[2 * i + 1]!);
  };
  return {
    batch: learners[0]!.batch,
    async chase(pairs) {
      const before = await margins(lab.reference, pairs);
      const found: number[][] = [];
      for (const { policy } of learners) found.push(await margins(policy, pairs));
      losses = losses.map((sum, who) =>
        sum +
        found[who]!.reduce((total, m, i) => total + stats.softplus(-beta * (m - before[i]!)), 0)
      );
      for (const [who, learner] of learners.entries()) {
        const rival = found[1 - who]!;
        const side = who === fast ? 1 : -1;
        await learner.step(pairs.map(({ chosen, rejected }, i) => ({
          chosen,
          rejected,
          margin: rival[i]!,
          side,
        })));
      }
      if (++steps % interval === 0) {
        fast = losses[0]! <= losses[1]! ? 0 : 1;
        losses = [0, 0];
      }
      return learners[fast]!.policy;
    },
  };
}

/** A pair with the rival's log π(chosen) − log π(rejected); `side` is 1 or −1: to outdo it, or to catch up. */
interface Chased {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly margin: number;
  readonly side: number;
}

/** Either learner's loss: the fast one's where `side` is 1, the slow one's where it is −1. */
export function competing(
  { pi, ref, chosen, rejected, margin, side }: Scope<Chased>,
  { beta, alpha }: { readonly beta: number; readonly alpha: number },
): Expr {
  const within = (x: Expr) => x.mul(beta).max(-10).min(10);
  const own = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
  const ahead = within(pi.logp(chosen).sub(pi.logp(rejected)).sub(margin));
  const rivalry = softplus(ahead.mul(side).neg()).mul(side).mul(alpha);
  return softplus(within(own).neg()).add(rivalry).mean();
}
