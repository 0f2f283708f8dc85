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
    headline: false,
  },
  hyper: { gamma: 0.1, fit: 0.5, draw: 0.15, kept: 4 },
  roles: {
    gamma: "how little the pairs may move the policy from its reference",
    fit:
      "share of the operations after which fitting the reward ends at the latest; it ends before where its held-out loss no longer falls",
    draw: "share of the operations that the pairs are drawn with",
    kept: "samples a prompt, paired two by two",
  },
  limits: [{ at: "γ → 0", then: "the loss is flat at log 2" }],
  search: { gamma: [0.03, 0.1, 0.3, 1], fit: [0.15, 0.3, 0.5] },
  within: { fit: [0.05, 0.7] },
  implied: ({ logp, reference }, { gamma }) => gamma * (logp - reference),
  // With as many candidates as are kept, rejection rejects nothing at any β.
  run: (lab, hyper) => rso.run(lab, { ...hyper, candidates: hyper.kept, beta: 1 }),
});
