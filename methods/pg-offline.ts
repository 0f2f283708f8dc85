// Longer than an equation: a baseline of each prompt's own, which no batch knows.
import { type Answer, type Example, type Expr, program, type Scope } from "../core/mod.ts";
import copg, { regularised } from "./copg.ts";

/**
 * −sg[R_β(y) − b(x)]·log π(y|x) on answers that others wrote, where b(x) is the mean score of the
 * data's answers to x, and nothing is weighed by importance: CoPG's policy gradient with a baseline
 * that any constant would be as good as on its own answers. On others' answers it is not: at the
 * optimum R_β is β·log Z(x), so with another b(x) the gradient is not 0 there. CoPG's rival in its
 * own paper.
 */
export default program({
  id: "pg-offline",
  paper: copg.paper,
  equation: String
    .raw`-\mathrm{sg}\!\left[R(y)-\beta\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}-b(x)\right]\log\pi(y|x),\quad b(x)=\mathbb{E}_{y\sim\mu}[R(y)]`,
  taxonomy: copg.taxonomy,
  claim: {
    text:
      "Scores bring it nearer the optimum than as many labels bring IPO, with a baseline that is off",
    on: "bandit/stale",
    measure: "value-gap",
    against: ["ipo"],
    expect: "lower",
    headline: false,
  },
  hyper: { beta: copg.hyper.beta },
  roles: { beta: copg.roles!.beta },
  limits: [
    { at: "β = 0", then: "a plain policy gradient on given answers" },
    { at: "β → ∞", then: "the reference" },
    { at: "R + c", then: "nothing changes, as b moves along" },
    { at: "π = π_ref", then: "slopes −(R(y) − b)" },
  ],
  search: {},
  async *run(lab, { beta }) {
    const learner = lab.learner<Example<"scores">>((scope) => pushed(scope, beta));
    const centred = aboveMean(lab.offline("scores"));
    for (;;) {
      await learner.step(centred);
      yield learner.policy;
    }
  },
});

/** The mean over the two answers' terms, whose scores are what they have above the baseline. */
export function pushed(scope: Scope<Example<"scores">>, beta: number): Expr {
  const { pi, first, second, firstScore, secondScore } = scope;
  const term = (y: typeof first, score: Expr) => regularised(scope, y, score, beta).mul(pi.logp(y));
  return term(first, firstScore).add(term(second, secondScore)).mean().neg();
}

/** Scores less the mean of all scores of the same prompt. */
export function aboveMean(pairs: readonly Example<"scores">[]): Example<"scores">[] {
  const seen = new Map<string, { sum: number; n: number }>();
  const mean = ({ prompt: { id } }: Answer) => seen.get(id)!.sum / seen.get(id)!.n;
  for (const { first: { prompt: { id } }, firstScore, secondScore } of pairs) {
    const { sum, n } = seen.get(id) ?? { sum: 0, n: 0 };
    seen.set(id, { sum: sum + firstScore + secondScore, n: n + 2 });
  }
  return pairs.map((pair) => ({
    ...pair,
    firstScore: pair.firstScore - mean(pair.first),
    secondScore: pair.secondScore - mean(pair.first),
  }));
}
