import {
  type Answers,
  type Expr,
  type Likelihood,
  logRatio,
  logRatioReward,
  method,
  softplus,
} from "../core/mod.ts";

/**
 * DPO, each pair weighted by how likely the policy is to write both answers by now: min(1, ω(y_w)·ω(y_l)),
 * held fixed, where ω is the mean over tokens of log π(yₜ) − log Σᵥ π(v)², exponentiated.
 */
export default method({
  id: "wpo",
  paper: {
    title: "WPO: Enhancing RLHF with Weighted Preference Optimization",
    arxiv: "2406.11827",
    year: 2024,
  },
  equation: String
    .raw`-\min\!\left(1,\omega(y_w)\omega(y_l)\right)\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}\right),\quad\omega(y)=\exp\frac1{|y|}\sum_t\log\frac{\pi(y_t)}{\sum_v\pi(v)^2}`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "model/generation/distribution-shift",
  ],
  claim: {
    text: "Weighting given pairs as if they were the policy's own wins more often than DPO",
    on: "sequences/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio" },
  limits: [
    { at: "answers as likely as the policy's own", then: "DPO, as the weight is 1" },
    { at: "an answer that the policy has left", then: "0: the pair no longer counts" },
    { at: "π = π_ref", then: "the mean weight times log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const weight = familiarity(pi, chosen).add(familiarity(pi, rejected)).min(0).exp().stop();
    return softplus(margin.mul(-beta)).mul(weight).mean();
  },
});

/** [B] log ω(y). */
function familiarity(pi: Likelihood, y: Answers): Expr {
  const next = pi.next(y);
  const expected = next.fold(next.logp.mul(2).exp().sum(1).log());
  return pi.steps(y).sub(expected).sum(1).div(y.length);
}
