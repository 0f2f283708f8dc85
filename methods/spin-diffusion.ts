// Longer than an equation: rounds of a denoiser against its own last iterate.
import { iterated, program, resultAlone } from "../core/mod.ts";
import dpo from "./dpo.ts";
import { DRAWING, overOwn } from "./spin.ts";

/**
 * Diffusion-DPO's loss on preferred results over the last round's policy's own to the same prompts,
 * with that policy as the reference: SPIN's game on results seen at one moment and under one noise,
 * as the paper's approximate objective has them. It begins at the start policy, which imitates none
 * of them before. The paper's results are real images; here they are those that a label preferred.
 */
export default program({
  id: "spin-diffusion",
  paper: {
    title: "Self-Play Fine-Tuning of Diffusion Models for Text-to-Image Generation",
    arxiv: "2402.10210",
    year: 2024,
  },
  equation: String
    .raw`\ell\!\left(-\beta w_t\left[\lVert x_0-\hat x_\theta(x_t)\rVert^2-\lVert x_0-\hat x_k(x_t)\rVert^2-\lVert x'_0-\hat x_\theta(x'_t)\rVert^2+\lVert x'_0-\hat x_k(x'_t)\rVert^2\right]\right),\quad\ell(z)=\log(1+e^{-z}),\ x'_0\sim\pi_k`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/online",
    "learning/objective/self-play",
    "constraint/reference/dynamic",
    "applications/diffusion",
  ],
  claim: {
    text: "Learns more from good images than fine-tuning on them does, by playing against itself",
    on: "diffusion/icons",
    measure: "reward",
    against: ["diffusion-sft"],
    expect: "higher",
  },
  needs: ["results"],
  hyper: { beta: 0.3, rounds: 3 },
  roles: {
    beta: "how little a round may move the policy from the last one's, in nats",
    rounds: "equal shares of the operations; the optimiser goes on from one to the next",
  },
  limits: [
    { at: "own results as good as those given", then: "log 2, and no slope on average" },
    { at: "β → 0", then: "log 2 − β·margin/2: own results are unlearned without end" },
    { at: "rounds = 1", then: "Diffusion-DPO against the start policy's results" },
  ],
  search: { beta: [0.1, 0.3, 1], rounds: [2, 3] },
  within: { rounds: [1, 16] },
  async *run(lab, { beta, rounds }) {
    const given = lab.offline("demonstrations").map(({ answer }) => resultAlone(answer));
    const options = { rounds, asking: DRAWING };
    yield* iterated<"noised">(
      lab,
      lab.reference,
      options,
      (scope) => dpo.loss(scope, { beta }),
      async (policy, round) => {
        const pairs = await overOwn(lab, policy, round, given, options);
        return pairs.map((pair) => ({ ...pair, rejected: resultAlone(pair.rejected) }));
      },
    );
  },
});
