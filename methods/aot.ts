import { method, softplus, sort } from "../core/mod.ts";

/**
 * −log σ(β·[u₍ᵢ₎ − v₍ᵢ₎]), where u and v are the batch's log π(y_w)/π(y_l) under the policy and under
 * the reference, each sorted: the whole distribution of margins is to dominate the reference's.
 */
export default method({
  id: "aot",
  paper: {
    title: "Distributional Preference Alignment of LLMs via Optimal Transport",
    arxiv: "2406.05882",
    year: 2024,
  },
  equation: String
    .raw`-\frac1B\sum_i\log\sigma\!\left(\beta\left[u_{(i)}-v_{(i)}\right]\right),\quad u=\log\frac{\pi(y_w|x)}{\pi(y_l|x)},\ v=\log\frac{\pi_{\mathrm{ref}}(y_w|x)}{\pi_{\mathrm{ref}}(y_l|x)}`,
  taxonomy: ["data/feedback/point", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Aligning distributions of margins wins more often than aligning each pair as DPO does",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: {
    beta:
      "pull to the reference's distribution of margins; the paper's 0.01 is for margins of whole pages",
  },
  limits: [
    { at: "a batch of one pair", then: "DPO" },
    { at: "β → 0", then: "DPO's: a mean of differences does not feel the order" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes, as both orders agree" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const now = sort(pi.logp(chosen).sub(pi.logp(rejected)));
    const before = sort(ref.logp(chosen).sub(ref.logp(rejected)));
    return softplus(now.sub(before).mul(-beta)).mean();
  },
});
