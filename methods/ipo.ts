import { logRatio, method } from "../core/mod.ts";

/** (Δ(y_w) − Δ(y_l) − 1/2τ)² on sums over tokens: a finite target, which certain labels cannot push to infinity. */
export default method({
  id: "ipo",
  paper: {
    title: "A General Theoretical Paradigm to Understand Learning from Human Preferences",
    arxiv: "2310.12036",
    year: 2023,
  },
  equation: String
    .raw`\left(\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}-\frac{1}{2\tau}\right)^{2}`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text: "Stays nearer the reference than DPO where preferences are deterministic",
    on: "bandit/deterministic",
    measure: "kl",
    against: ["dpo"],
    expect: "lower",
  },
  feedback: "pairs",
  hyper: { tau: 0.1 },
  roles: { tau: "pull to the reference: the margin asked for is 1/2τ nats" },
  limits: [
    { at: "τ → ∞", then: "the square of the margin: back to the reference" },
    { at: "τ → 0", then: "−margin/τ: every pair is pushed alike" },
    {
      at: "labels drawn with probability p",
      then: "a margin of (p − 1/2)/τ, finite for p = 1 too",
    },
    { at: "π = π_ref", then: "1/4τ², with slopes −1/τ and 1/τ" },
  ],
  search: { tau: [0.03, 0.1, 0.3, 1] },
  loss({ pi, ref, chosen, rejected }, { tau }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    return margin.sub(1 / (2 * tau)).square().mean();
  },
});
