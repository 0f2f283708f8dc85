import { method } from "../core/mod.ts";
import dpo from "./dpo.ts";
import onlineDpo from "./online-dpo.ts";

/** DPO's loss on fresh samples of the policy itself, against the policy as it was when they were drawn. */
export default method({
  id: "iterative-dpo",
  paper: {
    title:
      "Iterative Preference Learning from Human Feedback: Bridging Theory and Practice for RLHF under KL-Constraint",
    arxiv: "2312.11456",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)}{\pi_t(y_w|x)}-\beta\log\frac{\pi(y_l|x)}{\pi_t(y_l|x)}\right),\quad y_w,y_l\sim\pi_t`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/online",
    "constraint/reference",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "Gains more than DPO against the start policy, which a moving reference holds back less",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "previous",
  hyper: { beta: 0.1, prompts: 32 },
  roles: {
    beta: "how little a round's pairs may move the policy from where it drew them",
    prompts: "pairs a round",
  },
  limits: [
    { at: "β → ∞", then: "the last iterate" },
    { at: "one round", then: "online DPO" },
    { at: "π = π_t", then: "log 2, as every round begins" },
  ],
  search: { beta: [0.05, 0.1, 0.5], prompts: [32, 256] },
  loss: (scope, { beta }) => dpo.loss(scope, { beta }),
  collect: (world, { prompts }) => onlineDpo.collect!(world, { ...onlineDpo.hyper, prompts }),
});
