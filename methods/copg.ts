import { type Answers, type Expr, logRatio, method, type Scope } from "../core/mod.ts";

/**
 * −sg[R_β(y) − R_β(y′)]·(log π(y|x) − log π(y′|x)) on sums over tokens, with R_β(y) = R(y) −
 * β·log π(y|x)/π_ref(y|x): the gradient of [R_β(y) − R_β(y′)]²/2β, and a policy gradient in which
 * each answer's regularised reward is the other's baseline. Pairs are of different answers, as two
 * equal ones would say nothing.
 */
export default method({
  id: "copg",
  paper: {
    title:
      "Contrastive Policy Gradient: Aligning LLMs on sequence-level scores in a supervised-friendly fashion",
    arxiv: "2406.19185",
    year: 2024,
  },
  equation: String
    .raw`-\mathrm{sg}\!\left[R_\beta(y)-R_\beta(y')\right]\log\frac{\pi(y|x)}{\pi(y'|x)},\quad R_\beta(y)=R(y)-\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline"],
  claim: {
    text:
      "Estimates the optimal policy from the scores of others' answers, without importance sampling",
    on: "bandit/stale",
    measure: "value-gap",
    against: ["pg-offline", "ipo"],
    expect: "lower",
  },
  feedback: "scores",
  hyper: { beta: 0.5 },
  roles: { beta: "price of a nat of log-ratio to the reference, in rewards" },
  limits: [
    { at: "β = 0", then: "−(R(y) − R(y′))·log π(y)/π(y′): pairs are pushed apart without end" },
    { at: "β → ∞", then: "β times half the square of the log-ratios' gap: the reference" },
    { at: "exact, whoever wrote the answers", then: "π_ref·exp(R/β)/Z, where every gap is 0" },
    { at: "R + c", then: "nothing changes" },
    { at: "R(y) − R(y′) = 1/2", then: "the gradient of τ/2 times IPO's loss at τ = β" },
    { at: "π = π_ref", then: "slopes −(R(y) − R(y′)) and R(y) − R(y′)" },
  ],
  // The testbed's own: a value gap at another β is another question.
  search: {},
  loss(scope, { beta }) {
    const { pi, first, second, firstScore, secondScore } = scope;
    const gap = regularised(scope, first, firstScore, beta)
      .sub(regularised(scope, second, secondScore, beta));
    return gap.mul(pi.logp(first).sub(pi.logp(second))).mean().neg();
  },
});

/** [B] R(y) − β·log π(y|x)/π_ref(y|x), detached. */
export const regularised = (
  { pi, ref }: Pick<Scope<"scores">, "pi" | "ref">,
  y: Answers,
  score: Expr,
  beta: number,
): Expr => score.sub(logRatio(pi, ref, y).mul(beta)).stop();
