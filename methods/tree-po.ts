// Longer than an equation: it weighs the steps of each list's answers before it learns from any.
import {
  type Answer,
  type Example,
  type Expr,
  program,
  type Scope,
  stepNames,
  stepsOf,
  Unsuited,
} from "../core/mod.ts";
import { lambdaLoss } from "./lipo.ts";

/**
 * LiPO-λ on s(y) = β·Σ_k ω_k·Δ(step k), where a step weighs by how alike it is to the same step of the
 * list's best answer: 1 + c, c the cosine of the two steps' counts of tokens, in place of the policy's
 * embeddings. The authors' code has that; what their text wants, that steps count which tell answers apart,
 * reads as 2 − c. Both are here. Weights are divided by their mean over the list, so that β is LiPO's, and
 * steps that two answers share cancel. The released loss is not followed: it falls as the ranking gets
 * worse, and has no λ.
 */
export default program({
  id: "tree-po",
  paper: {
    title: "TPO: Aligning Large Language Models with Multi-branch & Multi-step Preference Trees",
    arxiv: "2410.12854",
    year: 2024,
  },
  equation: String
    .raw`-\sum_{v_i>v_j}\lambda_{ij}\log\sigma(s_i-s_j),\quad s_i=\beta\sum_k\omega_{ik}\log\frac{\pi(y_{ik}|x,y_{i,<k})}{\pi_{\mathrm{ref}}(y_{ik}|x,y_{i,<k})},\ \omega_{ik}\propto1+\cos(y_{ik},y_{1k})`,
  taxonomy: [
    "data/feedback/list",
    "data/granularity/step",
    "learning/paradigm/offline",
    "applications/reasoning",
  ],
  claim: {
    text:
      "A ranked list of answers in weighted steps teaches better steps than pairs of answers do",
    on: "reasoning/chain",
    measure: "step-accuracy",
    against: ["dpo"],
    expect: "higher",
  },
  hyper: { beta: 0.3, adaptive: 1 },
  roles: {
    beta: "scales log-ratios to rewards: lower ones take the policy further from the reference",
    adaptive:
      "above 0 steps like the best answer's weigh more, below 0 those unlike it do, and at 0 neither",
  },
  limits: [
    { at: "adaptive = 0", then: "LiPO-λ" },
    {
      at: "answers of one step that differ throughout, adaptive > 0",
      then: "LiPO-λ in which the best answer weighs twice as much as the others",
    },
    { at: "steps that all answers share", then: "they cancel, whatever they weigh" },
    {
      at: "π = π_ref",
      then: "all s are equal: each step is pushed by its weight, by the list's order",
    },
  ],
  // Its 0 is LiPO, which is another method.
  search: { beta: [0.03, 0.1, 0.3, 1], adaptive: [-1, 1] },
  within: { adaptive: [-1, 1] },
  async *run(lab, { beta, adaptive }) {
    const trees = lab.offline("lists").map((list) => weighed(list, adaptive));
    const size = lab.offline("lists")[0]!.answers.length;
    const learner = lab.learner<WeighedList>((scope) => ranked(scope, size, beta));
    for (;;) {
      await learner.step(trees);
      yield learner.policy;
    }
  },
});

/** A list of answers, best first, with their scores and what each token of them weighs. */
export interface WeighedList {
  readonly [answer: `answer${number}`]: Answer;
  readonly [weights: `answer${number}Weights`]: readonly number[];
  readonly [score: `score${number}`]: number;
}

export function ranked(scope: Scope<WeighedList>, size: number, beta: number): Expr {
  const { pi, ref } = scope;
  const places = Array.from({ length: size }, (_, i) => i);
  const rewards = places.map((i) => {
    const y = scope[`answer${i}`]!;
    return pi.steps(y).sub(ref.steps(y)).mul(scope[`answer${i}Weights`]!).sum(1).mul(beta);
  });
  return lambdaLoss(rewards, places.map((i) => scope[`score${i}`]!));
}

function weighed({ answers, scores }: Example<"lists">, adaptive: number): WeighedList {
  const weights = stepWeights(answers, adaptive);
  return Object.fromEntries(answers.flatMap((y, i) => [
    [`answer${i}`, y],
    [`answer${i}Weights`, weights[i]!],
    [`score${i}`, scores[i]!],
  ]));
}

/** What each token of each answer weighs, by how alike its step is to the first answer's; 1 on the mean over all steps. */
export function stepWeights(answers: readonly Answer[], adaptive: number): number[][] {
  const parts = answers.map((y) => stepsOf(y).map((step) => ({ step, count: counted(step) })));
  const best = parts[0]!;
  const weights = parts.map((steps) =>
    steps.map(({ count }, k) => {
      const alike = cosine(count, best[Math.min(k, best.length - 1)]!.count);
      return adaptive > 0 ? 1 + alike : adaptive < 0 ? 2 - alike : 1;
    })
  );
  const all = weights.flat();
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  return parts.map((steps, i) =>
    steps.flatMap(({ step }, k) => Array<number>(step.length).fill(weights[i]![k]! / mean))
  );
}

function counted(step: Answer): Map<number, number> {
  const names = stepNames(step);
  if (!names) throw new Unsuited("Cannot compare steps that are no tokens");
  const count = new Map<number, number>();
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1);
  return count;
}

function cosine(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
  const inner = (x: typeof a, y: typeof a) =>
    [...x].reduce((sum, [name, n]) => sum + n * (y.get(name) ?? 0), 0);
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}
