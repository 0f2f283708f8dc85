// Longer than an equation: which pairs count and how much β is are found from the batch and from those before it.
import { type Expr, logRatio, method, softplus, sort } from "../core/mod.ts";

/**
 * DPO with a β for each batch, β₀·(1 + a·[mean Δ − m]), on a share 1 − ρ of its pairs, drawn without
 * replacement by weight exp(−½·[(Δ − m)/s]²). Δ is the margin of log-ratios, held fixed; m and s are
 * moving averages of its mean and standard deviation. β is at least 0.001 and s at least 0.001.
 */
export default method({
  id: "beta-dpo",
  paper: {
    title: "β-DPO: Direct Preference Optimization with Dynamic β",
    arxiv: "2407.08639",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma(\beta_b\Delta),\quad\beta_b=\beta_0\left(1+a\left[\mathbb E_{i\sim p}\Delta_i-m\right]\right),\ p(i)\propto e^{-\frac12\left(\frac{\Delta_i-m}{s}\right)^2},\ \Delta=\log\frac{\pi(y_w|x)\,\pi_{\mathrm{ref}}(y_l|x)}{\pi(y_l|x)\,\pi_{\mathrm{ref}}(y_w|x)}`,
  taxonomy: ["data/quality/distinguishability", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "Leaving out pairs far from the rest and setting β by the batch beats DPO on noisy labels",
    on: "bandit/noisy",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  hyper: { beta: 0.1, adapt: 0.6, drop: 0.2, momentum: 0.9 },
  roles: {
    beta: "β₀: pull to the reference in a batch whose margins are as usual",
    adapt: "a: how much β rises with a nat of margin above the usual",
    drop: "ρ: share of a batch left out",
    momentum: "memory of the moving averages",
  },
  limits: [
    { at: "a = 0 and ρ = 0", then: "DPO" },
    { at: "ρ → 1", then: "DPO on the one pair of the batch most like those before" },
    { at: "π = π_ref", then: "log 2 with DPO's slopes, on a random share of the pairs" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], adapt: [0.2, 0.6] },
  memory: { mean: 0, deviation: 0 },
  loss({ pi, ref, chosen, rejected, memory, noise }, { beta, adapt, drop, momentum }) {
    const margin = logRatio(pi, ref, chosen).sub(logRatio(pi, ref, rejected));
    const gap = margin.stop();
    const here = gap.mean();
    const moved = (from: Expr, to: Expr) => from.mul(momentum).add(to.mul(1 - momentum));
    const mean = moved(memory.mean!, here);
    const deviation = moved(memory.deviation!, gap.sub(here).square().mean().sqrt());

    // With Gumbel noise added to log-weights, the largest are a draw without replacement.
    const pairs = margin.shape[0]!;
    const kept = Math.max(1, Math.round((1 - drop) * pairs));
    const weight = gap.sub(mean).div(deviation.max(1e-3)).square().mul(-0.5);
    const keys = weight.sub(noise.log().neg().log());
    const least = sort(keys).slice(0, pairs - kept, pairs - kept + 1);
    const drawn = keys.less(least).neg().add(1);

    const surplus = gap.mul(drawn).sum().div(kept).sub(mean);
    const strength = surplus.mul(adapt).add(1).mul(beta).max(1e-3);
    const loss = softplus(margin.mul(strength).neg()).mul(drawn).sum().div(kept);
    return { loss, memory: { mean, deviation } };
  },
});
