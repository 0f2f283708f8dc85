import { type Expr, meanLogp, method, softplus } from "../core/mod.ts";

/**
 * −log σ(β·[r(y_w) − r(y_l)] − γ) with r = (1 − p^{−α})/α of p = exp(mean token log-probability): SimPO
 * with a bent reward. The exponent stops at 40, so that slopes stay finite in single precision.
 */
export default method({
  id: "alphapo",
  paper: {
    title: "AlphaPO: Reward Shape Matters for LLM Alignment",
    arxiv: "2501.03884",
    year: 2025,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\left[r(y_w)-r(y_l)\right]-\gamma\right),\quad r(y)=\frac{1-\pi(y|x)^{-\alpha/|y|}}{\alpha}`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "model/optimization/likelihood",
  ],
  claim: {
    text: "Bending the reward wins more often than SimPO's logarithm",
    on: "text/clean",
    measure: "win-rate",
    against: ["simpo"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { beta: 1, gamma: 0.5, alpha: 0.25 },
  roles: {
    beta: "scale of the reward; the paper has 2.5 to 10, but SimPO's best here is 1",
    gamma: "lead that the chosen answer's reward is to have",
    alpha:
      "bend of the reward: above 0, as the paper's best are, unlikely answers count for more, below 0 for less",
  },
  limits: [
    { at: "α → 0", then: "SimPO" },
    { at: "α = −1", then: "a reward of p − 1: differences of probabilities" },
    { at: "α → ∞", then: "an answer's reward falls without bound as it grows unlikely" },
  ],
  search: { beta: [1, 2, 5], gamma: [0.5, 1], alpha: [-0.1, 0.1, 0.25] },
  implied: ({ logp, length }, { beta, alpha }) =>
    beta * (1 - Math.exp(Math.min(40, -alpha * logp / length))) / alpha,
  loss({ pi, chosen, rejected }, { beta, gamma, alpha }) {
    const reward = (logp: Expr) => logp.mul(-alpha).min(40).exp().neg().add(1).div(alpha);
    const margin = reward(meanLogp(pi, chosen)).sub(reward(meanLogp(pi, rejected)));
    return softplus(margin.mul(-beta).add(gamma)).mean();
  },
});
