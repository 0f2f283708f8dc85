// Longer than an equation: two sets of answers meet anew at each step.
import { type Answer, program, tokenNll } from "../core/mod.ts";
import rpoHarmonic, { bestOf, fresh, known } from "./rpo-harmonic.ts";

/**
 * −log π(y_ref|S*) − prior·log π(y_any|any): imitation of a few references, and of the start policy's
 * own answers where the subject is not asked for, so that what words mean is kept. There is no
 * stopping in the paper; with `every` it stops as RPO does.
 */
export default program({
  id: "dreambooth",
  paper: {
    title: "DreamBooth: Fine Tuning Text-to-Image Diffusion Models for Subject-Driven Generation",
    arxiv: "2208.12242",
    year: 2022,
  },
  equation: String
    .raw`\mathbb{E}\,w_t\lVert\hat x_\theta(x_t,c_{S^*})-x_{\mathrm{ref}}\rVert^2+\lambda_{\mathrm{prior}}\,w_{t'}\lVert\hat x_\theta(x'_{t'},c_{\mathrm{any}})-x_{\mathrm{any}}\rVert^2`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "applications/diffusion",
  ],
  claim: {
    text: "Own answers from before keep what else is asked for, which imitation alone forgets",
    on: "diffusion/subject",
    measure: "reward",
    against: ["imitation"],
    expect: "higher",
    headline: false,
  },
  needs: ["checks"],
  hyper: { prior: 1, negatives: 100, lambda: 0.5, every: 0, answers: 36 },
  roles: {
    prior: "what an answer from before weighs against a reference",
    negatives: "how many of them there are, at most",
    lambda: rpoHarmonic.roles!.lambda,
    every: rpoHarmonic.roles!.every,
    answers: rpoHarmonic.roles!.answers,
  },
  limits: [
    { at: "prior = 0", then: "imitation of the references" },
    { at: "prior → ∞", then: "the start policy imitates itself where any icon is asked for" },
  ],
  search: { prior: [0.3, 1, 3] },
  within: { prior: [0, 100], negatives: [1, 256], ...rpoHarmonic.within },
  async *run(lab, { prior, negatives, ...stopping }) {
    const { references, others } = known(lab, negatives);
    const learner = lab.learner<{ reference: Answer; other: Answer }>(
      ({ pi, reference, other }) => tokenNll(pi, reference).add(tokenNll(pi, other).mul(prior)),
    );
    const rng = lab.rng.split("meetings");
    const draw = () => ({ reference: rng.pick(references), other: rng.pick(others) });
    yield* bestOf(lab, fresh(learner, draw), stopping);
  },
});
