// Longer than an equation: two learners take turns, and the gradient of one is taken where the other went.
import {
  type Answer,
  bradleyTerry,
  type Expr,
  perPrompt,
  program,
  type Scope,
  sigmoid,
  valuing,
} from "../core/mod.ts";
import rmSoft from "./rm-soft.ts";

/**
 * θ′ = θ + η·∇J with J = (2/k²)·Σ σ(|r(s_i) − r(s_j)|) over pairs of unlabelled answers, then a step
 * from θ by the gradient at θ′ of −log σ(r(y_w) − r(y_l)): the reward is to tell its pairs apart
 * even where it is pushed to tell the policy's own answers apart. The ascent is one step of the
 * testbed's optimiser without its past, which goes along the signs of the gradient, where the paper's
 * is plain. The answers are the start policy's, drawn once: no policy follows this reward.
 */
export default program({
  id: "meta-rm",
  paper: rmSoft.paper,
  equation: String
    .raw`\theta\leftarrow\theta-\alpha\nabla_{\theta'}\!\left[-\log\sigma(r_{\theta'}(y_w)-r_{\theta'}(y_l))\right],\quad\theta'=\theta+\eta\nabla_\theta\frac{2}{k^2}\sum_{i<j}\sigma\!\left(|r_\theta(s_i)-r_\theta(s_j)|\right)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "Told apart what the policy gives, a reward orders pairs of other questions better",
    on: "sequences/shift",
    measure: "reward-accuracy",
    against: ["reward-model"],
    expect: "higher",
  },
  answers: () => valuing,
  hyper: { ascent: 0.3, samples: 8, prompts: 256 },
  roles: {
    ascent: "length of the step to where the gradient is taken, in steps of the optimiser",
    samples: "unlabelled answers to a prompt, k",
    prompts: "prompts that are answered once",
  },
  limits: [
    { at: "ascent → 0", then: "the plain reward model, at more than twice the price a step" },
    { at: "k = 2", then: "J = σ(|r(s_1) − r(s_2)|)/2" },
  ],
  search: { ascent: [0.1, 0.3, 1], samples: [4, 8] },
  within: { samples: [2, 16], prompts: [1, 4096] },
  implied: ({ value }) => value!,
  async *run(lab, { ascent, samples, prompts }) {
    const pairs = lab.offline("pairs");
    const drawn = await perPrompt(lab.reference, lab.prompts(prompts), samples, lab.rng);
    const groups = drawn.map((answers) => ({ answers }));
    const bill = "reward model";
    const main = lab.learner<"pairs">(bradleyTerry, { bill });
    // A first step is warmed up to a tenth.
    const climber = lab.learner<Unlabelled>(spread, { bill, rate: 10 * ascent });
    for (;;) {
      // It stands where the other does, with an optimiser that has no past.
      await climber.rejoin(lab.learner<"pairs">(bradleyTerry, { bill, from: main.policy }));
      await climber.step(groups);
      await main.step(pairs, climber.policy);
      yield main.policy;
    }
  },
});

/** Unlabelled answers to one prompt. */
export interface Unlabelled {
  readonly answers: readonly Answer[];
}

/** −(2/k²)·Σ σ(|r(s_i) − r(s_j)|) over the pairs of k answers. */
export function spread({ pi, answers }: Scope<Unlabelled>): Expr {
  const rewards = answers.map((y) => pi.value(y));
  const apart = rewards.flatMap((a, i) =>
    rewards.slice(0, i).map((b) => {
      const gap = a.sub(b);
      return sigmoid(gap.max(gap.neg()));
    })
  );
  return apart.reduce((sum, x) => sum.add(x)).mean().mul(-2 / answers.length ** 2);
}
