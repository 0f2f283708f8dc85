// Longer than an equation: members of a reward model come first, each fitted without a share of the pairs.
import {
  bradleyTerry,
  type Example,
  type Expr,
  type Lab,
  type Policy,
  program,
  type Scope,
  softCrossEntropy,
  valuing,
} from "../core/mod.ts";

/**
 * −σ(μ̂)·log σ(d) − σ(−μ̂)·log σ(−d) with d = r(x, y_w) − r(x, y_l): a Bradley–Terry reward fitted to
 * how strongly other reward models prefer what was chosen. In the paper ten models learn from all
 * pairs, and μ̂ is their mean; here each is kept from one share of the pairs and alone gives the
 * strength of those, as a model's opinion on a label that it was fitted to is the label.
 */
export default program({
  id: "rm-soft",
  paper: {
    title: "Secrets of RLHF in Large Language Models Part II: Reward Modeling",
    arxiv: "2401.06080",
    year: 2024,
  },
  equation: String
    .raw`-\sigma(\hat\mu)\log\sigma(d)-\sigma(-\hat\mu)\log\sigma(-d),\quad d=r(x,y_w)-r(x,y_l),\ \hat\mu=r_{\neg k}(x,y_w)-r_{\neg k}(x,y_l)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/quality/noise",
    "data/feedback/pair",
    "learning/paradigm/offline",
  ],
  claim: {
    text: "Soft labels by preference strength keep wrong labels from being learned by heart",
    on: "sequences/mislabelled",
    measure: "calibration-error",
    against: ["reward-model"],
    expect: "lower",
  },
  answers: () => valuing,
  hyper: { members: 3, fit: 0.4 },
  roles: {
    members: "reward models that give strengths, and shares of the pairs, of which each misses one",
    fit: "share of the operations that they are fitted with",
  },
  limits: [
    { at: "μ̂ → ∞ everywhere", then: "the plain reward model" },
    { at: "μ̂ = 0 everywhere", then: "every reward of a prompt is the same" },
    { at: "r = 0", then: "log 2, with a slope of 1/2 − σ(μ̂) in d" },
  ],
  search: { members: [2, 3], fit: [0.3, 0.4] },
  within: { members: [2, 8], fit: [0.05, 0.8] },
  implied: ({ value }) => value!,
  async *run(lab, hyper) {
    const pairs = lab.offline("pairs");
    const found = await strengths(lab, pairs, hyper);
    const soft = pairs.map((pair, i) => ({ ...pair, strength: 1 / (1 + Math.exp(-found[i]!)) }));
    yield* refitted(lab, soft);
  },
});

/** How far a reward model prefers what was chosen in each pair, which it has not seen: r(y_w) − r(y_l). */
export async function strengths(
  lab: Lab,
  pairs: readonly Example<"pairs">[],
  { members, fit }: { readonly members: number; readonly fit: number },
): Promise<number[]> {
  const outside = folds(pairs.length, members);
  const all = outside.map((missed) => ({
    missed,
    seen: pairs.filter((_, i) => !missed.has(i)),
    learner: lab.learner<"pairs">(bradleyTerry, { bill: "reward model" }),
  }));
  while (lab.progress < fit) for (const { learner, seen } of all) await learner.step(seen);
  const found = Array<number>(pairs.length).fill(NaN);
  for (const { missed, learner: { policy } } of all) {
    const order = [...missed];
    const ys = order.flatMap((i) => [pairs[i]!.chosen, pairs[i]!.rejected]);
    const values = await policy.value(ys);
    order.forEach((i, k) => found[i] = values[2 * k]! - values[2 * k + 1]!);
  }
  return found;
}

/** Which of `n` examples each of so many members is kept from: every example from one. */
export const folds = (n: number, members: number): Set<number>[] =>
  Array.from(
    { length: members },
    (_, k) => new Set(Array.from({ length: n }, (_, i) => i).filter((i) => i % members === k)),
  );

/** A reward fitted to pairs with strengths, for what is left of the budget. */
export async function* refitted(
  lab: Lab,
  pairs: readonly Example<"pairs">[],
): AsyncGenerator<Policy, void> {
  const learner = lab.learner<"pairs">(softened, { bill: "reward model" });
  for (;;) {
    await learner.step(pairs);
    yield learner.policy;
  }
}

/** −p·log σ(d) − (1 − p)·log σ(−d), where p is the pair's strength. */
export function softened({ pi, chosen, rejected, strength }: Scope<"pairs">): Expr {
  const d = pi.value(chosen).sub(pi.value(rejected));
  return softCrossEntropy(d, strength).mean();
}
