// Longer than an equation: a reward for each objective, then rounds of sampling and imitation.
import { type Example, program, type Prompt, tokenNll } from "../core/mod.ts";

/** Fits a reward by regression on each objective's scores, then imitates the best by v·r of n samples, asked and taught with the direction v in the prompt. */
export default program({
  id: "dpa",
  paper: {
    title:
      "Arithmetic Control of LLMs for Diverse User Preferences: Directional Preference Alignment with Multi-Objective Rewards",
    arxiv: "2402.18571",
    year: 2024,
  },
  equation: String
    .raw`-\frac{1}{\sum|y^*|}\sum\log\pi(y^*|x,v),\quad y^*=\operatorname*{arg\,max}_{y_1,\dots,y_n\sim\pi_i(\cdot|x,v)}v^\top r(x,y)`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "learning/objective/multi-objective",
    "constraint/reference/free",
  ],
  claim: {
    text: "Told a direction it serves it better than DPO does on the same ratings, told the same",
    on: "sequences/objectives",
    measure: "reward",
    against: ["dpo-directed"],
    expect: "higher",
  },
  told: "weights",
  hyper: { n: 8, prompts: 32, rounds: 3, fit: 0.3, draw: 0.3, angles: 8 },
  roles: {
    n: "samples of which the best is imitated",
    prompts: "prompts that are sampled together, each with a direction of its own",
    rounds: "how many times the policy that samples becomes the one that has learned",
    fit: "the share of the operations that the two rewards are fitted with",
    draw: "the share of a round's operations that sample",
    angles:
      "steps from one objective to the other between the directions that prompts have words for",
  },
  limits: [
    { at: "n = 1", then: "the policy imitates itself" },
    {
      at: "n → ∞",
      then: "the best answer there is by the fitted rewards, whatever it costs in KL",
    },
  ],
  search: { n: [4, 8, 16], rounds: [1, 3], fit: [0.15, 0.3, 0.5] },
  within: { n: [2, 64], rounds: [1, 16], fit: [0.05, 0.7] },
  async *run(lab, { n, prompts, rounds, fit, draw, angles }) {
    const rated = lab.offline("rated");
    const [first, second] = (["firstScore", "secondScore"] as const).map((objective) =>
      lab.learner<"rated">(
        (scope) => scope.pi.value(scope.answer).sub(scope[objective]).square().mean(),
        { bill: "reward model" },
      )
    );
    while (lab.progress < fit) {
      await first!.step(rated);
      await second!.step(rated);
    }

    const learner = lab.learner<"demonstrations">(({ pi, answer }) => tokenNll(pi, answer));
    const share = (1 - fit) / rounds;
    for (let round = 0;; round++) {
      const begun = fit + round * share;
      const taught: Example<"demonstrations">[] = [];
      // No step is taken meanwhile, so all of a round's samples come from one policy.
      for (let part = 0; part === 0 || lab.progress < begun + draw * share; part++) {
        const rng = lab.rng.split(round).split(part);
        const asked = lab.prompts(prompts).map((x, i) => {
          const step = rng.split("angles").split(i).below(angles + 1);
          const weights = direction(step, angles);
          return { weights, prompt: lab.told(x, { weights }) };
        });
        const repeated = asked.flatMap(({ prompt }) => Array<Prompt>(n).fill(prompt));
        const ys = await learner.policy.sample(repeated, rng);
        const [r1, r2] = [await first!.policy.value(ys), await second!.policy.value(ys)];
        asked.forEach(({ weights: [v1, v2] }, i) => {
          const some = ys.map((_, k) => k).slice(i * n, (i + 1) * n);
          const score = (k: number) => v1 * r1[k]! + v2 * r2[k]!;
          taught.push({ answer: ys[some.reduce((best, k) => score(k) > score(best) ? k : best)]! });
        });
      }
      do {
        await learner.step(taught);
        yield learner.policy;
      } while (round + 1 === rounds || lab.progress < begun + share);
    }
  },
});

/**
 * Weights of unit length, so many of `angles` steps from the first objective to the second: what a
 * prompt can say, or what is asked would not be what is scored.
 */
export function direction(step: number, angles: number): readonly [number, number] {
  const angle = step / angles * Math.PI / 2;
  return [Math.cos(angle), Math.sin(angle)];
}
