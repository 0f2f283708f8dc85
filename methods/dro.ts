import { type Expr, program, type Scope } from "../core/mod.ts";

/**
 * The error of preferred results less that of the others, seen at one moment and under one noise:
 * −log π of the one and log π of the other, without a reference and without a bound. In the paper a
 * simulator says which results are good, moments weigh alike and each result has its own noise; here
 * a label says which of two is the better, and errors are in nats.
 */
export default program({
  id: "dro",
  paper: {
    title: "DSO: Aligning 3D Generators with Simulation Feedback for Physical Soundness",
    arxiv: "2503.22677",
    year: 2025,
  },
  equation: String
    .raw`\mathbb{E}_{t,\epsilon}\,w_t\left(2\,o(x_0)-1\right)\lVert x_0-\hat x_\theta(x_t)\rVert^2,\quad o\in\{0,1\}`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "applications/diffusion",
  ],
  claim: {
    text: "Good and bad results by a simulator teach more than imitating the good ones",
    on: "diffusion/towers",
    measure: "reward",
    against: ["diffusion-sft"],
    expect: "higher",
  },
  needs: ["results"],
  hyper: { rate: 0.2 },
  roles: { rate: "factor on the testbed's learning rate: nothing else bounds how far it goes" },
  limits: [
    {
      at: "its least value",
      then: "there is none: what pushes a bad result away grows as it goes, and nothing holds it",
    },
    { at: "good and bad results alike", then: "0, and no slope on average" },
  ],
  search: { rate: [0.1, 0.2, 0.333, 1, 3] },
  async *run(lab, { rate }) {
    const pairs = lab.offline("noised");
    const learner = lab.learner<"noised">(apart, { rate });
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

/** The preferred results' error less the others', the mean over pairs. */
export const apart = ({ pi, chosen, rejected }: Scope<"noised">): Expr =>
  pi.logp(rejected).sub(pi.logp(chosen)).mean();
