import { logRatioReward, method } from "../core/mod.ts";
import dpo from "./dpo.ts";

/**
 * DPO's loss on results alone: log π of a result is −(T − 1)·w_t·‖x₀ − x̂₀(x_t)‖² at a moment t and
 * under a noise drawn anew, the same for both answers, and so Δ is an unbiased guess of the evidence
 * lower bound's. The paper's β multiplies the mean over pixels of an ε-error; here it is in nats.
 */
export default method({
  id: "diffusion-dpo",
  paper: {
    title: "Diffusion Model Alignment Using Direct Preference Optimization",
    arxiv: "2311.12908",
    year: 2023,
  },
  equation: String
    .raw`-\log\sigma\!\left(-\beta T\omega(\lambda_t)\left[\lVert\epsilon-\epsilon_\theta(x_t^w)\rVert^2-\lVert\epsilon-\epsilon_{\mathrm{ref}}(x_t^w)\rVert^2-\lVert\epsilon-\epsilon_\theta(x_t^l)\rVert^2+\lVert\epsilon-\epsilon_{\mathrm{ref}}(x_t^l)\rVert^2\right]\right)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/offline", "applications/diffusion"],
  claim: {
    text: "Gains more from pairs than fine-tuning on the preferred images alone",
    on: "diffusion/icons",
    measure: "reward",
    against: ["diffusion-sft", "sft"],
    expect: "higher",
  },
  feedback: "noised",
  hyper: { beta: 0.3 },
  roles: { beta: "pull to the reference: the implied reward is β times the log-ratio, in nats" },
  limits: [
    { at: "β → 0", then: "log 2 − β·margin/2: every pair is pushed alike, without end" },
    { at: "T = 2", then: "DPO on the one step's expected log-ratio" },
    { at: "π = π_ref", then: "log 2, at every moment and under every noise" },
  ],
  search: { beta: [0.1, 0.3, 1] },
  implied: logRatioReward,
  loss: (scope, { beta }) => dpo.loss(scope, { beta }),
});
