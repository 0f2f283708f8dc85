import { program } from "../core/mod.ts";
import apo from "./apo-nesterov.ts";

/**
 * In each of a few rounds DPO on fresh samples of the policy, which is then where the next begins, and
 * its reference: so the authors' released loop has it, where their theory keeps the start policy.
 */
export default program({
  id: "iterative-dpo",
  paper: {
    title:
      "Iterative Preference Learning from Human Feedback: Bridging Theory and Practice for RLHF under KL-Constraint",
    arxiv: "2312.11456",
    year: 2023,
  },
  equation: String
    .raw`\theta_{t+1}=\operatorname*{arg\,min}_\theta-\log\sigma\!\left(\beta\log\frac{\pi_\theta(y_w|x)\,\pi_t(y_l|x)}{\pi_\theta(y_l|x)\,\pi_t(y_w|x)}\right),\quad y_w,y_l\sim\pi_t`,
  taxonomy: apo.taxonomy,
  claim: {
    text: "Fresh labels on its own answers, round by round, teach more than the same number given",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  needs: ["labels"],
  hyper: { beta: 0.1, rounds: 4, asking: 0.4 },
  roles: {
    beta: apo.roles!.beta,
    rounds: apo.roles!.rounds,
    asking: apo.roles!.asking,
  },
  limits: [
    { at: "β → ∞", then: "the start policy" },
    { at: "rounds = 1", then: "DPO on pairs of the start policy's that were labelled first" },
    { at: "π = π_t", then: "log 2, as every round begins" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], rounds: [2, 4] },
  within: { rounds: [1, 16] },
  run: (lab, hyper) => apo.run(lab, { ...hyper, alpha: 0 }),
});
