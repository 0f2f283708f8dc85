import { logRatio, method } from "../core/mod.ts";

/** (Δ(y_w)/|y_w| − Δ(y_l)/|y_l| − 1/2τ)²: IPO on means over tokens, as TRL has it; the paper's own is on sums (`ipo`). */
export default method({
  id: "ipo-mean",
  paper: {
    title: "A General Theoretical Paradigm to Understand Learning from Human Preferences",
    arxiv: "2310.12036",
    year: 2023,
  },
  equation: String
    .raw`\left(\frac{\Delta(y_w)}{|y_w|}-\frac{\Delta(y_l)}{|y_l|}-\frac{1}{2\tau}\right)^{2},\quad\Delta(y)=\log\frac{\pi(y|x)}{\pi_{\mathrm{ref}}(y|x)}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "model/generation/length-bias"],
  claim: {
    text:
      "Where labels lean to the longer answer a margin a token wins more often than IPO on sums",
    on: "text/verbose",
    measure: "win-rate",
    against: ["ipo"],
    expect: "higher",
    headline: false,
  },
  feedback: "pairs",
  hyper: { tau: 0.5 },
  roles: { tau: "pull to the reference: the margin asked for is 1/2τ nats a token" },
  limits: [
    { at: "τ → ∞", then: "the square of the margin: back to the reference" },
    { at: "τ → 0", then: "a linear loss, −margin/τ: every pair is pushed alike" },
    { at: "answers of one token", then: "IPO" },
    { at: "π = π_ref", then: "1/4τ²" },
  ],
  search: { tau: [0.1, 0.2, 0.5, 1, 2] },
  loss({ pi, ref, chosen, rejected }, { tau }) {
    const w = logRatio(pi, ref, chosen).div(chosen.length);
    const l = logRatio(pi, ref, rejected).div(rejected.length);
    return w.sub(l).sub(1 / (2 * tau)).square().mean();
  },
});
