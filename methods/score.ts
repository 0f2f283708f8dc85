// Longer than an equation: answers in two turns, two stages and a program that checks come with it.
import {
  type Answer,
  byGroup,
  type Expr,
  perPrompt,
  program,
  revised,
  type Scope,
  solved,
} from "../core/mod.ts";
import { others } from "./hypo.ts";

/**
 * Σᵢ ½κᵢ(log π/π_ref)² − Aᵢ·log π(yᵢ) over both turns, whose first term has the slope of the KL to the
 * start policy. A is the reward less the mean of the other samples of its prompt. In stage I the first
 * turn is held to the start policy and has no reward, the second has r₂; then the first has r₁ and the
 * second r₂ + α(r₂ − r₁). The first turn takes nothing from the second's reward, or it would pay to err;
 * the paper's sum of rewards leaves that open. Each turn's sum over tokens is one reward's.
 */
export default program({
  id: "score",
  paper: {
    title: "Training Language Models to Self-Correct via Reinforcement Learning",
    arxiv: "2409.12917",
    year: 2024,
  },
  equation: String
    .raw`-\sum_{i=1,2}\Bigl(A_i\log\pi(y_i|x,y_{<i})-\kappa_i\,\mathrm{KL}(\pi\|\pi_{\mathrm{ref}})\Bigr),\quad A_i=\tilde r_i-\bar r_i,\ \tilde r_1=r(y_1),\ \tilde r_2=r(y_2)+\alpha\,[r(y_2)-r(y_1)]`,
  taxonomy: [
    "data/feedback/point",
    "data/granularity/turn",
    "learning/paradigm/online",
    "model/generation/distribution-shift",
    "applications/reasoning",
  ],
  claim: {
    text:
      "Learning to correct its own drafts as it goes solves more than imitating right corrections",
    on: "reasoning/check",
    measure: "solved",
    against: ["pair-sft", "star"],
    expect: "higher",
  },
  needs: ["solved", "drafts"],
  rate: 3,
  hyper: { alpha: 1, stage: 0.3, hold: 0.1, kl: 0.01, samples: 4, prompts: 8 },
  roles: {
    alpha:
      "what progress from the draft to its revision is worth beside being right: on average the second turn's slope times 1 + α, as what a right draft takes off is the same whatever follows it",
    stage:
      "share of the budget for stage I, by whichever of labels and operations is further spent",
    hold: "price of a nat of KL in the first turn in stage I",
    kl: "price of a nat of KL in the second turn, and in stage II in both",
    samples: "drafts a prompt, each revised once and compared with the others",
    prompts: "prompts a round; each round's answers are learned from once",
  },
  limits: [
    { at: "stage = 0, α = 0", then: "plain policy gradients on two turns" },
    { at: "κ₁ → ∞ in stage I", then: "drafts stay the start policy's" },
    {
      at: "α → ∞",
      then: "a revision's reward is its progress alone, and luck of drafts drowns it",
    },
    { at: "all samples of a prompt alike", then: "every advantage is 0" },
    { at: "π = π_ref", then: "the KL has no slope: −A by log π(yᵢ)" },
  ],
  search: { alpha: [1, 3], hold: [0.1, 1] },
  within: { alpha: [0, 20], stage: [0, 0.9], samples: [2, 64], prompts: [1, 256] },
  answers: () => revised(1),
  async *run(lab, { alpha, stage, hold, kl, samples, prompts }) {
    const learner = lab.learner<Turn>(reinforced);
    for (let round = 0;; round++) {
      const first = Math.max(lab.progress, lab.labelled) < stage;
      const rng = lab.rng.split(round);
      const drafts = await perPrompt(learner.policy, lab.prompts(prompts), samples, rng.split(1));
      const revisions = await learner.policy.sample(
        drafts.flat().map((draft) => lab.told(draft.prompt, { draft })),
        rng.split(2),
      );
      // In stage I drafts are worth nothing: nobody is asked about them.
      const r1 = first
        ? drafts.map((ys) => ys.map(() => 0))
        : byGroup(drafts, await solved(lab, drafts.flat()));
      const r2 = byGroup(drafts, await solved(lab, revisions));
      const turns = drafts.flatMap((ys, i) => {
        const [before, after] = credits(r1[i]!, r2[i]!, first ? undefined : alpha);
        return ys.flatMap((answer, k) => [
          { answer, advantage: before[k]!, pull: first ? hold : kl },
          { answer: revisions[i * samples + k]!, advantage: after[k]!, pull: kl },
        ]);
      });
      for (let seen = 0; seen < turns.length; seen += learner.batch) {
        await learner.step(turns);
        yield learner.policy;
      }
    }
  },
});

/** One turn's answer, how much better it was than its fellows, and how hard it is held to the start policy. */
export interface Turn {
  readonly answer: Answer;
  readonly advantage: number;
  readonly pull: number;
}

/**
 * The advantages of a prompt's drafts and of their revisions, which are right (1) or wrong (0): what each
 * is worth less the mean of the others. Without α, in stage I, drafts are worth nothing.
 */
export function credits(
  drafts: readonly number[],
  revisions: readonly number[],
  alpha?: number,
): [drafts: number[], revisions: number[]] {
  const worth = alpha === undefined
    ? [drafts.map(() => 0), revisions]
    : [drafts, revisions.map((r, k) => r + alpha * (r - drafts[k]!))];
  const [before, after] = worth.map((all) => all.map((r, k) => r - others(all, k)));
  return [before!, after!];
}

/** Mean over turns of ½κ·Σₜ(log π/π_ref)² − A·log π. */
export function reinforced({ pi, ref, answer, advantage, pull }: Scope<Turn>): Expr {
  const strayed = pi.steps(answer).sub(ref.steps(answer)).square().sum(1);
  return strayed.mul(pull).mul(0.5).sub(pi.logp(answer).mul(advantage)).mean();
}
