// Longer than an equation: a reward model and rejection sampling come before the loss.
import {
  type Answer,
  byGroup,
  type Example,
  fittedReward,
  type Lab,
  perPrompt,
  program,
  type Rng,
} from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Fits a reward, draws from the optimal policy it implies by rejection, then runs DPO's loss (sigmoid-norm) on those draws. */
export default program({
  id: "rso",
  paper: {
    title: "Statistical Rejection Sampling Improves Preference Optimization",
    arxiv: "2309.06657",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\gamma\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right),\quad y_w,y_l\sim\pi_{\mathrm{ref}}\,e^{r/\beta}/Z`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "Beats DPO on the same labels, as its pairs come from the optimal policy",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.5, gamma: 0.1, fit: 0.5, draw: 0.15, candidates: 16, kept: 4 },
  roles: {
    beta: "temperature of the optimal policy that pairs are drawn from; the paper's",
    gamma: "scale of the log-ratio margin in the loss",
    fit:
      "share of the operations after which fitting the reward ends at the latest; it ends before where its held-out loss no longer falls",
    draw: "share of the operations that the pairs are drawn with",
    candidates: "answers drawn from the start policy for each prompt",
    kept: "answers accepted of them",
  },
  limits: [
    { at: "β → 0", then: "only the best candidates by the reward are accepted, as in best of n" },
    { at: "β → ∞", then: "every candidate is accepted: DPO on pairs that the reward labels" },
    { at: "γ → 0", then: "the loss is flat at log 2" },
    { at: "γ → ∞", then: "a hinge at margin 0: only pairs ranked wrongly count" },
    { at: "π = π_ref", then: "log 2, with slope γ/2 on each pair's margin" },
  ],
  search: { gamma: [0.03, 0.1, 0.3, 1], fit: [0.15, 0.3, 0.5] },
  within: { fit: [0.05, 0.7] },
  implied: ({ logp, reference }, { gamma }) => gamma * (logp - reference),
  async *run(lab, { gamma, ...sampling }) {
    const pairs = await ranked(lab, sampling);
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta: gamma }));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

/** Pairs of what rejection sampling keeps (rso-sample-rank), ordered by the fitted reward. */
export async function ranked(
  lab: Lab,
  { beta, fit, draw, candidates, kept }: {
    readonly [name in "beta" | "fit" | "draw" | "candidates" | "kept"]: number;
  },
): Promise<Example<"pairs">[]> {
  const reward = await fittedReward(lab, fit);
  const pairs: Example<"pairs">[] = [];
  const until = lab.progress + draw;
  for (let round = 0; lab.progress < until; round++) {
    const rng = lab.rng.split(round);
    const drawn = await perPrompt(lab.reference, lab.prompts(16), candidates, rng);
    const rewards = byGroup(drawn, await reward.value(drawn.flat()));
    for (const [i, ys] of drawn.entries()) {
      const scored = reject(ys, rewards[i]!, kept, beta, rng.split(`${i * candidates}`));
      for (let k = 0; k + 1 < scored.length; k += 2) {
        const [chosen, rejected] = scored.slice(k, k + 2).sort((a, b) => b.reward - a.reward);
        if (chosen!.reward === rejected!.reward) continue;
        pairs.push({ chosen: chosen!.answer, rejected: rejected!.answer, strength: 1 });
      }
    }
  }
  return pairs;
}

/** Accepts candidates with probability exp((r − max r)/β), the maximum of those left, until `n` are kept. */
export function reject(
  ys: readonly Answer[],
  rewards: ArrayLike<number>,
  n: number,
  beta: number,
  rng: Rng,
): { answer: Answer; reward: number }[] {
  const kept: { answer: Answer; reward: number }[] = [];
  let pool = ys.map((answer, i) => ({ answer, reward: rewards[i]! }));
  while (kept.length < n && pool.length > 0) {
    const top = Math.max(...pool.map(({ reward }) => reward));
    pool = pool.filter((candidate) => {
      if (kept.length >= n || rng.uniform() >= Math.exp((candidate.reward - top) / beta)) {
        return true;
      }
      kept.push(candidate);
      return false;
    });
  }
  return kept;
}
