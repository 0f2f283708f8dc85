import { study } from "../core/mod.ts";
import apo from "../methods/apo-nesterov.ts";

const on = "bandit/clean";

/**
 * What momentum gives beyond longer strides. In exact rounds of APO the policy comes to
 * π_ref·exp(S_t·r/β), where S_t = t/(1 − α) − α(1 − αᵗ)/(1 − α)², and with β(1 − α) in place of β
 * plain rounds come to t/(1 − α) of r/β, which is never less.
 */
export default study({
  id: "momentum",
  paper: apo.paper,
  taxonomy: apo.taxonomy,
  title: "win-rate of APO at α = 0.3 and β = 0.1 less iterative DPO's at β(1 − α) = 0.07",
  claim: {
    text: "Iterative DPO with β(1 − α) does what momentum α does",
    expect: "equal",
    margin: 0.02,
    headline: false,
  },
  arms: {
    momentum: { method: "apo-nesterov", on, hyper: { alpha: 0.3, beta: 0.1 } },
    plain: { method: "iterative-dpo", on, hyper: { beta: 0.07 } },
  },
  effect: (of) => of("momentum", "win-rate") - of("plain", "win-rate"),
});
