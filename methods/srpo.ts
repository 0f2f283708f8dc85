import { logRatio, logRatioReward, method, revised } from "../core/mod.ts";

/** A(y|y′) = log π(y|y′, x)/π_ref and B(y) = log π(y|x)/π_ref: (1 − α)·(β[A(w|l) + B(w) − A(l|w) − B(l)] − 1)² + α·((β[A(w|l) − A(l|l)] − ½)² + (β[A(l|w) − A(w|w)] + ½)²). */
export default method({
  id: "srpo",
  paper: {
    title: "Self-Improving Robust Preference Optimization",
    arxiv: "2406.01660",
    year: 2024,
  },
  equation: String
    .raw`(1-\alpha)\left(\beta[A_{wl}+B_w-A_{lw}-B_l]-1\right)^2+\alpha\left(\beta[A_{wl}-A_{ll}]-\tfrac12\right)^2+\alpha\left(\beta[A_{lw}-A_{ww}]+\tfrac12\right)^2`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "learning/objective/self-play",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "After revising its own answers it does better than DPO on prompts of another kind",
    on: "sequences/shift",
    measure: "reward",
    against: ["dpo", "ipo"],
    expect: "higher",
  },
  feedback: "revisions",
  hyper: { beta: 0.1, alpha: 0.5, revisions: 5 },
  roles: {
    beta: "where margins should come to stand: at 1/β, or 1/2β where a draft is kept",
    alpha: "the share of the loss that compares an answer with keeping its draft",
    revisions: "how many times its answer is given back to it as a draft",
  },
  limits: [
    { at: "α → 0", then: "only sums of A and B are fitted, and neither by itself" },
    { at: "β → ∞", then: "π = π_ref for both prompts" },
    { at: "π = π_ref", then: "(1 − α) + α/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.2, 0.5] },
  within: { alpha: [0, 1] },
  needs: ["drafts"],
  answers: ({ revisions }) => revised(revisions),
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected, ...drafted }, { beta, alpha }) {
    const [raised, lowered, keptChosen, keptRejected] = [
      drafted.raised,
      drafted.lowered,
      drafted.keptChosen,
      drafted.keptRejected,
    ].map((y) => logRatio(pi, ref, y));
    const first = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const both = raised!.sub(lowered!).add(first).mul(beta).sub(1).square();
    const up = raised!.sub(keptRejected!).mul(beta).sub(0.5).square();
    const down = lowered!.sub(keptChosen!).mul(beta).add(0.5).square();
    return both.mul(1 - alpha).add(up.add(down).mul(alpha)).mean();
  },
});
