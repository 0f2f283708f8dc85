// Longer than an equation: rounds of sampling and checking, and three balances of flows.
import {
  type Answer,
  type Answers,
  byGroup,
  constant,
  type Example,
  type Expr,
  type Lab,
  type Likelihood,
  matmul,
  onOwnAnswers,
  type Policy,
  program,
  type Sample,
  type Scope,
  type Series,
  type Shape,
  worths,
} from "../core/mod.ts";

/**
 * Answers in proportion to R = exp(reward/T). By Var-TB, ζ = log R − log π(y|x) is to be the same
 * number, log Z, of all answers to a prompt: the loss is its variance. By detailed balance, or that of
 * every stretch of an answer, flows F, which the value head learns, are to be what goes on from them:
 * F(s)π(a|s) = F(s′), and R at the end. The paper's states may end anywhere and give R in place of F;
 * its weight λ of thoughts has nothing to weigh here, as there are none, and no buffer of earlier
 * rounds is kept. What came before is part of a state, so that only one way leads there and nothing
 * need be learned of ways back.
 */
export default program({
  id: "gflowvlm",
  paper: {
    title:
      "GFlowVLM: Enhancing Multi-step Reasoning in Vision-Language Models with Generative Flow Networks",
    arxiv: "2503.06514",
    year: 2025,
  },
  equation: String
    .raw`\frac1K\sum_k\left(\zeta_k-\bar\zeta\right)^2,\quad\zeta_k=\log R(y_k)-\sum_t\log\pi(y_{k,t}|x,y_{k,<t})`,
  taxonomy: [
    "data/feedback/point",
    "data/granularity/step",
    "learning/paradigm/online",
    "constraint/reference/free",
    "constraint/divergence/diversity",
    "applications/vision",
  ],
  claim: {
    text: "Finds more different solutions than policy gradients, as often right",
    on: "vision/strip",
    measure: "distinct-successes",
    against: ["ppo", "grpo"],
    expect: "higher",
    guard: "arrived",
  },
  needs: ["checks"],
  hyper: { order: 0, temperature: 1, samples: 8, prompts: 8, epochs: 2 },
  roles: {
    order:
      "what is balanced: 0 whole answers, by their variance; 1 single steps; 2 all stretches of an answer",
    temperature: "nats of reward by which an answer is to be e times as likely",
    samples: "answers drawn and checked for each prompt",
    prompts: "prompts of a round",
    epochs: "times that a round's answers are learned from",
  },
  limits: [
    { at: "π ∝ R", then: "0, its least value, whatever answers are drawn" },
    { at: "T → 0", then: "the best answers alone" },
    { at: "T → ∞", then: "all answers alike" },
    { at: "one answer a prompt, of whole answers", then: "0: nothing to vary" },
  ],
  within: { order: [0, 2], samples: [2, 64], epochs: [1, 64] },
  search: { order: [0, 1, 2], samples: [8, 16] },
  async *run(lab, { order, ...hyper }) {
    if (order === 0) yield* rounds<Group>(lab, hyper, varied, together);
    else yield* rounds<Path>(lab, hyper, order === 1 ? stepwise : stretched, apart);
  },
});

/** Rounds of answers, of which `read` makes examples. */
function rounds<F extends Shape>(
  lab: Lab,
  { temperature, samples, prompts, epochs }: {
    readonly [name in "temperature" | "samples" | "prompts" | "epochs"]: number;
  },
  loss: (scope: Scope<F>) => Expr,
  read: (ys: readonly Sample[], logRewards: readonly number[]) => readonly Example<F>[],
): AsyncGenerator<Policy, never> {
  const drawing = { prompts, answers: samples, epochs };
  return onOwnAnswers(lab, lab.learner<F>(loss), drawing, async (drawn) => {
    const rewards = byGroup(drawn, await worths(lab, drawn.flat()));
    return drawn.flatMap((ys, i) => read(ys, rewards[i]!.map((r) => r / temperature)));
  });
}

/** Answers to one prompt, with the logarithm of each one's R. */
interface Group {
  readonly answers: readonly Answer[];
  readonly logRewards: readonly number[];
}
const together = (
  answers: readonly Sample[],
  logRewards: readonly number[],
): Group[] => [{ answers, logRewards }];

/** The variance of log R − log π over a prompt's answers. */
export function varied(
  { pi, answers, logRewards }: {
    readonly pi: Pick<Likelihood, "logp">;
    readonly answers: readonly Answers[];
    readonly logRewards: readonly Expr[];
  },
): Expr {
  const zetas = answers.map((y, k) => logRewards[k]!.sub(pi.logp(y)));
  const mean = total(zetas).div(zetas.length);
  return total(zetas.map((zeta) => zeta.sub(mean).square())).div(zetas.length).mean();
}

/** One answer, the logarithm of its R, and numbers a step that say where there are steps, and which is the last. */
interface Path {
  readonly answer: Answer;
  readonly logReward: number;
  readonly within: Series;
  readonly last: Series;
}
const apart = (ys: readonly Sample[], logRewards: readonly number[]): Path[] =>
  ys.map((answer, k) => ({
    answer,
    logReward: logRewards[k]!,
    within: answer.logps.map(() => 1),
    last: answer.logps.map((_, t, { length }) => t + 1 === length ? 1 : 0),
  }));

type Seen = Pick<Scope<Path>, keyof Path> & { readonly pi: Pick<Likelihood, "steps" | "values"> };

/**
 * log π of what comes before a state, less log F there, which is −log Z at each where flows balance:
 * [B, T] before each step, 0 past the end, and [B] at the end, where F = R.
 */
function owed({ pi, answer, logReward, within }: Seen) {
  const steps = pi.steps(answer);
  const earlier = pairwise(steps.shape[1]!, (from, to) => from < to);
  const states = matmul(steps, earlier).sub(pi.values(answer)).mul(within);
  return { states, end: steps.sum(1).sub(logReward) };
}

/** The mean square over an answer's steps of log F(s) + log π(a|s) − log F(s′). */
export function stepwise(seen: Seen): Expr {
  const { states, end } = owed(seen);
  const [rows, n] = states.shape as [number, number];
  const within = matmul(states, pairwise(n, (from, to) => from === to + 1));
  const next = within.add(seen.last.mul(end.reshape(rows, 1)));
  return next.sub(states).square().sum(1).div(seen.answer.length).mean();
}

/** The same of all stretches of an answer, of n + 1 states n(n + 1)/2. */
export function stretched(seen: Seen): Expr {
  const { states, end } = owed(seen);
  const { length } = seen.answer;
  const sum = states.sum(1).add(end);
  const squares = states.square().sum(1).add(end.square());
  // Σ over pairs of (a − b)² is the number of them all by Σ a², less (Σ a)².
  const apart = length.add(1).mul(squares).sub(sum.square());
  return apart.div(length.mul(length.add(1)).div(2)).mean();
}

/** [T, T] of 1 where steps stand so to each other, and 0 elsewhere. */
const pairwise = (n: number, so: (from: number, to: number) => boolean): Expr =>
  constant(
    Array.from({ length: n * n }, (_, i) => so(Math.floor(i / n), i % n) ? 1 : 0),
    [n, n],
  );

const total = (xs: readonly Expr[]): Expr => xs.reduce((sum, x) => sum.add(x));
