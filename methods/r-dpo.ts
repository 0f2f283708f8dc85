import { logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w) − Δ(y_l)] + α·(|y_w| − |y_l|)): DPO under a reward less α a token, so longer winners are pushed less. */
export default method({
  id: "r-dpo",
  paper: {
    title: "Disentangling Length from Quality in Direct Preference Optimization",
    arxiv: "2403.19159",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}+\alpha|y_w|-\alpha|y_l|\right)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/generation/length-bias"],
  claim: {
    text:
      "Where labels lean to the longer answer it wins more often than DPO, as length has its own price",
    on: "text/verbose",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, alpha: 0.05 },
  roles: {
    beta: "pull to the reference",
    alpha: "reward, in log-odds a token, that a label is taken to give to length alone",
  },
  limits: [
    { at: "α = 0", then: "DPO" },
    { at: "α → ∞", then: "pairs whose longer answer won rest; the others push at full force" },
    { at: "|y_w| = |y_l|", then: "DPO, whatever α" },
    { at: "π = π_ref", then: "log(1 + e^{−α(|y_w| − |y_l|)})" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.02, 0.05, 0.1] },
  implied: ({ logp, reference, length }, { beta, alpha }) =>
    beta * (logp - reference) + alpha * length,
  loss({ pi, ref, chosen, rejected }, { beta, alpha }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const longer = chosen.length.sub(rejected.length);
    return softplus(margin.mul(-beta).sub(longer.mul(alpha))).mean();
  },
});
