import { logRatio, method, softplus } from "../core/mod.ts";

/** −log σ(β·[Δ(y_w)/|y_w| − Δ(y_l)/|y_l|]): DPO on means over tokens, as RRHF and SimPO score answers. */
export default method({
  id: "dpo-mean",
  paper: {
    title: "SimPO: Simple Preference Optimization with a Reference-Free Reward",
    arxiv: "2405.14734",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac{\beta}{|y_w|}\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)}-\frac{\beta}{|y_l|}\log\frac{\pi(y_l|x)}{\pi_{\mathrm{ref}}(y_l|x)}\right)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/generation/length-bias"],
  claim: {
    text: "Where labels lean to the longer answer a margin a token wins more often than DPO's sum",
    on: "text/verbose",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  hyper: { beta: 1 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio a token" },
  limits: [
    { at: "β → 0", then: "log 2 − β·margin/2: every pair is pushed alike" },
    { at: "answers of one token", then: "DPO" },
    { at: "π = π_ref", then: "log 2, with slopes ∓β/2|y| by each token" },
  ],
  search: { beta: [0.3, 1, 3, 10] },
  implied: ({ logp, reference, length }, { beta }) => beta * (logp - reference) / length,
  loss({ pi, ref, chosen, rejected }, { beta }) {
    const w = logRatio(pi, ref, chosen).div(chosen.length);
    const l = logRatio(pi, ref, rejected).div(rejected.length);
    return softplus(w.sub(l).mul(-beta)).mean();
  },
});
