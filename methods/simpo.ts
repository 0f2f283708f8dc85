import { meanLogp, method, softplus } from "../core/mod.ts";

/** −log σ(β·[log π(y_w|x)/|y_w| − log π(y_l|x)/|y_l|] − γ): the mean token log-probability as reward, and a margin to reach. */
export default method({
  id: "simpo",
  paper: {
    title: "SimPO: Simple Preference Optimization with a Reference-Free Reward",
    arxiv: "2405.14734",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\frac{\beta}{|y_w|}\log\pi(y_w|x)-\frac{\beta}{|y_l|}\log\pi(y_l|x)-\gamma\right)`,
  taxonomy: [
    "data/feedback/pair",
    "learning/paradigm/offline",
    "constraint/reference",
    "model/generation/length-bias",
  ],
  claim: {
    text: "Beats DPO where labels reward length, as its reward does not grow with length",
    on: "text/verbose",
    measure: "win-rate",
    against: ["dpo"],
    expect: "higher",
  },
  feedback: "pairs",
  reference: "none",
  hyper: { beta: 2, gamma: 0.5 },
  implied: ({ logp, length }, { beta }) => beta * logp / length,
  loss({ pi, chosen, rejected }, { beta, gamma }) {
    const margin = meanLogp(pi, chosen).sub(meanLogp(pi, rejected));
    return softplus(margin.mul(-beta).add(gamma)).mean();
  },
});
