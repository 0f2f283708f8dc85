// Longer than an equation: labels drawn anew at each step, and of its policies it keeps the best.
import {
  type Answer,
  type Checks,
  type Example,
  type Expr,
  type Lab,
  type Learner,
  logRatio,
  type Policy,
  program,
  type Scope,
  type Shape,
  softCrossEntropy,
  tokenNll,
  Unsuited,
} from "../core/mod.ts";

/**
 * −log π(y_ref) + BCE(β·Δ(y_ref) − β·Δ(y_any), c)/β on references and a few answers of the start
 * policy where the subject is not asked for; c ~ Bernoulli(σ(r₀(y_ref) − r₀(y_any))) anew at each
 * look, r₀ = (T̂ + 1)/2 of how well either fits the latter's prompt. Of the policies along the way that
 * of greatest harmonic mean r_λ on prompts kept back is the one that counts.
 *
 * The paper's code has a β of 1 on means over pixels of an ε-error, which is 1/49 in nats here, and
 * does not divide by it, which AdamW would not see. Its generated answers are to prompts with the
 * subject's name, for which they are then learned: that costs a quarter of the reward here, where
 * nothing that the start policy makes is like the subject. A pair is seen under one noise, there
 * under two.
 */
export default program({
  id: "rpo-harmonic",
  paper: {
    title: "Subject-driven Text-to-Image Generation via Preference-based Reinforcement Learning",
    arxiv: "2407.12164",
    year: 2024,
  },
  equation: String
    .raw`\ell_\theta(x_{\mathrm{ref}})-c\log\sigma(\beta k)-(1-c)\log\sigma(-\beta k),\quad k=\left[\ell_0-\ell_\theta\right](x_{\mathrm{ref}})-\left[\ell_0-\ell_\theta\right](x_{\mathrm{gen}}),\ r_\lambda=\left(\frac{\lambda}{\hat I}+\frac{1-\lambda}{\hat T}\right)^{-1}`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/divergence/generalization",
    "applications/diffusion",
  ],
  claim: {
    text: "Preferences and early stopping by the harmonic reward need no large prior set",
    on: "diffusion/subject",
    measure: "reward",
    against: ["dreambooth"],
    expect: "higher",
  },
  needs: ["checks"],
  hyper: { beta: 0.02, negatives: 3, lambda: 0.5, every: 10, answers: 36 },
  roles: {
    beta: "how soon a pair's push ends, per nat",
    negatives: "answers of the start policy that references meet, of those that are given",
    lambda: "what likeness to the subject weighs against what else is asked for",
    every: "steps from one look at prompts kept back to the next; 0 for none, and the last counts",
    answers: "answers that a look draws and checks",
  },
  limits: [
    {
      at: "β → 0",
      then: "π(y_ref) is imitated at 1 + c − ½ of its slope, π(y_any) at ½ − c of its own",
    },
    { at: "β → ∞", then: "imitation of the references, and a hinge on pairs" },
    { at: "λ = 1, λ = 0", then: "likeness alone, what else is asked for alone" },
    { at: "π = π_ref", then: "log 2/β over the references' negative log-likelihood" },
  ],
  search: { beta: [0.02, 0.1, 0.5] },
  within: { negatives: [1, 256], lambda: [0, 1], every: [0, 1000], answers: [1, 1024] },
  async *run(lab, { beta, negatives, ...stopping }) {
    const { references, others } = known(lab, negatives);
    const wins = await chances(lab, references, others);
    const learner = lab.learner<Meeting>((scope) => preferred(scope, beta));
    const rng = lab.rng.split("meetings");
    yield* bestOf(
      lab,
      fresh(learner, () => {
        const [i, j] = [rng.below(references.length), rng.below(others.length)];
        const won = rng.uniform() < wins[i]![j]! ? 1 : 0;
        return { reference: references[i]!, other: others[j]!, won };
      }),
      stopping,
    );
  },
});

/** A reference and another answer; `won` is 1 where a label prefers the reference, else 0. */
interface Meeting {
  readonly reference: Answer;
  readonly other: Answer;
  readonly won: number;
}

/** The references that are given, and so many of the start policy's answers at most. */
export function known(
  lab: Pick<Lab, "offline">,
  most: number,
): { readonly references: readonly Answer[]; readonly others: readonly Answer[] } {
  const [others = [], references = []] = [0, 1].map((good) =>
    lab.offline("points").filter((y) => y.good === good).map(({ answer }) => answer)
  );
  return { references, others: others.slice(0, most) };
}

/** P(a label prefers the reference), [reference][other]: both as answers to the other's prompt. */
export async function chances(
  lab: Pick<Lab, "check">,
  references: readonly Answer[],
  others: readonly Answer[],
): Promise<number[][]> {
  const met = references.flatMap((y) => others.map(({ prompt }) => ({ ...y, prompt })));
  const fits = (await lab.check([...others, ...met])).map((checks) => harmonic(checks, 0));
  return references.map((_, i) =>
    others.map((_, j) => {
      const gap = (fits[others.length * (1 + i) + j]! - fits[j]!) / 2;
      return 1 / (1 + Math.exp(-gap));
    })
  );
}

/** The loss, mean over meetings. */
export function preferred(
  { pi, ref, reference, other, won }: Pick<Scope<Meeting>, keyof Meeting | "pi" | "ref">,
  beta: number,
): Expr {
  const ahead = logRatio(pi, ref, reference).sub(logRatio(pi, ref, other));
  return tokenNll(pi, reference).add(softCrossEntropy(ahead.mul(beta), won).mean().div(beta));
}

/** r_λ of what programs say: 1/(λ/identity + (1 − λ)/placement). */
export function harmonic({ identity, placement }: Checks, lambda: number): number {
  if (identity === undefined || placement === undefined) {
    throw new Unsuited("Cannot weigh a subject against its place: no program checks both here");
  }
  return 1 / (lambda / (identity + 1e-8) + (1 - lambda) / (placement + 1e-8));
}

/** Steps on examples drawn anew for each. */
export async function* fresh<F extends Shape>(
  learner: Learner<F>,
  draw: () => Example<F>,
): AsyncGenerator<Policy, void> {
  for (;;) {
    await learner.step(Array.from({ length: learner.batch }, draw));
    yield learner.policy;
  }
}

/** When to look, and by what. */
export interface Stopping {
  readonly lambda: number;
  readonly every: number;
  readonly answers: number;
}

/**
 * In place of each policy the best so far, by the mean r_λ of its answers to training prompts, from
 * the same noise at every look. Itself before the first look, and always where `every` is 0.
 */
export async function* bestOf(
  lab: Pick<Lab, "prompts" | "check" | "merged" | "note" | "rng">,
  policies: AsyncIterable<Policy>,
  { lambda, every, answers }: Stopping,
): AsyncGenerator<Policy, void> {
  const asked = every > 0 ? lab.prompts(answers) : [];
  let best: { readonly policy: Policy; readonly reward: number } | undefined;
  let step = 0;
  for await (const policy of policies) {
    step++;
    if (every > 0 && step % every === 0) {
      const drawn = await policy.sample(asked, lab.rng.split("looks"));
      const rewards = (await lab.check(drawn)).map((checks) => harmonic(checks, lambda));
      const reward = rewards.reduce((a, b) => a + b, 0) / rewards.length;
      if (!best || reward > best.reward) {
        best = { policy: await lab.merged([policy], () => [1]), reward };
        lab.note("kept step", step);
      }
    }
    yield best?.policy ?? policy;
  }
}
