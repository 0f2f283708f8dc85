import { softplus } from "./expr.ts";
import type { Lab } from "./method.ts";
import type { Policy } from "./policy.ts";

/**
 * A Bradley–Terry reward, −log σ(r(y_w) − r(y_l)) over the offline pairs, fitted until this share of
 * the budget is spent; read it by `value`. For programs that climb a learned reward.
 */
export async function fittedReward(lab: Lab, share: number): Promise<Policy> {
  const { step, policy } = lab.learner(
    "pairs",
    ({ pi, chosen, rejected }) => softplus(pi.value(rejected).sub(pi.value(chosen))).mean(),
    { bill: "reward model" },
  );
  const pairs = lab.offline("pairs");
  while (lab.progress < share) await step(pairs);
  return policy;
}
