import { program } from "../core/mod.ts";
import cream from "./cream.ts";

/**
 * Rounds of DPO on the best and the worst of its own answers by a reward of its own. As in CREAM's
 * study that reward is the log-ratio to the start policy, where the paper asks the policy in words for
 * a grade, which nothing that is trained here could give.
 */
export default program({
  id: "self-rewarding",
  paper: {
    title: "Self-Rewarding Language Models",
    arxiv: "2401.10020",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_t(y_l|x)}{\pi(y_l|x)\,\pi_t(y_w|x)}\right),\quad y_{w,l}=\operatorname*{arg\,max,min}_{y_1,\dots,y_n\sim\pi_t}r_t(y),\ r_t=\log\frac{\pi_t}{\pi_0}`,
  taxonomy: cream.taxonomy.filter((cell) => cell !== "data/quality/noise"),
  claim: {
    text: "Goes on to improve by labels of its own where imitation of the demonstrations ends",
    on: "sequences/clean",
    measure: "reward",
    against: ["sft"],
    expect: "higher",
  },
  hyper: { beta: 0.5, imitate: 0.25, samples: 5, rounds: 4, prompts: 256 },
  roles: {
    beta: cream.roles!.beta,
    imitate: cream.roles!.imitate,
    samples: cream.roles!.samples,
    rounds: cream.roles!.rounds,
    prompts: cream.roles!.prompts,
  },
  limits: [
    { at: "β → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
    { at: "imitate → 1", then: "imitation" },
    { at: "π = π_t", then: "log 2, with slopes −β/2 and β/2" },
  ],
  search: { beta: [0.1, 0.3, 0.5, 1, 2] },
  within: { imitate: [0, 0.9], samples: [2, 64], rounds: [1, 16] },
  run: (lab, hyper) => cream.run(lab, { ...hyper, fixed: 1 }),
});
