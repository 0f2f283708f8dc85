// Longer than an equation: a policy and a critic take turns, each by what the other says at rest.
import {
  type Answer,
  type AnyLearner,
  type Expr,
  type Lab,
  logRatioReward,
  type Policy,
  program,
  type Scope,
} from "../core/mod.ts";

/**
 * Soft Bellman residuals along answers of which the end alone is scored, R: with ρ_t the log-ratio of a
 * token, (V(s_t) − R + β·Σ_{i≥t} ρ_i)² for a critic and the same for the policy, whose gradient goes
 * through ρ_t alone, so that each token is held to what it changed. Both begin at the start policy.
 * The critic reads every state whatever the level; the third level that the paper has, actions that are
 * whole steps, lies between these two.
 */
export default program({
  id: "oreo",
  paper: {
    title: "Offline Reinforcement Learning for LLM Multi-Step Reasoning",
    arxiv: "2412.16145",
    year: 2024,
  },
  equation: String
    .raw`\frac1T\sum_t\Bigl(V(s_t)-R+\beta\rho_t+\mathrm{sg}\bigl[\beta\textstyle\sum_{i>t}\rho_i\bigr]\Bigr)^{2}+\frac\alpha T\sum_t\mathrm{KL}\bigl(\pi(\cdot|s_t)\,\big\|\,\pi_{\mathrm{ref}}(\cdot|s_t)\bigr),\quad\rho_t=\log\frac{\pi(y_t|s_t)}{\pi_{\mathrm{ref}}(y_t|s_t)}`,
  taxonomy: [
    "data/feedback/point",
    "data/granularity/token",
    "learning/paradigm/offline",
    "applications/reasoning",
  ],
  claim: {
    text:
      "From few scored answers, right and wrong alike, it learns better steps than DPO and imitation",
    on: "reasoning/scarce",
    measure: "step-accuracy",
    against: ["dpo", "imitation"],
    expect: "higher",
  },
  hyper: { beta: 0.03, alpha: 0.01, level: 0 },
  rate: 3,
  roles: {
    beta: "price of a nat of log-ratio to the start policy, where a right answer is worth 1",
    alpha: "weight of the KL of whole next tokens, beside what β holds",
    level:
      "0 to hold each token to its own state's value, 1 to hold the whole answer to the first one's",
  },
  limits: [
    {
      at: "its least value, α = 0",
      then: "π_ref·exp((Q − V)/β): the optimum of E[R] − β·KL(π‖π_ref), state by state",
    },
    { at: "β → 0", then: "the policy's residual has no slope: V alone is learned" },
    {
      at: "level = 1",
      then: "one residual an answer, which a lone score cannot share out among tokens",
    },
    { at: "π = π_ref", then: "V − R at each token, with slope 2β(V − R)/T by its log-probability" },
  ],
  search: { beta: [0.01, 0.03, 0.1], alpha: [0, 0.01] },
  within: { beta: [0.001, 1], alpha: [0, 1], level: [0, 1] },
  implied: logRatioReward,
  async *run(lab, hyper) {
    for await (const { actor } of taught(lab, hyper)) yield actor;
  },
});

export interface OreoHyper {
  readonly beta: number;
  readonly alpha: number;
  readonly level: number;
}

/** The policy and its critic after each step of both, until the budget ends. */
export async function* taught(
  lab: Lab,
  hyper: OreoHyper,
): AsyncGenerator<{ readonly actor: Policy; readonly critic: Policy }, void> {
  const critic = lab.learner<Valued>(criticLoss);
  const actor = lab.learner<Credited>((scope) => actorLoss(scope, hyper));
  const before = new Map<Answer, ArrayLike<number>>();
  for (const batch of batches(lab, actor)) {
    const ys = batch.map(({ answer }) => answer);
    const fresh = ys.filter((y) => !before.has(y));
    const read = await lab.reference.steps(fresh);
    fresh.forEach((y, i) => before.set(y, read[i]!));
    const now = await actor.policy.steps(ys);
    const values = await critic.policy.values(ys);
    const rows = batch.map(({ answer, score }, i) => {
      const start = Array.from(before.get(answer)!);
      const ratios = start.map((logp, t) => now[i]![t]! - logp);
      const { worth, due } = targets(score, ratios, values[i]!, hyper.beta);
      return {
        valued: { answer, worth },
        credited: { answer, start, due, overall: score - values[i]![0]! },
      };
    });
    await critic.step(rows.map(({ valued }) => valued));
    await actor.step(rows.map(({ credited }) => credited));
    yield { actor: actor.policy, critic: critic.policy };
  }
}

/** All scored answers once in random order, before any comes again; of each round what fills no batch is left. */
function* batches(lab: Lab, { batch }: AnyLearner) {
  const scored = lab.offline("scored");
  for (let round = 0;; round++) {
    const order = lab.rng.split(round).shuffle(scored);
    for (let at = 0; at === 0 || at + batch <= order.length; at += batch) {
      yield order.slice(at, at + batch);
    }
  }
}

/** An answer and what each of its states is worth. */
export interface Valued {
  readonly answer: Answer;
  readonly worth: readonly number[];
}
/** An answer, the start policy's log-probability of each of its tokens, and what β times its log-ratio is due to be: each token's, and all of them together. */
export interface Credited {
  readonly answer: Answer;
  readonly start: readonly number[];
  readonly due: readonly number[];
  readonly overall: number;
}

/** By the log-ratios ρ of an answer's tokens: R − β·Σ_{i≥t} ρ_i, and R − V(s_t) − β·Σ_{i>t} ρ_i. */
export function targets(
  score: number,
  ratios: readonly number[],
  values: ArrayLike<number>,
  beta: number,
): { readonly worth: number[]; readonly due: number[] } {
  let later = 0;
  const after = ratios.map(() => 0);
  for (let t = ratios.length - 1; t >= 0; t--) {
    after[t] = later;
    later += ratios[t]!;
  }
  return {
    worth: after.map((sum, t) => score - beta * (sum + ratios[t]!)),
    due: after.map((sum, t) => score - values[t]! - beta * sum),
  };
}

export const criticLoss = ({ pi, answer, worth }: Scope<Valued>): Expr =>
  pi.values(answer).sub(worth).square().sum(1).div(answer.length).mean();

export function actorLoss(
  { pi, ref, answer, start, due, overall }: Scope<Credited>,
  { beta, alpha, level }: OreoHyper,
): Expr {
  const ratio = pi.steps(answer).sub(start).mul(beta);
  const residual = level > 0
    ? ratio.sum(1).sub(overall).square()
    : ratio.sub(due).square().sum(1).div(answer.length);
  if (alpha === 0) return residual.mean();
  return residual.add(pi.kl(ref, answer).sum(1).div(answer.length).mul(alpha)).mean();
}
