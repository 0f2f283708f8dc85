// Longer than an equation: rounds in which a policy's own samples meet each other come with it.
import {
  type Answer,
  contests,
  drawnLogp,
  type Expr,
  inRounds,
  perPrompt,
  program,
  same,
  type Scope,
  softplus,
} from "../core/mod.ts";

/** Prompts that are answered together. */
const PROMPTS = 16;

/**
 * −p·log σ(η·z) − (1 − p)·log σ(−η·z), where z is the pair's log-ratio to the policy π_t that drew
 * it and p = σ(r(y) − r(y′)) of win-rates r among the K samples of a prompt: the paper's first
 * algorithm, on all pairs that differ. Its practical one keeps pairs with a wide margin and hard labels, adds a
 * teacher's answers and earlier rounds' pairs; none of that is here, as there is no teacher.
 */
export default program({
  id: "dno",
  paper: {
    title: "Direct Nash Optimization: Teaching Language Models to Self-Improve with General " +
      "Preferences",
    arxiv: "2404.03715",
    year: 2024,
  },
  equation: String
    .raw`-\sigma(\Delta r)\log\sigma(\eta z)-\sigma(-\Delta r)\log\sigma(-\eta z),\quad z=\log\frac{\pi(y|x)\,\pi_t(y'|x)}{\pi(y'|x)\,\pi_t(y|x)},\ \Delta r=\hat P(y\succ\pi_t)-\hat P(y'\succ\pi_t)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
  ],
  claim: {
    text: "Improves round by round on general preferences, where contrast on given pairs cannot",
    on: "game/condorcet",
    measure: "exploitability",
    against: ["dpo", "ipo"],
    expect: "lower",
  },
  needs: ["labels"],
  hyper: { eta: 0.3, samples: 4, rounds: 16, asking: 0.4 },
  roles: {
    eta: "how little a round moves the policy: a sure win is worth 1/η nats over a sure loss",
    samples: "answers a prompt, each against each",
    rounds: "equal shares of labels and operations, each with the last one's policy as reference",
    asking: "share of a round's operations after which no more labels are asked for",
  },
  limits: [
    { at: "a round's exact end", then: "π_t·exp(r/η), renormalised: multiplicative weights" },
    { at: "η → ∞", then: "the policy stays at the last round's" },
    { at: "η → 0", then: "log 2 − η·z·(p − 1/2): a policy gradient on win-rates" },
    { at: "π = π_t", then: "log 2, with slopes −η(p − 1/2) and η(p − 1/2)" },
  ],
  search: { eta: [0.1, 0.3, 1], rounds: [8, 16] },
  within: { samples: [2, 16], rounds: [1, 64] },
  async *run(lab, { eta, samples, rounds, asking }) {
    const learner = lab.learner<Contest>((scope) => matched(scope, { eta }));
    yield* inRounds(lab, learner, { rounds, asking }, async (rng) => {
      const drawn = await perPrompt(learner.policy, lab.prompts(PROMPTS), samples, rng);
      const wins = await contests(lab.oracle, drawn);
      return drawn.flatMap((ys, i) => {
        const shares = wins[i]!.map((won) => won / (samples - 1));
        return ys.flatMap((left, a) =>
          ys.slice(0, a).flatMap((right, b) =>
            same(left, right) ? [] : [{
              left,
              right,
              before: drawnLogp(left) - drawnLogp(right),
              strength: 1 / (1 + Math.exp(shares[b]! - shares[a]!)),
            }]
          )
        );
      });
    });
  },
});

/** Two samples of a prompt, their log-ratio when they were drawn, and P(left beats right) by their win-rates. */
export interface Contest {
  readonly left: Answer;
  readonly right: Answer;
  readonly before: number;
  readonly strength: number;
}

/** Cross-entropy of the pair's strength and what its log-ratio to the drawer says of it. */
export function matched(
  { pi, left, right, before, strength }: Scope<Contest>,
  { eta }: { readonly eta: number },
): Expr {
  const z = pi.logp(left).sub(pi.logp(right)).sub(before).mul(eta);
  return softplus(z).sub(z.mul(strength)).mean();
}
