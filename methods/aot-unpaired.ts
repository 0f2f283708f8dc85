import { logRatio, method, softplus, sort } from "../core/mod.ts";

/**
 * −log σ(β·[w₍ᵢ₎ − l₍ᵢ₎]) on the batch's log-ratios of chosen and of rejected answers, each sorted:
 * which belonged to which prompt is forgotten. It reads pairs, as it needs as many of one as of the other.
 */
export default method({
  id: "aot-unpaired",
  paper: {
    title: "Distributional Preference Alignment of LLMs via Optimal Transport",
    arxiv: "2406.05882",
    year: 2024,
  },
  equation: String
    .raw`-\frac1B\sum_i\log\sigma\!\left(\beta\left[w_{(i)}-l_{(i)}\right]\right),\quad w=\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)},\ l=\log\frac{\pi(y_l|x')}{\pi_{\mathrm{ref}}(y_l|x')}`,
  taxonomy: ["data/feedback/point", "learning/paradigm/offline"],
  claim: {
    text: "Wins more often than KTO without knowing which answers were compared",
    on: "bandit/clean",
    measure: "win-rate",
    against: ["kto"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1 },
  roles: {
    beta: "pull to the reference; the paper's 0.01 is for margins of whole pages",
  },
  limits: [
    { at: "a batch of one pair", then: "DPO" },
    { at: "β → 0", then: "DPO's: a mean of differences does not feel the order" },
    { at: "π = π_ref", then: "log 2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = sort(logRatio(pi, ref, chosen));
    const l = sort(logRatio(pi, ref, rejected));
    return softplus(w.sub(l).mul(-beta)).mean();
  },
});
