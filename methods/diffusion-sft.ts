import { method, tokenNll } from "../core/mod.ts";

/** w_t·‖x₀ − x̂₀(x_t)‖² of the preferred results at moments drawn anew: denoising them better, blind to what was rejected. */
export default method({
  id: "diffusion-sft",
  paper: {
    title: "Denoising Diffusion Probabilistic Models",
    arxiv: "2006.11239",
    year: 2020,
  },
  equation: String
    .raw`\mathbb{E}_{t,\epsilon}\,w_t\lVert x_0^w-\hat x_\theta(x_t^w,t)\rVert^2,\quad x_t^w=\sqrt{\bar\alpha_t}\,x_0^w+\sqrt{1-\bar\alpha_t}\,\epsilon`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "constraint/reference/free",
    "applications/diffusion",
  ],
  claim: {
    text: "Imitating the preferred images gains less than learning from the contrast",
    on: "diffusion/icons",
    measure: "reward",
    against: ["diffusion-dpo"],
    expect: "lower",
    headline: false,
  },
  feedback: "noised",
  reference: "none",
  hyper: {},
  roles: {},
  limits: [
    {
      at: "its least value",
      then: "the distribution of the preferred results: as good as they, no better",
    },
  ],
  search: {},
  loss: ({ pi, chosen }) => tokenNll(pi, chosen),
});
