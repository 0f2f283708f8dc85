import { meanLogp, method, softplus, tokenNll } from "../core/mod.ts";

/** TPO with mean log-probabilities a token and a margin γ in its contrast: −log σ(β·[p(y_w) − p(y_l)] − γ) + α·SFT on y_g. */
export default method({
  id: "tpo-l",
  paper: {
    title:
      "Triple Preference Optimization: Achieving Better Alignment using a Single Step Optimization",
    arxiv: "2405.16681",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac{\beta}{|y_w|}\log\pi(y_w|x)-\frac{\beta}{|y_l|}\log\pi(y_l|x)-\gamma\right)-\frac{\alpha}{|y_g|}\log\pi(y_g|x)`,
  taxonomy: [
    "data/feedback/list",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "model/generation/length-bias",
  ],
  claim: {
    text: "Writes shorter answers than TPO where labels lean to long ones",
    on: "text/verbose",
    measure: "length",
    against: ["tpo"],
    expect: "lower",
    headline: false,
  },
  feedback: "triples",
  reference: "none",
  hyper: { beta: 2, gamma: 0.5, alpha: 1 },
  roles: {
    beta: "scales the contrast of the second with the third answer, a token",
    gamma: "the margin by which they are to differ",
    alpha: "weight of imitating the best answer, a token",
  },
  limits: [
    { at: "β → 0", then: "supervised fine-tuning on the best answer alone" },
    { at: "α → 0", then: "SimPO on the second and third answers" },
    { at: "answers of one token and γ = 0", then: "TPO" },
  ],
  search: { beta: [1, 2, 5], gamma: [0.5, 1.5] },
  loss({ pi, gold, chosen, rejected }, { beta, gamma, alpha }) {
    const margin = meanLogp(pi, chosen).sub(meanLogp(pi, rejected));
    const contrast = softplus(margin.mul(-beta).add(gamma)).mean();
    return contrast.add(tokenNll(pi, gold).mul(alpha));
  },
});
