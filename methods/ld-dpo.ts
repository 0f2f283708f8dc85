import {
  type Answers,
  constant,
  type Expr,
  type Likelihood,
  method,
  softplus,
} from "../core/mod.ts";

/** DPO on log-probabilities whose steps beyond the shorter of the two answers count for α only. */
export default method({
  id: "ld-dpo",
  paper: {
    title: "Length Desensitization in Direct Preference Optimization",
    arxiv: "2409.06411",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\hat\pi(y_w|x)\,\hat\pi_{\mathrm{ref}}(y_l|x)}{\hat\pi(y_l|x)\,\hat\pi_{\mathrm{ref}}(y_w|x)}\right),\quad\log\hat\pi(y|x)=\sum_{t\le m}\log\pi(y_t)+\alpha\sum_{t>m}\log\pi(y_t),\ m=\min(|y_w|,|y_l|)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/generation/length-bias"],
  claim: {
    text: "Where labels lean to the longer answer, minding length less wins more often than DPO",
    on: "text/verbose",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, alpha: 0.5 },
  roles: {
    beta: "pull to the reference",
    alpha: "weight of the steps that the other answer has no counterpart to",
  },
  limits: [
    { at: "α = 1, or |y_w| = |y_l|", then: "DPO" },
    { at: "α = 0", then: "DPO on the first min(|y_w|, |y_l|) steps of both" },
    { at: "π = π_ref", then: "log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.1, 0.5, 0.8] },
  within: { alpha: [0, 1] },
  loss({ pi, ref, chosen, rejected }, { beta, alpha }) {
    const both = chosen.length.min(rejected.length);
    const delta = (y: Answers) => weighted(pi, y, both, alpha).sub(weighted(ref, y, both, alpha));
    return softplus(delta(chosen).sub(delta(rejected)).mul(-beta)).mean();
  },
});

/** [B] Σ log π(yₜ), times α from step `both` on. */
function weighted(policy: Likelihood, y: Answers, both: Expr, alpha: number): Expr {
  const steps = policy.steps(y);
  const [rows, longest] = steps.shape as [number, number];
  const place = constant(Array.from({ length: longest }, (_, t) => t), [1, longest]);
  const within = place.less(both.reshape(rows, 1));
  return steps.mul(within.mul(1 - alpha).add(alpha)).sum(1);
}
