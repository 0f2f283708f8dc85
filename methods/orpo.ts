import { type Expr, log1mexp, meanLogp, method, softplus, tokenNll } from "../core/mod.ts";

/** SFT on y_w − λ·log σ(log odds(y_w) − log odds(y_l)), with odds p/(1 − p) of p = exp(mean token log-probability). */
export default method({
  id: "orpo",
  paper: {
    title: "ORPO: Monolithic Preference Optimization without Reference Model",
    arxiv: "2403.07691",
    year: 2024,
  },
  equation: String
    .raw`\mathcal{L}_{\mathrm{SFT}}-\lambda\log\sigma\!\left(\log\frac{p(y_w|x)}{1-p(y_w|x)}-\log\frac{p(y_l|x)}{1-p(y_l|x)}\right),\quad p=\pi(y|x)^{1/|y|}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "constraint/reference/free"],
  claim: {
    text: "Beats imitation alone in one stage, without a reference",
    on: "text/clean",
    measure: "win-rate",
    against: ["sft"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { lambda: 0.5 },
  roles: {
    lambda:
      "weight of the odds ratio beside imitation; 0.1 in the paper, for ten thousands of steps and not hundreds",
  },
  limits: [
    { at: "λ = 0", then: "imitation of the chosen answers" },
    { at: "λ → ∞", then: "the odds ratio alone, which nothing holds near the start" },
    {
      at: "p(y_w), p(y_l) → 0",
      then: "the odds ratio becomes the ratio of likelihoods: SimPO with β = 1",
    },
  ],
  search: { lambda: [0.1, 0.3, 0.5, 1, 3] },
  loss({ pi, chosen, rejected }, { lambda }) {
    const ratio = logOdds(meanLogp(pi, chosen)).sub(logOdds(meanLogp(pi, rejected)));
    return tokenNll(pi, chosen).add(softplus(ratio.neg()).mean().mul(lambda));
  },
});

/** The odds of a certain answer are infinite: p is kept below 1 by a millionth. */
function logOdds(logp: Expr): Expr {
  const p = logp.min(-1e-6);
  return p.sub(log1mexp(p));
}
