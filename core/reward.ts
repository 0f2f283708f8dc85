import { type Expr, softplus } from "./expr.ts";
import type { Lab, Scope } from "./method.ts";
import type { Policy } from "./policy.ts";

/** −log σ(r(y_w) − r(y_l)) of the Bradley–Terry model, where r is the policy's value head. */
export function bradleyTerry({ pi, chosen, rejected }: Scope<"pairs">): Expr {
  return softplus(pi.value(rejected).sub(pi.value(chosen))).mean();
}

/**
 * A Bradley–Terry reward fitted to the offline pairs until this share of the budget is spent; read
 * it by `value`. For programs that climb a learned reward.
 */
export async function fittedReward(lab: Lab, share: number): Promise<Policy> {
  const { step, policy } = lab.learner<"pairs">(bradleyTerry, { bill: "reward model" });
  const pairs = lab.offline("pairs");
  while (lab.progress < share) await step(pairs);
  return policy;
}
