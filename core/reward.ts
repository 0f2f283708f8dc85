import type { Example } from "./feedback.ts";
import { type Expr, softplus } from "./expr.ts";
import type { Lab, Scope } from "./method.ts";
import type { Policy } from "./policy.ts";

/** −log σ(r(y_w) − r(y_l)) of the Bradley–Terry model, where r is the policy's value head. */
export function bradleyTerry({ pi, chosen, rejected }: Scope<"pairs">): Expr {
  return softplus(pi.value(rejected).sub(pi.value(chosen))).mean();
}

/** Of the pairs, one in so many is held out from fitting; at most so many, as each check reads them all. */
const HELD = { every: 10, most: 128 };
/** Checks at most until the share is spent, and how many may bring nothing better. */
const CHECKS = 20;
const PATIENCE = 4;
/** Steps between two checks cost at least so many times what a check does: at a small budget it is steps that it lacks. */
const DEARER = 8;

/**
 * A Bradley–Terry reward fitted to the offline pairs until this share of the budget is spent at the
 * latest: it ends where its loss on held-out pairs has not fallen for a while, and is the one that was
 * best by then (accuracy is too coarse to stop by: it stays level for long while the loss falls). Read
 * it by `value`. For programs that climb a learned reward; its accuracy and what it took go on record.
 */
export async function fittedReward(lab: Lab, share: number): Promise<Policy> {
  const pairs = lab.rng.split("held-out pairs").shuffle(lab.offline("pairs"));
  const n = Math.min(HELD.most, Math.ceil(pairs.length / HELD.every));
  const [held, fitted] = [pairs.slice(0, n), pairs.slice(n)];
  const { step, policy } = lab.learner<"pairs">(bradleyTerry, { bill: "reward model" });
  const begun = lab.progress;
  let best: { loss: number; accuracy?: number; policy: Policy } = { loss: Infinity, policy };
  const check = async () => {
    const found = await onHeld(policy, held);
    if (!(found.loss < best.loss)) return false;
    best = { ...found, policy: await lab.merged([policy], () => [1]) };
    return true;
  };
  let checked = true;
  for (let [since, last, pause] = [0, begun, (share - begun) / CHECKS]; since < PATIENCE;) {
    if (lab.progress >= share) break;
    await step(fitted.length > 0 ? fitted : held);
    checked = false;
    const before = lab.progress;
    if (before < last + pause) continue;
    since = await check() ? 0 : since + 1;
    last = lab.progress;
    pause = Math.max(pause, DEARER * (last - before));
    checked = true;
  }
  // What came after the last check counts too, where it is better.
  if (!checked) await check();
  if (best.accuracy !== undefined) lab.note("held-out accuracy of its reward", best.accuracy);
  lab.note("share of the operations spent on its reward", lab.progress - begun);
  return best.policy;
}

/** Mean loss, and the share of pairs whose chosen answer has the higher value; of equals, half. */
async function onHeld(
  reward: Policy,
  pairs: readonly Example<"pairs">[],
): Promise<{ loss: number; accuracy: number }> {
  const values = await reward.value(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]));
  const margins = pairs.map((_, i) => values[2 * i]! - values[2 * i + 1]!);
  const mean = (of: (margin: number) => number) =>
    margins.reduce((sum, x) => sum + of(x), 0) / margins.length;
  return {
    loss: mean((x) => Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
    accuracy: mean((x) => (Math.sign(x) + 1) / 2),
  };
}
