import { logRatio, logRatioReward, method, softplus } from "../core/mod.ts";
import opa from "./opa-dpo.ts";

/** −log σ(β·[Δ(ỹ) − Δ(ŷ)]) − α·log σ(β·Δ(ỹ)): DPO on the policy's own answers against what an expert mended of them, with OPA-DPO's anchor. */
export default method({
  id: "dpo-edited",
  paper: opa.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(\tilde y|x)\,\pi_{\mathrm{ref}}(\hat y|x)}{\pi(\hat y|x)\,\pi_{\mathrm{ref}}(\tilde y|x)}\right)-\alpha\log\sigma\!\left(\beta\log\frac{\pi(\tilde y|x)}{\pi_{\mathrm{ref}}(\tilde y|x)}\right)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/feedback/pair",
    "learning/paradigm/offline",
    "applications/vision",
  ],
  claim: {
    text: "Mended answers alone, without imitation first, leave more inventions",
    on: "vision/captions",
    measure: "hallucination",
    against: ["opa-dpo"],
    expect: "higher",
    headline: false,
  },
  feedback: "edited",
  hyper: { beta: 1, anchor: 1 },
  roles: { beta: opa.roles!.beta, anchor: "α: weight of holding the mended answers up" },
  limits: [
    { at: "α = 0", then: "DPO on least edits" },
    { at: "α → ∞", then: "mended answers are pushed up, whatever becomes of the others" },
    { at: "π = π_ref", then: "(1 + α)·log 2, with slopes −β(1 + α)/2 and β/2" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  within: { anchor: [0, 100] },
  implied: logRatioReward,
  loss({ pi, ref, chosen, rejected }, { beta, anchor }) {
    const good = logRatio(pi, ref, chosen);
    return softplus(good.sub(logRatio(pi, ref, rejected)).mul(-beta))
      .add(softplus(good.mul(-beta)).mul(anchor)).mean();
  },
});
