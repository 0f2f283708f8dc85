import { type Expr, logRatio, program, type Scope } from "../core/mod.ts";
import rso, { ranked } from "./rso.ts";

/** max(0, 1 − γ·[Δ(y_w) − Δ(y_l)]) on RSO's pairs: hinge-norm, which stops once a pair is far enough apart. */
export default program({
  ...rso,
  id: "rso-hinge",
  equation: String
    .raw`\max\!\left(0,\ 1-\gamma\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right),\quad y_w,y_l\sim\pi_{\mathrm{ref}}\,e^{r/\beta}/Z`,
  claim: {
    text: "On pairs from the optimal policy, the hinge is about as good as the sigmoid",
    on: "text/clean",
    measure: "win-rate",
    against: ["rso"],
    expect: "equal",
    headline: false,
  },
  limits: [
    { at: "β → 0", then: "the best of the candidates are kept" },
    { at: "β → ∞", then: "hinge-norm on sft-sample-rank, SLiC's arm" },
    { at: "γ → 0", then: "the loss is flat at 1" },
    { at: "π = π_ref", then: "1, with a slope of −γ in the margin" },
  ],
  async *run(lab, { gamma, ...sampling }) {
    const pairs = await ranked(lab, sampling);
    const learner = lab.learner<"pairs">((scope) => hinge(scope, gamma));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

export function hinge({ pi, ref, chosen, rejected }: Scope<"pairs">, gamma: number): Expr {
  const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
  return margin.mul(-gamma).add(1).max(0).mean();
}
