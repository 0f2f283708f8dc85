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
    "constraint/reference/free",
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
  roles: {
    beta: "scale of the mean token log-probability as a reward",
    gamma: "lead that the chosen answer's reward is to have",
  },
  limits: [
    { at: "β → 0", then: "log(1 + e^γ), with slopes ∓β·σ(γ)/|y|: every pair is pushed alike" },
    { at: "γ → ∞", then: "γ − β·margin: every pair is pushed alike" },
    { at: "γ = 0 and answers of one length", then: "CPO without imitation, with β a token" },
    {
      at: "a pair seen with one label for ever",
      then: "no least value, and no reference to hold it",
    },
  ],
  search: { beta: [1, 2, 5], gamma: [0.5, 1] },
  implied: ({ logp, length }, { beta }) => beta * logp / length,
  loss({ pi, chosen, rejected }, { beta, gamma }) {
    const margin = meanLogp(pi, chosen).sub(meanLogp(pi, rejected));
    return softplus(margin.mul(-beta).add(gamma)).mean();
  },
});
