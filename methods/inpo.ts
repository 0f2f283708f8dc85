// Longer than an equation: rounds of pairs of the policy's own come with it.
import {
  type Answer,
  type Answers,
  drawnLogp,
  type Expr,
  inRounds,
  type Likelihood,
  perPrompt,
  program,
  same,
  type Scope,
} from "../core/mod.ts";

/** Prompts that are answered together. */
const PROMPTS = 32;

/**
 * (h − 1/2η)², where h is the pair's log-ratio less τ/η of the start policy's and 1 − τ/η of that of
 * the policy π_t which drew it. A round's two samples of a prompt are independent, one label each:
 * the paper's tournament of eight, best against worst, would bias what a round regresses on.
 */
export default program({
  id: "inpo",
  paper: {
    title: "Iterative Nash Policy Optimization: Aligning LLMs with General Preferences via " +
      "No-Regret Learning",
    arxiv: "2407.00617",
    year: 2024,
  },
  equation: String
    .raw`\left(\log\frac{\pi(y_w|x)}{\pi(y_l|x)}-\frac\tau\eta\log\frac{\pi_{\mathrm{ref}}(y_w|x)}{\pi_{\mathrm{ref}}(y_l|x)}-\left(1-\frac\tau\eta\right)\log\frac{\pi_t(y_w|x)}{\pi_t(y_l|x)}-\frac1{2\eta}\right)^{2},\quad y_w,y_l\sim\pi_t`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
  ],
  claim: {
    text: "Comes nearer the Nash policy of general preferences than iterative DPO and SPPO",
    on: "game/intransitive",
    measure: "exploitability",
    against: ["iterative-dpo", "sppo"],
    expect: "lower",
  },
  needs: ["labels"],
  hyper: { tau: 0.05, eta: 1, rounds: 16, asking: 0.4 },
  roles: {
    tau: "pull to the start policy: the strength of the KL in the game that is solved",
    eta: "how little a round moves the policy: a sure win is worth 1/η nats over a sure loss",
    rounds: "equal shares of labels and operations",
    asking: "share of a round's operations after which no more labels are asked for",
  },
  limits: [
    {
      at: "a round's exact end",
      then: "π_ref^(τ/η) · π_t^(1 − τ/η) · exp(P(y beats π_t)/η): a step of mirror descent",
    },
    { at: "τ = η", then: "IPO on the policy's own pairs: π_t no longer matters" },
    { at: "τ → 0", then: "the last round's policy is the only reference" },
    { at: "π = π_t = π_ref", then: "1/4η², with slopes −1/η and 1/η" },
  ],
  search: { tau: [0.02, 0.05], eta: [0.4, 1, 2] },
  // Above η, τ would have π_t push.
  within: { tau: [0, 0.15], eta: [0.15, 100], rounds: [1, 64] },
  async *run(lab, { tau, eta, rounds, asking }) {
    const learner = lab.learner<Anchored>((scope) => anchored(scope, { tau, eta }));
    yield* inRounds(lab, learner, { rounds, asking }, async (rng) => {
      const drawn = await perPrompt(learner.policy, lab.prompts(PROMPTS), 2, rng);
      const different = drawn.flatMap(([a, b]) => same(a!, b!) ? [] : [[a!, b!] as const]);
      return await Promise.all(different.map(async ([a, b]) => {
        const [chosen, rejected] = await lab.oracle.prefer(a, b) > 0.5 ? [a, b] : [b, a];
        return { chosen, rejected, before: drawnLogp(chosen) - drawnLogp(rejected) };
      }));
    });
  },
});

/** A pair, and its log-ratio when it was drawn. */
export interface Anchored {
  readonly chosen: Answer;
  readonly rejected: Answer;
  readonly before: number;
}

export function anchored(
  { pi, ref, chosen, rejected, before }: Scope<Anchored>,
  { tau, eta }: { readonly tau: number; readonly eta: number },
): Expr {
  const moved = strayed([pi, ref], [chosen, rejected], before, tau / eta);
  return moved.sub(1 / (2 * eta)).square().mean();
}

/** The log-ratio of two answers, less a share of the reference's and the rest of that which they had before. */
export function strayed(
  [pi, ref]: readonly [Likelihood, Likelihood],
  [a, b]: readonly [Answers, Answers],
  before: Expr,
  share: number,
): Expr {
  const pulled = ref.logp(a).sub(ref.logp(b)).mul(share);
  return pi.logp(a).sub(pi.logp(b)).sub(pulled).sub(before.mul(1 - share));
}
