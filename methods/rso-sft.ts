import { program } from "../core/mod.ts";
import rso from "./rso.ts";

/** RSO without rejection: every sample of the start policy is kept, paired and ranked by the fitted reward. */
export default program({
  id: "rso-sft",
  paper: rso.paper,
  equation: String
    .raw`-\log\sigma\!\left(\gamma\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right),\quad y_w,y_l\sim\pi_{\mathrm{ref}}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online"],
  claim: {
    text: "Pairs of plain samples gain less than pairs from the optimal policy (sft-sample-rank)",
    on: "text/clean",
    measure: "win-rate",
    against: ["rso"],
    expect: "lower",
  },
  hyper: { gamma: 0.1, fit: 0.15, draw: 0.4, kept: 4 },
  roles: {
    gamma: "how little the pairs may move the policy from its reference",
    fit: "share of the budget after which the reward is fitted",
    draw: "share of the budget after which the pairs are drawn",
    kept: "samples a prompt, paired two by two",
  },
  limits: [{ at: "γ → 0", then: "the loss is flat at log 2" }],
  search: { gamma: [0.05, 0.1, 0.2], kept: [4, 16] },
  implied: ({ logp, reference }, { gamma }) => gamma * (logp - reference),
  // With as many candidates as are kept, rejection rejects nothing at any β.
  run: (lab, hyper) => rso.run(lab, { ...hyper, candidates: hyper.kept, beta: 1 }),
});
