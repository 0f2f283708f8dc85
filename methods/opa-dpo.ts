// Longer than an equation: imitation of what an expert says and mends first, then six terms against it.
import {
  type Answers,
  type Example,
  type Expr,
  type Lab,
  logRatio,
  type Policy,
  program,
  type Scope,
  softplus,
} from "../core/mod.ts";
import { imitated } from "./sft.ts";

/**
 * ℓ(y*, ŷ) + ℓ(ỹ, ŷ) + η·[ℓ(y*|m, y*|m̃) + ℓ(ỹ|m, ỹ|m̃)] + α·[ℓ(y*) + ℓ(ỹ)], where ℓ(a, b) = −log σ(β·[Δ(a) − Δ(b)]),
 * y* is an expert's answer, ŷ the start policy's own, ỹ that one mended, and m̃ the image with part of it
 * hidden. The reference, and the beginning, is the policy that imitated y* and ỹ: on-policy alignment. Of
 * ỹ and ŷ each step counts by how wrong it was, from 1 to 2.5, and against m̃ by 3 where ỹ mends what was
 * misread. Sums are over answers and the anchor pulls y* and ỹ up; the released code compares answers
 * step by step, the first of one with the first of the other, and has the anchor of ỹ the other way round.
 */
export default program({
  id: "opa-dpo",
  paper: {
    title: "Mitigating Hallucinations in Large Vision-Language Models via DPO: On-Policy Data " +
      "Hold the Key",
    arxiv: "2501.09695",
    year: 2025,
  },
  equation: String
    .raw`\ell(y^*,\hat y)+\ell(\tilde y,\hat y)+\eta\,[\ell(y^*,y^*|\tilde m)+\ell(\tilde y,\tilde y|\tilde m)]+\alpha\,[\ell(y^*)+\ell(\tilde y)],\quad\ell(a,b)=-\log\sigma\!\left(\beta\sum_tS_t\log\frac{\pi(a_t)}{\pi_{\mathrm{OPA}}(a_t)}-\beta\sum_tS_t\log\frac{\pi(b_t)}{\pi_{\mathrm{OPA}}(b_t)}\right)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "data/granularity/sentence",
    "learning/paradigm/offline",
    "model/generation/distribution-shift",
    "applications/vision",
  ],
  claim: {
    text:
      "Where the policy first imitates what an expert mends, DPO leaves fewer inventions than on the expert's answers as they are",
    on: "vision/captions",
    measure: "hallucination",
    against: ["dpo"],
    expect: "lower",
  },
  needs: ["corrections"],
  hyper: { beta: 0.3, share: 0.5, image: 0.2, anchor: 1 },
  roles: {
    beta: "pull to the policy that imitated: the implied reward is β times the log-ratio",
    share: "share of the operations that imitation takes",
    image: "η: weight of telling the whole image from one with part of it hidden",
    anchor: "α: weight of holding the good answers up",
  },
  limits: [
    { at: "share = 0", then: "off-policy: its reference is the start policy" },
    { at: "share → 1", then: "imitation of the expert's answers and of what is mended" },
    { at: "nothing to mend", then: "ỹ = ŷ and the second term is log 2: no slope" },
    { at: "π = π_OPA", then: "(2 + 2η + 2α)·log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  within: { share: [0, 0.9] },
  async *run(lab, { share, ...weights }) {
    const corrections = lab.offline("corrections");
    const aligned = yield* alignedPolicy(lab, share, corrections);
    const learner = lab.learner<"corrections">(
      (scope) => corrected(scope, weights),
      { from: aligned, reference: aligned },
    );
    for (;;) {
      await learner.step(corrections);
      yield learner.policy;
    }
  },
});

/** The policy that imitated expert's answers and mended ones until such a share of the operations was spent. */
async function* alignedPolicy(
  lab: Lab,
  share: number,
  corrections: readonly Example<"corrections">[],
): AsyncGenerator<Policy, Policy> {
  const good = corrections.flatMap(({ gold, edited }) => [{ answer: gold }, { answer: edited }]);
  return yield* imitated(lab, share, good);
}

interface Weights {
  readonly beta: number;
  readonly image: number;
  readonly anchor: number;
}
/** The mean over corrections of the six terms. */
export function corrected(scope: Scope<"corrections">, { beta, image, anchor }: Weights): Expr {
  const { pi, ref, gold, edited, own, goldBlind, editedBlind } = scope;
  const summed = (y: Answers, weight: Expr) => pi.steps(y).sub(ref.steps(y)).mul(weight).sum(1);
  const above = (good: Expr, bad: Expr) => softplus(good.sub(bad).mul(-beta));
  // Grades from 1 to 4 weigh 2.5 to 1.
  const graded = (grades: Expr) => grades.mul(-0.5).add(3);
  const misread = scope.editedMisread.mul(2).add(1);
  const wholeGold = logRatio(pi, ref, gold);
  const terms = above(wholeGold, logRatio(pi, ref, own))
    .add(above(summed(edited, graded(scope.editedGrades)), summed(own, graded(scope.ownGrades))));
  const seeing = above(wholeGold, logRatio(pi, ref, goldBlind))
    .add(above(summed(edited, misread), summed(editedBlind, misread)));
  const held = softplus(wholeGold.mul(-beta))
    .add(softplus(logRatio(pi, ref, edited).mul(-beta)));
  return terms.add(seeing.mul(image)).add(held.mul(anchor)).mean();
}
