import { method, softplus, tokenNll } from "../core/mod.ts";

/** −log σ(β·[log π(y_w|x) − log π(y_l|x)]) + α·SFT on a third, better answer y_g; sums in the first term, a mean over tokens in the second. */
export default method({
  id: "tpo",
  paper: {
    title:
      "Triple Preference Optimization: Achieving Better Alignment using a Single Step Optimization",
    arxiv: "2405.16681",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\pi(y_w|x)-\beta\log\pi(y_l|x)\right)-\frac{\alpha}{|y_g|}\log\pi(y_g|x)`,
  taxonomy: ["data/feedback/list", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Three ranked answers in one step beat DPO's two, without a reference",
    on: "text/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "triples",
  reference: "none",
  hyper: { beta: 0.1, alpha: 1 },
  roles: {
    beta: "scales the contrast of the second with the third answer; inversely with length",
    alpha: "weight of imitating the best answer, a token",
  },
  limits: [
    { at: "β → 0", then: "supervised fine-tuning on the best answer alone" },
    { at: "y_g = y_w", then: "CPO" },
    { at: "α → 0", then: "DPO with a uniform reference" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.3, 1] },
  loss({ pi, gold, chosen, rejected }, { beta, alpha }) {
    const margin = pi.logp(chosen).sub(pi.logp(rejected));
    return softplus(margin.mul(-beta)).mean().add(tokenNll(pi, gold).mul(alpha));
  },
});
